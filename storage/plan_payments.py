"""Payments matched to plans, the oldest instalment first; plans kept by them, missed and broken by dates.

A plan counts the payments of its accounts since it was accepted that were not taken back, however they
came. What is counted is reckoned anew each time, so a payment told twice or taken back changes what it
must. The caller holds the persons' locks, but for the opening of a date, which nothing runs beside.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import psycopg

from engine.vocabulary import AccountStatus, EnrolmentState, EventKind, EventName, HoldKind
from storage import holds, plans
from storage.book_in.payments import AMOUNTS
from storage.outbox import reasons
from storage.outbox.withdrawals import withdraw_accounts

BY = "convenio"
"""Who a hold or an ending is by when dates and payments alone brought it about."""


@dataclass(frozen=True)
class Matched:
    """What matching payments did: plans that were kept, and those that stand open again."""

    kept: tuple[int, ...] = ()
    reopened: tuple[int, ...] = ()


@dataclass(frozen=True)
class Missed:
    """What the opening of a date found: instalments missed as (plan, number), plans broken and expired."""

    instalments: tuple[tuple[int, int], ...] = ()
    broken: tuple[int, ...] = ()
    expired: tuple[int, ...] = field(default=())


def match_payments(
    connection: psycopg.Connection, account_ids: Sequence[int], day: date, at: datetime, *, core_days: int
) -> Matched:
    """Match all payments of some accounts to their plans; ``day`` is the portfolio's date.

    A plan whose total came in is kept: what was forgiven comes off its accounts, which rest ``core_days``
    where something was, until the core has applied it. One that was kept and no longer is stands again.
    """
    rows = connection.execute(
        "SELECT DISTINCT p.id FROM plan p JOIN plan_debt d ON d.plan_id = p.id"
        " WHERE d.account_id = ANY(%s) AND p.state IN ('accepted', 'kept')",
        [list(account_ids)],
    ).fetchall()
    return _settle(connection, [plan_id for (plan_id,) in rows], day, at, core_days)


def close_due(
    connection: psycopg.Connection, portfolio_id: int, day: date, at: datetime, *, core_days: int
) -> Missed:
    """At the opening of ``day``: match what came in, find what was missed, broken or has expired."""
    expired = connection.execute(
        "UPDATE plan SET state = 'withdrawn', closed_at = %s, closed_by = %s, reason = 'expired'"
        " WHERE portfolio_id = %s AND state = 'offered' AND valid_until < %s RETURNING id",
        [at, BY, portfolio_id, day],
    ).fetchall()
    standing = [
        plan_id
        for (plan_id,) in connection.execute(
            "SELECT id FROM plan WHERE portfolio_id = %s AND state = 'accepted' ORDER BY id", [portfolio_id]
        ).fetchall()
    ]
    if not standing:
        return Missed(expired=tuple(plan_id for (plan_id,) in expired))
    _settle(connection, standing, day, at, core_days)
    missed = connection.execute(_MISSING, {"plans": standing, "day": day, "at": at}).fetchall()
    _count_missed(connection, standing)
    broken = [plan_id for (plan_id,) in connection.execute(_BROKEN, [standing, day]).fetchall()]
    for plan_id in broken:
        plans.end(connection, plan_id, plans.BROKEN, by=BY, reason="missed", at=at)
        release(connection, plan_id, day)
    _tell(connection, broken, EventName.PLAN_BROKEN, at)
    _note_broken(connection, broken, at)
    return Missed(
        tuple((plan_id, number) for plan_id, number in missed),
        tuple(broken),
        tuple(plan_id for (plan_id,) in expired),
    )


def release(connection: psycopg.Connection, plan_id: int, day: date) -> None:
    """End the hold of a plan on its accounts."""
    person_id, accounts = _bound(connection, plan_id)[:2]
    holds.release(connection, HoldKind.PLAN, day, person_id=person_id, account_ids=accounts)


def hold(connection: psycopg.Connection, plan_id: int, day: date, by: str, until: date | None = None) -> None:
    """Hold the accounts of a plan until its last date and its grace have passed."""
    person_id, accounts, creditor_id, last_on = _bound(connection, plan_id)
    holds.place(
        connection, HoldKind.PLAN, person_id=person_id, creditor_id=creditor_id, account_ids=accounts,
        since=day, until=max(until or last_on, day), by=by, reason="convenio de pago",
    )  # fmt: skip


def tell_ended(connection: psycopg.Connection, plan_id: int, name: EventName, at: datetime) -> None:
    """Tell of a plan that ended by hand, as those that end by themselves are told of."""
    _tell(connection, [plan_id], name, at)
    if name is EventName.PLAN_BROKEN:
        _note_broken(connection, [plan_id], at)


def _settle(
    connection: psycopg.Connection, plan_ids: Sequence[int], day: date, at: datetime, core_days: int
) -> Matched:
    if not plan_ids:
        return Matched()
    rows = connection.execute(_MATCH, {"plans": list(plan_ids)}).fetchall()
    kept = [plan_id for plan_id, state, paid, total in rows if state == "accepted" and paid >= total]
    reopened = [plan_id for plan_id, state, paid, total in rows if state == "kept" and paid < total]
    _count_missed(connection, plan_ids)
    for plan_id in kept:
        _keep(connection, plan_id, day, at, core_days)
    for plan_id in reopened:
        _reopen(connection, plan_id, day)
    _tell(connection, kept, EventName.PLAN_KEPT, at)
    return Matched(tuple(kept), tuple(reopened))


def _keep(connection: psycopg.Connection, plan_id: int, day: date, at: datetime, core_days: int) -> None:
    plans.end(connection, plan_id, plans.KEPT, by=BY, reason="", at=at)
    release(connection, plan_id, day)
    arguments = {
        "plan": plan_id,
        "current": int(AccountStatus.CURRENT),
        "late": int(AccountStatus.PAST_DUE),
        "ended": int(EnrolmentState.ENDED),
    }
    forgiven = connection.execute(_FORGIVE, arguments).fetchone()
    if forgiven is not None and forgiven[0]:
        until = date.fromordinal(day.toordinal() + core_days)
        hold(connection, plan_id, day, BY, until)
        withdraw_accounts(connection, _bound(connection, plan_id)[1], reasons.PLAN, at)


def _reopen(connection: psycopg.Connection, plan_id: int, day: date) -> None:
    """What was forgiven is owed again, and the plan stands; its dates break it at the next opening."""
    connection.execute(_OWE_AGAIN, {"plan": plan_id})
    connection.execute(
        "UPDATE plan SET state = 'accepted', closed_at = NULL, closed_by = NULL, reason = '' WHERE id = %s",
        [plan_id],
    )
    plans.mark_accounts(connection, [plan_id])
    release(connection, plan_id, day)
    hold(connection, plan_id, day, BY)


def _bound(connection: psycopg.Connection, plan_id: int) -> tuple[int, list[int], int, date]:
    """Person, accounts and creditor of a plan, and the day after its last date and its grace."""
    row = connection.execute(
        "SELECT p.person_id, ARRAY(SELECT account_id FROM plan_debt WHERE plan_id = p.id ORDER BY 1),"
        " p.creditor_id, (SELECT max(due_on) FROM plan_instalment WHERE plan_id = p.id) + 1 + p.grace_days"
        " FROM plan p WHERE p.id = %s",
        [plan_id],
    ).fetchone()
    assert row is not None  # a plan has instalments
    return row[0], row[1], row[2], row[3]


def _count_missed(connection: psycopg.Connection, plan_ids: Sequence[int]) -> None:
    """How many instalments of each plan are missed now; one that was paid late no longer is."""
    connection.execute(
        """UPDATE plan p SET missed = now.missed FROM (
               SELECT plan_id, count(*) FILTER (WHERE missed_on IS NOT NULL AND paid < amount) AS missed
               FROM plan_instalment WHERE plan_id = ANY(%s) GROUP BY plan_id) now
           WHERE p.id = now.plan_id AND p.missed <> now.missed""",
        [list(plan_ids)],
    )
    plans.mark_accounts(connection, plan_ids)


def _tell(connection: psycopg.Connection, plan_ids: Sequence[int], name: EventName, at: datetime) -> None:
    """Events of plans that ended, for reactions and webhooks."""
    if plan_ids:
        connection.execute(_TOLD, {"plans": list(plan_ids), "name": name.value, "at": at})


def _note_broken(connection: psycopg.Connection, plan_ids: Sequence[int], at: datetime) -> None:
    """A broken plan is an event of its accounts: strategies say where they go on."""
    if plan_ids:
        connection.execute(
            _BROKEN_EVENT, {"plans": list(plan_ids), "kind": int(EventKind.PLAN_BROKEN), "at": at}
        )


_PAID = """coalesce((
    SELECT sum(y.amount) FROM payment y JOIN plan_debt d ON d.account_id = y.account_id
    WHERE d.plan_id = p.id AND y.reversed_at IS NULL
      AND (y.paid_at >= p.accepted_at OR (y.paid_at AT TIME ZONE f.timezone)::time = '00:00'
           AND (y.paid_at AT TIME ZONE f.timezone)::date >= (p.accepted_at AT TIME ZONE f.timezone)::date)
    ), 0)::bigint"""
"""What came in for a plan since it was accepted; a payment that says only its date counts from that date."""

_MATCH = f"""
WITH standing AS (
    SELECT p.id, p.state, p.total, {_PAID} AS paid FROM plan p JOIN portfolio f ON f.id = p.portfolio_id
    WHERE p.id = ANY(%(plans)s)),
