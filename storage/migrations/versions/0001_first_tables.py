"""The book, strategies, messages and runs, partitioned by month from the first day."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("portfolio_id", sa.Integer(), nullable=False),
        sa.Column("creditor_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("shard", sa.SmallInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("product", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("currency", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("account_status", sa.SmallInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("effective_due_on", sa.Date(), nullable=True),
        sa.Column("original_due_on", sa.Date(), nullable=True),
        sa.Column("amount_to_cure", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("minimum_payment", sa.BigInteger(), nullable=True),
        sa.Column("payoff_amount", sa.BigInteger(), nullable=True),
        sa.Column("principal_past_due", sa.BigInteger(), nullable=True),
        sa.Column("interest_past_due", sa.BigInteger(), nullable=True),
        sa.Column("late_interest", sa.BigInteger(), nullable=True),
        sa.Column("fees_past_due", sa.BigInteger(), nullable=True),
        sa.Column("tax_past_due", sa.BigInteger(), nullable=True),
        sa.Column("outstanding_balance", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("credit_limit", sa.BigInteger(), nullable=True),
        sa.Column("amount_as_of", sa.Date(), nullable=True),
        sa.Column("invoice_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("payment_terms_days", sa.Integer(), nullable=True),
        sa.Column("charged_off_on", sa.Date(), nullable=True),
        sa.Column("restructured_on", sa.Date(), nullable=True),
        sa.Column("prescribes_on", sa.Date(), nullable=True),
        sa.Column("roll", sa.SmallInteger(), nullable=True),
        sa.Column("times_delinquent_12m", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("worst_dpd_12m", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("last_payment_on", sa.Date(), nullable=True),
        sa.Column("paid_30d", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("promise_open", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("promise_amount", sa.BigInteger(), nullable=True),
        sa.Column("promise_due_on", sa.Date(), nullable=True),
        sa.Column("promises_kept_90d", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("promises_broken_90d", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("on_plan", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("plan_instalments_missed", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("dispute_open", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("complaint_open", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("hold_kinds", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("missing", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("episode", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "custom", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("load_id", sa.BigInteger(), nullable=True),
        sa.Column("revision", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("portfolio_id", "number"),
        postgresql_with={"fillfactor": "85"},
    )
    op.create_index("account_person", "account", ["person_id"], unique=False)
    op.create_index("account_shard", "account", ["portfolio_id", "shard"], unique=False)
    op.create_table(
        "account_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("shard", sa.SmallInteger(), nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column(
            "received_at",
            sa.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column(
            "body", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("applied", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("source", "reference", "account_id"),
    )
    op.create_index("account_event_account", "account_event", ["account_id", "at"], unique=False)
    op.create_index(
        "account_event_new", "account_event", ["id"], unique=False, postgresql_where=sa.text("NOT applied")
    )
    op.create_table(
        "account_party",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("relation", sa.SmallInteger(), nullable=False),
        sa.Column("noticed_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("account_id", "person_id"),
    )
    op.create_table(
        "business_clock",
        sa.Column("id", sa.SmallInteger(), nullable=False),
        sa.Column("business_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("real_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("speed", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "close_figure",
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("shard", sa.SmallInteger(), nullable=False),
        sa.Column("bucket", sa.SmallInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("accounts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "shard", "bucket", "reason"),
    )
    op.create_table(
        "consent",
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column(
            "at", sa.TIMESTAMP(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("person_id", "channel"),
    )
    op.create_table(
        "contact_point",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("value_index", sa.LargeBinary(), nullable=False),
        sa.Column("channels", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("verified", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'active'"), nullable=False),
        sa.Column("fictitious", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("person_id", "value_index"),
    )
    op.create_index("contact_point_value", "contact_point", ["value_index"], unique=False)
    op.create_table(
        "creditor",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("reporting_currency", sa.Text(), nullable=False),
        sa.Column("holdout_share_bp", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("holdout_seed", sa.Text(), server_default=sa.text("'holdout'"), nullable=False),
        sa.Column("holdout_until", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    op.create_table(
        "effect",
        sa.Column("cause_kind", sa.SmallInteger(), nullable=False),
        sa.Column("cause_id", sa.BigInteger(), nullable=False),
        sa.Column("node", sa.SmallInteger(), nullable=False),
        sa.Column("visit", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("portfolio_id", sa.Integer(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column(
            "details", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("state", sa.Text(), server_default=sa.text("'open'"), nullable=False),
        sa.Column("result", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("cause_kind", "cause_id", "node", "visit", "kind"),
    )
    op.create_index("effect_account", "effect", ["account_id"], unique=False)
    op.create_table(
        "enrolment",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("portfolio_id", sa.Integer(), nullable=False),
        sa.Column("shard", sa.SmallInteger(), nullable=False),
        sa.Column("strategy_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("entry_no", sa.SmallInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("episode", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("node", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("visit", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("entered_on", sa.Date(), nullable=False),
        sa.Column("arrived_on", sa.Date(), nullable=False),
        sa.Column("anchor_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("signal", sa.Text(), nullable=True),
        sa.Column("holdout", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("deferrals", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("reason", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("acted_on", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("outcome", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("revision", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("account_id", "strategy_id", "entry_no"),
        postgresql_with={"fillfactor": "45"},
    )
    op.create_index("enrolment_shard", "enrolment", ["portfolio_id", "shard"], unique=False)
    op.create_table(
        "exposure",
        sa.Column("experiment", sa.Text(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("arm", sa.SmallInteger(), nullable=False),
        sa.Column("exposed_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("experiment", "person_id"),
    )
    op.create_table(
        "heartbeat",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "at", sa.TIMESTAMP(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column(
            "details", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "hold",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("creditor_id", sa.Integer(), nullable=True),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("since_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("released_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("hold_person", "hold", ["person_id"], unique=False)
    op.create_table(
        "installation",
        sa.Column("id", sa.SmallInteger(), nullable=False),
        sa.Column("restore_epoch", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("watermark_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "invoice",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("account_id", "number"),
    )
    op.create_table(
        "item_attempt",
        sa.Column("cause_kind", sa.SmallInteger(), nullable=False),
        sa.Column("cause_id", sa.BigInteger(), nullable=False),
        sa.Column("node", sa.SmallInteger(), nullable=False),
        sa.Column("visit", sa.Integer(), nullable=False),
        sa.Column("addressee_id", sa.BigInteger(), nullable=False),
        sa.Column("leg", sa.SmallInteger(), nullable=False),
        sa.Column("attempt", sa.SmallInteger(), nullable=False),
        sa.Column("local_on", sa.Date(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.PrimaryKeyConstraint(
            "cause_kind", "cause_id", "node", "visit", "addressee_id", "leg", "attempt", "local_on"
        ),
        postgresql_partition_by="RANGE (local_on)",
    )
    op.create_table(
        "ledger",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "at", sa.TIMESTAMP(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column(
            "body", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", "at"),
        postgresql_partition_by="RANGE (at)",
    )
    op.create_index("ledger_subject", "ledger", ["subject"], unique=False)
    op.create_table(
        "load",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("portfolio_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("rows", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("accepted", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("changed", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("refused", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "totals", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column(
            "loaded_at",
            sa.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "mapping",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("portfolio_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "body", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("portfolio_id", "name"),
    )
    op.create_table(
        "message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("local_on", sa.Date(), nullable=False),
        sa.Column("portfolio_id", sa.Integer(), nullable=False),
        sa.Column("creditor_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("shard", sa.SmallInteger(), nullable=False),
        sa.Column("channel", sa.SmallInteger(), nullable=False),
        sa.Column("purpose", sa.SmallInteger(), nullable=False),
        sa.Column("relation", sa.SmallInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("template_id", sa.Integer(), nullable=False),
        sa.Column("variant", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("strategy_id", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("country", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("lane", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("priority", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("leg", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("send_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("expires_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("state", sa.SmallInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("released", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=True),
        sa.Column("epoch", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("fence", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("leased_by", sa.Text(), nullable=True),
        sa.Column("leased_until", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("tries", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("provider_id", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column(
            "decided_at",
            sa.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("sending_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("settled_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("read_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("applied", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("id", "local_on"),
        postgresql_partition_by="RANGE (local_on)",
    )
    op.create_index(
        "message_lane",
        "message",
        ["lane", "send_at"],
        unique=False,
        postgresql_where="state = 1 AND released",
    )
    op.create_index(
        "message_open", "message", ["state", "leased_until"], unique=False, postgresql_where="state IN (2, 3)"
    )
    op.create_index("message_person", "message", ["person_id", "local_on"], unique=False)
    op.create_index("message_shard", "message", ["shard", "local_on"], unique=False)
    op.create_index(
        "message_unapplied",
        "message",
        ["portfolio_id"],
        unique=False,
        postgresql_where="state IN (4,5,6,7,8,9,10) AND NOT applied",
    )
    op.create_table(
        "message_item",
        sa.Column("cause_kind", sa.SmallInteger(), nullable=False),
        sa.Column("cause_id", sa.BigInteger(), nullable=False),
        sa.Column("node", sa.SmallInteger(), nullable=False),
        sa.Column("visit", sa.Integer(), nullable=False),
        sa.Column("addressee_id", sa.BigInteger(), nullable=False),
        sa.Column("leg", sa.SmallInteger(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("local_on", sa.Date(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("variant", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("covered", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("attempt", sa.SmallInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("alive", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.PrimaryKeyConstraint("cause_kind", "cause_id", "node", "visit", "addressee_id", "leg"),
    )
    op.create_index("message_item_account", "message_item", ["account_id"], unique=False)
    op.create_index("message_item_message", "message_item", ["message_id"], unique=False)
    op.create_table(
        "outside_contact",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("creditor_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("channel", sa.SmallInteger(), nullable=False),
        sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("local_on", sa.Date(), nullable=False),
        sa.Column("two_way", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("shard", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("source", "reference"),
    )
    op.create_index("outside_contact_shard", "outside_contact", ["shard", "local_on"], unique=False)
    op.create_table(
        "passage",
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("shard", sa.SmallInteger(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("node", sa.SmallInteger(), nullable=False),
        sa.Column("port", sa.Text(), nullable=False),
        sa.Column("currency", sa.SmallInteger(), nullable=False),
        sa.Column("accounts", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "shard", "version_id", "node", "port", "currency"),
    )
    op.create_table(
        "payment",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("paid_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column(
            "received_at",
            sa.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("reversed_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("source", "reference"),
    )
    op.create_index("payment_account", "payment", ["account_id"], unique=False)
    op.create_table(
        "person",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("identity_index", sa.LargeBinary(), nullable=False),
        sa.Column("shard", sa.SmallInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("customer_type", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("place_id", sa.SmallInteger(), nullable=False),
        sa.Column("language", sa.Text(), server_default=sa.text("'es'"), nullable=False),
        sa.Column("risk_score", sa.Integer(), nullable=True),
        sa.Column("payer_profile", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("customer_since_on", sa.Date(), nullable=True),
        sa.Column("labels", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("payday_calendar", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("preferred_channel", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("preferred_payment_method", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("reachable_channels", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("verified_channels", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("consented_channels", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("denied_channels", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("stops", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("last_reply_on", sa.Date(), nullable=True),
        sa.Column("last_intent", sa.SmallInteger(), nullable=True),
        sa.Column("last_contact_on", sa.Date(), nullable=True),
        sa.Column("contacts_7d", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("last_message_status", sa.SmallInteger(), nullable=True),
        sa.Column("fictitious", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("revision", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("identity_index"),
    )
    op.create_index("person_shard", "person", ["shard"], unique=False)
    op.create_table(
        "place",
        sa.Column("id", sa.SmallInteger(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("subdivision", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("zones", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("country", "subdivision", "zones"),
    )
    op.create_table(
        "portfolio",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("shadow", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "settings",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    op.create_table(
        "promise",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'made'"), nullable=False),
        sa.Column("via", sa.Text(), nullable=False),
        sa.Column(
            "made_at",
            sa.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("closed_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("promise_account", "promise", ["account_id"], unique=False)
    op.create_table(
        "refusal",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("load_id", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("column_name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("refusal_load", "refusal", ["load_id"], unique=False)
    op.create_table(
        "run",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("portfolio_id", sa.Integer(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("shadow", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("shards", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("accounts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "manifest",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column(
            "fuse", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column(
            "opened_at",
            sa.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("closed_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("released_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("portfolio_id", "business_date"),
    )
    op.create_table(
        "run_shard",
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("shard", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'ready'"), nullable=False),
        sa.Column("tries", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("snapshot", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("snapshot_hash", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column(
            "timings", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("done_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("run_id", "shard"),
    )
    op.create_table(
        "sender",
        sa.Column("lane", sa.SmallInteger(), nullable=False),
        sa.Column("channel", sa.SmallInteger(), nullable=False),
        sa.Column("portfolio_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("per_second", sa.Integer(), server_default=sa.text("72"), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("owned_until", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("lane"),
    )
    op.create_table(
        "slot",
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("local_on", sa.Date(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "local_on"),
        postgresql_partition_by="RANGE (local_on)",
    )
    op.create_table(
        "special_day",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("subdivision", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("country", "subdivision", "day"),
    )
    op.create_table(
        "stop_switch",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("stopped_by", sa.Text(), nullable=False),
        sa.Column(
            "stopped_at",
            sa.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("resumed_by", sa.Text(), nullable=True),
        sa.Column("resumed_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "strategy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("portfolio_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), server_default=sa.text("'strategy'"), nullable=False),
        sa.Column("active_version_id", sa.Integer(), nullable=True),
        sa.Column("paused", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("portfolio_id", "key"),
    )
    op.create_table(
        "strategy_node",
        sa.Column("strategy_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.SmallInteger(), nullable=False),
        sa.Column("node_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("strategy_id", "code"),
        sa.UniqueConstraint("strategy_id", "node_id"),
    )
    op.create_table(
        "strategy_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("strategy_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "body", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column(
            "published_at",
            sa.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("published_by", sa.Text(), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("strategy_id", "number"),
    )
    op.create_table(
        "template",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("channel", sa.SmallInteger(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column(
            "body", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("state", sa.Text(), server_default=sa.text("'approved'"), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key", "version"),
    )
    op.create_table(
        "term",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("code", sa.SmallInteger(), nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "code"),
        sa.UniqueConstraint("kind", "word"),
    )
    op.create_table(
        "verdict",
        sa.Column("enrolment_id", sa.BigInteger(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("node", sa.SmallInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.SmallInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("enrolment_id", "decided_on", "node"),
        postgresql_partition_by="RANGE (decided_on)",
    )
    op.create_index("verdict_account", "verdict", ["account_id"], unique=False)

    op.execute("INSERT INTO installation (id) VALUES (1)")


def downgrade() -> None:
    op.drop_index("verdict_account", table_name="verdict")
    op.drop_table("verdict")
    op.drop_table("term")
    op.drop_table("template")
    op.drop_table("strategy_version")
    op.drop_table("strategy_node")
    op.drop_table("strategy")
    op.drop_table("stop_switch")
    op.drop_table("special_day")
    op.drop_table("slot")
    op.drop_table("sender")
    op.drop_table("run_shard")
    op.drop_table("run")
    op.drop_index("refusal_load", table_name="refusal")
    op.drop_table("refusal")
    op.drop_index("promise_account", table_name="promise")
    op.drop_table("promise")
    op.drop_table("portfolio")
    op.drop_table("place")
    op.drop_index("person_shard", table_name="person")
    op.drop_table("person")
    op.drop_index("payment_account", table_name="payment")
    op.drop_table("payment")
    op.drop_table("passage")
    op.drop_index("outside_contact_shard", table_name="outside_contact")
    op.drop_table("outside_contact")
    op.drop_index("message_item_message", table_name="message_item")
    op.drop_index("message_item_account", table_name="message_item")
    op.drop_table("message_item")
    op.drop_index(
        "message_unapplied",
        table_name="message",
        postgresql_where="state IN (4,5,6,7,8,9,10) AND NOT applied",
    )
    op.drop_index("message_shard", table_name="message")
    op.drop_index("message_person", table_name="message")
    op.drop_index("message_open", table_name="message", postgresql_where="state IN (2, 3)")
    op.drop_index("message_lane", table_name="message", postgresql_where="state = 1 AND released")
    op.drop_table("message")
    op.drop_table("mapping")
    op.drop_table("load")
    op.drop_index("ledger_subject", table_name="ledger")
    op.drop_table("ledger")
    op.drop_table("item_attempt")
    op.drop_table("invoice")
    op.drop_table("installation")
    op.drop_index("hold_person", table_name="hold")
    op.drop_table("hold")
    op.drop_table("heartbeat")
    op.drop_table("exposure")
    op.drop_index("enrolment_shard", table_name="enrolment")
    op.drop_table("enrolment")
    op.drop_index("effect_account", table_name="effect")
    op.drop_table("effect")
    op.drop_table("creditor")
    op.drop_index("contact_point_value", table_name="contact_point")
    op.drop_table("contact_point")
    op.drop_table("consent")
    op.drop_table("close_figure")
    op.drop_table("business_clock")
    op.drop_table("account_party")
    op.drop_index("account_event_new", table_name="account_event", postgresql_where=sa.text("NOT applied"))
    op.drop_index("account_event_account", table_name="account_event")
    op.drop_table("account_event")
    op.drop_index("account_shard", table_name="account")
    op.drop_index("account_person", table_name="account")
    op.drop_table("account")
