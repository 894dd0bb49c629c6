"""Who may come in: accounts, their logins, and failed attempts."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.db.base import Table, UtcTime, length_is, one_of


class Role(StrEnum):
    """What an account is for. An admin may do everything."""

    ADMIN = "admin"
    RESEARCHER = "researcher"
    EXPERIMENTER = "experimenter"
    ADJUDICATOR = "adjudicator"
    RATER = "rater"


class Account(Table):
    """One person's account. `pseudonym` stands for the name wherever data leave the database."""

    __tablename__ = "account"
    __table_args__ = (
        one_of("role", Role),
        CheckConstraint("name = lower(name)", name="name_lowercase"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    pseudonym: Mapped[str] = mapped_column(String(16), unique=True)
    role: Mapped[str] = mapped_column(String(16))
    password_hash: Mapped[str] = mapped_column(String(200))
    active: Mapped[bool] = mapped_column(Boolean, default=True, server_default=text("true"))
    created_utc: Mapped[datetime] = mapped_column(UtcTime)


class LoginSession(Table):
    """One login. Only the digest of the cookie's token is kept, so that a copy of the database lets nobody in."""

    __tablename__ = "login_session"
    __table_args__ = (length_is("token_sha256", 64),)

    token_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    csrf_token: Mapped[str] = mapped_column(String(64))
    created_utc: Mapped[datetime] = mapped_column(UtcTime)
    #: The login ends here at the latest, and earlier when nothing was heard of it for long after `seen_utc`.
    expires_utc: Mapped[datetime] = mapped_column(UtcTime, index=True)
    seen_utc: Mapped[datetime] = mapped_column(UtcTime)

    account: Mapped[Account] = relationship(lazy="raise")


class LoginFailure(Table):
    """One failed attempt to log in, whether or not the name exists. `address`: where it came from, '' if not known."""

    __tablename__ = "login_failure"
    __table_args__ = (
        Index("ix_login_failure_name_failed_utc", "name", "failed_utc"),
        Index("ix_login_failure_address_failed_utc", "address", "failed_utc"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(String(64), default="", server_default="")
    failed_utc: Mapped[datetime] = mapped_column(UtcTime)


class Invitation(Table):
    """A link that lets one person in once: to make an account of `role`, or to set a password anew (`account_id`).

    Only the digest of the link's token is kept. `created_by_id` is null for the first admin's link.
    """

    __tablename__ = "invitation"
    __table_args__ = (
        length_is("token_sha256", 64),
        one_of("kind", ("join", "reset")),
        one_of("role", Role),
        CheckConstraint("kind = 'join' OR account_id IS NOT NULL", name="reset_names_account"),
    )

    token_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))
    role: Mapped[str] = mapped_column(String(16))
    note: Mapped[str] = mapped_column(String(200), default="", server_default="")
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    created_utc: Mapped[datetime] = mapped_column(UtcTime)
    expires_utc: Mapped[datetime] = mapped_column(UtcTime)
    used_utc: Mapped[datetime | None] = mapped_column(UtcTime)


class ApiToken(Table):
    """A token with which a program acts for an account, for some purposes only (`scopes`, joined by commas).

    Only the digest is kept; `hint` is the token's beginning, to tell one from another in a list.
    """

    __tablename__ = "api_token"
    __table_args__ = (length_is("token_sha256", 64),)

    id: Mapped[int] = mapped_column(primary_key=True)
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    hint: Mapped[str] = mapped_column(String(16))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    label: Mapped[str] = mapped_column(String(100))
    scopes: Mapped[str] = mapped_column(String(200))
    created_utc: Mapped[datetime] = mapped_column(UtcTime)
    expires_utc: Mapped[datetime] = mapped_column(UtcTime)
    used_utc: Mapped[datetime | None] = mapped_column(UtcTime)
    revoked_utc: Mapped[datetime | None] = mapped_column(UtcTime)

    account: Mapped[Account] = relationship(lazy="raise")
