"""The snapshots that were made of this database. Their content lies in folders of their own."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from server.db.base import Table, UtcTime, at_least, length_is


class Snapshot(Table):
    """One snapshot, named by the hash of its content. `origins` and `studies` are its filters, joined by commas."""

    __tablename__ = "snapshot"
    __table_args__ = (length_is("id", 17), length_is("content_sha256", 64), at_least("trials", 1), at_least("folds", 1))

    id: Mapped[str] = mapped_column(String(17), primary_key=True)
    content_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    created_utc: Mapped[datetime] = mapped_column(UtcTime, index=True)
    origins: Mapped[str] = mapped_column(String(64))
    studies: Mapped[str] = mapped_column(String(1000), default="")
    folds: Mapped[int]
    trials: Mapped[int]
    labels: Mapped[int]
    votes: Mapped[int]
