"""Passwords: only their Argon2 hashes are kept, and none is ever a default."""

import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_LENGTH = 10
#: Letters and digits that nobody takes for one another when they are read out.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_HASHER = PasswordHasher()


def generate_password() -> str:
    """A random password of about 79 bits, in groups that can be read out: 'xxxx-xxxx-xxxx-xxxx'."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))


def hash_password(password: str) -> str:
    return _HASHER.hash(password)


@cache
def _nobody() -> str:
    """Compared with where a name does not exist, so that a wrong name takes as long as a wrong password."""
    return hash_password(secrets.token_urlsafe())


def is_password(password: str, password_hash: str | None) -> bool:
    """Whether the hash is of this password; takes the same time for None (an account that is not there)."""
    try:
        return _HASHER.verify(password_hash or _nobody(), password) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False
