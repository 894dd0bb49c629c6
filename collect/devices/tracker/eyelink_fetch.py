"""An EyeLink's recording that stayed on the Host PC when its session ended: which, and how it comes to its bundle.

A bundle that waits for its seal gets it as gaze/original.<FILE>.edf, and the seal covers it. A sealed bundle is never
changed: the recording lies beside it then, as <bundle>.original.<FILE>.edf. Either has a note of the same name with
`.fetched.json` (FetchedRecording) that says what it is and where it came from. Withdrawing the session deletes all.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from collect.bundle.disk import sha256_of, write_whole
from collect.bundle.format import SetupChecked, Sha256, Warned
from collect.bundle.reader import Bundle, read_bundle
from collect.bundle.study_devices import EyeLinkTracker
from collect.devices.errors import NothingToFetchError, RecordingNotFetchedError, TrackerUnavailableError
from collect.devices.tracker.eyelink_file import Progress, fetch_again, named_on_host, own_place


class FetchedRecording(BaseModel):
    """The note on a recording that was fetched after its session. `host`: the address that it was fetched from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal["duchenne-fetched-recording"] = "duchenne-fetched-recording"
    version: Literal[1] = 1
    bundle_id: str
    host: str
    host_file: str
    bytes: Annotated[int, Field(gt=0)]
    sha256: Sha256
    fetched_utc: str


@dataclass(frozen=True)
class Lost:
    """A recording that stayed on its host. `by_hand`: where somebody was told to put it, and may have; else None."""

    file: str
    by_hand: Path | None = None


@dataclass(frozen=True)
class Fetched:
    """`sealed`: the bundle was, so the recording lies beside it."""

    recording: Path
    note: FetchedRecording
    sealed: bool


def missing_recordings(bundle: Bundle) -> tuple[str, ...]:
    """Names on the Host PC of what the journal says stayed there, and that is neither in the bundle nor beside it."""
    if not _is_eyelinks(bundle):
        return ()
    return tuple(lost.file for lost in _lost(bundle) if _here(bundle, lost) is None)


def fetch_recordings(
    folder: Path,
    *,
    host: str | None = None,
    file: str | None = None,
    library: Any = None,
    utc: Callable[[], datetime] = lambda: datetime.now(UTC),
    progress: Progress | None = None,
) -> tuple[Fetched, ...]:
    """Fetch what the Host PC still has of the session in `folder`; each file whole, or not at all.

    host: its address, where it is no longer the study's. file: its name there, where the journal does not name it.
    library: the module pylink, unless a test brings another. progress: of a file's bytes.

    Raises, before anything is asked of the Host PC, NothingToFetchError and what read_bundle raises; then
    TrackerUnavailableError where it does not answer, RecordingNotFetchedError where a file does not arrive whole.
    """
    bundle = read_bundle(folder.absolute())  # '.' has no name, and so nothing beside it
    wanted = _wanted(bundle, file)
    address = host or _address(bundle)
    return tuple(_fetch(bundle, address, name, library, utc, progress) for name in wanted)


def _fetch(
    bundle: Bundle, address: str, name: str, library: Any, utc: Callable[[], datetime], progress: Progress | None
) -> Fetched:
    target = own_place(_original(bundle), name)
    notes = []

    def note(arrived: Path) -> None:
        """On disk before the recording has its name, so that none is without."""
        notes.append(
            FetchedRecording(
                bundle_id=bundle.header.bundle_id,
                host=address,
                host_file=name,
                bytes=arrived.stat().st_size,
                sha256=sha256_of(arrived),
                fetched_utc=utc().isoformat(timespec="seconds"),
            )
        )
        write_whole(_note_of(target), (notes[0].model_dump_json(indent=2) + "\n").encode())

    try:
        fetch_again(address, name, target, library, progress, note)
    except RecordingNotFetchedError:
        raise
    except TrackerUnavailableError as error:
        raise TrackerUnavailableError(
            f"{error} {name} was not fetched. If the Host PC has another address now, give it: --host ADDRESS"
        ) from error
    return Fetched(target, notes[0], bundle.state == "sealed")


