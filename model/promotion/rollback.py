"""Lets a former champion serve again, because a person says so."""

from pathlib import Path

from model.errors import ModelFolderError
from model.promotion.entry import Entry, Ledger
from model.promotion.errors import RollbackError
from model.promotion.ledger import append, read_ledger
from model.training.run_folder import load_model


def roll_back(models_root: Path, to: str | None, *, now_utc: str) -> Entry:
    """`to`: a model that served before, by its id or an unambiguous beginning of it; None: the one before this one.

    Spends nothing of the error budget. The model that had to go is never promoted again by itself. Raises
    RollbackError, LedgerError and LedgerMovedError; then the same model goes on serving.
    """
    ledger = read_ledger(models_root)
    last = ledger.last
    if last is None:
        raise RollbackError(f"{models_root}: no model serves yet, so none can be taken back. Run `duchenne nightly`")
    before = _former(ledger) if to is None else _named(ledger, to)
    try:
        load_model(models_root / before.serves)
    except ModelFolderError as error:
        raise RollbackError(
            f"{before.serves} cannot serve again: {error} {last.serves} goes on serving; name another with --to"
        ) from error
    entry = Entry(
        at_utc=now_utc,
        decision="rolled back",
        serves=before.serves,
        served=last.serves,
        proven=before.proven,
        challenger=None,
        snapshot=None,
        seed=None,
        test=None,
        level=None,
        spent=last.spent,
        comparison=None,
        reason=f"By hand: {before.serves}, which served from {before.at_utc}, serves again in place of {last.serves}.",
    )
    append(models_root, entry, after=len(ledger.entries))
    return entry


def _former(ledger: Ledger) -> Entry:
    reigns = ledger.reigns
    if len(reigns) < 2:
        raise RollbackError(
            f"{reigns[-1].serves} is the first that serves: there is no former champion. `duchenne champion history` "
            "shows all decisions; --to names a model that served before"
        )
    return reigns[-2]


def _named(ledger: Ledger, to: str) -> Entry:
    """The latest decision by which it served."""
    served = {entry.serves: entry for entry in ledger.entries}
    now = ledger.entries[-1].serves
    found = [name for name in served if to and name.startswith(to)]
    if found == [now]:
        raise RollbackError(f"{now} serves already. `duchenne champion history` shows who served before")
    if len(found) != 1:
        told = f"{len(found)} that served begin with it" if found else "none of this name ever served"
        raise RollbackError(f"model {to!r}: {told}. There were: {', '.join(served)}. Name one of these with --to")
    return served[found[0]]
