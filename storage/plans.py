"""Payment plans in the tables: offered, accepted, ended; with their debts and instalments.

How payments are matched to them, and how they are kept or missed, stands in storage.plan_payments. The
caller holds the person's lock.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import psycopg
from psycopg.rows import class_row

from engine.instalments import Instalment
from engine.vocabulary import CauseKind
from storage.outbox import reasons
from storage.outbox.withdrawals import withdraw_cause
from storage.promises import REMINDER_BEFORE, REMINDER_ON_THE_DAY

OFFERED, ACCEPTED, KEPT, BROKEN = "offered", "accepted", "kept", "broken"
CANCELLED, WITHDRAWN = "cancelled", "withdrawn"
STATES = (OFFERED, ACCEPTED, KEPT, BROKEN, CANCELLED, WITHDRAWN)


@dataclass(frozen=True)
class DebtFacts:
    """What a plan is judged by, of one account; money in minor units of ``currency`` (ISO)."""

    account_id: int
    number: str
    person_id: int
    creditor_id: int
    portfolio_id: int
    country: str
    timezone: str
    settings: Mapping[str, Any]
    currency: str
    product: str
    account_status: int
    effective_due_on: date | None
    amount_to_cure: int
    outstanding_balance: int
    payoff_amount: int | None
    interest_past_due: int | None
    late_interest: int | None
    fees_past_due: int | None
    tax_past_due: int | None
    on_plan: bool

    def days_past_due(self, today: date) -> int:
        """Days since the effective due date; none where nothing is past due."""
        if self.amount_to_cure <= 0 or self.effective_due_on is None:
            return 0
        return max(0, (today - self.effective_due_on).days)


@dataclass(frozen=True)
class PlanRow:
    """One plan as it stands (storage.tables.plans)."""

    id: int
    portfolio_id: int
    creditor_id: int
    person_id: int
    state: str
    covers: str
    currency: str
    capital: int
    interest: int
    fees: int
    tax: int
    discount_capital: int
    discount_interest: int
    discount_fees: int
    total: int
    down_payment: int
    valid_until: date
    grace_days: int
    broken_after: int
    terms_hash: bytes
    via: str
    reference: str | None
    offered_by: str
    offered_at: datetime
    approved_by: str | None
    accepted_via: str | None
    accepted_by: str | None
    accepted_at: datetime | None
    closed_at: datetime | None
    closed_by: str | None
    reason: str
    paid: int
    missed: int

    @property
    def owed(self) -> int:
        """What was owed when it was offered."""
        return self.capital + self.interest + self.fees + self.tax

    @property
    def discount(self) -> int:
        """What is forgiven once it is kept."""
        return self.discount_capital + self.discount_interest + self.discount_fees


@dataclass(frozen=True)
class DebtRow:
    """One account of a plan: its number, what it owed, what is forgiven, its share of the total."""

    account_id: int
    number: str
    amount: int
    discount: int
    total: int


@dataclass(frozen=True)
class InstalmentRow:
    """One instalment and what came in for it."""

    number: int
    due_on: date
    amount: int
    paid: int
    missed_on: date | None


def debts_of(connection: psycopg.Connection, account_ids: Sequence[int]) -> list[DebtFacts]:
    """The debts a plan would be about, by account id."""
    with connection.cursor(row_factory=class_row(DebtFacts)) as cursor:
        return cursor.execute(
            """SELECT a.id AS account_id, a.number, a.person_id, a.creditor_id, a.portfolio_id, f.country,
                   f.timezone, f.settings, coalesce(c.word, '') AS currency, coalesce(p.word, '') AS product,
                   a.account_status, a.effective_due_on, a.amount_to_cure, a.outstanding_balance,
                   a.payoff_amount, a.interest_past_due, a.late_interest, a.fees_past_due, a.tax_past_due,
                   a.on_plan
               FROM account a JOIN portfolio f ON f.id = a.portfolio_id
               LEFT JOIN term c ON c.kind = 'currency' AND c.code = a.currency
               LEFT JOIN term p ON p.kind = 'product' AND p.code = a.product
               WHERE a.id = ANY(%s) ORDER BY a.id""",
            [list(account_ids)],
        ).fetchall()


def insert(
    connection: psycopg.Connection,
    values: Mapping[str, object],
    debts: Sequence[tuple[int, int, int, int]],
    schedule: Sequence[Instalment],
) -> int:
    """Write an offer: columns of the plan, its debts as (account, amount, discount, total), its schedule."""
    names = ", ".join(values)
    row = connection.execute(
        f"INSERT INTO plan ({names}) VALUES ({', '.join(['%s'] * len(values))}) RETURNING id",
        list(values.values()),
    ).fetchone()
    assert row is not None
    plan_id = int(row[0])
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO plan_debt (plan_id, account_id, amount, discount, total)"
            " VALUES (%s, %s, %s, %s, %s)",
            [(plan_id, *debt) for debt in debts],
        )
        cursor.executemany(
            "INSERT INTO plan_instalment (plan_id, number, due_on, amount) VALUES (%s, %s, %s, %s)",
            [(plan_id, one.number, one.due_on, one.amount) for one in schedule],
        )
    return plan_id


def find(connection: psycopg.Connection, plan_id: int) -> PlanRow | None:
    """The plan with an id."""
    found = _where(connection, "id = %s", [plan_id])
    return found[0] if found else None


def find_by_reference(connection: psycopg.Connection, via: str, reference: str) -> PlanRow | None:
    """The plan its maker told under a reference."""
    found = _where(connection, "via = %s AND reference = %s", [via, reference])
    return found[0] if found else None


def of_account(connection: psycopg.Connection, account_id: int) -> list[PlanRow]:
    """Every plan an account is in, the newest first."""
    condition = "id IN (SELECT plan_id FROM plan_debt WHERE account_id = %s) ORDER BY id DESC"
    return _where(connection, condition, [account_id])


def listed(
    connection: psycopg.Connection, portfolio_id: int, state: str | None, before: int | None, most: int
) -> list[PlanRow]:
    """Plans of a portfolio, the newest first, from before a number; of one state, or of all."""
    return _where(
        connection,
        "portfolio_id = %s AND (%s::text IS NULL OR state = %s) AND (%s::bigint IS NULL OR id < %s)"
        " ORDER BY id DESC LIMIT %s",
        [portfolio_id, state, state, before, before, most],
    )


def debts(connection: psycopg.Connection, plan_id: int) -> list[DebtRow]:
    """The accounts of a plan."""
    with connection.cursor(row_factory=class_row(DebtRow)) as cursor:
        return cursor.execute(
            "SELECT d.account_id, a.number, d.amount, d.discount, d.total FROM plan_debt d"
            " JOIN account a ON a.id = d.account_id WHERE d.plan_id = %s ORDER BY d.account_id",
            [plan_id],
        ).fetchall()


def instalments(connection: psycopg.Connection, plan_id: int) -> list[InstalmentRow]:
    """The instalments of a plan, the down payment first."""
    with connection.cursor(row_factory=class_row(InstalmentRow)) as cursor:
        return cursor.execute(
            "SELECT number, due_on, amount, paid, missed_on FROM plan_instalment WHERE plan_id = %s"
            " ORDER BY number",
            [plan_id],
        ).fetchall()


def accept(connection: psycopg.Connection, plan_id: int, *, via: str, by: str, at: datetime) -> bool:
    """An offer is taken: it counts from now on and stands on its accounts; whether it was open."""
    taken = connection.execute(
        "UPDATE plan SET state = 'accepted', accepted_via = %s, accepted_by = %s, accepted_at = %s"
        " WHERE id = %s AND state = 'offered'",
        [via, by, at, plan_id],
    ).rowcount
    if taken:
        mark_accounts(connection, [plan_id])
    return bool(taken)


def end(
    connection: psycopg.Connection, plan_id: int, state: str, *, by: str, reason: str, at: datetime
) -> bool:
    """An offer is withdrawn, or a plan in force cancelled or broken; whether it was open."""
    was = OFFERED if state == WITHDRAWN else ACCEPTED
    ended = connection.execute(
        "UPDATE plan SET state = %s, closed_at = %s, closed_by = %s, reason = %s"
        " WHERE id = %s AND state = %s",
        [state, at, by, reason, plan_id, was],
    ).rowcount
    if ended:
        mark_accounts(connection, [plan_id])
        withdraw_messages(connection, [plan_id], at)
    return bool(ended)


def mark_accounts(connection: psycopg.Connection, plan_ids: Sequence[int]) -> None:
    """``on_plan`` and ``plan_instalments_missed`` of the plans' accounts, as the plans say now."""
    connection.execute(
        """UPDATE account a SET on_plan = now.stands, plan_instalments_missed = now.missed,
               revision = revision + 1
           FROM (SELECT d.account_id, coalesce(bool_or(p.state = 'accepted'), false) AS stands,
                     coalesce(max(p.missed) FILTER (WHERE p.state = 'accepted'), 0) AS missed
                 FROM plan_debt d JOIN plan p ON p.id = d.plan_id
                 WHERE d.account_id IN (SELECT account_id FROM plan_debt WHERE plan_id = ANY(%s))
                 GROUP BY d.account_id) now
           WHERE a.id = now.account_id
             AND (a.on_plan, a.plan_instalments_missed) <> (now.stands, now.missed)""",
        [list(plan_ids)],
    )


