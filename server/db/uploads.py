"""Bundles on their way from a lab PC."""

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from server.db.base import Table, UtcTime, at_least, length_is, one_of


class Upload(Table):
    """One archive that arrives in pieces. `received` bytes are on disk and synced; `sha256` is what the sender said.

    `state`: arriving; checking once all bytes are there; ingested or refused (`message` says why, in words); given up
    when it expired before it was whole. The bytes themselves lie in the uploads folder under `id` until then.

    `name` is what the sender calls the bundle (its folder); `allow_aborted`: one that was never sealed may be taken.
    """

    __tablename__ = "upload"
    __table_args__ = (
        length_is("id", 32),
        length_is("sha256", 64),
        one_of("state", ("arriving", "checking", "ingested", "refused", "given up")),
        at_least("length", 1),
        at_least("received", 0),
        CheckConstraint("received <= length", name="received_within_length"),
        Index("ix_upload_created_utc", "created_utc", "id"),
        Index("ix_upload_account_id_created_utc", "account_id", "created_utc", "id"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    name: Mapped[str] = mapped_column(String(200), default="", server_default="")
    allow_aborted: Mapped[bool] = mapped_column(Boolean, default=False, server_default=text("false"))
    length: Mapped[int] = mapped_column(BigInteger)
    received: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    sha256: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16), default="arriving", server_default="arriving")
    recording_id: Mapped[str | None] = mapped_column(String(32))
    message: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))
    created_utc: Mapped[datetime] = mapped_column(UtcTime)
    changed_utc: Mapped[datetime] = mapped_column(UtcTime)
    expires_utc: Mapped[datetime] = mapped_column(UtcTime, index=True)