def _wanted(bundle: Bundle, file: str | None) -> list[str]:
    """Names on the Host PC. Raises NothingToFetchError."""
    _require_eyelink(bundle)
    lost = {one.file: one for one in _lost(bundle)}
    if file is not None:
        name = _checked(file)
        lost = {name: lost.get(name, Lost(name))}
    if not lost:
        raise NothingToFetchError(
            f"{bundle.folder}: its journal names no file that stayed on the tracker's host, so none is missing. If a "
            "message of that session named one, give it: --file NAME.EDF"
        )
    here = {name: _here(bundle, one) for name, one in lost.items()}
    wanted = [name for name, path in here.items() if path is None]
    if not wanted:
        where = ", ".join(f"{name} as {path}" for name, path in here.items())
        raise NothingToFetchError(
            f"{bundle.folder}: the tracker's recording is here already, {where}.{_then_seal(bundle, 'with it')}"
        )
    return wanted


def _then_seal(bundle: Bundle, how: str) -> str:
    return f" Seal the session {how}: duchenne collect resume {bundle.folder}" if bundle.state == "unsealed" else ""


def _is_eyelinks(bundle: Bundle) -> bool:
    return bundle.header.tracker.kind == "eyelink"


def _require_eyelink(bundle: Bundle) -> None:
    if _is_eyelinks(bundle):
        return
    raise NothingToFetchError(
        f"{bundle.folder}: its tracker was no EyeLink but '{bundle.header.tracker.kind}' (bundle.json, field "
        f"'tracker.kind'), which keeps no file on a host.{_then_seal(bundle, 'without')}"
    )


def _checked(file: str) -> str:
    try:
        return named_on_host(file)
    except ValueError as error:
        raise NothingToFetchError(f"--file {error}. The message that told of the file has its name.") from None


def _address(bundle: Bundle) -> str:
    if isinstance(bundle.study.tracker, EyeLinkTracker):
        return bundle.study.tracker.address
    raise NothingToFetchError(
        f"{bundle.folder}: its study names no Host PC (study.yaml, field 'tracker.address'). Give it: --host ADDRESS"
    )


def _lost(bundle: Bundle) -> list[Lost]:
    found: dict[str, Lost] = {}
    for number, event in enumerate(bundle.journal):
        told = RecordingNotFetchedError.told_in(event.text) if isinstance(event, Warned) else None
        if told is not None:
            # Whatever was recorded later may have taken the place that was told.
            recorded_since = any(isinstance(later, SetupChecked) for later in bundle.journal[number:])
            found[told[0]] = Lost(told[0], None if recorded_since else bundle.folder / told[1])
    return list(found.values())


def _original(bundle: Bundle) -> Path:
    """A recording's path without its endings, where this bundle may still get one."""
    return _beside(bundle) if bundle.state == "sealed" else _within(bundle)


def _within(bundle: Bundle) -> Path:
    return bundle.folder / "gaze" / "original"


def _beside(bundle: Bundle) -> Path:
    return bundle.folder.with_name(bundle.folder.name + ".original")


def _here(bundle: Bundle, lost: Lost) -> Path | None:
    """Where the recording lies: in the bundle or beside it. Raises NothingToFetchError where that was changed since."""
    places = [own_place(original, lost.file) for original in (_within(bundle), _beside(bundle))]
    found = next((path for path in (*places, lost.by_hand) if path is not None and path.is_file()), None)
    if found is not None and found in places:
        _require_as_fetched(found)
    return found


def _require_as_fetched(recording: Path) -> None:
    note = _note_of(recording)
    if not note.is_file():
        return  # brought by hand
    try:
        whole = FetchedRecording.model_validate_json(note.read_bytes()).sha256 == sha256_of(recording)
    except ValidationError:
        whole = False
    if not whole:
        raise NothingToFetchError(
            f"{recording}: this is not what was fetched: {note.name} beside it has another digest (field 'sha256'). "
            "Move both away, then fetch the recording again."
        )


def _note_of(recording: Path) -> Path:
    return recording.with_suffix(".fetched.json")
