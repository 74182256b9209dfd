"""Conversations in hand, words written in them, agents, quick replies, and the tasks of people."""

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
