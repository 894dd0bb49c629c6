"""The examples in the API document are what the API would say: they fit its own schemas."""

from typing import Any

import pytest
from pydantic import TypeAdapter

from server.exports.endpoints import _DICTIONARY, Dictionary
from server.models.endpoints import _EXAMPLE as MODELS
from server.models.listing import ModelRow
from server.participants.endpoints import _GONE, _ROW, _WITHDRAWN
from server.participants.listing import ParticipantRow
from server.participants.one import OneParticipant
from server.participants.withdrawing import Withdrawn
from server.studies.endpoints import _EXAMPLE as SETTINGS
from server.studies.endpoints import _PROGRESS
from server.studies.progress import StudyProgress
from server.studies.settings import Settings
from server.trials.endpoints import _EXAMPLE as TRIALS
from server.trials.endpoints import _WHOLE
from server.trials.listing import TrialPage
from server.trials.one import OneTrial


@pytest.mark.parametrize(
    ("schema", "example"),
    [
        (ParticipantRow, _ROW),
        (OneParticipant, {"about": _WITHDRAWN, "recordings": [], "tombstone": _GONE | {"unfinished": False}}),
        (Withdrawn, {"study": "smiles", "participant": "P01", **_GONE}),
        (TrialPage, TRIALS),
        (OneTrial, _WHOLE),
        (StudyProgress, _PROGRESS),
        (Settings, SETTINGS),
        (list[ModelRow], MODELS),
        (list[Dictionary], _DICTIONARY),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_an_example_is_what_the_api_would_say(schema: Any, example: Any) -> None:
    adapter = TypeAdapter(schema)
    said = adapter.dump_python(adapter.validate_python(example), mode="json")
    assert _names(said) == _names(example)


def _names(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _names(each) for name, each in value.items()}
    return [_names(each) for each in value] if isinstance(value, list) else None
