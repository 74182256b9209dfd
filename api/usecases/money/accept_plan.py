"""A debtor takes a plan: it holds its debts until it ends, takes back what was queued, and is confirmed."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

import psycopg

from api.agreements.plan_messages import confirm_plan
from api.agreements.plan_policy import DEBTOR, PlanRefused, policy_of
from api.agreements.plan_terms import Share
from api.clock import Clock
from api.usecases.money.offer_plan import expect_in_time, expect_still_owed, write_offer
from api.usecases.money.plan_options import menu_terms, menu_wish
from api.usecases.money.write_agreement import keep_letters
from engine.errors import BookError
from engine.vocabulary import EventName, HoldKind
from storage import holds, plan_payments, plans, promises
from storage.database import Database
from storage.domain_events import DomainEvent, post
from storage.events import revise_enrolments
from storage.ledger import append_line
from storage.outbox import reasons
from storage.outbox.withdrawals import withdraw_accounts
from storage.person_lock import lock_persons
from storage.plans import DebtFacts, PlanRow


def accept_plan(database: Database, clock: Clock, plan_id: int, *, by: str, via: str) -> PlanRow:
    """Take an offer. Said twice, it changes nothing; ``PlanRefused`` when it no longer stands."""
    with database.connection() as connection:
        plan = expect_plan(connection, plan_id)
        lock_persons(connection, [plan.person_id])
        return take(connection, plan_id, clock.now(), by=by, via=via)


def accept_option(
    database: Database, clock: Clock, account_id: int, key: str, *, by: str, via: str
) -> PlanRow:
    """Take one of ``plan_options`` by its key: an offer made before, or a plan of the portfolio's menu.

    ``PlanRefused`` when there is none of this key today. Told twice, it is one plan.
    """
    now = clock.now()
    with database.connection() as connection:
        debts = plans.debts_of(connection, [account_id])
        if not debts:
            raise BookError(f"no existe la cuenta {account_id}", code="account.unknown")
        lock_persons(connection, [debts[0].person_id])
        (debt,) = plans.debts_of(connection, [account_id])
        standing = [row for row in plans.of_account(connection, account_id) if row.state == plans.ACCEPTED]
        if standing:
            return standing[0]
        if key.startswith("oferta-"):
            return take(connection, _offer_of(connection, account_id, key), now, by=by, via=via)
        plan = _offer_from_menu(connection, debt, key, now, by=by, via=via)
        return take(connection, plan.id, now, by=by, via=via)


def take(connection: psycopg.Connection, plan_id: int, now: datetime, *, by: str, via: str) -> PlanRow:
    """Take an offer within a transaction that holds the person's lock."""
    plan = expect_plan(connection, plan_id)
    if plan.state == plans.ACCEPTED:
        return plan
    if plan.state != plans.OFFERED:
        raise PlanRefused(f"el convenio está en estado {plan.state}", code="plan.closed", place="plan")
    rows = plans.debts(connection, plan_id)
    accounts = [row.account_id for row in rows]
    debts = plans.debts_of(connection, accounts)
    expect_in_time(debts[0], plan.valid_until, now)
    shares = [Share(row.account_id, row.amount, row.discount, row.total) for row in rows]
    expect_still_owed(debts, shares, "balance" if plan.covers == "balance" else "arrears")
    today = now.astimezone(ZoneInfo(debts[0].timezone)).date()
    plans.accept(connection, plan_id, via=via, by=by, at=now)
    _give_up_promises(connection, plan.person_id, accounts, now, today)
    plan_payments.hold(connection, plan_id, today, by)
    revise_enrolments(connection, accounts)
    withdrawn = withdraw_accounts(connection, accounts, reasons.PLAN, now)
    letters = keep_letters(connection, expect_plan(connection, plan_id))
    body = {"by": by, "via": via, "withdrawn": list(map(str, withdrawn)), "letters": letters}
    _tell(connection, plan, accounts, now, body)
    confirm_plan(connection, plan_id, accounts[0], plan.person_id, now)
    return expect_plan(connection, plan_id)


def expect_plan(connection: psycopg.Connection, plan_id: int) -> PlanRow:
    """The plan with an id; ``BookError`` when there is none."""
    plan = plans.find(connection, plan_id)
    if plan is None:
        raise BookError(f"no existe el convenio {plan_id}", code="plan.unknown")
    return plan


def _offer_of(connection: psycopg.Connection, account_id: int, key: str) -> int:
    """The number of an offer of the account; one of another account is unknown here."""
    for row in plans.of_account(connection, account_id):
        if key == f"oferta-{row.id}":
            return row.id
    raise PlanRefused(f"no hay oferta «{key}»", code="plan.option", place="option")


def _offer_from_menu(
    connection: psycopg.Connection, debt: DebtFacts, key: str, now: datetime, *, by: str, via: str
) -> PlanRow:
    policy = policy_of(debt.settings)
    today = now.astimezone(ZoneInfo(debt.timezone)).date()
    rule = next((one for one in policy.options if one.key == key), None)
    terms = menu_terms(debt, rule, policy, today) if rule else None
    if rule is None or terms is None:
        raise PlanRefused(
            f"el convenio «{key}» no está disponible para esta cuenta",
            code="plan.option",
            place="option",
            hint="pida de nuevo las opciones",
        )
    wish = menu_wish(debt, rule, via=via, reference=None)
    return write_offer(connection, terms, [debt], wish, now, by=by or DEBTOR)


def _give_up_promises(
    connection: psycopg.Connection, person_id: int, accounts: Sequence[int], now: datetime, today: date
) -> None:
    """A plan takes the place of promises about the same debts: nobody broke those."""
    for account_id in accounts:
        for promise in promises.of_account(connection, account_id):
            if promises.give_up(connection, promise.id, now):
                promises.withdraw_messages(connection, [promise.id], now)
    holds.release(connection, HoldKind.PROMISE, today, person_id=person_id, account_ids=accounts)


def _tell(
    connection: psycopg.Connection,
    plan: PlanRow,
    accounts: Sequence[int],
    now: datetime,
    body: Mapping[str, object],
) -> None:
    told = {"plan": plan.id, "total": plan.total, "terms": plan.terms_hash.hex()}
    event = DomainEvent(
        EventName.PLAN_ACCEPTED, now, "plan", str(plan.id), plan.person_id, tuple(accounts),
        amount=plan.total, body=told | {"holds": [HoldKind.PLAN.word]},
    )  # fmt: skip
    post(connection, event)
    append_line(connection, now, "plan.accepted", f"account:{accounts[0]}", told | dict(body))
