"""The portal of debtors: its identity step, and the files people send."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    instant = sa.TIMESTAMP(timezone=True)
    op.create_table(
        "portal_access",
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("creditor_id", sa.BigInteger(), nullable=False),
        sa.Column("wrong", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("locked_until", instant, nullable=True),
        sa.Column("valid_from", instant, nullable=True),
        sa.Column("entered_at", instant, nullable=True),
        sa.PrimaryKeyConstraint("person_id", "creditor_id"),
    )
    op.create_table(
        "attachment",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("via", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("position", sa.SmallInteger(), server_default="1", nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("at", instant, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("via", "reference", "position"),
    )
    op.create_index("attachment_account", "attachment", ["account_id"])
    op.create_index("attachment_person", "attachment", ["person_id"])


def downgrade() -> None:
    op.drop_table("attachment")
    op.drop_table("portal_access")
