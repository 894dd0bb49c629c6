"""Which clips are a study's trials, in the groups that they are ordered in."""

from dataclasses import dataclass

from collect.bundle.manifest import StimulusManifest
from collect.bundle.study import Order, Study


@dataclass(frozen=True)
class TrialGroup:
    """A block of the study, or, in a study without blocks, all its trials under an empty name."""

    name: str
    clips: tuple[str, ...]
    order: Order | None = None
    break_before: bool = False


def trial_groups(study: Study, manifest: StimulusManifest) -> tuple[TrialGroup, ...]:
    """The groups as the study lists them. Where it names no clips, every clip without another role is a trial."""
    if study.blocks:
        return tuple(TrialGroup(block.name, block.clips, block.order, block.break_before) for block in study.blocks)
    if study.clips is not None:
        return (TrialGroup("", study.clips),)
    others = {*study.practice, study.baseline, study.washout, study.mood_repair}
    return (TrialGroup("", tuple(clip.id for clip in manifest.clips if clip.id not in others)),)
