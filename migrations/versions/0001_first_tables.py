"""The first tables. Written down once and never changed: later ones alter them.

Revision: 0001
After: nothing
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

CHILDREN_FIRST = (
    "vote",
    "claim",
    "self_report",
    "rating_task",
    "model_prediction",
    "exposure",
    "trial",
    "recording",
    "stimulus",
    "prediction_run",
    "participant",
    "login_session",
    "study",
    "snapshot",
    "login_failure",
    "account",
)


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("pseudonym", sa.String(length=16), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_utc", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "role IN ('admin', 'researcher', 'experimenter', 'adjudicator', 'rater')",
            name=op.f("ck_account_role_known"),
        ),
        sa.CheckConstraint("name = lower(name)", name=op.f("ck_account_name_lowercase")),
        sa.PrimaryKeyConstraint("id", name="pk_account"),
        sa.UniqueConstraint("name", name="uq_account_name"),
        sa.UniqueConstraint("pseudonym", name="uq_account_pseudonym"),
    )
    op.create_table(
        "login_failure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("failed_utc", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_login_failure"),
    )
    op.create_index("ix_login_failure_name_failed_utc", "login_failure", ["name", "failed_utc"], unique=False)
    op.create_table(
        "snapshot",
        sa.Column("id", sa.String(length=17), nullable=False),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.Column("created_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("origins", sa.String(length=64), nullable=False),
        sa.Column("studies", sa.String(length=1000), nullable=False),
        sa.Column("folds", sa.Integer(), nullable=False),
        sa.Column("trials", sa.Integer(), nullable=False),
        sa.Column("labels", sa.Integer(), nullable=False),
        sa.Column("votes", sa.Integer(), nullable=False),
        sa.CheckConstraint("folds >= 1", name=op.f("ck_snapshot_folds_range")),
        sa.CheckConstraint("length(content_sha256) IN (64)", name=op.f("ck_snapshot_content_sha256_length")),
        sa.CheckConstraint("length(id) IN (17)", name=op.f("ck_snapshot_id_length")),
        sa.CheckConstraint("trials >= 1", name=op.f("ck_snapshot_trials_range")),
        sa.PrimaryKeyConstraint("id", name="pk_snapshot"),
        sa.UniqueConstraint("content_sha256", name="uq_snapshot_content_sha256"),
    )
    op.create_index("ix_snapshot_created_utc", "snapshot", ["created_utc"], unique=False)
    op.create_table(
        "study",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("raters_per_instrument", sa.Integer(), server_default="3", nullable=False),
        sa.Column("er_shows_self_report", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("fer_sound", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("raters_per_instrument >= 1", name=op.f("ck_study_raters_per_instrument_range")),
        sa.PrimaryKeyConstraint("id", name="pk_study"),
    )
    op.create_table(
        "login_session",
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("csrf_token", sa.String(length=64), nullable=False),
        sa.Column("created_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_utc", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(token_sha256) IN (64)", name=op.f("ck_login_session_token_sha256_length")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_login_session_account_id_account"),
        sa.PrimaryKeyConstraint("token_sha256", name="pk_login_session"),
    )
    op.create_index("ix_login_session_account_id", "login_session", ["account_id"], unique=False)
    op.create_index("ix_login_session_expires_utc", "login_session", ["expires_utc"], unique=False)
    op.create_table(
        "participant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.String(length=64), nullable=False),
        sa.Column("pseudonym", sa.String(length=32), nullable=False),
        sa.Column("withdrawn_utc", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name="fk_participant_study_id_study"),
        sa.PrimaryKeyConstraint("id", name="pk_participant"),
        sa.UniqueConstraint("study_id", "pseudonym", name="uq_participant_study_id_pseudonym"),
    )
    op.create_table(
        "prediction_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("model", sa.String(length=17), nullable=False),
        sa.Column("snapshot_id", sa.String(length=17), nullable=False),
        sa.Column("trained_on", sa.String(length=17), nullable=False),
        sa.Column("recipe", sa.String(length=200), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("created_utc", sa.String(length=40), nullable=False),
        sa.Column("imported_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.CheckConstraint("length(file_sha256) IN (64)", name=op.f("ck_prediction_run_file_sha256_length")),
        sa.CheckConstraint("length(model) IN (17)", name=op.f("ck_prediction_run_model_length")),
        sa.ForeignKeyConstraint(["snapshot_id"], ["snapshot.id"], name="fk_prediction_run_snapshot_id_snapshot"),
        sa.PrimaryKeyConstraint("id", name="pk_prediction_run"),
        sa.UniqueConstraint("model", "snapshot_id", name="uq_prediction_run_model_snapshot_id"),
    )
    op.create_index("ix_prediction_run_snapshot_id", "prediction_run", ["snapshot_id"], unique=False)
    op.create_table(
        "stimulus",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.String(length=64), nullable=False),
        sa.Column("clip", sa.String(length=64), nullable=False),
        sa.Column("emotion", sa.String(length=16), nullable=True),
        sa.Column("media_sha256", sa.String(length=64), nullable=True),
        sa.Column("duration_ms", sa.Double(), nullable=True),
        sa.Column("placeholder", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint(
            "emotion IN ('happiness', 'sadness', 'fear', 'surprise', 'disgust', 'anger', 'neutral')",
            name=op.f("ck_stimulus_emotion_known"),
        ),
        sa.CheckConstraint("duration_ms >= 0", name=op.f("ck_stimulus_duration_ms_range")),
        sa.CheckConstraint("length(media_sha256) IN (64)", name=op.f("ck_stimulus_media_sha256_length")),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name="fk_stimulus_study_id_study"),
        sa.PrimaryKeyConstraint("id", name="pk_stimulus"),
        sa.UniqueConstraint("study_id", "clip", "media_sha256", name="uq_stimulus_study_id_clip_media_sha256"),
    )
    op.create_index(
        "uq_stimulus_without_media",
        "stimulus",
        ["study_id", "clip"],
        unique=True,
        sqlite_where=sa.text("media_sha256 IS NULL"),
        postgresql_where=sa.text("media_sha256 IS NULL"),
    )
    op.create_table(
        "recording",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("digest_sha256", sa.String(length=64), nullable=False),
        sa.Column("study_id", sa.String(length=64), nullable=False),
        sa.Column("study_sha256", sa.String(length=64), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("session", sa.Integer(), nullable=False),
        sa.Column("origin", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("outcome", sa.String(length=32), nullable=False),
        sa.Column("recorded_utc", sa.String(length=40), nullable=False),
        sa.Column("ingested_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("consent_rating", sa.Boolean(), nullable=False),
        sa.Column("consent_training", sa.Boolean(), nullable=False),
        sa.Column("consent_publication", sa.Boolean(), nullable=False),
        sa.Column("consent_text_sha256", sa.String(length=64), nullable=False),
        sa.Column("tracker_kind", sa.String(length=64), nullable=False),
        sa.Column("tracker_model", sa.String(length=200), nullable=False),
        sa.Column("tracker_rate_hz", sa.Double(), nullable=False),
        sa.Column("tracker_eyes", sa.String(length=2), nullable=False),
        sa.Column("tracker_pupil_unit", sa.String(length=32), nullable=False),
        sa.Column("tracker_simulated", sa.Boolean(), nullable=False),
        sa.Column("camera_kind", sa.String(length=64), nullable=False),
        sa.Column("camera_model", sa.String(length=200), nullable=False),
        sa.Column("camera_simulated", sa.Boolean(), nullable=False),
        sa.Column("screen_width_px", sa.Integer(), nullable=False),
        sa.Column("screen_height_px", sa.Integer(), nullable=False),
        sa.Column("screen_vsync", sa.Boolean(), nullable=False),
        sa.Column("samples", sa.Integer(), nullable=False),
        sa.Column("fixations", sa.Integer(), nullable=False),
        sa.Column("saccades", sa.Integer(), nullable=False),
        sa.Column("blinks", sa.Integer(), nullable=False),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "origin = 'simulated' OR NOT (tracker_simulated OR camera_simulated)",
            name=op.f("ck_recording_simulated_is_marked"),
        ),
        sa.CheckConstraint("origin IN ('real', 'imported', 'simulated')", name=op.f("ck_recording_origin_known")),
        sa.CheckConstraint("state IN ('sealed', 'aborted')", name=op.f("ck_recording_state_known")),
        sa.CheckConstraint("tracker_eyes IN ('L', 'R', 'LR')", name=op.f("ck_recording_tracker_eyes_known")),
        sa.CheckConstraint("length(digest_sha256) IN (64)", name=op.f("ck_recording_digest_sha256_length")),
        sa.CheckConstraint("length(id) IN (32)", name=op.f("ck_recording_id_length")),
        sa.CheckConstraint("screen_height_px >= 1", name=op.f("ck_recording_screen_height_px_range")),
        sa.CheckConstraint("screen_width_px >= 1", name=op.f("ck_recording_screen_width_px_range")),
        sa.CheckConstraint("session >= 1", name=op.f("ck_recording_session_range")),
        sa.ForeignKeyConstraint(["participant_id"], ["participant.id"], name="fk_recording_participant_id_participant"),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name="fk_recording_study_id_study"),
        sa.PrimaryKeyConstraint("id", name="pk_recording"),
    )
    op.create_index("ix_recording_participant_id", "recording", ["participant_id"], unique=False)
    op.create_index("ix_recording_study_id", "recording", ["study_id"], unique=False)
    op.create_table(
        "trial",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("recording_id", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("stimulus_id", sa.Integer(), nullable=False),
        sa.Column("duration_ms", sa.Double(), nullable=False),
        sa.Column("valid", sa.Boolean(), nullable=False),
        sa.Column("invalid_reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("face_sha256", sa.String(length=64), nullable=True),
        sa.Column("face_offset_ms", sa.Double(), nullable=True),
        sa.Column("gaze_sha256", sa.String(length=64), nullable=True),
        sa.Column("eye_events_sha256", sa.String(length=64), nullable=True),
        sa.Column("frames_in_clip", sa.Integer(), nullable=False),
        sa.Column("frames_shown", sa.Integer(), nullable=False),
        sa.Column("frames_late", sa.Integer(), nullable=False),
        sa.Column("samples", sa.Integer(), nullable=False),
        sa.Column("fixations", sa.Integer(), nullable=False),
        sa.Column("saccades", sa.Integer(), nullable=False),
        sa.Column("blinks", sa.Integer(), nullable=False),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.CheckConstraint("valid OR invalid_reason <> ''", name=op.f("ck_trial_invalid_has_reason")),
        sa.CheckConstraint("(face_sha256 IS NULL) = (face_offset_ms IS NULL)", name=op.f("ck_trial_face_has_offset")),
        sa.CheckConstraint("duration_ms >= 0", name=op.f("ck_trial_duration_ms_range")),
        sa.CheckConstraint("length(eye_events_sha256) IN (64)", name=op.f("ck_trial_eye_events_sha256_length")),
        sa.CheckConstraint("length(face_sha256) IN (64)", name=op.f("ck_trial_face_sha256_length")),
        sa.CheckConstraint("length(gaze_sha256) IN (64)", name=op.f("ck_trial_gaze_sha256_length")),
        sa.CheckConstraint("length(id) IN (32)", name=op.f("ck_trial_id_length")),
        sa.CheckConstraint("position >= 1", name=op.f("ck_trial_position_range")),
        sa.ForeignKeyConstraint(["recording_id"], ["recording.id"], name="fk_trial_recording_id_recording"),
        sa.ForeignKeyConstraint(["stimulus_id"], ["stimulus.id"], name="fk_trial_stimulus_id_stimulus"),
        sa.PrimaryKeyConstraint("id", name="pk_trial"),
        sa.UniqueConstraint("recording_id", "position", name="uq_trial_recording_id_position"),
    )
    op.create_index("ix_trial_stimulus_id", "trial", ["stimulus_id"], unique=False)
    op.create_table(
        "exposure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rater_id", sa.Integer(), nullable=False),
        sa.Column("trial_id", sa.String(length=32), nullable=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("seen_utc", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "what IN ('stimulus', 'self_report', 'context', 'prelabel')", name=op.f("ck_exposure_what_known")
        ),
        sa.ForeignKeyConstraint(["rater_id"], ["account.id"], name="fk_exposure_rater_id_account"),
        sa.ForeignKeyConstraint(["trial_id"], ["trial.id"], name="fk_exposure_trial_id_trial"),
        sa.PrimaryKeyConstraint("id", name="pk_exposure"),
        sa.UniqueConstraint("rater_id", "trial_id", "what", name="uq_exposure_rater_id_trial_id_what"),
    )
    op.create_index("ix_exposure_trial_id", "exposure", ["trial_id"], unique=False)
    op.create_table(
        "model_prediction",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("trial_id", sa.String(length=32), nullable=False),
        sa.Column("instrument", sa.String(length=3), nullable=False),
        sa.Column("seven", sa.JSON(), nullable=False),
        sa.Column("three", sa.JSON(), nullable=False),
        sa.Column("valence", sa.Double(), nullable=False),
        sa.Column("arousal", sa.Double(), nullable=False),
        sa.Column("intensity", sa.Double(), nullable=True),
        sa.Column("uncertainty", sa.Double(), nullable=False),
        sa.Column("held_out", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "(instrument = 'FER') = (intensity IS NOT NULL)", name=op.f("ck_model_prediction_intensity_is_fer")
        ),
        sa.CheckConstraint("instrument IN ('ER', 'FER')", name=op.f("ck_model_prediction_instrument_known")),
        sa.CheckConstraint("arousal >= -1 AND arousal <= 1", name=op.f("ck_model_prediction_arousal_range")),
        sa.CheckConstraint("intensity >= 0 AND intensity <= 3", name=op.f("ck_model_prediction_intensity_range")),
        sa.CheckConstraint("uncertainty >= 0 AND uncertainty <= 1", name=op.f("ck_model_prediction_uncertainty_range")),
        sa.CheckConstraint("valence >= -1 AND valence <= 1", name=op.f("ck_model_prediction_valence_range")),
        sa.ForeignKeyConstraint(["run_id"], ["prediction_run.id"], name="fk_model_prediction_run_id_prediction_run"),
        sa.ForeignKeyConstraint(["trial_id"], ["trial.id"], name="fk_model_prediction_trial_id_trial"),
        sa.PrimaryKeyConstraint("run_id", "trial_id", "instrument", name="pk_model_prediction"),
    )
    op.create_index(
        "ix_model_prediction_trial_id_instrument", "model_prediction", ["trial_id", "instrument"], unique=False
    )
    op.create_table(
        "rating_task",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("trial_id", sa.String(length=32), nullable=False),
        sa.Column("instrument", sa.String(length=3), nullable=False),
        sa.Column("media_id", sa.String(length=32), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), server_default="open", nullable=False),
        sa.Column("priority", sa.Double(), server_default="0", nullable=False),
        sa.Column("priority_reason", sa.String(length=200), server_default="", nullable=False),
        sa.Column("created_utc", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("instrument IN ('ER', 'FER')", name=op.f("ck_rating_task_instrument_known")),
        sa.CheckConstraint("state IN ('open', 'done', 'withdrawn')", name=op.f("ck_rating_task_state_known")),
        sa.CheckConstraint("length(media_id) IN (32)", name=op.f("ck_rating_task_media_id_length")),
        sa.CheckConstraint("places >= 1", name=op.f("ck_rating_task_places_range")),
        sa.CheckConstraint("priority >= 0 AND priority <= 1", name=op.f("ck_rating_task_priority_range")),
        sa.ForeignKeyConstraint(["trial_id"], ["trial.id"], name="fk_rating_task_trial_id_trial"),
        sa.PrimaryKeyConstraint("id", name="pk_rating_task"),
        sa.UniqueConstraint("id", "instrument", name="uq_rating_task_id_instrument"),
        sa.UniqueConstraint("media_id", name="uq_rating_task_media_id"),
        sa.UniqueConstraint("trial_id", "instrument", name="uq_rating_task_trial_id_instrument"),
    )
    op.create_index(
        "ix_rating_task_queue", "rating_task", ["state", "instrument", sa.text("priority DESC"), "media_id"]
    )
    op.create_table(
        "self_report",
        sa.Column("trial_id", sa.String(length=32), nullable=False),
        sa.Column("seven", sa.String(length=16), nullable=True),
        sa.Column("three", sa.String(length=16), nullable=True),
        sa.Column("valence", sa.Double(), nullable=True),
        sa.Column("arousal", sa.Double(), nullable=True),
        sa.Column("valence_step", sa.Integer(), nullable=True),
        sa.Column("arousal_step", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "seven IN ('happiness', 'sadness', 'fear', 'surprise', 'disgust', 'anger', 'neutral')",
            name=op.f("ck_self_report_seven_known"),
        ),
        sa.CheckConstraint("three IN ('positive', 'negative', 'neutral')", name=op.f("ck_self_report_three_known")),
        sa.CheckConstraint("arousal >= -1 AND arousal <= 1", name=op.f("ck_self_report_arousal_range")),
        sa.CheckConstraint("arousal_step >= 1 AND arousal_step <= 9", name=op.f("ck_self_report_arousal_step_range")),
        sa.CheckConstraint("valence >= -1 AND valence <= 1", name=op.f("ck_self_report_valence_range")),
        sa.CheckConstraint("valence_step >= 1 AND valence_step <= 9", name=op.f("ck_self_report_valence_step_range")),
        sa.ForeignKeyConstraint(["trial_id"], ["trial.id"], name="fk_self_report_trial_id_trial"),
        sa.PrimaryKeyConstraint("trial_id", name="pk_self_report"),
    )
    op.create_table(
        "claim",
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
    )
    op.create_index("ix_claim_rater_id_state", "claim", ["rater_id", "state"], unique=False)
    op.create_table(
        "vote",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("instrument", sa.String(length=3), nullable=False),
        sa.Column("rater_id", sa.Integer(), nullable=False),
        sa.Column("seven", sa.String(length=16), nullable=False),
        sa.Column("three", sa.String(length=16), nullable=False),
        sa.Column("valence", sa.Double(), nullable=False),
        sa.Column("arousal", sa.Double(), nullable=False),
        sa.Column("intensity", sa.Double(), nullable=True),
        sa.Column("flags", sa.Text(), server_default="", nullable=False),
        sa.Column("prelabel_seen", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("idempotency_key", sa.String(length=64), nullable=False),
        sa.Column("created_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("supersedes_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("(instrument = 'FER') = (intensity IS NOT NULL)", name=op.f("ck_vote_intensity_is_fer")),
        sa.CheckConstraint("instrument IN ('ER', 'FER')", name=op.f("ck_vote_instrument_known")),
        sa.CheckConstraint(
            "seven IN ('happiness', 'sadness', 'fear', 'surprise', 'disgust', 'anger', 'neutral')",
            name=op.f("ck_vote_seven_known"),
        ),
        sa.CheckConstraint("three IN ('positive', 'negative', 'neutral')", name=op.f("ck_vote_three_known")),
        sa.CheckConstraint("arousal >= -1 AND arousal <= 1", name=op.f("ck_vote_arousal_range")),
        sa.CheckConstraint("intensity >= 0 AND intensity <= 3", name=op.f("ck_vote_intensity_range")),
        sa.CheckConstraint("valence >= -1 AND valence <= 1", name=op.f("ck_vote_valence_range")),
        sa.ForeignKeyConstraint(["rater_id"], ["account.id"], name="fk_vote_rater_id_account"),
        sa.ForeignKeyConstraint(["supersedes_id"], ["vote.id"], name="fk_vote_supersedes_id_vote"),
        sa.ForeignKeyConstraint(
            ["task_id", "instrument"],
            ["rating_task.id", "rating_task.instrument"],
            name="fk_vote_task_id_instrument_rating_task",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_vote"),
        sa.UniqueConstraint("rater_id", "idempotency_key", name="uq_vote_rater_id_idempotency_key"),
        sa.UniqueConstraint("supersedes_id", name="uq_vote_supersedes_id"),
    )
    op.create_index(
        "uq_vote_first",
        "vote",
        ["task_id", "rater_id"],
        unique=True,
        sqlite_where=sa.text("supersedes_id IS NULL"),
        postgresql_where=sa.text("supersedes_id IS NULL"),
    )
    _refuse_changed_votes()


def downgrade() -> None:
    for table in CHILDREN_FIRST:
        op.drop_table(table)
    if op.get_context().dialect.name == "postgresql":
        op.execute("DROP FUNCTION vote_is_append_only()")


def _refuse_changed_votes() -> None:
    """A vote is never changed. Deleting stays possible: a participant may ask for it."""
    if op.get_context().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER vote_is_append_only BEFORE UPDATE ON vote "
            "BEGIN SELECT RAISE(ABORT, 'votes are never changed: add one that supersedes'); END"
        )
        return
    op.execute(
        "CREATE FUNCTION vote_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'votes are never changed: add one that supersedes'; END $$"
    )
    op.execute(
        "CREATE TRIGGER vote_is_append_only BEFORE UPDATE ON vote FOR EACH ROW EXECUTE FUNCTION vote_is_append_only()"
    )
