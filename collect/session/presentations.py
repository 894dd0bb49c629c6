"""What is still to be shown in a session, with the files and facts that playing it needs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from collect.bundle.format import Emotion, PlannedPresentation, PresentationRole
from collect.bundle.manifest import StimulusManifest
from collect.bundle.study import Study

#: Only after these the participant is asked what they felt.
ASKED_ABOUT: frozenset[PresentationRole] = frozenset({"practice", "trial"})


@dataclass(frozen=True)
class Presentation:
    """One clip of the plan. `number`: as the journal counts them, from 1."""

    number: int
    clip: str
    file: Path
    role: PresentationRole = "trial"
    block: str = ""
    break_before: bool = False
    emotion: Emotion | None = None
    duration_s: float = 0.0

    @property
    def is_asked_about(self) -> bool:
        return self.role in ASKED_ABOUT


@dataclass(frozen=True)
class PlannedTrials:
    """The presentations still to come, of `total` in the whole session."""

    study: Study
    presentations: tuple[Presentation, ...]
    total: int

    @property
    def clips(self) -> tuple[str, ...]:
        return tuple(presentation.clip for presentation in self.presentations)

    @property
    def first(self) -> int:
        """Number of the next presentation, also where there is none."""
        return self.presentations[0].number if self.presentations else self.total + 1

    @property
    def trials(self) -> int:
        """How many of them are there to be rated."""
        return sum(presentation.role == "trial" for presentation in self.presentations)


def planned_trials(
    study: Study,
    manifest: StimulusManifest,
    plan: Iterable[PlannedPresentation],
    files: Mapping[str, Path],
    done: int = 0,
) -> PlannedTrials:
    """The plan without its first `done` presentations. `files`: clip id to file."""
    presentations = []
    for number, planned in enumerate(plan, start=1):
        clip = manifest.clip(planned.clip)
        presentations.append(
            Presentation(
                number, planned.clip, files[planned.clip], planned.role, planned.block, planned.break_before,
                None if clip is None else clip.emotion, (clip.duration_s if clip else None) or 0.0,
            )
        )  # fmt: skip
    return PlannedTrials(study, tuple(presentations[done:]), len(presentations))
