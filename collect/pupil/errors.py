"""What can go wrong with the pupil."""

from collect.errors import CollectError


class PupilNotCorrectedError(CollectError):
    """This session's pupil cannot be corrected for luminance; the message says what is missing."""
