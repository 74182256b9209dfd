"""The inbox, registered templates, tiers and pauses of numbers, the WhatsApp window, alerts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

INSTANT = sa.TIMESTAMP(timezone=True)
NOW = sa.text("clock_timestamp()")


def upgrade() -> None:
    op.create_table(
        "inbox",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("lane", sa.SmallInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("body", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("received_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'new'"), nullable=False),
        sa.Column("fault", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("worked_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("source", "event_id"),
    )
    op.create_index("inbox_new", "inbox", ["lane", "id"], postgresql_where=sa.text("state = 'new'"))
    op.create_index(
        "inbox_aside", "inbox", ["id"], postgresql_where=sa.text("state IN ('kept', 'quarantined')")
    )
    op.create_table(
        "provider_template",
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("template_id", sa.Integer(), nullable=True),
        sa.Column("neutral", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("provider_id", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'pending'"), nullable=False),
        sa.Column("category", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("quality", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("changed_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("synced_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("provider", "name", "language"),
    )
    op.create_index("ix_provider_template_template_id", "provider_template", ["template_id"])
    op.create_table(
        "sender_reach",
        sa.Column("pool", sa.Text(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("pool", "person_id"),
    )
    op.create_index("sender_reach_at", "sender_reach", ["pool", "at"])
    op.create_table(
        "alert",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("details", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("times", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("raised_at", INSTANT, nullable=False),
        sa.Column("last_at", INSTANT, nullable=False),
        sa.Column("cleared_at", INSTANT, nullable=True),
        sa.Column("cleared_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    open_ones = sa.text("cleared_at IS NULL")
    op.create_index("alert_open", "alert", ["kind", "subject"], unique=True, postgresql_where=open_ones)
    op.add_column(
        "creditor",
        sa.Column("whatsapp_policy", sa.Text(), server_default=sa.text("'own_debts'"), nullable=False),
    )
    for column in (
        sa.Column("wrote_at", INSTANT, nullable=True),
        sa.Column("user_id", sa.Text(), nullable=True),
        sa.Column("rest_until", INSTANT, nullable=True),
        sa.Column("rests", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
    ):
        op.add_column("contact_point", column)
    op.create_index(
        "contact_point_user", "contact_point", ["user_id"], postgresql_where=sa.text("user_id IS NOT NULL")
    )
    for column in (
        sa.Column("tier", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("pool", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("quality", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("paused_until", INSTANT, nullable=True),
        sa.Column("pause_reason", sa.Text(), server_default=sa.text("''"), nullable=False),
    ):
        op.add_column("sender", column)
    op.add_column("message", sa.Column("price_category", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("message", "price_category")
    for name in ("pause_reason", "paused_until", "quality", "pool", "tier"):
        op.drop_column("sender", name)
    op.drop_index(
        "contact_point_user", table_name="contact_point", postgresql_where=sa.text("user_id IS NOT NULL")
    )
    for name in ("rests", "rest_until", "user_id", "wrote_at"):
        op.drop_column("contact_point", name)
    op.drop_column("creditor", "whatsapp_policy")
    for name in ("alert", "sender_reach", "provider_template", "inbox"):
        op.drop_table(name)
