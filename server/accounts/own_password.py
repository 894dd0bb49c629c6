"""Changing one's own password. The old one is asked for under a login's limits: a stolen login guesses no better."""

from datetime import datetime

from sqlalchemy import delete

from server.accounts.errors import LoginRefusedError
from server.accounts.logins import Login, note_attempt
from server.accounts.passwords import hash_password, is_password, refuse_weak_password
from server.accounts.service import change_password
from server.db.accounts import Account, LoginFailure
from server.db.audit import note
from server.db.engine import Database


def set_own_password(
    database: Database, login: Login, old: str, new: str, now: datetime, address: str, stays: str
) -> None:
    """Put `new` in force; all logins end but the one with the token `stays`.

    Raises AccountRefusedError, LoginRefusedError, TooManyFailuresError.
    """
    refuse_weak_password(login.name, new)
    attempt = note_attempt(database, login.name, address, now)
    with database.reading() as session:
        account = session.get_one(Account, login.account_id)
    if not is_password(old, account.password_hash):
        with database.transaction() as session:
            note(session, "login.failed", account.pseudonym, now, actor_id=login.account_id)
        raise LoginRefusedError("The old password is another. Check it and try again")
    password_hash = hash_password(new)
    with database.transaction() as session:
        session.execute(delete(LoginFailure).where(LoginFailure.id == attempt))
        own = session.get_one(Account, login.account_id)
        change_password(session, own, password_hash, now, actor_id=login.account_id, but=stays)
