"""Whatever is written into the tables and the journal is read back the same."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from collect.bundle import rows
from collect.bundle.format import (
    CAMERA_FRAMES_FILE,
    GAZE_EVENTS_FILE,
    GAZE_MESSAGES_FILE,
    GAZE_SAMPLES_FILE,
    JournalEvent,
    SelfReport,
    SessionResumed,
    TrialEnded,
    Warned,
)
from collect.bundle.layout import CSV_COLUMNS
from collect.bundle.tables import Table, read_table
from collect.devices.protocols import EyeEvent, GazeSample

NS = st.integers(0, 2**63 - 1)
MEASURED = st.floats(allow_infinity=False)
SAMPLES = st.builds(GazeSample, NS, *([MEASURED] * 7))
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0"))
EVENTS = st.builds(
    EyeEvent, st.sampled_from(["fixation", "saccade", "blink"]), st.sampled_from("LR"), NS, NS, *([MEASURED] * 7),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20),
)  # fmt: skip


def read_back(name: str, lines: list[str]) -> Table:
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.parent.mkdir()
        path.write_bytes((rows.header_line(CSV_COLUMNS[name]) + "".join(lines)).encode())
        return read_table(Path(folder), name, sealed=True)


@given(st.lists(SAMPLES, max_size=8))
@settings(max_examples=40, deadline=None)
def test_samples(samples: list[GazeSample]) -> None:
    table = read_back(GAZE_SAMPLES_FILE, [rows.sample_line(sample) for sample in samples])
    assert len(table) == len(samples)
    for row, sample in zip(table.tolist(), samples, strict=True):
        np.testing.assert_array_equal(np.array(row[1:]), np.array(sample[1:]))
        assert row[0] == sample.host_ns


@given(st.lists(EVENTS, max_size=8))
@settings(max_examples=40, deadline=None)
def test_events(events: list[EyeEvent]) -> None:
    table = read_back(GAZE_EVENTS_FILE, [rows.event_line(event) for event in events])
    assert len(table) == len(events)
    for row, event in zip(table.tolist(), events, strict=True):
        assert (*row[:4], row[-1]) == (*event[:4], event.source)
        np.testing.assert_array_equal(np.array(row[4:11]), np.array(event[4:11]))


@given(
    st.lists(st.tuples(NS, MEASURED, st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0"))))
)
@settings(max_examples=40, deadline=None)
def test_messages(messages: list[tuple[int, float, str]]) -> None:
    table = read_back(GAZE_MESSAGES_FILE, [rows.message_line(*message) for message in messages])
    assert table["text"].tolist() == [text for _, _, text in messages]
    assert table["host_ns"].tolist() == [host_ns for host_ns, _, _ in messages]


@given(st.lists(st.tuples(st.integers(0, 10**9), MEASURED, st.none() | NS, NS), max_size=8))
@settings(max_examples=40, deadline=None)
def test_camera_frames(frames: list[tuple[int, float, int | None, int]]) -> None:
    table = read_back(CAMERA_FRAMES_FILE, [rows.camera_frame_line(*frame) for frame in frames])
    assert table["device_ns"].tolist() == [-1 if frame[2] is None else frame[2] for frame in frames]
    assert table["host_ns"].tolist() == [frame[3] for frame in frames]


UNIT = st.none() | st.floats(-1, 1)
JOURNAL = st.one_of(
    st.builds(Warned, t_ns=NS, text=st.text()),
    st.builds(SelfReport, t_ns=NS, trial=st.integers(1), valence=UNIT, arousal=UNIT),
    st.builds(TrialEnded, t_ns=NS, trial=st.integers(1), valid=st.booleans(), reason=st.text()),
    st.builds(SessionResumed, t_ns=NS, reboot=st.booleans(), lines=st.dictionaries(st.text(), st.integers(0))),
)


@given(JOURNAL)
@settings(max_examples=40, deadline=None)
def test_journal_events(event: JournalEvent) -> None:
    line = event.model_dump_json()
    assert "\n" not in line
    assert TypeAdapter(JournalEvent).validate_json(line) == event
