"""Examples for the API document."""

from typing import Any

_FIGURE = {"value": 0.449, "low": 0.44, "high": 0.458, "participants": 200}
_SMALL = {"value": 0.02, "low": -0.01, "high": 0.05, "participants": 200}
_NAME = {"name": "ada", "pseudonym": "r3f9a01c2d4e5", "role": "rater", "active": True}

AGREEMENT: dict[str, Any] = {
    "study": "",
    "origins": ["real", "imported"],
    "draws": 1000,
    "week_draws": 200,
    "instruments": [
        {
            "instrument": "ER",
            "answers": 29709,
            "left_out": 291,
            "trials": 10000,
            "raters": 16,
            "participants": 200,
            "fields": [
                {
                    "field": "seven",
                    "statistics": [
                        {
                            "statistic": "alpha nominal",
                            "figure": _FIGURE,
                            "trials": 9996,
                            "raters": 16,
                            "answers": 29705,
                            "k": None,
                        }
                    ],
                    "weeks": [{"monday": "2026-06-29", "figure": _FIGURE, "trials": 480}],
                }
            ],
        }
    ],
}

_RATER: dict[str, Any] = _NAME | {
    "instruments": [
        {
            "instrument": "ER",
            "answers": 1897,
            "today": 13,
            "looked_ms": 11948.0,
            "alpha": _FIGURE,
            "change": _SMALL,
            "valence": _FIGURE,
            "arousal": _FIGURE,
            "valence_bias": _SMALL,
            "arousal_bias": _SMALL,
            "class_bias": {"happiness": _SMALL},
            "gold": {"mean": 0.81, "answers": 24},
            "training": {"mean": 0.78, "answers": 10},
            "qualified": [{"study": "smiles", "score": 0.78, "trials": 10}],
            "flags": {"unsure": 31},
        }
    ]
}

RATERS: dict[str, Any] = {
    "study": "",
    "origins": ["real", "imported"],
    "draws": 1000,
    "alpha_of_all": {"ER": _FIGURE},
    "raters": [_RATER],
}

ONE_RATER: dict[str, Any] = {
    "rater": _RATER,
    "alpha_of_all": {"ER": _FIGURE},
    "over_time": [
        {
            "instrument": "ER",
            "without": _FIGURE,
            "weeks": [
                {
                    "monday": "2026-06-29",
                    "answers": 96,
                    "looked_ms": 11214.0,
                    "alpha": _FIGURE,
                    "valence_bias": _SMALL,
                    "arousal_bias": _SMALL,
                }
            ],
        }
    ],
}


def example(document: dict[str, Any]) -> dict[int | str, dict[str, Any]]:
    """As `responses` of a route."""
    return {200: {"content": {"application/json": {"example": document}}}}
