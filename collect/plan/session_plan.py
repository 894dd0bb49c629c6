"""What one participant is shown, from the practice clips to the mood repair."""

from collections.abc import Iterator, Sequence

from collect.bundle.format import PlannedPresentation
from collect.bundle.manifest import StimulusManifest
from collect.bundle.study import Order, Study
from collect.plan.latin_square import row_count
from collect.plan.neighbours import Stretch, keep_apart
from collect.plan.orders import Orders
from collect.plan.trial_groups import TrialGroup, trial_groups


def session_plan(study: Study, manifest: StimulusManifest, participant: str) -> tuple[PlannedPresentation, ...]:
    """All presentations in their order: practice, baseline, trials with washout and rests between them, mood repair.

    The same participant of the same study always has the same plan. Clips in a random order are arranged so that no
    two neighbouring trials are of one emotion, as far as that can be had (`no_emotion_twice`); fixed orders and Latin
    squares are kept as they are. Raises NumberlessPseudonymError.
    """
    plan = [PlannedPresentation(clip=clip, role="practice") for clip in study.practice]
    if study.baseline is not None:
        plan.append(PlannedPresentation(clip=study.baseline, role="baseline"))
    plan += _with_washout(study, _with_rests(study, _ordered_trials(study, manifest, participant), begun=bool(plan)))
    if study.mood_repair is not None:
        plan.append(PlannedPresentation(clip=study.mood_repair, role="repair"))
    return tuple(plan)


def clip_order_in(study: Study, group: TrialGroup) -> Order:
    """The order of the clips within that group."""
    return group.order or study.order


def _ordered_trials(
    study: Study, manifest: StimulusManifest, participant: str
) -> list[tuple[TrialGroup, Sequence[str]]]:
    """The groups in their order, each with its clips in theirs."""
    groups = {group.name: group for group in trial_groups(study, manifest)}
    orders = Orders.of(study, participant)
    ordered = [groups[name] for name in orders.blocks(study.block_order, tuple(groups))]
    beside = row_count(len(groups)) if study.block_order == "latin_square" else 1
    clips = [orders.clips(clip_order_in(study, group), group.clips, beside) for group in ordered]
    if study.no_emotion_twice:
        kinds = {clip.id: clip.emotion for clip in manifest.clips}
        clips = list(
            keep_apart(
                [
                    Stretch(names, tuple(kinds.get(name) for name in names), clip_order_in(study, group) == "random")
                    for group, names in zip(ordered, clips, strict=True)
                ]
            )
        )
    return list(zip(ordered, clips, strict=True))


def _with_rests(
    study: Study, trials: list[tuple[TrialGroup, Sequence[str]]], *, begun: bool
) -> Iterator[PlannedPresentation]:
    """The trials; a rest where a block asks for one, and else after `break_every` trials without one."""
    since_rest = 0
    for group, clips in trials:
        for index, clip in enumerate(clips):
            rest = (index == 0 and group.break_before) or since_rest == study.break_every
            rest = rest and begun  # nobody needs a rest before anything was shown
            since_rest = 1 if rest else since_rest + 1
            begun = True
            yield PlannedPresentation(clip=clip, block=group.name, break_before=rest)


def _with_washout(study: Study, trials: Iterator[PlannedPresentation]) -> Iterator[PlannedPresentation]:
    for index, trial in enumerate(trials):
        if index and study.washout is not None:
            yield PlannedPresentation(clip=study.washout, role="washout")
        yield trial
