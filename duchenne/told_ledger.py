"""The ledger of champions, with a word on what a power cut left of its last line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from duchenne.console import tell_note

if TYPE_CHECKING:
    from model.promotion.entry import Ledger


def told_ledger(models: Path) -> Ledger:
    """Raises LedgerError, naming file and line."""
    from model.promotion.ledger import LEDGER_FILE, read_ledger

    ledger = read_ledger(models)
    if ledger.torn is not None:
        tell_note(
            f"{models / LEDGER_FILE}, line {len(ledger.entries) + 1}: was cut off as it was written "
            f"({ledger.torn[:60]!r}). It is no decision, and is dropped when the next one is written"
        )
    return ledger
