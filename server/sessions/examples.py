"""Answers as the API document shows them."""

from typing import Any

ROW: dict[str, Any] = {
    "id": "0123456789abcdef0123456789abcdef",
    "study": "smiles",
    "participant": "P07",
    "session": 1,
    "origin": "real",
    "state": "sealed",
    "outcome": "completed",
    "recorded_utc": "2026-05-02T09:02:11+00:00",
    "ingested_utc": "2026-05-02T10:12:30Z",
    "tracker": "EyeLink 1000 Plus, 1000 Hz",
    "trials": 8,
    "trials_valid": 8,
    "with_face": 8,
    "with_gaze": 8,
    "samples": 612000,
    "agreed_to": ["rating", "training"],
    "withdrawn": False,
    "verdict": "usable",
    "reasons": ["Trial 5 usable: Gaze was measured in 71.2 % of the clip; good is 80 % and more"],
}
PAGE: dict[str, Any] = {"recordings": [ROW], "next": "2026-05-02T10:12:30+00:00~0123456789abcdef0123456789abcdef"}
ONE: dict[str, Any] = {
    "id": ROW["id"],
    "study": "smiles",
    "participant_id": 7,
    "participant": "P07",
    "session": 1,
    "origin": "real",
    "state": "sealed",
    "outcome": "completed",
    "recorded_utc": ROW["recorded_utc"],
    "ingested_utc": ROW["ingested_utc"],
    "agreed_to": ["rating", "training"],
    "withdrawn": False,
    "tracker": ROW["tracker"],
    "tracker_eyes": "LR",
    "tracker_simulated": False,
    "camera": "HD Pro Webcam C920",
    "camera_simulated": False,
    "screen": "1920 × 1080 px",
    "samples": 612000,
    "fixations": 1834,
    "saccades": 1829,
    "blinks": 96,
    "verdict": "usable",
    "headline": "7 of 8 trials good; trial 5 usable: gaze was measured in 71.2 % of the clip",
    "advice": [],
    "trials": [
        {
            "id": "89abcdef0123456789abcdef01234567",
            "position": 5,
            "clip": "joy-1",
            "emotion": "happiness",
            "valid": True,
            "invalid_reason": "",
            "duration_ms": 9000.0,
            "frames_in_clip": 225,
            "frames_shown": 225,
            "frames_late": 1,
            "samples": 18000,
            "fixations": 31,
            "blinks": 2,
            "has_face": True,
            "has_gaze": True,
            "verdict": "usable",
            "reasons": ["Gaze was measured in 71.2 % of the clip; good is 80 % and more"],
        }
    ],
}


def answered(example: object) -> dict[int | str, dict[str, Any]]:
    """`responses` of a route that answers like this."""
    return {200: {"content": {"application/json": {"example": example}}}}
