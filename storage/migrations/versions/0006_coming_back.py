"""What comes back from a provider: timers, fallback legs, unknown messages, faults, hours of answers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "timer",
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("cause_id", sa.BigInteger(), nullable=False),
        sa.Column("node", sa.SmallInteger(), nullable=False),
        sa.Column("visit", sa.Integer(), nullable=False),
        sa.Column("portfolio_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("not_before_on", sa.Date(), nullable=True),
        sa.Column("since_on", sa.Date(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("done_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("result", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.PrimaryKeyConstraint("kind", "cause_id", "node", "visit"),
    )
    op.create_index(
        "timer_due", "timer", ["due_at"], unique=False, postgresql_where=sa.text("done_at IS NULL")
    )
    op.create_table(
        "fault",
        sa.Column("work", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("tries", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("next_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("set_aside_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("work", "key"),
    )
    op.create_table(
        "person_hours",
        sa.Column("person_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("weights", postgresql.ARRAY(sa.REAL()), nullable=False),
        sa.Column("answers", sa.REAL(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("person_id"),
    )
    op.add_column("person", sa.Column("best_hour", sa.SmallInteger(), nullable=True))
    op.add_column("message", sa.Column("unknown_at", sa.TIMESTAMP(timezone=True), nullable=True))
    op.add_column(
        "message",
        sa.Column("moot_once", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
    )
    op.create_index(
        "message_unknown",
        "message",
        ["unknown_at"],
        unique=False,
        postgresql_where=sa.text("state = 8 AND reason <> 'unconfirmed'"),
    )
    op.add_column("run", sa.Column("delivery", postgresql.JSONB(astext_type=sa.Text()), nullable=True))


def downgrade() -> None:
    op.drop_column("run", "delivery")
    op.drop_index("message_unknown", table_name="message")
    op.drop_column("message", "moot_once")
    op.drop_column("message", "unknown_at")
    op.drop_column("person", "best_hour")
    op.drop_table("person_hours")
    op.drop_table("fault")
    op.drop_index("timer_due", table_name="timer")
    op.drop_table("timer")
