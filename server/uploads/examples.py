"""Answers as the API document shows them."""

from typing import Any

UPLOAD: dict[str, Any] = {
    "id": "5f0c2d6a9b3e4f1788a1c0de5f0c2d6a",
    "name": "2026-05-02_P07_s1",
    "sender": "eva",
    "state": "ingested",
    "length": 1247483648,
    "received": 1247483648,
    "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "recording_id": "0123456789abcdef0123456789abcdef",
    "message": "Taken in: 8 of 8 trials valid, quality good; 8 ER and 8 FER tasks to rate.",
    "created_utc": "2026-05-02T10:00:00Z",
    "changed_utc": "2026-05-02T10:12:30Z",
    "expires_utc": "2026-05-09T10:11:58Z",
}
PAGE: dict[str, Any] = {"uploads": [UPLOAD], "next": None}


def answered(example: object) -> dict[int | str, dict[str, Any]]:
    """`responses` of a route that answers like this."""
    return {200: {"content": {"application/json": {"example": example}}}}
