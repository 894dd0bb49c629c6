"""Options that several commands of the lab PC share mean the same in each, and are refused in the same words."""

import pytest
from click.testing import CliRunner

from duchenne.cli import duchenne

BIDS = ("collect", "bids", "out", "bundle")
IMPORT = (
    "collect", "import", "out", "--gaze", "a.asc", "--face", "v.mp4", "--trials", "t.tsv", "--participant", "P1",
    "--study", "s", "--consent", "recording",
)  # fmt: skip


@pytest.mark.parametrize("words", [BIDS, IMPORT])
@pytest.mark.parametrize("option", ["--screen-width-cm", "--distance-cm"])
def test_a_length_that_no_screen_has_is_refused_before_anything_is_read(words: tuple[str, ...], option: str) -> None:
    result = CliRunner().invoke(duchenne, [*words, option, "-3"])
    assert result.exit_code == 2
    assert f"Invalid value for '{option}'" in result.output


@pytest.mark.parametrize("words", [("collect", "run", "study.yaml", "--participant", "P1"), ("collect", "resume", "b")])
def test_where_a_session_is_followed_is_one_of_the_places_there_are(words: tuple[str, ...]) -> None:
    result = CliRunner().invoke(duchenne, [*words, "--operator", "radio"])
    assert result.exit_code == 2
    assert "'study', 'terminal', 'window', 'none'" in result.output
