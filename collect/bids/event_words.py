"""What each column of the events file means, as its sidecar says it."""

from typing import Any

_STEP = "Step on the drawn scale, 1 to 9"
_UNIT = "From -1 to 1: (step - 5) / 4"
COLUMN_WORDS: dict[str, Any] = {
    "onset": {
        "Description": "Since the first gaze sample of the run, on the recording computer's clock; negative before it",
        "Units": "s",
        "Format": "number",
    },
    "duration": {
        "Description": "How long it lasted; n/a where its end was not recorded",
        "Units": "s",
        "Format": "number",
    },
    "trial_type": {
        "LongName": "Kind of event",
        "Description": "What happened",
        "Levels": {
            "clip": "A film clip was shown, from its first flip until its end",
            "fixation_cross": "The cross before a clip",
            "self_report": "A question about the clip was on the screen",
            "pause": "The session rested",
            "calibration": "A calibration of the tracker was validated; onset is its end",
            "drift_check": "The tracker was checked for drift; onset is its end",
        },
    },
    "trial": {"Description": "Number of the presentation, counted from 1 through the session"},
    "role": {
        "Description": "What the presentation was there for",
        "Levels": {
            "trial": "To be rated",
            "practice": "To get used to the procedure",
            "baseline": "A neutral clip before the first trial",
            "washout": "A calming clip between trials",
            "repair": "A pleasant clip at the end",
        },
    },
    "block": {"Description": "Name of the block of the study"},
    "clip": {"Description": "Identifier of the clip; stimuli/clips.tsv says what it is"},
    "stim_file": {"Description": "The clip in stimuli/; n/a where clips were not passed on"},
    "intended_emotion": {
        "Description": "What the clip is meant to elicit",
        "Levels": {
            "happiness": "Happiness", "sadness": "Sadness", "fear": "Fear", "surprise": "Surprise",
            "disgust": "Disgust", "anger": "Anger", "neutral": "No emotion",
        },
    },
    "valid": {
        "Description": "Did every device record the whole trial?",
        "Levels": {"true": "Yes", "false": "No: see invalid_reason"},
    },
    "invalid_reason": {"Description": "Why a trial is not valid"},
    "sound_onset": {"Description": "When the clip's sound began, as onset counts; n/a without sound", "Units": "s"},
    "frames_in_clip": {"Description": "Frames that the clip has"},
    "frames_shown": {"Description": "Frames of it that were shown"},
    "frames_late": {"Description": "Frames shown more than one refresh after they were due"},
    "item": {
        "Description": "Which question was asked",
        "Levels": {
            "seven": "Which of seven emotions was felt", "three": "Positive, negative or neutral",
            "valence": "How pleasant", "arousal": "How aroused", "familiarity": "Is the clip known",
            "liking": "Is the clip liked", "text": "In the participant's own words, which are not passed on",
        },
    },
    "felt_seven": {
        "Description": "What the participant says they felt",
        "Levels": {
            "happiness": "Happiness", "sadness": "Sadness", "fear": "Fear", "surprise": "Surprise",
            "disgust": "Disgust", "anger": "Anger", "neutral": "No emotion",
        },
    },
    "felt_three": {
        "Description": "What the participant says they felt, in three classes",
        "Levels": {"positive": "Positive", "negative": "Negative", "neutral": "Neither"},
    },
    "felt_valence": {"Description": f"How pleasant it felt. {_UNIT}"},
    "felt_arousal": {"Description": f"How aroused the participant felt. {_UNIT}"},
    "valence_step": {"Description": f"{_STEP}, unpleasant to pleasant"},
    "arousal_step": {"Description": f"{_STEP}, calm to aroused"},
    "familiarity_step": {"Description": f"{_STEP}, never seen to well known"},
    "liking_step": {"Description": f"{_STEP}, not at all to very much"},
    "error_deg": {
        "Description": "Mean error of a calibration, or distance of the gaze from the cross in a drift check",
        "Units": "degree",
    },
    "accepted": {
        "Description": "Was the calibration or drift check good enough?",
        "Levels": {"true": "Yes", "false": "No"},
    },
}  # fmt: skip
