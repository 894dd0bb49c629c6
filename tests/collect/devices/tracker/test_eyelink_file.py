"""The tracker's own file on its Host PC: its name there, and how it is fetched, whole or not at all."""

from pathlib import Path

import pytest

from collect.devices.errors import RecordingNotFetchedError, TrackerUnavailableError
from collect.devices.tracker.eyelink_file import fetch_again, host_file_name
from collect.devices.tracker.eyelink_tracker import EyeLink1000
from collect.simulation.virtual_clock import VirtualClock
from tests.collect.devices.tracker.scripted_eyelink import (
    ADDRESS,
    CLOSING,
    OPENING,
    SCREEN,
    SETTINGS,
    Graphics,
    ScriptedLibrary,
    ScriptedLink,
    Step,
    tracker,
)


def test_the_recording_is_fetched_once_under_its_own_name(tmp_path: Path) -> None:
    def fetch(source: str, target: str) -> int:
        Path(target).write_bytes(b"SR_RESEARCH_EDF")
        return 15

    partial = str(tmp_path / "original.edf.partial")
    device, link = tracker([*CLOSING, ("receiveDataFile", ("DTEST.EDF", partial), fetch), ("close", (), None)])
    assert device.close(tmp_path / "original") == tmp_path / "original.edf"
    assert device.close(tmp_path / "original") is None
    assert [path.name for path in tmp_path.iterdir()] == ["original.edf"]
    assert link.script == []


def test_half_a_file_is_asked_for_again_and_then_told_where_the_whole_one_is(tmp_path: Path) -> None:
    def half(source: str, target: str) -> int:
        Path(target).write_bytes(b"SR_RES")
        return 15

    partial = str(tmp_path / "original.edf.partial")
    again: Step = ("receiveDataFile", ("DTEST.EDF", partial), half)
    lost: Step = ("receiveDataFile", ("DTEST.EDF", partial), RuntimeError("timeout"))
    device, link = tracker([*CLOSING, again, lost, again, ("close", (), None)])
    with pytest.raises(TrackerUnavailableError, match=r"6 of 15 bytes arrived.*still on the Host PC as DTEST\.EDF"):
        device.close(tmp_path / "original")
    assert list(tmp_path.iterdir()) == []
    assert link.script == []


def test_a_host_that_is_gone_at_the_end_still_has_the_file_by_its_name(tmp_path: Path) -> None:
    gone: list[Step] = [
        ("setOfflineMode", (), RuntimeError("link terminated")), ("isConnected", (), 0),
        ("close", (), RuntimeError("link terminated")),
    ]  # fmt: skip
    device, link = tracker(gone)
    with pytest.raises(
        RecordingNotFetchedError, match=r"broke while going off line.*on the Host PC as DTEST\.EDF"
    ) as lost:
        device.close(tmp_path / "original")
    assert lost.value.file == device.host_file == "DTEST.EDF"
    assert device.close(tmp_path / "original") is None
    assert link.script == []


def test_a_file_that_stayed_there_is_fetched_later_by_name(tmp_path: Path) -> None:
    def fetch(source: str, target: str) -> int:
        Path(target).write_bytes(b"SR_RESEARCH_EDF")
        return 15

    target = tmp_path / "original.edf"
    link = ScriptedLink(
        [
            ("setOfflineMode", (), None), ("receiveDataFile", ("DTEST.EDF", f"{target}.partial"), fetch),
            ("close", (), None),
        ]
    )  # fmt: skip
    library = ScriptedLibrary(link)
    assert fetch_again(ADDRESS, "DTEST.EDF", target, library) == target
    assert target.read_bytes() == b"SR_RESEARCH_EDF"
    assert (library.addresses, link.script) == ([ADDRESS], [])


def test_a_full_disk_on_the_host_pc_is_told_before_the_session() -> None:
    script = [OPENING[0], ("openDataFile", ("DTEST.EDF",), -1)]
    library = ScriptedLibrary(ScriptedLink(script))
    with pytest.raises(TrackerUnavailableError, match=r"did not open the data file DTEST\.EDF \(is its disk full"):
        EyeLink1000(SETTINGS, SCREEN, VirtualClock(), Graphics(), library, "DTEST").open()


@pytest.mark.parametrize("stem", ["TOOLONG99", "small", "A-B", ""])
def test_names_that_the_host_pc_does_not_take_are_refused(stem: str) -> None:
    with pytest.raises(ValueError, match="at most 8"):
        host_file_name(stem)


def test_the_name_on_the_host_pc_is_one_that_it_takes() -> None:
    names = {EyeLink1000(SETTINGS, SCREEN, VirtualClock(), Graphics())._file for _ in range(20)}
    assert len(names) == 20
    assert all(len(name.removesuffix(".EDF")) == 8 and name.removesuffix(".EDF").isalnum() for name in names)
