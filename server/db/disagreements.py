"""How far the raters of each task disagree, counted once and kept, so that a queue sorted by it stays quick."""

from sqlalchemy import Boolean, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from server.db.base import Table, at_least, between


class Disagreement(Table):
    """What annotate.adjudication says of a task's current votes.

    `rule` is the version of the rule that counted it. A trigger on `vote` makes the row, and sets `rule` back to 0, in
    the transaction of every new vote; rows of another version than today's are counted anew before they are read.
    `score` is 0 to 1, 0 where nobody need decide; `reasons` are annotate.adjudication.Reason values joined by commas.
    `decided` is set with the first decision.
    """

    __tablename__ = "disagreement"
    __table_args__ = (
        at_least("answers", 0),
        between("score", 0, 1),
        Index("ix_disagreement_queue", "decided", text("score DESC"), "task_id"),
        Index("ix_disagreement_rule", "rule"),
    )

    task_id: Mapped[int] = mapped_column(ForeignKey("rating_task.id", ondelete="CASCADE"), primary_key=True)
    rule: Mapped[int] = mapped_column(default=0, server_default="0")
    answers: Mapped[int] = mapped_column(default=0, server_default="0")
    score: Mapped[float] = mapped_column(default=0.0, server_default="0")
    reasons: Mapped[str] = mapped_column(String(100), default="", server_default="")
    decided: Mapped[bool] = mapped_column(Boolean, default=False, server_default=text("false"))
