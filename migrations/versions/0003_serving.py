"""When each prediction run was put in service, so that a model that came back has the word again.

Revision: 0003
After: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "serving",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("since_utc", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["prediction_run.id"], name="fk_serving_run_id_prediction_run"),
        sa.PrimaryKeyConstraint("id", name="pk_serving"),
    )
    op.create_index("ix_serving_run_id", "serving", ["run_id"])
    # Until now the run that was imported last had the word: numbered in that order it keeps it.
    op.execute("INSERT INTO serving (run_id, since_utc) SELECT id, imported_utc FROM prediction_run ORDER BY id")


def downgrade() -> None:
    op.drop_table("serving")
