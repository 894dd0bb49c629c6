"""The page and its JSON: whole, self-contained, and plain about what it cannot know."""

import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner

from collect.bundle.errors import BundleError
from collect.bundle.verify import verify_bundle
from collect.quality.format import SessionQuality
from collect.report.errors import ReportNotWrittenError
from collect.report.writing import Report, write_report
from duchenne.cli import duchenne
from tests.collect.quality.recorded import record_with_faults

GOLDEN = Path(__file__).parents[2] / "golden" / "bundle-v1"


class _Page(HTMLParser):
    """Every attribute of the page, and whether every element was closed."""

    VOID = frozenset({"meta", "img", "br", "link", "hr", "input"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.attributes: list[tuple[str, str, str]] = []
        self.tags: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in self.VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Report]:
    bundle = record_with_faults(tmp_path_factory.mktemp("report"))
    return bundle, write_report(bundle)


def test_the_report_lies_beside_the_bundle_whose_seal_stays_whole(made: tuple[Path, Report]) -> None:
    bundle, report = made
    assert report.page == bundle.with_name(bundle.name + ".report.html")
    assert report.json == bundle.with_name(bundle.name + ".report.json")
    assert verify_bundle(bundle).state == "sealed"
    assert SessionQuality.model_validate_json(report.json.read_bytes()) == report.quality
    assert not list(bundle.parent.glob("*.partial"))


def test_the_page_needs_nothing_outside_of_it_and_runs_nothing(made: tuple[Path, Report]) -> None:
    text = made[1].page.read_text(encoding="utf-8")
    page = _Page(text)
    assert not {"script", "link", "iframe", "object", "embed"} & set(page.tags)
    references = [value for _, name, value in page.attributes if name in ("src", "href", "xlink:href", "srcset")]
    assert references
    assert [value[:40] for value in references if not value.startswith(("data:image/", "#"))] == []
    assert "://" not in text
    assert "@import" not in text
    assert re.findall(r"url\((?!#)", text) == []
    assert not [name for _, name, _ in page.attributes if name.startswith("on")]
    ids = [value for _, name, value in page.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    assert {value[1:] for value in references if value.startswith("#")} <= set(ids)
    assert len(text) < 2_000_000


def test_every_trial_is_on_the_page_with_its_verdict_and_reasons(made: tuple[Path, Report]) -> None:
    text = made[1].page.read_text(encoding="utf-8")
    assert made[1].quality.headline[:40] in text
    assert "SIMULATED" in text
    for one in made[1].quality.presentations:
        assert f'id="row-{one.number}"' in text
        assert f'id="trial-{one.number}"' in text
        for reason in one.reasons:
            assert reason.text.replace("'", "&#39;") in text
    assert text.count('aria-label="Scan path of trial') == 3
    assert text.count('alt="Fixation map"') == 3


def test_it_says_what_software_rendering_cannot_show(made: tuple[Path, Report]) -> None:
    text = " ".join(made[1].page.read_text(encoding="utf-8").split())
    assert "true display timing cannot be shown by software rendering" in text
    assert "docs/timing.md" in text


def test_no_face_is_shown_unless_asked_for(made: tuple[Path, Report], tmp_path: Path) -> None:
    bundle, report = made
    text = report.page.read_text(encoding="utf-8")
    assert 'class="face"' not in text
    assert "No picture of the face is in this file." in text
    shown = write_report(bundle, tmp_path, faces=True).page.read_text(encoding="utf-8")
    assert shown.count('class="face"') == 3
    assert "personal data" in shown


def test_words_of_a_study_are_never_markup(tmp_path: Path) -> None:
    folder = tmp_path / "odd"
    shutil.copytree(GOLDEN, folder)
    (folder / "seal.json").unlink()
    journal = folder / "journal.jsonl"
    journal.write_text(journal.read_text() + '{"event":"warned","t_ns":1,"text":"<script>alert(1)</script>"}\n')
    text = write_report(folder).page.read_text(encoding="utf-8")
    assert "<script" not in text
    assert "&lt;script&gt;" in text


def test_progress_goes_from_none_to_all_without_a_step_back(tmp_path: Path) -> None:
    steps: list[tuple[int, int]] = []
    write_report(GOLDEN, tmp_path, tables=tmp_path, progress=lambda *step: steps.append(step))
    assert steps == sorted(steps)
    assert {total for _, total in steps} == {4}
    assert steps[-1] == (4, 4)


@pytest.mark.parametrize("inside", ["", "camera", "new/folder"])
def test_nothing_is_written_into_a_bundle(tmp_path: Path, inside: str) -> None:
    folder = tmp_path / "bundle"
    shutil.copytree(GOLDEN, folder)
    with pytest.raises(ReportNotWrittenError, match="within the bundle"):
        write_report(folder, folder / inside)
    assert verify_bundle(folder).ok
    assert not (folder / "new").exists()


def test_what_is_no_bundle_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(BundleError):
        write_report(tmp_path / "nothing")
    assert list(tmp_path.iterdir()) == []


def test_the_command_says_that_trials_are_bad_and_still_succeeds(made: tuple[Path, Report], tmp_path: Path) -> None:
    result = CliRunner().invoke(
        duchenne, ["collect", "report", str(made[0]), "--out", str(tmp_path), "--tables", str(tmp_path)]
    )
    assert result.exit_code == 0, result.output
    assert "0 of 3 trials good; trials 1, 2 and 3 bad" in result.stdout
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == [f"{made[0].name}{ending}" for ending in (".pupil.csv", ".report.html", ".report.json")]
    assert all(name in result.stdout for name in names)
