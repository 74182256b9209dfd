"""A person says that they paid: the debt rests for some business days while somebody looks for the money."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import psycopg
from psycopg.types.json import Jsonb

from api.clock import Clock
from api.hold_terms import hold_until
from api.usecases.money.make_promise import Debt, read_debt
from engine.vocabulary import CauseKind, EventName, HoldKind
from storage import holds
from storage.database import Database
from storage.domain_events import DomainEvent, post
from storage.events import revise_enrolments
from storage.ledger import append_line
from storage.outbox import reasons
from storage.outbox.withdrawals import withdraw_accounts
from storage.person_lock import lock_persons

QUEUE = "verificacion_de_pagos"


def claim_paid(
    database: Database, clock: Clock, account_id: int, *, via: str, reference: str, receipt: str = ""
) -> bool:
    """Record "ya pagué" once per (via, reference); whether it is new. ``receipt`` names what proves it."""
    with database.connection() as connection:
        debt = read_debt(connection, account_id)
        lock_persons(connection, [debt.person_id])
        return rest_for_verification(connection, [debt], via, reference, receipt, clock.now())


def rest_for_verification(
    connection: psycopg.Connection,
    debts: Sequence[Debt],
    via: str,
    reference: str,
    receipt: str,
    now: datetime,
) -> bool:
    """The same within a transaction that holds the lock of the person these debts are of."""
    accounts = [debt.account_id for debt in debts]
    event = DomainEvent(
        EventName.PAID_CLAIM, now, via, reference, debts[0].person_id, tuple(accounts),
        body={"receipt": receipt, "holds": [HoldKind.PAID_CLAIM.word]},
    )  # fmt: skip
    if not post(connection, event):
        return False
    for debt in debts:
        today = now.astimezone(ZoneInfo(debt.timezone)).date()
        until = hold_until(HoldKind.PAID_CLAIM, today, debt.country, debt.settings)
        holds.place(
            connection, HoldKind.PAID_CLAIM, person_id=debt.person_id, creditor_id=debt.creditor_id,
            account_ids=[debt.account_id], since=today, until=until, by=via, reason="dice que ya pagó",
        )  # fmt: skip
        _ask_for_verification(connection, debt, via, reference, receipt, now)
    revise_enrolments(connection, accounts)
    withdrawn = withdraw_accounts(connection, accounts, reasons.HOLD, now)
    told = {"accounts": accounts, "via": via, "receipt": receipt, "withdrawn": list(map(str, withdrawn))}
    append_line(connection, now, "payment.claimed", f"person:{debts[0].person_id}", told)
    return True


def _ask_for_verification(
    connection: psycopg.Connection, debt: Debt, via: str, reference: str, receipt: str, now: datetime
) -> None:
    """A task in the queue of those who look for the money; one for each claim and account."""
    today = now.astimezone(ZoneInfo(debt.timezone)).date()
    details = {
        "queue": QUEUE,
        "receipt": receipt,
        "via": via,
        "until": str(hold_until(HoldKind.PAID_CLAIM, today, debt.country, debt.settings) - timedelta(days=1)),
    }
    connection.execute(
        """INSERT INTO effect (cause_kind, cause_id, node, visit, kind, account_id, person_id, portfolio_id,
               decided_on, details)
           SELECT %(event)s, e.id, 0, row_number() OVER (ORDER BY a.id)
                  + (SELECT count(*) FROM effect x WHERE x.cause_kind = %(event)s AND x.cause_id = e.id),
                  'task', a.id, a.person_id, a.portfolio_id, %(today)s, %(details)s
           FROM domain_event e, account a WHERE (e.source, e.reference, e.name) = (%(via)s, %(ref)s, %(name)s)
             AND a.id = %(account)s""",
        {
            "event": int(CauseKind.EVENT), "today": today, "details": Jsonb(details), "via": via,
            "ref": reference, "name": EventName.PAID_CLAIM.value, "account": debt.account_id,
        },
    )  # fmt: skip
