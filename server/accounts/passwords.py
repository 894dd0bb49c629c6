"""Passwords: only their Argon2 hashes are kept, and none is ever a default."""

import secrets
import threading
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from server.accounts.errors import AccountRefusedError

MIN_LENGTH = 10
MAX_LENGTH = 1000
#: Letters and digits that nobody takes for one another when they are read out.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_HASHER = PasswordHasher()
#: Each hash takes 64 MiB while it is made: a crowd at the login waits its turn instead of taking all the memory.
_AT_ONCE = threading.BoundedSemaphore(2)


def generate_password() -> str:
    """A random password of about 79 bits, in groups that can be read out: 'xxxx-xxxx-xxxx-xxxx'."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))


def hash_password(password: str) -> str:
    with _AT_ONCE:
        return _HASHER.hash(password)


@cache
def _nobody() -> str:
    """Compared with where a name does not exist, so that a wrong name takes as long as a wrong password."""
    return hash_password(secrets.token_urlsafe())


def is_password(password: str, password_hash: str | None) -> bool:
    """Whether the hash is of this password; takes the same time for None (an account that is not there)."""
    nobody = _nobody()  # made whether needed or not: else the first wrong name of a server's life would take longer
    try:
        with _AT_ONCE:
            return _HASHER.verify(password_hash or nobody, password) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False


def refuse_weak_password(name: str, password: str) -> None:
    """Raises AccountRefusedError for one that is too short, too long, or says the name."""
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise AccountRefusedError(
            f"password of {name!r}: has {len(password)} characters, expected at least {MIN_LENGTH} and at most "
            f"{MAX_LENGTH}; choose another"
        )
    if len(name) > 3 and name in password.lower() and len(password) - len(name) < MIN_LENGTH - 4:
        raise AccountRefusedError(f"password of {name!r}: is little more than the name; choose another")
