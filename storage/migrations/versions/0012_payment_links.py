"""Payment links, the payments providers tell of, and what is to be asked of a provider."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

OPEN = "state IN ('opening', 'live')"


def upgrade() -> None:
    op.create_table(
        "payment_link",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("portfolio_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("provider_id", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("url", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("account_ids", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("amounts", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("return_url", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'opening'"), nullable=False),
        sa.Column("reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("provider_open", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("paid", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("made_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("expires_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("closed_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "payment_link_open", "payment_link", ["portfolio_id", "purpose"], unique=True,
        postgresql_where=sa.text(OPEN),
    )  # fmt: skip
    op.create_index("payment_link_accounts", "payment_link", ["account_ids"], postgresql_using="gin")
    op.create_index("payment_link_listed", "payment_link", ["portfolio_id", "made_at", "id"])
    op.create_index(
        "payment_link_to_close", "payment_link", ["id"], postgresql_where=sa.text("provider_open")
    )
    op.create_table(
        "payment_charge",
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("charge_id", sa.Text(), nullable=False),
        sa.Column("link_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("refunded", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("booked", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("generation", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("paid_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("seen_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("provider", "charge_id"),
    )
    op.create_index("payment_charge_link", "payment_charge", ["link_id"])
    op.create_table(
        "payment_check",
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("asked", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column(
            "asked_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("tries", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "next_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("provider", "kind", "subject"),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_table("payment_check")
    op.drop_table("payment_charge")
    op.drop_table("payment_link")
