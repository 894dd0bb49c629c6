"""The folder in which processes that train one run together agree who trains what. It lies beside the kept fits, on a
disk that all of them see; a file that only one of them can create is the whole of the agreement.

<root>/fits/<content digest of the snapshot>/<owner>/.sharing-…/
    asked.json          what is to be trained
    agreed.json         of the first: the names of all fits, and the machine
    jobs/               of a cluster: what it was given, and its logs
    taken/12            number of a fit, and in it the name of the process that trains it
    done/12             it lies finished; in it 'trained', or 'found' where it lay finished before
    ended/2.json        a job of a cluster has ended: "", or why it could not go on
"""

import hashlib
import json
import os
import secrets
import shutil
import tempfile
from pathlib import Path

import torch
from pydantic import ValidationError

from model.disk import sync
from model.errors import SharingError
from model.machine import Machine, this_machine
from model.strict import Strict
from model.training.fit_record import Arithmetic, arithmetic_of
from model.training.kept_fits import SHARING
from model.training.planned import Asked, Planned

_TRAINED, _FOUND = "trained", "found"


class Agreed(Strict):
    """What all shares must have in common, as the first of them found it. `fits`: SHA-256 over the keys of all fits."""

    by: str
    fits: str
    arithmetic: Arithmetic
    machine: Machine


class Sharing:
    """One run, shared out. `by` names a process: the same again after a restart."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def begin(cls, run: Planned) -> "Sharing":
        """Raises SharingError where the disk does not take it."""
        try:
            run.kept.mine.mkdir(parents=True, exist_ok=True)
            folder = Path(tempfile.mkdtemp(prefix=SHARING, dir=run.kept.mine)).absolute()
            for name in ("taken", "done", "ended"):
                (folder / name).mkdir()
            (folder / "asked.json").write_text(run.asked.model_dump_json(), encoding="utf-8")
            sync(folder / "asked.json")
        except OSError as error:
            raise SharingError(
                f"{run.kept.mine}: {error.strerror}, so that no other process can be told what to train."
            ) from error
        return cls(folder)

    def asked(self) -> Asked:
        """Raises SharingError where the folder cannot be seen from here."""
        path = self.folder / "asked.json"
        try:
            return Asked.model_validate_json(path.read_bytes())
        except OSError as error:
            raise SharingError(
                f"{path}: {error.strerror}. Processes that train together need the folder of the setting `features` on "
                "a disk that all of them see, under the same path; this one was begun elsewhere, or has ended."
            ) from error
        except ValidationError as error:
            raise SharingError(f"{path}: {error.errors()[0]['msg']}. Start the training again.") from error

    def hold_to(self, run: Planned, by: str, device: torch.device) -> None:
        """Raises SharingError where this process would train other fits than the first one that came here."""
        keys = "\n".join(run.kept.key(job) for job in run.jobs)
        own = Agreed(
            by=by,
            fits=hashlib.sha256(keys.encode()).hexdigest(),
            arithmetic=arithmetic_of(device),
            machine=this_machine(),
        )
        first = self._first(own)
        if first.arithmetic != own.arithmetic:
            raise SharingError(
                f"process {by} trains on {_in_words(own)}, process {first.by} on {_in_words(first)}: they round "
                "differently, and one model is not made of both. Let machines of one kind train together."
            )
        if first.fits != own.fits:
            raise SharingError(
                f"process {by} does not see the snapshot and features that process {first.by} sees. Both need the same "
                "disk, and the same version of duchenne."
            )

    def agreed(self) -> Agreed:
        """Once a process has come. Raises SharingError."""
        path = self.folder / "agreed.json"
        try:
            return Agreed.model_validate_json(path.read_bytes())
        except (OSError, ValidationError) as error:
            raise SharingError(f"{path}: cannot be read, so nobody knows what trained. Start again.") from error

    def _first(self, own: Agreed) -> Agreed:
        path = self.folder / "agreed.json"
        arriving = path.with_name(f".agreed-{secrets.token_hex(8)}")
        try:
            arriving.write_text(own.model_dump_json(), encoding="utf-8")
            sync(arriving)
            os.link(arriving, path)  # whole, and only where nobody was before
            return own
        except FileExistsError:
            return self.agreed()
        except OSError as error:
            raise SharingError(f"{path}: {error.strerror}. Make room on that disk, then start again.") from error
        finally:
            arriving.unlink(missing_ok=True)

    def take(self, count: int, by: str) -> int | None:
        """The next of `count` fits that nobody has taken, those first that `by` took before it was restarted; None
        where all are in hands.
        """
        done = self.done()
        for number in range(count):
            if number in done:
                continue
            path = self.folder / "taken" / str(number)
            try:
                with path.open("x", encoding="utf-8") as file:
                    file.write(by)
                return number
            except FileExistsError:
                if path.read_text(encoding="utf-8") == by:
                    return number
            except OSError as error:
                raise SharingError(f"{path}: {error.strerror}. Make room on that disk, then start again.") from error
        return None

    def tell_done(self, number: int, *, trained: bool) -> None:
        (self.folder / "done" / str(number)).write_text(_TRAINED if trained else _FOUND, encoding="utf-8")

    def done(self) -> set[int]:
        """Numbers of the fits that lie finished. Raises SharingError where the folder is gone."""
        try:
            return {int(path.name) for path in (self.folder / "done").iterdir()}
        except OSError as error:
            raise SharingError(f"{self.folder}: {error.strerror}. Whoever began this training has ended it.") from error

    def trained(self) -> int:
        """How many of them were trained in this run."""
        return sum(path.read_text(encoding="utf-8") == _TRAINED for path in (self.folder / "done").iterdir())

    def tell_ended(self, by: str, why: str) -> None:
        path = self.folder / "ended" / f"{by}.json"
        arriving = path.with_suffix(".arriving")
        arriving.write_text(json.dumps(why), encoding="utf-8")
        arriving.replace(path)

    def ended(self) -> dict[str, str]:
        """Which jobs have ended, and why where it was not because all was done."""
        return {path.stem: json.loads(path.read_bytes()) for path in sorted((self.folder / "ended").glob("*.json"))}

    def leave(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def _in_words(agreed: Agreed) -> str:
    of = agreed.arithmetic
    return f"{of.device} with torch {of.torch} ({agreed.machine.cpu}, {of.instructions})"
