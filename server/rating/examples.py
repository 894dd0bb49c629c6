"""Examples of the rating desk's requests and answers, for the API document."""

from typing import Any

_PLACE = {
    "claim": 4711,
    "expires_utc": "2026-03-01T09:30:00Z",
    "lease_s": 1800.0,
    "simulated": False,
    "training": False,
    "trace_scale": "",
    "position": 12,
}
_FACE = "/media/3f2a9c0b7d1e4f5a8b6c7d8e9f0a1b2c/face"
_OTHER = "/media/91e0b6f2c7a84d3e9f1a2b3c4d5e6f70"

FER_TASK: dict[str, Any] = _PLACE | {"instrument": "FER", "media": {"face": _FACE}, "sound": False}
ER_TASK: dict[str, Any] = _PLACE | {
    "instrument": "ER",
    "media": {"face": f"{_OTHER}/face", "stimulus": f"{_OTHER}/stimulus", "gaze": f"{_OTHER}/gaze"},
    "duration_ms": 61480,
    "face_offset_ms": -33.4,
    "screen": {"width_px": 1920, "height_px": 1080},
    "pupil_unit": "arbitrary area",
    "self_report": None,
}

_SAID = {"seven": "happiness", "three": "positive", "valence": 0.6, "arousal": 0.25}
VOTE: dict[str, Any] = {
    "an answer": {
        "value": _SAID | {"instrument": "FER", "intensity": 1.4, "flags": ["unsure"], "note": "", "looked_ms": 14250}
    },
    "a correction, with a trace": {
        "value": _SAID
        | {
            "instrument": "ER",
            "supersedes": 9001,
            "note": "the smile begins before the clip turns",
            "trace": {"scale": "valence", "t_ms": [0, 40, 80], "values": [0.0, 0.05, 0.1]},
        }
    },
}

SAVED: dict[str, Any] = {"vote": 9002, "reveal": None, "feedback": None}
REVEALED: dict[str, Any] = SAVED | {
    "reveal": _SAID
    | {
        "intensity": 1.1,
        "probabilities": {
            "happiness": 0.71, "sadness": 0.03, "fear": 0.02, "surprise": 0.12, "disgust": 0.01, "anger": 0.01,
            "neutral": 0.1,
        },
    }
}  # fmt: skip
TAUGHT: dict[str, Any] = SAVED | {
    "feedback": {
        "answer": _SAID | {"intensity": 1.5},
        "explanation": "The cheeks rise and the eyes narrow.",
        "score": 0.85,
        "done": 3,
        "of": 10,
        "qualified": None,
    }
}

_LAST = {"answer": _SAID | {"vote": 9002, "intensity": 1.4, "flags": [], "note": ""}}
LAST_FER: dict[str, Any] = _LAST | {"task": FER_TASK}
LAST_ER: dict[str, Any] = {"answer": _LAST["answer"] | {"intensity": None}, "task": ER_TASK}

_FAR = {
    "answered": 312,
    "available": 1000,
    "at_limit": False,
    "today": 48,
    "training_left": 0,
    "qualified": True,
    "break_after_min": 45,
}
PROGRESS: dict[str, Any] = {
    "ER": _FAR | {"answered": 0, "today": 0, "training_left": 10, "qualified": None},
    "FER": _FAR,
}


def example(value: Any) -> dict[str, Any]:
    """The part of a response's description that holds its example."""
    return {"content": {"application/json": {"example": value}}}


def examples(**named: Any) -> dict[str, Any]:
    """The same for several, by name."""
    return {"content": {"application/json": {"examples": {name: {"value": one} for name, one in named.items()}}}}


def refusal(words: str) -> dict[str, Any]:
    """A refusal, as every one is told: in words."""
    return {"description": words} | example({"detail": words})
