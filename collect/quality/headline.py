"""What the experimenter reads first, while the participant is still there: how it went, and what to do."""

from collections.abc import Sequence

from collect.bundle.format import PlannedPresentation
from collect.quality.format import CalibrationQuality, DriftCheckQuality, Measure, PresentationQuality, Tally, Verdict

_TODO: dict[Measure, str] = {
    "trial": "Look for the cause in the warnings below before the next participant comes.",
    "gaze_valid": (
        "Gaze: seat the participant again, clear glasses and lashes from the tracker's view, set its focus and "
        "threshold, and calibrate."
    ),
    "frames_shown": (
        "Frames of the clip: close other programs on this computer, and check that the clip's size and frame rate suit "
        "it (duchenne collect check)."
    ),
    "camera_lost": (
        "Camera: plug it into a port of its own, and fix its exposure or give more light: in the dark many cameras "
        "halve their frame rate."
    ),
    "one_face": "Face: bring the participant's face into the middle of the picture, and nobody else's.",
    "brightness": "Light: light the face evenly from the front; not from behind, not by the screen alone.",
    "clock_residual_ms": "Clocks: put the tracker on a network cable of its own, and close other programs on it.",
    "self_report": "Self-report: ask now for what was not answered, and note it by hand.",
}


def tally(planned: Sequence[PlannedPresentation], judged: Sequence[PresentationQuality], *, trials: bool) -> Tally:
    """Of the trials, or of everything else."""
    mine = [one for one in judged if (one.role == "trial") == trials]
    count = sum((one.role == "trial") == trials for one in planned)
    by = {verdict: sum(one.verdict == verdict for one in mine) for verdict in ("good", "usable", "bad", "not known")}
    return Tally(
        planned=count, good=by["good"], usable=by["usable"], bad=by["bad"], not_known=by["not known"],
        not_shown=max(0, count - len(mine)),
    )  # fmt: skip


def headline(trials: Tally, judged: Sequence[PresentationQuality], cut: str | None) -> str:
    """Such as '7 of 8 trials good; trial 5 bad: gaze was measured in 31 % of the clip …'."""
    main = [one for one in judged if one.role == "trial"]
    words = f"{trials.good} of {trials.planned} {'trial' if trials.planned == 1 else 'trials'} good"
    if trials.not_known:
        words += f", {trials.not_known} not judged"
    parts = [words, *_those(main, "bad", told=2), *_those(main, "usable", told=1)]
    if trials.not_shown:
        parts.append(f"{trials.not_shown} not shown")
    if cut is not None:
        parts.append("the recording was not ended")
    return "; ".join(parts)


def advice(
    judged: Sequence[PresentationQuality],
    calibrations: Sequence[CalibrationQuality],
    drift_checks: Sequence[DriftCheckQuality],
    trials: Tally,
    cut: str | None,
    folder: str,
) -> tuple[str, ...]:
    """What to do, the most urgent first; nothing where all is well."""
    todo: list[str] = []
    if cut is not None:
        todo.append(f"Go on with the session while the participant is there: duchenne collect resume {folder}")
    wanting = [reason.measure for one in judged if one.role == "trial" for reason in one.reasons]
    todo += [_TODO[measure] for measure in sorted(set(wanting), key=lambda name: (-wanting.count(name), name))]
    if calibrations and not calibrations[-1].accepted:
        todo.append(
            "Calibration: the last one was not within the study's limits; gaze may be off by more than it says."
        )
    if any(not check.accepted for check in drift_checks):
        todo.append("Drift: a drift check failed; a chin rest, and a calibration after each break, help.")
    if trials.bad:
        todo.append(
            "To have the bad trials anew, run one more session of this participant (--session with the next number)."
        )
    return tuple(todo)


def _those(main: Sequence[PresentationQuality], verdict: Verdict, told: int) -> list[str]:
    """With the worst reason of each, as long as they are no more than `told`."""
    those = [one for one in main if one.verdict == verdict]
    if len(those) <= told:
        return [_told(one) for one in those]
    return [f"trials {_listed([one.number for one in those])} {verdict}"]


def _told(one: PresentationQuality) -> str:
    worst = one.reasons[0].text.split(";")[0]
    return f"trial {one.number} {one.verdict}: {worst[:1].lower()}{worst[1:]}"


def _listed(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers[:-1])) + f" and {numbers[-1]}"
