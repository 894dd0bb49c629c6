"""Who serves, by the ledger of champions that the nights write beside the models. Read with care, and never written.

The front door reads the same lines strictly, and checks them against each other, whenever it decides.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from server.models.errors import LedgerUnreadableError

LEDGER_FILE = "champion.jsonl"


class Decision(BaseModel):
    """The part of a line that is shown. `served`: who did until then, null the first time. `reason`: in words.

    `decision`: promoted, kept, unproven (it serves without having beaten anything) or rolled back.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    at_utc: str = Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
    decision: str
    serves: str = Field(pattern=r"^m[0-9a-f]{16}$")
    served: str | None = Field(pattern=r"^m[0-9a-f]{16}$")
    proven: bool
    reason: str


@dataclass(frozen=True)
class Champion:
    """Who serves. `since`: the decision by which it came to serve, or to be proven; `last`: the latest one.

    `instead_of`: who served before it, null where it is the first.
    """

    model: str
    proven: bool
    instead_of: str | None
    since: Decision
    last: Decision


def read_champion(root: Path | None) -> Champion | None:
    """None where no night has decided. Raises LedgerUnreadableError."""
    decisions = _backwards(root / LEDGER_FILE) if root else iter(())
    last = next(decisions, None)
    if last is None:
        return None
    first = since = last
    for one in decisions:
        if one.serves != last.serves:
            break
        since = one if since is first and one.proven == last.proven else since
        first = one
    return Champion(last.serves, last.proven, first.served, since, last)


def _backwards(path: Path) -> Iterator[Decision]:
    """The decisions, the last one first, no more of them than are asked for."""
    try:
        lines = path.read_bytes().split(b"\n")[:-1]  # what follows the last line's end was cut off and is no decision
    except FileNotFoundError:
        return
    except OSError as error:
        raise LedgerUnreadableError(
            f"{LEDGER_FILE} cannot be read ({error.strerror}), so who serves is not known. On the server, let whoever "
            "runs `duchenne serve` read it"
        ) from error
    for number in range(len(lines), 0, -1):
        try:
            yield Decision.model_validate_json(lines[number - 1])
        except ValidationError:
            raise LedgerUnreadableError(
                f"{LEDGER_FILE}, line {number}: cannot be read, so who serves is not known. On the server, "
                "`duchenne champion show` says what is wrong with it"
            ) from None
