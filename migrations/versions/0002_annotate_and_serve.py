"""Two instruments in full: order, arms, training and gold, adjudication, withdrawal; people, tokens, audit, uploads.

Revision: 0002
After: 0001
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SEVEN = "seven IN ('happiness', 'sadness', 'fear', 'surprise', 'disgust', 'anger', 'neutral')"
THREE = "three IN ('positive', 'negative', 'neutral')"
VERDICT = "verdict IN ('good', 'usable', 'bad', 'not known')"
SEEN_BEFORE = "what IN ('stimulus', 'self_report', 'context', 'prelabel')"
SEEN = "what IN ('stimulus', 'self_report', 'context', 'prelabel', 'other_label')"

#: (table, column, type, what follows the type, range check). Checks stand beside the column: SQLite would have to copy
#: the whole table for one that stands apart, and lose its triggers on the way.
COLUMNS: tuple[tuple[str, str, sa.types.TypeEngine[Any], str, str], ...] = (
    ("study", "prelabel_share", sa.Double(), "DEFAULT 0 NOT NULL", "prelabel_share >= 0 AND prelabel_share <= 1"),
    ("study", "gold_share", sa.Double(), "DEFAULT 0 NOT NULL", "gold_share >= 0 AND gold_share <= 1"),
    ("study", "qualifying_score", sa.Double(), "DEFAULT 0 NOT NULL", "qualifying_score >= 0 AND qualifying_score <= 1"),
    ("study", "trace_scale", sa.String(8), "DEFAULT '' NOT NULL", "trace_scale IN ('', 'valence', 'arousal')"),
    (
        "study",
        "break_after_min",
        sa.Integer(),
        "DEFAULT 45 NOT NULL",
        "break_after_min >= 0 AND break_after_min <= 600",
    ),
    ("recording", "verdict", sa.String(16), "", VERDICT),
    ("recording", "quality", sa.JSON(), "", ""),
    ("trial", "verdict", sa.String(16), "", VERDICT),
    ("trial", "verdict_reasons", sa.Text(), "DEFAULT '' NOT NULL", ""),
    ("self_report", "familiarity_step", sa.Integer(), "", "familiarity_step >= 1 AND familiarity_step <= 9"),
    ("self_report", "liking_step", sa.Integer(), "", "liking_step >= 1 AND liking_step <= 9"),
    ("rating_task", "band", sa.Integer(), "DEFAULT 0 NOT NULL", "band >= 0 AND band <= 10"),
    ("rating_task", "order_key", sa.Integer(), "DEFAULT 0 NOT NULL", "order_key >= 0"),
    ("rating_task", "purpose", sa.String(8), "DEFAULT 'study' NOT NULL", "purpose IN ('study', 'gold', 'training')"),
    ("claim", "arm", sa.String(8), "DEFAULT 'blind' NOT NULL", "arm IN ('blind', 'reveal')"),
    ("claim", "position", sa.Integer(), "DEFAULT 0 NOT NULL", "position >= 0"),
    ("vote", "note", sa.Text(), "DEFAULT '' NOT NULL", ""),
    ("vote", "position", sa.Integer(), "DEFAULT 0 NOT NULL", "position >= 0"),
    ("vote", "looked_ms", sa.Integer(), "", "looked_ms >= 0"),
    ("login_failure", "address", sa.String(64), "DEFAULT '' NOT NULL", ""),
    ("exposure", "detail", sa.String(64), "DEFAULT '' NOT NULL", ""),
    ("snapshot", "policy", sa.String(40), "DEFAULT 'majority-soft-v1' NOT NULL", ""),
    ("snapshot", "min_raters", sa.Integer(), "DEFAULT 1 NOT NULL", "min_raters >= 1"),
    ("snapshot", "adjudicated", sa.Integer(), "DEFAULT 0 NOT NULL", "adjudicated >= 0"),
)

CHECK_NAMES = {"trace_scale": "known", "verdict": "known", "purpose": "known", "arm": "known"}

NEW_TABLES_CHILDREN_FIRST = (
    "rater_standing",
    "vote_trace",
    "reference_answer",
    "qualification",
    "adjudication",
    "disagreement",
    "withdrawal",
    "upload",
    "invitation",
    "api_token",
    "audit_entry",
)


def upgrade() -> None:
    _let_no_claim_id_come_twice()
    for table, column, kind, rest, check in COLUMNS:
        _add_column(table, column, kind, rest, check)
    _let_exposure_say(SEEN)
    _remake_login_session(with_seen=True)
    op.create_index("ix_login_failure_address_failed_utc", "login_failure", ["address", "failed_utc"])
    op.create_index("ix_recording_ingested_utc", "recording", ["ingested_utc", "id"])
    op.create_index("ix_recording_study_id_ingested_utc", "recording", ["study_id", "ingested_utc", "id"])
    op.create_index("ix_vote_rater_id_instrument_id", "vote", ["rater_id", "instrument", "id"])
    op.create_index("ix_vote_task_id", "vote", ["task_id"])
    op.drop_index("ix_rating_task_queue", "rating_task")
    op.create_index(
        "ix_rating_task_queue", "rating_task", ["state", "instrument", "purpose", sa.text("band DESC"), "order_key"]
    )
    op.create_index("ix_rating_task_head", "rating_task", ["state", "purpose", sa.text("priority DESC"), "media_id"])
    _place_tasks_in_the_circle()
    _create_people()
    _create_arrivals()
    _create_answers()
    _create_standings()
    _create_disagreements()
    _keep_for_ever("audit_entry", "the audit log is never changed: add an entry", "UPDATE", "DELETE")
    _keep_for_ever("adjudication", "a decision is never changed: add one that supersedes", "UPDATE")


def downgrade() -> None:
    postgresql = op.get_context().dialect.name == "postgresql"
    op.execute("DROP TRIGGER vote_makes_disagreement_old" + (" ON vote" if postgresql else ""))
    for table in NEW_TABLES_CHILDREN_FIRST:
        op.drop_table(table)
    if postgresql:
        op.execute("DROP FUNCTION audit_entry_is_append_only()")
        op.execute("DROP FUNCTION adjudication_is_append_only()")
        op.execute("DROP FUNCTION vote_makes_disagreement_old()")
    op.drop_index("ix_rating_task_head", "rating_task")
    op.drop_index("ix_rating_task_queue", "rating_task")
    op.drop_index("ix_vote_task_id", "vote")
    op.drop_index("ix_vote_rater_id_instrument_id", "vote")
    op.drop_index("ix_recording_study_id_ingested_utc", "recording")
    op.drop_index("ix_recording_ingested_utc", "recording")
    op.drop_index("ix_login_failure_address_failed_utc", "login_failure")
    op.execute("DELETE FROM exposure WHERE what = 'other_label'")
    for table, column, *_ in reversed(COLUMNS):
        op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    _let_exposure_say(SEEN_BEFORE)
    _remake_login_session(with_seen=False)
    op.create_index(
        "ix_rating_task_queue", "rating_task", ["state", "instrument", sa.text("priority DESC"), "media_id"]
    )


def _add_column(table: str, column: str, kind: sa.types.TypeEngine[Any], rest: str, check: str) -> None:
    type_sql = kind.compile(dialect=op.get_context().dialect)
    suffix = CHECK_NAMES.get(column, "range")
    constraint = f"CONSTRAINT ck_{table}_{column}_{suffix} CHECK ({check})" if check else ""
    op.execute(f"ALTER TABLE {table} ADD COLUMN {column} {type_sql} {rest} {constraint}")


def _let_exposure_say(words: str) -> None:
    """Put another check in the place of the one on `what`. SQLite cannot, so the rows move to a table that has it."""
    if op.get_context().dialect.name == "postgresql":
        op.drop_constraint("ck_exposure_what_known", "exposure")
        op.create_check_constraint(op.f("ck_exposure_what_known"), "exposure", words)
        return
    with_detail = words == SEEN
    detail = [sa.Column("detail", sa.String(64), server_default="", nullable=False)] if with_detail else []
    op.create_table(
        "exposure_remade",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rater_id", sa.Integer(), nullable=False),
        sa.Column("trial_id", sa.String(length=32), nullable=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("seen_utc", sa.DateTime(timezone=True), nullable=False),
        *detail,
        sa.CheckConstraint(words, name=op.f("ck_exposure_what_known")),
        sa.ForeignKeyConstraint(["rater_id"], ["account.id"], name="fk_exposure_rater_id_account"),
        sa.ForeignKeyConstraint(["trial_id"], ["trial.id"], name="fk_exposure_trial_id_trial"),
        sa.PrimaryKeyConstraint("id", name="pk_exposure"),
        sa.UniqueConstraint("rater_id", "trial_id", "what", name="uq_exposure_rater_id_trial_id_what"),
    )
    names = ["id", "rater_id", "trial_id", "what", "seen_utc", *(["detail"] if with_detail else [])]
    before = sa.table("exposure", *map(sa.column, names))
    remade = sa.table("exposure_remade", *map(sa.column, names))
    op.execute(remade.insert().from_select(names, sa.select(before)))
    op.drop_table("exposure")
    op.rename_table("exposure_remade", "exposure")
    op.create_index("ix_exposure_trial_id", "exposure", ["trial_id"])


def _let_no_claim_id_come_twice() -> None:
    """SQLite gives the highest id again once its row is deleted, unless the table was made to remember it.

    It cannot be told so afterwards, so the rows move to a table that is. PostgreSQL remembers anyway.
    """
    if op.get_context().dialect.name == "postgresql":
        return
    op.create_table(
        "claim_remade",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("rater_id", sa.Integer(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), server_default="leased", nullable=False),
        sa.Column("claimed_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_utc", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('leased', 'done')", name=op.f("ck_claim_state_known")),
        sa.CheckConstraint("slot >= 1", name=op.f("ck_claim_slot_range")),
        sa.ForeignKeyConstraint(["rater_id"], ["account.id"], name="fk_claim_rater_id_account"),
        sa.ForeignKeyConstraint(["task_id"], ["rating_task.id"], name="fk_claim_task_id_rating_task"),
        sa.PrimaryKeyConstraint("id", name="pk_claim"),
        sa.UniqueConstraint("task_id", "rater_id", name="uq_claim_task_id_rater_id"),
        sa.UniqueConstraint("task_id", "slot", name="uq_claim_task_id_slot"),
        sqlite_autoincrement=True,
    )
    names = ["id", "task_id", "rater_id", "slot", "state", "claimed_utc", "expires_utc"]
    before, remade = (sa.table(table, *map(sa.column, names)) for table in ("claim", "claim_remade"))
    op.execute(remade.insert().from_select(names, sa.select(before)))
    op.drop_table("claim")
    op.rename_table("claim_remade", "claim")
    op.create_index("ix_claim_rater_id_state", "claim", ["rater_id", "state"])


def _remake_login_session(*, with_seen: bool) -> None:
    """Everybody logs in again: nobody knows when the logins of before were last seen."""
    op.drop_table("login_session")
    seen = [sa.Column("seen_utc", sa.DateTime(timezone=True), nullable=False)] if with_seen else []
    op.create_table(
        "login_session",
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("csrf_token", sa.String(length=64), nullable=False),
        sa.Column("created_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_utc", sa.DateTime(timezone=True), nullable=False),
        *seen,
        sa.CheckConstraint("length(token_sha256) IN (64)", name=op.f("ck_login_session_token_sha256_length")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_login_session_account_id_account"),
        sa.PrimaryKeyConstraint("token_sha256", name="pk_login_session"),
    )
    op.create_index("ix_login_session_account_id", "login_session", ["account_id"])
    op.create_index("ix_login_session_expires_utc", "login_session", ["expires_utc"])


def _place_tasks_in_the_circle() -> None:
    """Bands follow from priorities; a place in the circle from the random media id that every task has."""
    connection = op.get_bind()
    tasks = connection.execute(sa.text("SELECT id, media_id, priority FROM rating_task")).all()
    places = [
        {"id": task.id, "band": min(int(task.priority * 10), 10), "key": int(task.media_id[:8], 16) >> 1}
        for task in tasks
    ]
    if places:
        connection.execute(sa.text("UPDATE rating_task SET band = :band, order_key = :key WHERE id = :id"), places)


def _create_people() -> None:
    op.create_table(
        "api_token",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("hint", sa.String(length=16), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=100), nullable=False),
        sa.Column("scopes", sa.String(length=200), nullable=False),
        sa.Column("created_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_utc", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_utc", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("length(token_sha256) IN (64)", name=op.f("ck_api_token_token_sha256_length")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_api_token_account_id_account"),
        sa.PrimaryKeyConstraint("id", name="pk_api_token"),
        sa.UniqueConstraint("token_sha256", name="uq_api_token_token_sha256"),
    )
    op.create_index("ix_api_token_account_id", "api_token", ["account_id"])
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("about", sa.String(length=200), server_default="", nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("previous_sha256", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.CheckConstraint("length(previous_sha256) IN (64)", name=op.f("ck_audit_entry_previous_sha256_length")),
        sa.CheckConstraint("length(sha256) IN (64)", name=op.f("ck_audit_entry_sha256_length")),
        sa.ForeignKeyConstraint(["actor_id"], ["account.id"], name="fk_audit_entry_actor_id_account"),
        sa.PrimaryKeyConstraint("id", name="pk_audit_entry"),
        sa.UniqueConstraint("sha256", name="uq_audit_entry_sha256"),
    )
    op.create_index("ix_audit_entry_action_id", "audit_entry", ["action", "id"])
    op.create_index("ix_audit_entry_actor_id_id", "audit_entry", ["actor_id", "id"])
    op.create_table(
        "invitation",
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("note", sa.String(length=200), server_default="", nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_utc", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind = 'join' OR account_id IS NOT NULL", name=op.f("ck_invitation_reset_names_account")),
        sa.CheckConstraint("kind IN ('join', 'reset')", name=op.f("ck_invitation_kind_known")),
        sa.CheckConstraint(
            "role IN ('admin', 'researcher', 'experimenter', 'adjudicator', 'rater')",
            name=op.f("ck_invitation_role_known"),
        ),
        sa.CheckConstraint("length(token_sha256) IN (64)", name=op.f("ck_invitation_token_sha256_length")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_invitation_account_id_account"),
        sa.ForeignKeyConstraint(["created_by_id"], ["account.id"], name="fk_invitation_created_by_id_account"),
        sa.PrimaryKeyConstraint("token_sha256", name="pk_invitation"),
    )


def _create_arrivals() -> None:
    op.create_table(
        "upload",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), server_default="", nullable=False),
        sa.Column("allow_aborted", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("length", sa.BigInteger(), nullable=False),
        sa.Column("received", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), server_default="arriving", nullable=False),
        sa.Column("recording_id", sa.String(length=32), nullable=True),
        sa.Column("message", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("created_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_utc", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('arriving', 'checking', 'ingested', 'refused', 'given up')", name=op.f("ck_upload_state_known")
        ),
        sa.CheckConstraint("length >= 1", name=op.f("ck_upload_length_range")),
        sa.CheckConstraint("length(id) IN (32)", name=op.f("ck_upload_id_length")),
        sa.CheckConstraint("length(sha256) IN (64)", name=op.f("ck_upload_sha256_length")),
        sa.CheckConstraint("received <= length", name=op.f("ck_upload_received_within_length")),
        sa.CheckConstraint("received >= 0", name=op.f("ck_upload_received_range")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_upload_account_id_account"),
        sa.PrimaryKeyConstraint("id", name="pk_upload"),
    )
    op.create_index("ix_upload_account_id_created_utc", "upload", ["account_id", "created_utc", "id"])
    op.create_index("ix_upload_created_utc", "upload", ["created_utc", "id"])
    op.create_index("ix_upload_expires_utc", "upload", ["expires_utc"])
    op.create_table(
        "withdrawal",
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("withdrawn_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("recordings", sa.JSON(), nullable=False),
        sa.Column("trials", sa.Integer(), nullable=False),
        sa.Column("votes", sa.Integer(), nullable=False),
        sa.Column("media", sa.Integer(), nullable=False),
        sa.Column("snapshots", sa.JSON(), nullable=False),
        sa.Column("models", sa.JSON(), nullable=False),
        sa.Column("unfinished", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["account.id"], name="fk_withdrawal_by_id_account"),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], name="fk_withdrawal_participant_id_participant"
        ),
        sa.PrimaryKeyConstraint("participant_id", name="pk_withdrawal"),
    )


def _answer_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("seven", sa.String(length=16), nullable=False),
        sa.Column("three", sa.String(length=16), nullable=False),
        sa.Column("valence", sa.Double(), nullable=False),
        sa.Column("arousal", sa.Double(), nullable=False),
        sa.Column("intensity", sa.Double(), nullable=True),
    ]


def _answer_checks(table: str) -> list[sa.CheckConstraint]:
    checks = {
        "intensity_is_fer": "(instrument = 'FER') = (intensity IS NOT NULL)",
        "instrument_known": "instrument IN ('ER', 'FER')",
        "seven_known": SEVEN,
        "three_known": THREE,
        "arousal_range": "arousal >= -1 AND arousal <= 1",
        "intensity_range": "intensity >= 0 AND intensity <= 3",
        "valence_range": "valence >= -1 AND valence <= 1",
    }
    return [sa.CheckConstraint(check, name=op.f(f"ck_{table}_{name}")) for name, check in checks.items()]


def _create_answers() -> None:
    op.create_table(
        "adjudication",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("trial_id", sa.String(length=32), nullable=False),
        sa.Column("instrument", sa.String(length=3), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        *_answer_columns(),
        sa.Column("flags", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("blind_answer", sa.JSON(), nullable=True),
        sa.Column("created_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("supersedes_id", sa.Integer(), nullable=True),
        *_answer_checks("adjudication"),
        sa.ForeignKeyConstraint(["by_id"], ["account.id"], name="fk_adjudication_by_id_account"),
        sa.ForeignKeyConstraint(
            ["supersedes_id"], ["adjudication.id"], name="fk_adjudication_supersedes_id_adjudication"
        ),
        sa.ForeignKeyConstraint(["trial_id"], ["trial.id"], name="fk_adjudication_trial_id_trial"),
        sa.PrimaryKeyConstraint("id", name="pk_adjudication"),
        sa.UniqueConstraint("supersedes_id", name="uq_adjudication_supersedes_id"),
    )
    op.create_index("ix_adjudication_trial_id", "adjudication", ["trial_id"])
    op.create_index(
        "uq_adjudication_first",
        "adjudication",
        ["trial_id", "instrument"],
        unique=True,
        sqlite_where=sa.text("supersedes_id IS NULL"),
        postgresql_where=sa.text("supersedes_id IS NULL"),
    )
    op.create_table(
        "reference_answer",
        sa.Column("trial_id", sa.String(length=32), nullable=False),
        sa.Column("instrument", sa.String(length=3), nullable=False),
        *_answer_columns(),
        sa.Column("explanation", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("created_utc", sa.DateTime(timezone=True), nullable=False),
        *_answer_checks("reference_answer"),
        sa.ForeignKeyConstraint(["by_id"], ["account.id"], name="fk_reference_answer_by_id_account"),
        sa.ForeignKeyConstraint(["trial_id"], ["trial.id"], name="fk_reference_answer_trial_id_trial"),
        sa.PrimaryKeyConstraint("trial_id", "instrument", name="pk_reference_answer"),
    )
    op.create_table(
        "qualification",
        sa.Column("rater_id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.String(length=64), nullable=False),
        sa.Column("instrument", sa.String(length=3), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("trials", sa.Integer(), nullable=False),
        sa.Column("passed_utc", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("instrument IN ('ER', 'FER')", name=op.f("ck_qualification_instrument_known")),
        sa.CheckConstraint("score >= 0 AND score <= 1", name=op.f("ck_qualification_score_range")),
        sa.ForeignKeyConstraint(["rater_id"], ["account.id"], name="fk_qualification_rater_id_account"),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name="fk_qualification_study_id_study"),
        sa.PrimaryKeyConstraint("rater_id", "study_id", "instrument", name="pk_qualification"),
    )
    op.create_table(
        "vote_trace",
        sa.Column("vote_id", sa.Integer(), nullable=False),
        sa.Column("scale", sa.String(length=8), nullable=False),
        sa.Column("t_ms", sa.JSON(), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.CheckConstraint("scale IN ('valence', 'arousal')", name=op.f("ck_vote_trace_scale_known")),
        sa.ForeignKeyConstraint(["vote_id"], ["vote.id"], name="fk_vote_trace_vote_id_vote"),
        sa.PrimaryKeyConstraint("vote_id", name="pk_vote_trace"),
    )


def _create_disagreements() -> None:
    """A row for each task that has votes, and a trigger that makes one, or marks it as old, with every new vote."""
    op.create_table(
        "disagreement",
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("rule", sa.Integer(), server_default="0", nullable=False),
        sa.Column("answers", sa.Integer(), server_default="0", nullable=False),
        sa.Column("score", sa.Double(), server_default="0", nullable=False),
        sa.Column("reasons", sa.String(length=100), server_default="", nullable=False),
        sa.Column("decided", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("answers >= 0", name=op.f("ck_disagreement_answers_range")),
        sa.CheckConstraint("score >= 0 AND score <= 1", name=op.f("ck_disagreement_score_range")),
        sa.ForeignKeyConstraint(
            ["task_id"], ["rating_task.id"], name="fk_disagreement_task_id_rating_task", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("task_id", name="pk_disagreement"),
    )
    op.create_index("ix_disagreement_queue", "disagreement", ["decided", sa.text("score DESC"), "task_id"])
    op.create_index("ix_disagreement_rule", "disagreement", ["rule"])
    op.execute("INSERT INTO disagreement (task_id) SELECT DISTINCT task_id FROM vote")
    mark = "INSERT INTO disagreement (task_id) VALUES (NEW.task_id) ON CONFLICT (task_id) DO UPDATE SET rule = 0"
    if op.get_context().dialect.name == "sqlite":
        op.execute(f"CREATE TRIGGER vote_makes_disagreement_old AFTER INSERT ON vote BEGIN {mark}; END")
        return
    op.execute(
        "CREATE FUNCTION vote_makes_disagreement_old() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN {mark}; RETURN NULL; END $$"
    )
    op.execute(
        "CREATE TRIGGER vote_makes_disagreement_old AFTER INSERT ON vote FOR EACH ROW "
        "EXECUTE FUNCTION vote_makes_disagreement_old()"
    )


def _create_standings() -> None:
    """Where each rater stands, counted once from what is there; from now on it is kept up."""
    op.create_table(
        "rater_standing",
        sa.Column("rater_id", sa.Integer(), nullable=False),
        sa.Column("instrument", sa.String(length=3), nullable=False),
        sa.Column("given", sa.Integer(), server_default="0", nullable=False),
        sa.Column("answered", sa.Integer(), server_default="0", nullable=False),
        sa.Column("day", sa.String(length=10), server_default="", nullable=False),
        sa.Column("answered_on_day", sa.Integer(), server_default="0", nullable=False),
        sa.Column("order_key", sa.Integer(), nullable=True),
        sa.Column("resting_band", sa.Integer(), nullable=True),
        sa.Column("resting_until_utc", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("answered >= 0", name=op.f("ck_rater_standing_answered_range")),
        sa.CheckConstraint("answered_on_day >= 0", name=op.f("ck_rater_standing_answered_on_day_range")),
        sa.CheckConstraint("given >= 0", name=op.f("ck_rater_standing_given_range")),
        sa.CheckConstraint("instrument IN ('ER', 'FER')", name=op.f("ck_rater_standing_instrument_known")),
        sa.CheckConstraint("length(day) IN (0, 10)", name=op.f("ck_rater_standing_day_length")),
        sa.CheckConstraint("order_key >= 0", name=op.f("ck_rater_standing_order_key_range")),
        sa.CheckConstraint(
            "resting_band >= 0 AND resting_band <= 10", name=op.f("ck_rater_standing_resting_band_range")
        ),
        sa.ForeignKeyConstraint(["rater_id"], ["account.id"], name="fk_rater_standing_rater_id_account"),
        sa.PrimaryKeyConstraint("rater_id", "instrument", name="pk_rater_standing"),
    )
    op.execute(
        "INSERT INTO rater_standing (rater_id, instrument, given, answered) "
        "SELECT claim.rater_id, rating_task.instrument, count(*), "
        "sum(CASE WHEN claim.state = 'done' THEN 1 ELSE 0 END) "
        "FROM claim JOIN rating_task ON rating_task.id = claim.task_id "
        "GROUP BY claim.rater_id, rating_task.instrument"
    )


def _keep_for_ever(table: str, words: str, *refused: str) -> None:
    """Triggers that refuse to change (and delete) rows."""
    if op.get_context().dialect.name == "sqlite":
        for act in refused:
            op.execute(
                f"CREATE TRIGGER {table}_refuses_{act.lower()} BEFORE {act} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{words}'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{words}'; END $$"
    )
    for act in refused:
        op.execute(
            f"CREATE TRIGGER {table}_refuses_{act.lower()} BEFORE {act} ON {table} FOR EACH ROW "
            f"EXECUTE FUNCTION {table}_is_append_only()"
        )
