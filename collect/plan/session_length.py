"""How long a planned session takes. Clips are exact; what people do is estimated, from the numbers here."""

from collections.abc import Sequence

from collect.bundle.format import PlannedPresentation
from collect.bundle.manifest import StimulusManifest
from collect.bundle.study import Study

#: Consent, setup and the first calibration.
BEFORE_S = 300.0
#: To read and answer one question with a key; free text takes longer.
ANSWER_S, TEXT_ANSWER_S = 6.0, 30.0
DRIFT_CHECK_S = 4.0
#: How long a participant rests who may go on when they like.
REST_S = 60.0
#: Only after these is anything asked.
_ASKED = ("trial", "practice")


def presentation_seconds(
    study: Study, manifest: StimulusManifest, plan: Sequence[PlannedPresentation]
) -> tuple[float, ...]:
    """Seconds of each presentation, from its rest and drift check to its last answer."""
    clips = {clip.id: clip.duration_s or 0.0 for clip in manifest.clips}
    seconds = []
    trials = 0
    for shown in plan:
        duration = study.fixation_s + clips.get(shown.clip, 0.0)
        if shown.break_before:
            duration += REST_S
        if shown.role in _ASKED:
            duration += sum(TEXT_ANSWER_S if item == "text" else ANSWER_S for item in study.self_report)
        if shown.role == "trial":
            duration += study.rest_s
            if study.drift_check_every and trials % study.drift_check_every == 0:
                duration += DRIFT_CHECK_S
            trials += 1
        seconds.append(duration)
    return tuple(seconds)


def session_seconds(study: Study, manifest: StimulusManifest, plan: Sequence[PlannedPresentation]) -> float:
    """From the participant's sitting down to the last answer."""
    return BEFORE_S + sum(presentation_seconds(study, manifest, plan))
