"""What a check says: one line for the experimenter."""

from dataclasses import dataclass
from typing import Literal

#: fail: a session would be lost or worthless. warn: it can be run, but somebody should have meant it so.
Verdict = Literal["ok", "warn", "fail"]


@dataclass(frozen=True)
class Finding:
    """`todo` is empty where all is well."""

    name: str
    verdict: Verdict
    found: str
    todo: str = ""


def ok(name: str, found: str) -> Finding:
    return Finding(name, "ok", found)


def warn(name: str, found: str, todo: str) -> Finding:
    return Finding(name, "warn", found, todo)


def fail(name: str, found: str, todo: str) -> Finding:
    return Finding(name, "fail", found, todo)
