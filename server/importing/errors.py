"""Why a data set was not taken in, each with what to do about it. Nothing of it is in the database then."""

from collections.abc import Sequence

from server.errors import ServerError

#: So many problems are told in full; more would hide the first.
TOLD = 20


class ImportRefusedError(ServerError):
    """Base: nothing of the data set was taken."""


class LayoutUnknownError(ImportRefusedError):
    """The folder does not hold the data set's folders and files."""


class TableUnreadableError(ImportRefusedError):
    """A spreadsheet or text table cannot be read at all."""


class ColumnsUnknownError(ImportRefusedError):
    """A table has no column that is known to hold what is needed."""


class ClassesUnknownError(ImportRefusedError):
    """Classes are numbers, and nobody has said what they stand for; or what was said cannot be."""


class ParticipantsUnknownError(ImportRefusedError):
    """Nobody has said who is seen in which sample."""


class ImportedDifferentlyError(ImportRefusedError):
    """The study has samples of these participants already, and they were others."""


class MediaNotWrittenError(ImportRefusedError):
    """The media store takes no more: the disk is full, or may not be written to."""


class NotWholeError(ImportRefusedError):
    """Files are missing or hold what cannot be. `problems` has all of them, the message the first ones."""

    def __init__(self, problems: Sequence[str], advice: str) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        more = [f"… and {count - TOLD} more"] if count > TOLD else []
        head = f"{count} problem{'s' if count > 1 else ''} with the data set, and nothing of it is in the database:"
        super().__init__("\n  ".join((head, *self.problems[:TOLD], *more)) + f"\n{advice}")
