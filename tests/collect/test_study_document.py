"""docs/study.md is true: its examples are studies, and it names every field."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from collect.bundle.limits import CalibrationLimits, StimulusLimits, TrialLimits
from collect.bundle.study import Block, Study, StudyConsent, parse_study
from collect.bundle.study_devices import EyeLinkTracker, OpenCVCamera, StudyScreen
from collect.checking.wording import check_wording

TEXT = (Path(__file__).parents[2] / "docs/study.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("number", range(3))
def test_every_example_is_a_study_that_can_be_read_on_the_screen(number: int) -> None:
    study = parse_study(EXAMPLES[number].encode(), "docs/study.md")
    assert [finding.found for finding in check_wording(study) if finding.verdict == "fail"] == []
    assert len(EXAMPLES) == 3


def test_the_rich_example_leaves_nothing_of_a_study_out() -> None:
    rich = parse_study(EXAMPLES[1].encode(), "docs/study.md")
    assert set(Study.model_fields) - rich.model_fields_set - {"clips"} == set()  # blocks stand in their place


@pytest.mark.parametrize(
    "model",
    [
        Study, Block, StudyConsent, StudyScreen, EyeLinkTracker, OpenCVCamera, CalibrationLimits, StimulusLimits,
        TrialLimits,
    ],
)  # fmt: skip
def test_every_field_is_explained(model: type[BaseModel]) -> None:
    prose = re.sub(r"^```yaml\n.*?^```$", "", TEXT, flags=re.MULTILINE | re.DOTALL)
    told = {name for code in re.findall(r"`([^`]+)`", prose) for name in re.findall(r"[a-z_]+", code)}
    told |= {"format", "version", "id", "title"}  # these say what they are
    assert set(model.model_fields) - told == set()