def withdraw_messages(connection: psycopg.Connection, plan_ids: Sequence[int], now: datetime) -> int:
    """Take back the reminders of plans that no longer stand; how many messages."""
    nodes = (REMINDER_BEFORE, REMINDER_ON_THE_DAY)
    return withdraw_cause(connection, CauseKind.PLAN, plan_ids, nodes, reasons.PLAN, now)


def keep_letter(
    connection: psycopg.Connection, plan_id: int, language: str, sha256: bytes, content: str
) -> None:
    """Keep an agreement letter as an encrypted cell; the first one of a language stays."""
    connection.execute(
        "INSERT INTO plan_letter (plan_id, language, sha256, content) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT DO NOTHING",
        [plan_id, language, sha256, content],
    )


def letter(connection: psycopg.Connection, plan_id: int, language: str) -> tuple[bytes, str] | None:
    """SHA-256 and encrypted cell of a plan's letter in a language."""
    return connection.execute(
        "SELECT sha256, content FROM plan_letter WHERE plan_id = %s AND language = %s", [plan_id, language]
    ).fetchone()


_COLUMNS = ", ".join(PlanRow.__dataclass_fields__)


def _where(connection: psycopg.Connection, condition: str, values: list[object]) -> list[PlanRow]:
    with connection.cursor(row_factory=class_row(PlanRow)) as cursor:
        return cursor.execute(f"SELECT {_COLUMNS} FROM plan WHERE {condition}", values).fetchall()
