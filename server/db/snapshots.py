"""The snapshots that were made of this database. Their content lies in folders of their own."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from server.db.base import Table, UtcTime, at_least, length_is


class Snapshot(Table):
    """One snapshot, named by the hash of its content. `origins` and `studies` are its filters, joined by commas.

    `policy` and `min_raters` say how votes became labels; `adjudicated` labels of it are an adjudicator's.
    """

    __tablename__ = "snapshot"
    __table_args__ = (
        length_is("id", 17),
        length_is("content_sha256", 64),
        at_least("trials", 1),
        at_least("folds", 1),
        at_least("min_raters", 1),
        at_least("adjudicated", 0),
    )

    id: Mapped[str] = mapped_column(String(17), primary_key=True)
    content_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    created_utc: Mapped[datetime] = mapped_column(UtcTime, index=True)
    origins: Mapped[str] = mapped_column(String(64))
    studies: Mapped[str] = mapped_column(String(1000), default="")
    policy: Mapped[str] = mapped_column(String(40), default="majority-soft-v1", server_default="majority-soft-v1")
    min_raters: Mapped[int] = mapped_column(default=1, server_default="1")
    adjudicated: Mapped[int] = mapped_column(default=0, server_default="0")
    folds: Mapped[int]
    trials: Mapped[int]
    labels: Mapped[int]
    votes: Mapped[int]
