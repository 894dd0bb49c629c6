"""What can go wrong with the words on the participant's screen, one class per thing one can do about it."""

from collect.errors import CollectError


class UnknownLanguageError(CollectError):
    """There are no words in the study's language: choose another one, or translate them."""


class MissingGlyphError(CollectError):
    """No font of this machine has a character of the text: install one that does."""
