"""Reversed payments, publications that can be undone, the capacity used, kinds of special days."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_JSONB = postgresql.JSONB(astext_type=sa.Text())


def upgrade() -> None:
    op.add_column("payment", sa.Column("taken", _JSONB, server_default=sa.text("'{}'"), nullable=False))
    op.add_column("payment", sa.Column("load_id", sa.BigInteger(), nullable=True))
    op.add_column(
        "payment", sa.Column("reopens", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.create_index("payment_reopens", "payment", ["account_id"], postgresql_where=sa.text("reopens"))
    op.add_column(
        "special_day", sa.Column("kind", sa.Text(), server_default=sa.text("'mourning'"), nullable=False)
    )
    _publications()
    op.create_table(
        "capacity_use",
        sa.Column("strategy_id", sa.Integer(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("node", sa.SmallInteger(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("used", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("strategy_id", "business_date", "node", "unit"),
    )


def _publications() -> None:
    op.create_table(
        "publication",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("strategy_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("previous_version_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("takes_effect_on", sa.Date(), nullable=True),
        sa.Column("in_force_since", sa.Date(), nullable=True),
        sa.Column("choices", _JSONB, nullable=True),
        sa.Column("rate", sa.Float(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("publication_strategy", "publication", ["strategy_id", "id"])
    # What is in force already was published long ago: it is no longer to be undone.
    op.execute(
        """INSERT INTO publication (strategy_id, version_id, state, in_force_since, rate, by, at)
           SELECT s.id, v.id, 'in_force', v.published_at::date, 0.2, v.published_by, v.published_at
           FROM strategy s JOIN strategy_version v ON v.id = s.active_version_id"""
    )
    op.create_table(
        "enrolment_move",
        sa.Column("publication_id", sa.BigInteger(), nullable=False),
        sa.Column("enrolment_id", sa.BigInteger(), nullable=False),
        sa.Column("portfolio_id", sa.Integer(), nullable=False),
        sa.Column("waiting", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("node", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("visit", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("arrived_on", sa.Date(), nullable=False),
        sa.Column("deferrals", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("to_version", sa.Integer(), nullable=True),
        sa.Column("to_node", sa.SmallInteger(), nullable=True),
        sa.Column("to_state", sa.SmallInteger(), nullable=True),
        sa.Column("to_visit", sa.Integer(), nullable=True),
        sa.Column("to_due_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("publication_id", "enrolment_id"),
    )
    op.create_index(
        "enrolment_move_waiting", "enrolment_move", ["portfolio_id"], postgresql_where=sa.text("waiting")
    )
    op.create_index("enrolment_move_enrolment", "enrolment_move", ["enrolment_id"])


def downgrade() -> None:
    op.drop_table("enrolment_move")
    op.drop_table("publication")
    op.drop_table("capacity_use")
    op.drop_column("special_day", "kind")
    op.drop_index("payment_reopens", table_name="payment")
    for name in ("reopens", "load_id", "taken"):
        op.drop_column("payment", name)
