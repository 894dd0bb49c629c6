"""What a recipe is made of. A whole training run is one frozen value; what is not in it cannot vary."""

from dataclasses import dataclass
from typing import Literal

from model.emert.resnet import Stem
from model.errors import RecipeError

#: The network: see model.network.
Kind = Literal["emert", "face-only", "eyes-only", "late-fusion", "tfn", "lmf", "mult", "misa"]


@dataclass(frozen=True)
class Architecture:
    """Sizes of the network. Defaults are the published ones.

    `faces` of a trial's kept faces are used, each shrunk to `face_pixels`; `face_width` channels in the first stage
    of ResNet-18.
    """

    kind: Kind = "emert"
    faces: int = 8
    face_pixels: int = 112
    face_width: int = 64
    face_stem: Stem = "imagenet"
    token_width: int = 128
    eye_layers: int = 3
    dropout: float = 0.5
    projection_hidden: int = 64
    projection_width: int = 32
    cross_layers: int = 2
    heads: int = 8
    head_width: int = 64
    cross_dropout: float = 0.0
    #: 'change': each face minus the first one found in its trial, so that what is left is expression, hardly identity.
    face_input: Literal["picture", "change"] = "picture"
    #: Each eye step also sees the mean of its trial's steps: single steps are noisy.
    eye_summary: bool = False
    #: What an eye step says also goes past the LSTM, through one linear map: little data can be learned from that.
    eye_bypass: bool = False
    #: Fixation maps as a modality of their own: 'heat' tells where was looked, 'over_clip' also what was shown there,
    #: from which a network can learn the clip in place of the person (see model.baselines.stimulus_identity).
    maps: Literal["none", "heat", "over_clip"] = "none"
    #: Channels of the maps' first convolution.
    map_width: int = 8
    #: Fused tokens are averaged all together, or modality by modality: a few faces drown among 64 eye steps.
    pool: Literal["tokens", "modalities"] = "tokens"


@dataclass(frozen=True)
class LossWeights:
    """What each part counts. `task` multiplies the four label losses of both instruments; `invariant` and `specific`
    are of EMERT's discriminator, `similarity`, `difference` and `reconstruction` of MISA's subspaces.
    """

    task: float = 1.0
    invariant: float = 0.01
    specific: float = 0.01
    seven: float = 1.0
    three: float = 1.0
    valence_arousal: float = 1.0
    intensity: float = 1.0
    similarity: float = 0.0
    difference: float = 0.0
    reconstruction: float = 0.0


@dataclass(frozen=True)
class Schedule:
    """Adam (decoupled weight decay where `decoupled`), cosine to zero over `epochs`; stops `patience` epochs after
    the best one, which only a schedule that keeps the best one does.
    """

    epochs: int = 200
    batch: int = 16
    learning_rate: float = 1e-4
    weight_decay: float = 5e-4
    decoupled: bool = False
    warmup_epochs: int = 0
    patience: int | None = None
    #: Which epoch's weights: the best one by the validation people, or the last one. By few people the best is so by
    #: luck, and training anew for as many epochs ends while the learning rate is still high.
    keep: Literal["best", "last"] = "best"
    clip_gradient: float | None = None
    #: With few participants those who chose the epoch are too many to do without: train anew on them too.
    refit: bool = False

    def __post_init__(self) -> None:
        if self.keep == "last" and self.patience is not None:
            raise RecipeError(
                "schedule: patience waits for a best epoch, and keep='last' takes the last one whichever that is. "
                "Leave one of the two out."
            )


@dataclass(frozen=True)
class Augmentation:
    """Random changes of training trials, drawn anew each epoch. 0 switches one off.

    `light` is the spread of brightness and contrast; `shift_pixels` the largest shift of a face; `flip` the share of
    trials whose faces are mirrored; `drop_faces` and `drop_eyes` the shares of trials that lose one of the two for one
    step; `eye_noise` the deviation of noise on eye features, in their own deviations, new at each step, and `eye_shift`
    the same for a whole trial.
    """

    light: float = 0.0
    shift_pixels: int = 0
    flip: float = 0.0
    drop_faces: float = 0.0
    drop_eyes: float = 0.0
    eye_noise: float = 0.0
    eye_shift: float = 0.0


@dataclass(frozen=True)
class Recipe:
    """One whole training run. `beside` names the recipe that is trained on the same folds for comparison."""

    name: str
    says: str
    architecture: Architecture
    losses: LossWeights
    schedule: Schedule
    augmentation: Augmentation
    beside: str | None = None
