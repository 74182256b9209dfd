"""Who saved and approved a template, pilots, what is handed to people, and mails presumed delivered."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("saved_by", "decided_by"):
        op.add_column("template", sa.Column(name, sa.Text(), server_default="", nullable=False))
    op.add_column(
        "template",
        sa.Column(
            "saved_at",
            sa.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
    )
    op.create_table(
        "pilot",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("template_key", sa.Text(), nullable=False),
        sa.Column("share_bp", sa.Integer(), nullable=False),
        sa.Column("started_by", sa.Text(), nullable=False),
        sa.Column(
            "started_at",
            sa.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "pilot_running", "pilot", ["template_key"], unique=True, postgresql_where=sa.text("ended_at IS NULL")
    )
    op.create_table(
        "hand_out",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("local_on", sa.Date(), nullable=False),
        sa.Column("portfolio_id", sa.Integer(), nullable=False),
        sa.Column("lane", sa.SmallInteger(), nullable=False),
        sa.Column("channel", sa.SmallInteger(), nullable=False),
        sa.Column("batch", sa.Text(), server_default="", nullable=False),
        sa.Column("line", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("handed_to", sa.Text(), nullable=False),
        sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("result_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("message_id"),
    )
    op.create_index("hand_out_batch", "hand_out", ["batch", "line"], unique=False)
    op.create_index("hand_out_day", "hand_out", ["lane", "local_on"], unique=False)
    op.create_index(
        "message_presumable",
        "message",
        ["settled_at"],
        unique=False,
        postgresql_where=sa.text("state = 4 AND channel = 3"),
    )


def downgrade() -> None:
    op.drop_index("message_presumable", table_name="message")
    op.drop_table("hand_out")
    op.drop_table("pilot")
    for name in ("saved_at", "decided_by", "saved_by"):
        op.drop_column("template", name)
