"""Is the planned session what its author meant: order, emotions, roles, length?"""

from collections import Counter
from collections.abc import Iterator, Sequence
from math import gcd, lcm

from collect.bundle.format import PlannedPresentation
from collect.bundle.manifest import StimulusManifest
from collect.bundle.study import Study
from collect.checking.finding import Finding, fail, ok, warn
from collect.plan.latin_square import row_count
from collect.plan.neighbours import meetings
from collect.plan.session_length import session_seconds
from collect.plan.trial_groups import trial_groups

#: After this many minutes answers and eyes are those of a tired person.
_LONG_MIN = 90.0


def check_plan(study: Study, manifest: StimulusManifest, plan: Sequence[PlannedPresentation]) -> Iterator[Finding]:
    """`plan` is one participant's; what is said of emotions and roles holds for all."""
    yield _length(study, manifest, plan)
    yield _balance(manifest, plan)
    yield from _neighbours(study, manifest, plan)
    yield from _squares(study, manifest)
    yield from _roles(study, manifest, plan)


def _length(study: Study, manifest: StimulusManifest, plan: Sequence[PlannedPresentation]) -> Finding:
    minutes = session_seconds(study, manifest, plan) / 60
    roles: Counter[str] = Counter(shown.role for shown in plan)
    rests = sum(shown.break_before for shown in plan)
    found = f"about {minutes:.0f} minutes: {_counted(roles['trial'], 'trial')}"
    found += "".join(
        f", {_counted(roles[role], word)}"
        for role, word in (
            ("practice", "practice clip"), ("baseline", "baseline clip"), ("washout", "washout clip"),
            ("repair", "mood repair clip"),
        )
        if roles[role]
    )  # fmt: skip
    found += f", {_counted(rests, 'rest')}" if rests else ""
    if minutes > _LONG_MIN:
        return warn("length", found, "Plan fewer clips, or two sessions: people tire.")
    return ok("length", found)


def _balance(manifest: StimulusManifest, plan: Sequence[PlannedPresentation]) -> Finding:
    kinds = {clip.id: clip.emotion for clip in manifest.clips}
    counts = Counter(kinds.get(shown.clip) or "unknown" for shown in plan if shown.role == "trial")
    found = ", ".join(f"{emotion} {count}" for emotion, count in sorted(counts.items()))
    if max(counts.values()) > min(counts.values()) + 1:
        return warn("emotions", found, "Bring the emotions to like numbers of clips, unless this is meant.")
    return ok("emotions", found)


def _neighbours(study: Study, manifest: StimulusManifest, plan: Sequence[PlannedPresentation]) -> Iterator[Finding]:
    if not study.no_emotion_twice:
        return
    kinds = {clip.id: clip.emotion for clip in manifest.clips}
    count = meetings([kinds.get(shown.clip) for shown in plan if shown.role == "trial"])
    if not count:
        yield ok("neighbours", "no two trials of one emotion in a row in this order")
        return
    found = f"in this order {_counted(count, 'time')} two trials of one emotion in a row"
    orders = {group.order or study.order for group in trial_groups(study, manifest)}
    if "latin_square" in orders:
        todo = "A balanced square has every pair of clips as neighbours; it is kept, and no_emotion_twice gives way."
    elif "fixed" in orders:
        todo = "Change the fixed order, use order: random, or say no_emotion_twice: false."
    else:
        todo = "The clips do not allow more: add clips of other emotions, or say no_emotion_twice: false."
    yield warn("neighbours", found, todo)


def _squares(study: Study, manifest: StimulusManifest) -> Iterator[Finding]:
    """After how many participants all is balanced, and what a square of this kind cannot do."""
    groups = trial_groups(study, manifest)
    sizes = [len(group.clips) for group in groups if (group.order or study.order) == "latin_square"]
    blocks = row_count(len(groups)) if study.block_order == "latin_square" else 1
    if not sizes and blocks == 1:
        return
    needed = lcm(blocks, *(row_count(size) for size in sizes))
    found = f"balanced after every {needed} participants with numbers in a row, such as P001 to P{needed:03}"
    crossed = max((gcd(blocks, row_count(size)) for size in sizes), default=1)
    if crossed > 1:
        found += f"; orders of blocks and clips are crossed after {needed * crossed}"
    odd = [size for size in sizes if size % 2 and size > 1]
    if odd:
        todo = f"An odd number of clips needs twice as many participants: {odd[0] + 1} clips would need {odd[0] + 1}."
        yield warn("latin square", found, todo)
    elif any(size < 2 for size in sizes):
        yield warn("latin square", found, "A block of one clip has only one order.")
    else:
        yield ok("latin square", found)


def _roles(study: Study, manifest: StimulusManifest, plan: Sequence[PlannedPresentation]) -> Iterator[Finding]:
    kinds = {clip.id: clip.emotion for clip in manifest.clips}
    trials = {shown.clip for shown in plan if shown.role == "trial"}
    for field, wanted in (("baseline", "neutral"), ("washout", "neutral"), ("mood_repair", "happiness")):
        clip = getattr(study, field)
        if clip is None:
            continue
        if clip in trials:
            yield warn(field, f"{clip} is a trial too", "It will not be new to the participant: choose another clip.")
        elif kinds.get(clip) != wanted:
            yield warn(field, f"{clip} is to elicit {kinds.get(clip)}", f"A {wanted} clip is usual here.")
        else:
            yield ok(field, f"{clip} ({wanted})")
    if not set(study.practice).isdisjoint(trials):
        yield fail("practice", "a clip is practised and is a trial too", "Practise with another clip.")


def _counted(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
