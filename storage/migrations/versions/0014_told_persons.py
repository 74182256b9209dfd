"""What a person's rows said last, as a keyed digest beside their key: who is told the same is not written."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("person_key", sa.Column("told", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("person_key", "told")
