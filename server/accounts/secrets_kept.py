"""Secrets that are handed out once: long random words, of which the database keeps digests only."""

import hashlib
import secrets


def new_secret() -> str:
    """256 random bits in letters that a URL may hold: guessing needs no limit of tries."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """What is kept in its place. Takes whatever a client may send, also what is no proper text."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
