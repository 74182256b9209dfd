"""The chain of seals over the ledger, the lines that wait for theirs, and the refusal to change either."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

KEPT = ("ledger", "ledger_seal")


def upgrade() -> None:
    op.create_table(
        "ledger_unsealed",
        sa.Column("line_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("line_id"),
    )
    op.create_table(
        "ledger_seal",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sealed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("last_line", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("skipped", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("line_ids", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("line_ats", postgresql.ARRAY(sa.TIMESTAMP(timezone=True)), nullable=False),
        sa.Column("line_hashes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ledger_seal_lines", "ledger_seal", ["line_ids"], postgresql_using="gin")
    op.execute("INSERT INTO ledger_unsealed SELECT id, at FROM ledger")
    op.execute(
        """CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$
           BEGIN
               RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, lower(TG_OP)
                   USING ERRCODE = 'restrict_violation';
           END $$"""
    )
    for table in KEPT:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION append_only()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_not_emptied BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION append_only()"
        )


def downgrade() -> None:
    for table in KEPT:
        op.execute(f"DROP TRIGGER {table}_not_emptied ON {table}")
        op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
    op.execute("DROP FUNCTION append_only()")
    op.drop_table("ledger_seal")
    op.drop_table("ledger_unsealed")
