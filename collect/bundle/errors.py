"""What can go wrong with a bundle, one class per thing that somebody can do about it."""

from datetime import date
from pathlib import Path

from pydantic import ValidationError

from collect.errors import CollectError


class BundleError(CollectError):
    """Base of what goes wrong with one bundle."""


class BundleExistsError(BundleError):
    """The folder is there already; nothing was touched."""


class BundleBrokenError(BundleError):
    """A file of the bundle does not say what version 1 of the format allows."""


class BundleSealedError(BundleError):
    """Somebody wanted to write into a sealed bundle."""


class BundleWithdrawnError(BundleError):
    """The participant withdrew; there is nothing to read any more."""


class BundleWriteError(BundleError):
    """The disk did not take what had to be written."""


class DocumentError(CollectError):
    """A study or a stimulus manifest that a person wrote has a mistake; the message names the line and the field."""


Location = tuple[int | str, ...]


class FieldError(ValueError):
    """Raised by a validator of a whole model: which of its fields the complaint is about."""

    def __init__(self, location: Location, complaint: str) -> None:
        super().__init__(complaint)
        self.location = location


def location_of(error: ValidationError) -> Location:
    """Where the first thing that pydantic found stands."""
    first = error.errors()[0]
    cause = first.get("ctx", {}).get("error")
    return first["loc"] + (cause.location if isinstance(cause, FieldError) else ())


def field_of(location: Location) -> str:
    """The path of a field in words of the document: ('clips', 2, 'sha256') is 'clips[2].sha256'."""
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text or "(whole document)"


def first_complaint(error: ValidationError) -> tuple[str, str]:
    """Field and complaint of the first thing that pydantic found, with the value where it is short."""
    first = error.errors()[0]
    complaint = first["msg"].removeprefix("Value error, ")
    if first["type"] == "extra_forbidden":
        complaint = "this field is not known"
    elif first["type"] == "missing":
        complaint = "this field is missing"
    else:
        value = repr(first["input"])
        if len(value) <= 60 and not isinstance(first.get("ctx", {}).get("error"), FieldError):
            complaint += f" (found {value})"
        if first["type"] == "string_type" and isinstance(first["input"], int | float | date):
            complaint += "; put it in quotes"  # YAML takes 007, no and 2026-01-02 for other things than text
    return field_of(location_of(error)), complaint


def broken(
    folder: Path, file: str, what: str, todo: str = "Ask for an intact copy of the bundle."
) -> BundleBrokenError:
    """The one form of all complaints about a file in a bundle."""
    return BundleBrokenError(f"{folder / file}: {what}. {todo}")
