"""BIDS names its files by labels of letters and digits only; ours may hold more."""

import re
from collections.abc import Iterable

from collect.bids.errors import BidsLabelError


def label(name: str) -> str:
    """`name` without what a label may not hold: P_01-b becomes P01b. Raises BidsLabelError where nothing is left."""
    kept = re.sub(r"[^A-Za-z0-9]", "", name)
    if not kept:
        raise BidsLabelError(f"'{name}' has no letter and no digit, and BIDS needs a label of those.")
    return kept


def session_label(number: int) -> str:
    return f"{number:02d}"


def refuse_shared_labels(pseudonyms: Iterable[str]) -> None:
    """Raises BidsLabelError where two pseudonyms would become one participant (also by upper and lower case).

    Case counts as no difference, because some file systems see none.
    """
    seen: dict[str, str] = {}
    for pseudonym in sorted(set(pseudonyms)):
        key = label(pseudonym).lower()
        if key in seen:
            raise BidsLabelError(
                f"The participants '{seen[key]}' and '{pseudonym}' would both become 'sub-{label(pseudonym)}', for "
                "BIDS allows only letters and digits there. Nothing was written; give one a data set of its own."
            )
        seen[key] = pseudonym
