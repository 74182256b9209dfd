"""Payment plans, their instalments and agreement letters; which invoices a payment was matched to."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_INSTANT = sa.TIMESTAMP(timezone=True)
_DOCUMENT = postgresql.JSONB(astext_type=sa.Text())


def upgrade() -> None:
    _plan()
    _parts()
    op.create_table(
        "payment_invoice",
        sa.Column("payment_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("invoice_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("payment_id", "invoice_id"),
    )
    op.create_index("payment_invoice_invoice", "payment_invoice", ["invoice_id"])
    op.add_column("payment", _amount("over"))
    op.add_column("invoice", sa.Column("fiscal_id", sa.Text(), nullable=True))
    op.create_index(
        "invoice_fiscal", "invoice", ["fiscal_id"], postgresql_where=sa.text("fiscal_id IS NOT NULL")
    )


def downgrade() -> None:
    op.drop_index("invoice_fiscal", "invoice")
    op.drop_column("invoice", "fiscal_id")
    op.drop_column("payment", "over")
    for table in ("payment_invoice", "plan_letter", "plan_instalment", "plan_debt", "plan"):
        op.drop_table(table)


def _plan() -> None:
    op.create_table(
        "plan",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("portfolio_id", sa.Integer(), nullable=False),
        sa.Column("creditor_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'offered'"), nullable=False),
        sa.Column("covers", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("capital", sa.BigInteger(), nullable=False),
        *map(_amount, ("interest", "fees", "tax")),
        *map(_amount, ("discount_capital", "discount_interest", "discount_fees")),
        sa.Column("total", sa.BigInteger(), nullable=False),
        _amount("down_payment"),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("grace_days", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("broken_after", sa.SmallInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("terms_hash", sa.LargeBinary(), nullable=False),
        sa.Column("via", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("offered_by", sa.Text(), nullable=False),
        sa.Column("offered_at", _INSTANT, server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("accepted_via", sa.Text(), nullable=True),
        sa.Column("accepted_by", sa.Text(), nullable=True),
        sa.Column("accepted_at", _INSTANT, nullable=True),
        sa.Column("closed_at", _INSTANT, nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        _amount("paid"),
        sa.Column("missed", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("via", "reference"),
    )
    op.create_index("plan_person", "plan", ["person_id"])
    op.create_index(
        "plan_open",
        "plan",
        ["portfolio_id"],
        postgresql_where=sa.text("state IN ('offered', 'accepted')"),
    )


def _parts() -> None:
    op.create_table(
        "plan_debt",
        sa.Column("plan_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        _amount("discount"),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("taken", _DOCUMENT, server_default=sa.text("'{}'"), nullable=False),
        sa.Column("load_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("plan_id", "account_id"),
    )
    op.create_index("plan_debt_account", "plan_debt", ["account_id"])
    op.create_table(
        "plan_instalment",
        sa.Column("plan_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        _amount("paid"),
        sa.Column("missed_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("plan_id", "number"),
    )
    op.create_index("plan_instalment_due", "plan_instalment", ["due_on"])
    op.create_table(
        "plan_letter",
        sa.Column("plan_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("made_at", _INSTANT, server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.PrimaryKeyConstraint("plan_id", "language"),
    )


def _amount(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), server_default=sa.text("0"), nullable=False)
