"""Conversations in hand, words written in them, agents, quick replies, and the tasks of people."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_EMPTY = sa.text("''")


def _at(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.TIMESTAMP(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.add_column("conversation", sa.Column("portfolio_id", sa.Integer(), nullable=True))
    for name in ("wrote_at", "answered_at", "first_answer_at", "assigned_at"):
        op.add_column("conversation", _at(name))
    op.add_column("conversation", sa.Column("assigned_to", sa.Text(), nullable=True))
    op.add_column(
        "conversation", sa.Column("in_hand_s", sa.Integer(), server_default=sa.text("0"), nullable=False)
    )
    op.add_column("conversation", sa.Column("outcome", sa.Text(), server_default=_EMPTY, nullable=False))
    op.execute(
        "UPDATE conversation c SET portfolio_id = (SELECT a.portfolio_id FROM account a"
        " WHERE a.person_id = c.person_id AND a.creditor_id = c.creditor_id"
        " ORDER BY a.amount_to_cure DESC, a.id LIMIT 1),"
        " wrote_at = CASE WHEN c.channel <> 0 THEN c.last_at END"
    )
    op.create_index(
        "conversation_inbox", "conversation", ["portfolio_id"], postgresql_where=sa.text("state = 'open'")
    )
    op.create_index(
        "conversation_closed", "conversation", ["portfolio_id", "closed_at"],
        postgresql_where=sa.text("state = 'closed'"),
    )  # fmt: skip
    op.create_index(
        "effect_task", "effect", ["portfolio_id"],
        postgresql_where=sa.text("kind = 'task' AND state = 'open'"),
    )  # fmt: skip
    _create_agents()
    _create_words()
    _create_tasks()


def _create_agents() -> None:
    op.create_table(
        "agent",
        sa.Column("portfolio_id", sa.Integer(), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("available", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("capacity", sa.Integer(), server_default=sa.text("20"), nullable=False),
        sa.Column("languages", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("kinds", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.PrimaryKeyConstraint("portfolio_id", "login"),
    )
    op.create_table(
        "quick_reply",
        sa.Column("portfolio_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.Column(
            "updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("portfolio_id", "key", "language"),
    )  # fmt: skip


def _create_words() -> None:
    op.create_table(
        "written_message",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.BigInteger(), nullable=True),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), server_default=_EMPTY, nullable=False),
        _at("at", nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
        sa.UniqueConstraint("message_id"),
    )
    op.create_index("written_message_conversation", "written_message", ["conversation_id"])
    op.create_index("written_message_person", "written_message", ["person_id", "at"])


def _create_tasks() -> None:
    op.create_table(
        "task",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("portfolio_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("skill", sa.Text(), server_default=_EMPTY, nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("creditor_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("value", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("currency", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("priority", sa.SmallInteger(), server_default=sa.text("100"), nullable=False),
        _at("due_at", nullable=False),
        _at("not_before"),
        sa.Column("for_agent", sa.Text(), server_default=_EMPTY, nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'open'"), nullable=False),
        sa.Column("taken_by", sa.Text(), nullable=True),
        _at("taken_at"),
        _at("taken_until"),
        sa.Column("result", sa.Text(), server_default=_EMPTY, nullable=False),
        sa.Column("note", sa.Text(), server_default=_EMPTY, nullable=False),
        sa.Column("ended_by", sa.Text(), nullable=True),
        _at("ended_at"),
        _at("created_at", nullable=False),
        sa.Column("about", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("source"),
    )
    op.create_index(
        "task_open", "task", ["portfolio_id", "priority", "value"],
        postgresql_where=sa.text("state = 'open'"),
    )  # fmt: skip
    op.create_index("task_taken", "task", ["taken_by"], postgresql_where=sa.text("state = 'taken'"))
    op.create_index("task_person", "task", ["person_id"])
    op.create_index(
        "task_ended", "task", ["portfolio_id", "ended_at"], postgresql_where=sa.text("state = 'done'")
    )


def downgrade() -> None:
    for table in ("task", "written_message", "quick_reply", "agent"):
        op.drop_table(table)
    for index, table in (
        ("effect_task", "effect"), ("conversation_closed", "conversation"),
        ("conversation_inbox", "conversation"),
    ):  # fmt: skip
        op.drop_index(index, table_name=table)
    for name in (
        "outcome", "in_hand_s", "assigned_to", "assigned_at", "first_answer_at", "answered_at",
        "wrote_at", "portfolio_id",
    ):  # fmt: skip
        op.drop_column("conversation", name)
