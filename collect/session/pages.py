"""The pages of a session, in the study's language, and their keys, which are the same in all languages."""

from collections.abc import Sequence

from collect.bundle.format import ConsentScope, SelfReportItem
from collect.language.words import Words

YES, NO, ON = "y", "n", "space"
#: What to do about a poor calibration or drift check.
AGAIN, ANYWAY, STOP = "r", "c", "s"
#: What is to become of the recording.
KEEP, WITHDRAW = "k", "w"


def consent_page(words: Words, text: str) -> str:
    """The study's own words, to be agreed to as a whole or not at all."""
    return words.consent.page.format(text=text.strip())


def scope_page(words: Words, scope: ConsentScope) -> str:
    """One thing that may be declined without ending the session."""
    named = words.consent.scopes[scope]
    return words.consent.scope.format(title=named.title, text=named.text)


def instruction_page(words: Words, clips: int, items: Sequence[SelfReportItem]) -> str:
    pages = words.pages
    count = pages.instruction_one_clip if clips == 1 else pages.instruction_clips.format(count=clips)
    return pages.instruction.format(clips=count, asked=pages.instruction_asked if items else "")


def drift_page(words: Words, error_deg: float | None) -> str:
    if error_deg is None:
        return words.pages.drift_poor_untold
    return words.pages.drift_poor.format(error=error_deg)
