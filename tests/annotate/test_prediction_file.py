import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from annotate.errors import AnnotateError
from annotate.prediction.file import PredictionsUnreadableError, read_predictions, write_predictions
from annotate.prediction.format import Prediction, PredictionEnd
from annotate.scales import Instrument
from tests.annotate.rows import trial_id

GOLDEN = Path(__file__).parents[1] / "golden" / "predictions-v1.jsonl"


def test_the_golden_file_still_reads() -> None:
    header, predictions = read_predictions(GOLDEN)
    assert (header.model, header.snapshot, header.simulated) == ("m0123456789abcdef", "se55897eadef96d73", True)
    assert [(one.trial, one.instrument) for one in predictions] == [
        (trial_id(3), instrument) for instrument in Instrument
    ]
    assert predictions[0].intensity is None
    assert predictions[1].intensity == 1.2


def test_a_file_is_written_once(tmp_path: Path) -> None:
    header, predictions = read_predictions(GOLDEN)
    path = tmp_path / "m1" / "s1.jsonl"
    assert write_predictions(path, header, predictions) == 2
    assert path.read_bytes() == GOLDEN.read_bytes()
    with pytest.raises(AnnotateError, match="not overwritten"):
        write_predictions(path, header, [])
    assert read_predictions(path)[1] == predictions


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (b'"version":1', b'"version":2', "line 1, field version: 2"),
        (b"duchenne-predictions", b"somebody-elses", "no prediction file"),
        (b'"held_out":true', b'"held_out":true,"extra":1', "line 2, field extra|was changed"),
        (b'"valence":-0.4', b'"valence":-0.3', "was changed after it was written"),
    ],
)
def test_what_is_not_as_it_was_written_is_refused(tmp_path: Path, old: bytes, new: bytes, told: str) -> None:
    path = tmp_path / "p.jsonl"
    path.write_bytes(GOLDEN.read_bytes().replace(old, new))
    with pytest.raises(PredictionsUnreadableError, match=told):
        read_predictions(path)


def test_a_file_that_was_cut_off_is_refused_wherever_it_was_cut(tmp_path: Path) -> None:
    whole = GOLDEN.read_bytes()
    path = tmp_path / "p.jsonl"
    for length in range(0, len(whole) - 2, 41):
        path.write_bytes(whole[:length])
        with pytest.raises(PredictionsUnreadableError):
            read_predictions(path)


@pytest.mark.parametrize("changes", [{"seven": (0.5,) * 7}, {"three": (1.0,)}, {"intensity": 1.0}])
def test_a_prediction_that_contradicts_itself_is_refused(changes: dict[str, object]) -> None:
    good = read_predictions(GOLDEN)[1][0].model_dump()
    with pytest.raises(ValueError, match=r"sum 1|FER only"):
        Prediction.model_validate(good | changes)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (b'"valence":-0.4', b'"valence":NaN', "line 2, field valence"),
        (b'"uncertainty":', b'"uncertainty":NaN,"was":', "line 2, field uncertainty"),
        (b'"seven":[', b'"seven":[NaN,', r"line 2, field seven\.0"),
        (b'"seven":[', b'"seven":[0.5,', "line 2, .*expected 7 probabilities of sum 1"),
    ],
)
def test_a_line_with_no_number_or_no_probabilities_is_named_even_where_the_digest_fits(
    tmp_path: Path, old: bytes, new: bytes, told: str
) -> None:
    lines = GOLDEN.read_bytes().splitlines(keepends=True)
    assert old in lines[1]
    lines[1] = lines[1].replace(old, new, 1)
    whole = b"".join(lines[:-1])
    end = PredictionEnd(rows=len(lines) - 2, sha256=hashlib.sha256(whole).hexdigest())
    path = tmp_path / "p.jsonl"
    path.write_bytes(whole + end.model_dump_json().encode() + b"\n")
    with pytest.raises(PredictionsUnreadableError, match=rf"{path}, {told}.*Predict anew"):
        read_predictions(path)


def test_what_is_half_written_is_no_prediction_file_by_its_name(tmp_path: Path) -> None:
    """A withdrawal looks into every prediction file, and must not stop at one that a killed process has left."""
    header, predictions = read_predictions(GOLDEN)

    def seen() -> Iterator[Prediction]:
        assert list(tmp_path.iterdir())
        assert not list(tmp_path.glob("*.jsonl"))
        yield from predictions

    write_predictions(tmp_path / "m-s.jsonl", header, seen())
    assert [path.name for path in tmp_path.iterdir()] == ["m-s.jsonl"]