before AS (
    SELECT n.plan_id, n.number, s.paid,
           coalesce(sum(n.amount) OVER (PARTITION BY n.plan_id ORDER BY n.number
                    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)::bigint AS earlier
    FROM plan_instalment n JOIN standing s ON s.id = n.plan_id),
matched AS (
    UPDATE plan_instalment n SET paid = least(n.amount, greatest(0, b.paid - b.earlier))
    FROM before b WHERE (b.plan_id, b.number) = (n.plan_id, n.number)
      AND n.paid <> least(n.amount, greatest(0, b.paid - b.earlier))),
counted AS (UPDATE plan p SET paid = s.paid FROM standing s WHERE s.id = p.id AND p.paid <> s.paid)
SELECT id, state, paid, total FROM standing ORDER BY id
"""

_MISSING = f"""
WITH missing AS (
    UPDATE plan_instalment n SET missed_on = %(day)s FROM plan p
    WHERE p.id = n.plan_id AND p.id = ANY(%(plans)s) AND p.state = 'accepted' AND n.missed_on IS NULL
      AND n.paid < n.amount AND n.due_on + 1 + p.grace_days <= %(day)s::date
    RETURNING n.plan_id, n.number, n.due_on, n.amount, n.paid),
told AS (
    INSERT INTO domain_event (name, at, source, reference, person_id, account_ids, amount, body)
    SELECT '{EventName.PLAN_INSTALMENT_MISSED}', %(at)s, 'plan', m.plan_id || '-' || m.number, p.person_id,
           ARRAY(SELECT account_id FROM plan_debt WHERE plan_id = p.id ORDER BY 1), m.amount - m.paid,
           jsonb_build_object('plan', m.plan_id, 'number', m.number, 'due_on', m.due_on)
    FROM missing m JOIN plan p ON p.id = m.plan_id ON CONFLICT DO NOTHING)
SELECT plan_id, number FROM missing ORDER BY 1, 2
"""

_BROKEN = """
SELECT p.id FROM plan p
WHERE p.id = ANY(%s) AND p.state = 'accepted' AND (p.missed >= p.broken_after OR %s >= (
    SELECT max(due_on) FROM plan_instalment WHERE plan_id = p.id) + 1 + p.grace_days)
ORDER BY p.id
"""
"""So many are missed, or the last date has passed and not all came in."""

_TOLD = """
INSERT INTO domain_event (name, at, source, reference, person_id, account_ids, amount, body)
SELECT %(name)s, %(at)s, 'plan', p.id || '-' || extract(epoch FROM %(at)s::timestamptz), p.person_id,
       ARRAY(SELECT account_id FROM plan_debt WHERE plan_id = p.id ORDER BY 1), p.paid,
       jsonb_build_object('plan', p.id, 'total', p.total, 'paid', p.paid)
FROM plan p WHERE p.id = ANY(%(plans)s) ORDER BY p.id ON CONFLICT DO NOTHING
"""

_BROKEN_EVENT = """
INSERT INTO account_event (account_id, person_id, shard, kind, at, source, reference, body)
SELECT a.id, a.person_id, a.shard, %(kind)s, %(at)s, 'plan',
       p.id || '-' || extract(epoch FROM %(at)s::timestamptz), jsonb_build_object('plan', p.id)
FROM plan p JOIN plan_debt d ON d.plan_id = p.id JOIN account a ON a.id = d.account_id
WHERE p.id = ANY(%(plans)s) ORDER BY a.id ON CONFLICT DO NOTHING
"""

_NAMES = ", ".join(f"a.{name}" for name in AMOUNTS)
_TAKEN = ", ".join(f"'{name}', least(o.{name}, coalesce(o.cut, o.{name}))" for name in AMOUNTS)
_LESS = ", ".join(f"{name} = a.{name} - least(a.{name}, coalesce(o.cut, a.{name}))" for name in AMOUNTS)
_AGAIN = ", ".join(f"{name} = a.{name} + coalesce((d.taken->>'{name}')::bigint, 0)" for name in AMOUNTS)

_FORGIVE = f"""
WITH owed AS (
    SELECT a.id, a.load_id, {_NAMES}, p.discount_capital + p.discount_interest + p.discount_fees AS forgiven,
           CASE WHEN p.covers = 'balance' THEN NULL ELSE d.discount + greatest(0, d.total - coalesce((
               SELECT sum(y.amount) FROM payment y WHERE y.account_id = a.id AND y.reversed_at IS NULL
                 AND y.paid_at >= p.accepted_at - interval '1 day'), 0))::bigint END AS cut
    FROM plan p JOIN plan_debt d ON d.plan_id = p.id JOIN account a ON a.id = d.account_id
    WHERE p.id = %(plan)s FOR UPDATE OF a),
kept AS (
    UPDATE plan_debt d SET load_id = o.load_id, taken = jsonb_build_object({_TAKEN})
    FROM owed o WHERE d.plan_id = %(plan)s AND d.account_id = o.id),
felt AS (
    UPDATE account a SET {_LESS},
        account_status = CASE WHEN a.account_status = %(late)s
            AND a.amount_to_cure <= coalesce(o.cut, a.amount_to_cure)
            THEN %(current)s ELSE a.account_status END,
        revision = a.revision + 1
    FROM owed o WHERE o.id = a.id),
revised AS (
    UPDATE enrolment e SET revision = e.revision + 1 FROM owed o
    WHERE o.id = e.account_id AND e.state <> %(ended)s)
SELECT max(forgiven) FROM owed
"""
"""What a kept plan forgives: all that is left of a balance, of arrears what was agreed; kept to be undone."""

_OWE_AGAIN = f"""
UPDATE account a SET {_AGAIN}, revision = a.revision + 1
FROM plan_debt d WHERE d.plan_id = %(plan)s AND d.account_id = a.id
  AND d.load_id IS NOT DISTINCT FROM a.load_id
"""
"""What was forgiven is owed again, unless the core has said since what is owed."""
