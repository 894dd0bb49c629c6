"""What the participant reads. The last paragraph of a page says which key to press."""

from collections.abc import Sequence

from collect.bundle.format import ConsentScope

YES, NO, ON = "y", "n", "space"
AGAIN, ANYWAY = "r", "c"

_SCOPES: dict[ConsentScope, tuple[str, str]] = {
    "recording": ("Recording", "My face and my gaze may be recorded and kept by this laboratory."),
    "rating": ("Rating", "Trained raters of this laboratory may watch my recording and say what they see in it."),
    "training": ("Training", "My recording may be used to train computer models that recognise emotions."),
    "publication": ("Publication", "Pictures of my recording may be shown in scientific publications and talks."),
}

THANKS = "# Thank you\n\nThe session is over, and everything has been saved.\n\nPress Space to close"
STOPPED = (
    "# The session has ended\n\nWhat was recorded until now has been saved. "
    "Thank you for your time.\n\nPress Space to close"
)
CALIBRATION_POOR = (
    "# The calibration is not accurate enough\n\nMean error {mean:.2f}°, greatest {greatest:.2f}°. "
    "Please tell the experimenter.\n\nPress R to repeat it, C to go on anyway"
)


def consent_page(text: str) -> str:
    """The study's own words, to be agreed to as a whole or not at all."""
    return f"# Consent\n\n{text.strip()}\n\nPress Y to agree, N to decline"


def scope_page(scope: ConsentScope) -> str:
    """One thing that may be declined without ending the session."""
    title, words = _SCOPES[scope]
    return f"# {title}\n\n{words}\n\nYou may decline this and still take part.\n\nPress Y to allow it, N to decline"


def instruction_page(clips: int, items: Sequence[str]) -> str:
    answered = "After each one, you say what you felt while you watched. " if items else ""
    return (
        f"# Before we begin\n\nYou will watch {clips} short {'clip' if clips == 1 else 'clips'}. {answered}"
        "There are no right or wrong answers.\n\n"
        "Look at the cross before each clip, keep your head still, and let yourself feel whatever comes.\n\n"
        "You may stop at any moment, without giving a reason: hold the Escape key for one second.\n\n"
        "Press Space to begin"
    )
