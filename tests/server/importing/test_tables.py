"""What the tables may look like, and what is told where they look like nothing known. No database is needed here."""

from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest

from annotate.scales import Emotion, Instrument, Polarity
from server.importing.choosing import choices
from server.importing.errors import (
    ClassesUnknownError,
    ColumnsUnknownError,
    LayoutUnknownError,
    ParticipantsUnknownError,
)
from server.importing.eye_file import EyeFileError, NoTimesError, read_eye_file
from server.importing.face_video import times_ms
from server.importing.label_table import Labelled, LabelTable, Reading, read_label_table
from server.importing.layout import find_layout, pictures_of
from server.importing.participants import participants_of
from server.importing.samples import natural
from server.importing.split import read_split, remarks
from tests.server.importing.made_set import EYE_HEADINGS, HEADINGS, ROWS, MadeSet, eye_rows

HAPPY = ("2_film_happy", "happiness", "positive", 0.5, 0.25, "neutral", "negative", -0.5, -0.11, 0.5)


def workbook(path: Path, **sheets: Sequence[tuple[object, ...]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def is_happy(table: LabelTable) -> bool:
    (one,) = table.samples
    er, fer = one.answers[Instrument.ER], one.answers[Instrument.FER]
    assert (one.sample, er.seven, er.three, er.valence, er.arousal) == HAPPY[:5]
    assert (fer.seven, fer.three, fer.valence, fer.arousal, fer.intensity) == HAPPY[5:]
    return table.problems == []


@pytest.mark.parametrize(
    "headings",
    [
        HEADINGS,
        ("Sample", "er_7", "er_3", "er_valence", "er_arousal",
         "fer_7", "fer_3", "fer_valence", "fer_arousal", "fer_int"),
        ("name", "ER_emotion", "ER polarity", "ER_V", "ER_A",
         "FER_emotion", "FER polarity", "FER_V", "FER_A", "Intensity"),
        ("Video ID", "7-class ER label", "3-class ER label", "Valence (ER)", "Arousal (ER)",
         "7-class FER label", "3-class FER label", "Valence (FER)", "Arousal (FER)", "Intensity score"),
    ],
)  # fmt: skip
def test_columns_are_known_by_several_spellings(tmp_path: Path, headings: tuple[str, ...]) -> None:
    assert is_happy(read_label_table(workbook(tmp_path / "l.xlsx", Sheet1=[headings, HAPPY]), Reading()))


def test_headings_may_be_two_rows_with_groups(tmp_path: Path) -> None:
    groups = ("ID", "ER", None, None, None, "FER", None, None, None, None)
    things = (None, "7-class", "3-class", "Valence", "Arousal", "7-class", "3-class", "Valence", "Arousal", "Intensity")
    assert is_happy(read_label_table(workbook(tmp_path / "l.xlsx", Labels=[groups, things, HAPPY]), Reading()))


def test_each_instrument_may_have_its_sheet(tmp_path: Path) -> None:
    head = ("ID", "Emotion", "3-class", "Valence", "Arousal")
    er = [head, HAPPY[:5]]
    fer = [(*head, "Intensity"), (HAPPY[0], *HAPPY[5:])]
    assert is_happy(read_label_table(workbook(tmp_path / "l.xlsx", ER=er, FER=fer), Reading()))
    only_er = [*er, ("5_film_sad", *HAPPY[1:5])]
    table = read_label_table(workbook(tmp_path / "m.xlsx", ER=only_er, FER=fer), Reading())
    assert {sample for sample, _ in table.problems} == {"5_film_sad"}


def test_unknown_columns_are_told_and_can_be_named(tmp_path: Path) -> None:
    headings = ("ID", "Gefühl", *HEADINGS[2:])
    path = workbook(tmp_path / "l.xlsx", Sheet1=[headings, HAPPY])
    with pytest.raises(ColumnsUnknownError) as refused:
        read_label_table(path, Reading())
    assert str(refused.value).startswith(
        f"{path}: no column is known to hold er_seven. Its headings are: 'ID', 'Gefühl'"
    )
    assert "--column er_seven=" in str(refused.value)
    assert is_happy(read_label_table(path, choices("emer", columns=["er_seven=Gefühl"]).reading))


def test_two_columns_that_could_both_be_meant_are_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "l.xlsx", Sheet1=[(*HEADINGS, "ER emotion"), (*HAPPY, "fear")])
    with pytest.raises(ColumnsUnknownError, match="'ER 7-class' and 'ER emotion' may both hold er_seven"):
        read_label_table(path, Reading())
    named = choices("emer", columns=["er_seven=ER 7-class"]).reading
    assert is_happy(read_label_table(path, named))


def test_numbers_of_classes_are_never_guessed(tmp_path: Path) -> None:
    rows = [("1_film_sad", 3, 1, 0, 0, 3, 1, 0, 0, 0), ("2_film_sad", 3.0, 1, 0, 0, 0, 2, 0, 0, 0),
            ("3_film_happy", 0, 2, 0, 0, 0, 2, 0, 0, 0)]  # fmt: skip
    path = workbook(tmp_path / "l.xlsx", Sheet1=[HEADINGS, *rows])
    with pytest.raises(ClassesUnknownError) as refused:
        read_label_table(path, Reading())
    told = str(refused.value)
    assert told.startswith(f"{path}, sheet 'Sheet1', column 'ER 7-class': the classes are numbers")
    assert "--seven-classes 0=happiness" in told
    assert "3 most often goes with clips named 'sad' (2 of 2)" in told
    said = choices("emer", seven_classes="0=happy, 3=sad", three_classes="1=negative,2=positive").reading
    table = read_label_table(path, said)
    assert [one.answers[Instrument.ER].seven for one in table.samples] == [Emotion.SADNESS] * 2 + [Emotion.HAPPINESS]
    assert table.samples[2].answers[Instrument.FER].three is Polarity.POSITIVE
    rows[0] = ("1_film_sad", 5, *rows[0][2:])
    (problem,) = read_label_table(workbook(path, Sheet1=[HEADINGS, *rows]), said).problems
    assert "row 2, column 'ER 7-class'" in problem[1]
    assert "found '5'" in problem[1]


def test_a_sample_that_stands_twice_is_told(tmp_path: Path) -> None:
    table = read_label_table(workbook(tmp_path / "l.xlsx", Sheet1=[HEADINGS, HAPPY, HAPPY]), Reading())
    assert table.samples == []
    assert "row 3: sample '2_film_happy' stands in a row above already" in table.problems[0][1]


def samples(*names: str, participant: str = "") -> list[Labelled]:
    return [Labelled(name, participant, "", {}) for name in names]


def test_participants_are_never_guessed(tmp_path: Path) -> None:
    own = samples("2_film_happy", "2_sport_sad", "17_film_happy")
    with pytest.raises(ParticipantsUnknownError, match=r"--participants FILE\.csv"):
        participants_of(own, None, number_is_participant=False)
    by_number, wrong = participants_of([*own, *samples("01101")], None, number_is_participant=True)
    assert by_number == {"2_film_happy": "EMER-002", "2_sport_sad": "EMER-002", "17_film_happy": "EMER-017"}
    assert [sample for sample, _ in wrong] == ["01101"]
    table = tmp_path / "who.csv"
    table.write_text("sample,participant\n2_film_happy,P1\n17_film_happy,P1\n2_sport_sad,Jane Doe\n")
    found, wrong = participants_of(own, table, number_is_participant=True)
    assert found == {"2_film_happy": "EMER-P1", "17_film_happy": "EMER-P1"}
    assert "participant 'Jane Doe'" in wrong[0][1]
    table.write_text("sample,participant\n2_film_happy,P1\n2_film_happy,P2\n")
    with pytest.raises(ParticipantsUnknownError, match=r"row 3: sample '2_film_happy' is of participant 'P2' here"):
        participants_of(own, table, number_is_participant=False)
    table.write_text("what,who\n2_film_happy,P1\n")
    with pytest.raises(ColumnsUnknownError, match="expected the headings sample and participant, found 'what', 'who'"):
        participants_of(own, table, number_is_participant=False)
    told, _ = participants_of(samples("x", participant="7"), None, number_is_participant=False)
    assert told == {"x": "EMER-7"}


@pytest.mark.parametrize("suffix", [".csv", ".tsv"])
def test_eye_files_may_be_text(tmp_path: Path, suffix: str) -> None:
    made = MadeSet(tmp_path, suffix=suffix)
    made.write_eyes("2_film_happy")
    facts = read_eye_file(made.eyes("2_film_happy")).facts
    assert (facts.samples, facts.eyes, facts.screen_px, facts.rate_hz) == (ROWS, "LR", (1920, 1080), 120.0)


def test_an_eye_file_of_numbers_without_times_needs_the_trackers_rate(tmp_path: Path) -> None:
    """As in the published tables, where words were made numbers: kinds of movements, and whether an eye was seen."""
    kept = [index for index, name in enumerate(EYE_HEADINGS) if "left" not in name and "right" not in name][1:]
    kind = kept.index(EYE_HEADINGS.index("Eye movement type"))
    rows = [[row[index] for index in kept] for row in eye_rows()]
    for row in rows:
        row[kind] = 1
    path = workbook(tmp_path / "e.xlsx", Sheet1=[tuple(EYE_HEADINGS[index] for index in kept), *map(tuple, rows)])
    with pytest.raises(NoTimesError, match="has no column 'Recording timestamp'"):
        read_eye_file(path)
    eye = read_eye_file(path, 60)
    assert eye.events is None
    assert (eye.facts.duration_ms, eye.facts.rate_hz, eye.facts.eyes) == (pytest.approx(800.0), 60.0, "L")
    (tmp_path / "gaze.parquet").write_bytes(eye.gaze)
    gaze = pq.read_table(tmp_path / "gaze.parquet")
    assert gaze["left_x"].to_pylist()[:2] == [900.0, 901.0]
    assert gaze["t_ms"].to_pylist()[3] == pytest.approx(50.0)


def test_a_raw_exports_other_rows_are_no_samples_and_zeros_are_counted(tmp_path: Path) -> None:
    headings = ("Recording timestamp [ms]", "Sensor", "Event", "Gaze point X [DACS px]", "Gaze point Y [DACS px]")
    rows = [(0, None, "RecordingStart", None, None), (8, "Eye Tracker", None, 0, 0), (12, "Mouse", None, None, None),
            (16, "Eye Tracker", None, None, None), (24, "Eye Tracker", None, 900, 500)]  # fmt: skip
    facts = read_eye_file(workbook(tmp_path / "e.xlsx", Sheet1=[headings, *rows])).facts
    assert (facts.samples, facts.gaze_blank, facts.gaze_zero, facts.screen_px) == (3, 1, 1, None)


@pytest.mark.parametrize(
    ("headings", "rows", "message"),
    [
        (("Recording timestamp [ms]", "Gaze point X [MCSnorm]", "Gaze point Y [MCSnorm]"), [(0, 1, 1)], "MCSnorm"),
        (("Recording timestamp [ms]", "Gaze point X", "Gaze point Y"), [(0, 0.4, 0.5), (8, 0.5, 0.5)], "shares of the"),
        (("Recording timestamp [ms]", "Gaze point X", "Gaze point Y"), [(0, 900, 500)], "at least two rows"),
        (("Recording timestamp [ms]", "Gaze point X", "Gaze point Y"), [(8, 9, 5), (0, 9, 5), (9, 9, 5)], "times rise"),
        (("Recording timestamp [ms]", "Gaze point X", "Gaze point Y"), [(None, 9, 5)], "expected a time, found none"),
        (("Recording timestamp [ms]", "Pupil diameter left [mm]"), [(0, 3)], "no column 'Gaze point left X"),
    ],
)
def test_eye_files_that_cannot_be_used(
    tmp_path: Path, headings: tuple[str, ...], rows: list[tuple[object, ...]], message: str
) -> None:
    path = workbook(tmp_path / "e.xlsx", Sheet1=[headings, *rows])
    with pytest.raises(EyeFileError) as refused:
        read_eye_file(path)
    assert message in str(refused.value)
    assert str(refused.value).startswith(str(path))
    assert "Tobii Pro Lab again" not in str(refused.value)
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(EyeFileError, match="the spreadsheet is damaged"):
        read_eye_file(path)


def test_pictures_are_ordered_by_the_last_number_of_their_names(tmp_path: Path) -> None:
    names = ["frame_det_00_10.bmp", "frame_det_00_9.bmp", "frame_det_00_100.BMP", "frame_det_00_1.bmp"]
    for name in (*names, "Thumbs.db"):
        (tmp_path / name).write_bytes(b"x")
    pictures, wrong = pictures_of(tmp_path)
    assert ([picture.number for picture in pictures], wrong) == ([1, 9, 10, 100], [])
    for name, told in (("face.png", "has no number"), ("9.png", "has the same number as"), ("11.png", "is empty")):
        (tmp_path / name).write_bytes(b"" if name == "11.png" else b"x")
        assert any(told in problem for problem in pictures_of(tmp_path)[1]), name
    assert times_ms([5, 10, 15, 25], 1000.0) == pytest.approx([0, 200, 400, 800])
    assert sorted(["10_b", "2_b", "2_a"], key=natural) == ["2_a", "2_b", "10_b"]


def test_the_layout_may_lie_one_folder_below_and_in_sets(tmp_path: Path) -> None:
    data, labels = tmp_path / "data", tmp_path / "labels"
    (data / "face_light_align image" / "set1" / "2_film_happy").mkdir(parents=True)
    (data / "face_light_align image" / "set2" / "7_film_happy").mkdir(parents=True)
    (data / "eye_movement data").mkdir()
    (data / "eye_movement data" / "2_film_happy.xlsx").touch()
    (data / "eye_movement data" / "~$2_film_happy.xlsx").touch()
    labels.mkdir()
    with pytest.raises(LayoutUnknownError, match=r"EMER_label.xlsx not found there nor one folder below"):
        find_layout(tmp_path)
    (labels / "EMER_label.xlsx").touch()
    layout = find_layout(tmp_path)
    assert (sorted(layout.faces), list(layout.eyes)) == (["2_film_happy", "7_film_happy"], ["2_film_happy"])
    split = read_split(layout)
    assert split is not None
    assert split.sets == {"2_film_happy": "set1", "7_film_happy": "set2"}


@pytest.mark.parametrize(
    "text",
    [
        "2_film_happy set1\n7_film_happy set2\n2_film_sad set2\n",
        "set1/2_film_happy\nset2/7_film_happy\nset2/2_film_sad\n",
        "set1:\n2_film_happy\n\nset2:\n7_film_happy\n2_film_sad\n",
        "set1: 2_film_happy\nset2: 7_film_happy, 2_film_sad\nwhat is this\n",
    ],
)
def test_the_published_split_is_held_against_the_participants(tmp_path: Path, text: str) -> None:
    made = MadeSet(
        tmp_path, labels=dict.fromkeys(("2_film_happy", "7_film_happy", "2_film_sad"), HAPPY[1:]), split=text
    )
    split = read_split(find_layout(made.write().root))
    first, *more = remarks(split, {"2_film_happy": "EMER-002", "2_film_sad": "EMER-002", "7_film_happy": "EMER-007"})
    assert "has 2 sets (set1, set2); 1 of 2 participants are in more than one" in first
    assert more == (["lines of emer_set.txt that were not understood: 1"] if "what" in text else [])
