"""Conversations in hand, words written in them, agents, quick replies, and the tasks of people."""

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
