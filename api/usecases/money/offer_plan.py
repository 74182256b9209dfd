"""Offers a payment plan: inside one's authority at once; above it a second person is to be asked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

from api.agreements.plan_policy import Covers, PlanPolicy, PlanRefused, policy_of
from api.agreements.plan_terms import (
    PlanTerms,
    PlanWish,
    Share,
    authority_lacks,
    covered,
    excess,
    expect_open,
    reckon,
)
from api.clock import BusinessClock, Clock
from engine.instalments import Instalment, Parts
from engine.vocabulary import EventName
from storage import plans
from storage.approvals import Approval
from storage.database import Database
from storage.domain_events import DomainEvent, post
from storage.ledger import append_line
from storage.person_lock import lock_persons
from storage.plans import DebtFacts, PlanRow


@dataclass(frozen=True)
class PlanOffered:
    """The plan as it stands, and whether this was the first time it was told."""

    plan: PlanRow
    is_new: bool


class AboveAuthority(PlanRefused):
    """Terms beyond what this person may offer; ``terms`` are what a second person would grant."""

    code = "plan.authority"

    def __init__(self, message: str, terms: PlanTerms, portfolio_id: int) -> None:
        super().__init__(message, place="plan", hint="pida la aprobación de otra persona")
        self.terms = terms
        self.portfolio_id = portfolio_id


def offer_plan(
    database: Database, clock: Clock, wish: PlanWish, *, roles: Iterable[str], by: str
) -> PlanOffered:
    """Offer a plan to the debtor of some accounts.

    ``roles`` are those of who offers (or ``debtor``, ``key``). ``AboveAuthority`` where the portfolio's
    matrix does not let them, ``PlanRefused`` where nobody may.
    """
    now = clock.now()
    with database.connection() as connection:
        debts = _locked(connection, wish)
        known = plans.find_by_reference(connection, wish.via, wish.reference) if wish.reference else None
        if known is not None:
            return PlanOffered(_same(connection, known, wish), False)
        policy, today, terms = terms_of(debts, wish, now)
        lacks = authority_lacks(terms, debts, policy, roles, today)
        if lacks:
            raise AboveAuthority(lacks, terms, debts[0].portfolio_id)
        return PlanOffered(write_offer(connection, terms, debts, wish, now, by=by), True)


def preview_plan(connection: psycopg.Connection, wish: PlanWish, now: datetime) -> PlanTerms:
    """The terms a wish would have, for the eye; writes nothing. ``PlanRefused`` where nobody may offer it."""
    return terms_of(plans.debts_of(connection, wish.account_ids), wish, now)[2]


def terms_of(debts: Sequence[DebtFacts], wish: PlanWish, now: datetime) -> tuple[PlanPolicy, date, PlanTerms]:
    """Policy, portfolio's date and terms of a wish; ``PlanRefused`` above what anybody may offer."""
    if not debts or len(debts) != len(set(wish.account_ids)):
        raise PlanRefused("el convenio nombra cuentas que no existen", code="account.unknown")
    policy = policy_of(debts[0].settings)
    today = now.astimezone(ZoneInfo(debts[0].timezone)).date()
    terms = reckon(debts, wish, policy, today)
    beyond = excess(terms, policy.ceiling, debts[0].country)
    if beyond:
        raise PlanRefused(beyond, code="plan.ceiling", place="plan", hint="el tope del portafolio")
    return policy, today, terms


def request_body(terms: PlanTerms, wish: PlanWish) -> dict[str, Any]:
    """What a second person is asked to grant: the terms to the last cent, frozen by their hash."""
    return {
        "terms": terms.document(),
        "hash": terms.hash().hex(),
        "via": wish.via,
    }


def check_request(connection: psycopg.Connection, asked: Approval) -> None:
    """``PlanRefused`` when the debts no longer bear the terms asked for, or these are not those asked for."""
    terms = _terms_from(asked.body["terms"])
    if terms.hash().hex() != asked.body["hash"]:
        raise PlanRefused("los términos no son los que se pidieron", code="plan.changed", place="plan")
    debts = plans.debts_of(connection, [debt.account_id for debt in terms.debts])
    expect_still_owed(debts, terms.debts, terms.covers)


def offer_granted(database: Database, granted: Approval) -> dict[str, Any]:
    """Write the offer a second person granted; done twice it is one offer."""
    terms = _terms_from(granted.body["terms"])
    now = BusinessClock(database).now()
    wish = PlanWish(
        tuple(debt.account_id for debt in terms.debts),
        terms.covers,
        via="approval",
        reference=str(granted.id),
    )
    with database.connection() as connection:
        debts = _locked(connection, wish)
        known = plans.find_by_reference(connection, wish.via, str(granted.id))
        if known is None:
            check_request(connection, granted)
            expect_in_time(debts[0], terms.valid_until, now)
            known = write_offer(
                connection, terms, debts, wish, now, by=granted.asked_by, approved_by=granted.decided_by
            )
    return {"plan": known.id, "hash": known.terms_hash.hex()}


def write_offer(
    connection: psycopg.Connection,
    terms: PlanTerms,
    debts: Sequence[DebtFacts],
    wish: PlanWish,
    now: datetime,
    *,
    by: str,
    approved_by: str | None = None,
) -> PlanRow:
    """Write an offer within a transaction that holds the person's lock; an older one of the accounts goes."""
    first = debts[0]
    for account_id in wish.account_ids:
        for old in plans.of_account(connection, account_id):
            if old.state == plans.OFFERED:
                plans.end(connection, old.id, plans.WITHDRAWN, by=by, reason="replaced", at=now)
    values = {
        "portfolio_id": first.portfolio_id, "creditor_id": first.creditor_id, "person_id": first.person_id,
        "covers": terms.covers, "currency": terms.currency, **vars(terms.owed),
        "discount_capital": terms.discount.capital, "discount_interest": terms.discount.interest,
        "discount_fees": terms.discount.fees, "total": terms.total, "down_payment": terms.down_payment,
        "valid_until": terms.valid_until, "grace_days": terms.grace_days,
        "broken_after": terms.broken_after, "terms_hash": terms.hash(), "via": wish.via,
        "reference": wish.reference, "offered_by": by, "offered_at": now, "approved_by": approved_by,
    }  # fmt: skip
    shares = [(debt.account_id, debt.amount, debt.discount, debt.total) for debt in terms.debts]
    plan_id = plans.insert(connection, values, shares, terms.schedule)
    told = {"plan": plan_id, "total": terms.total, "terms": terms.hash().hex(), "via": wish.via}
    event = DomainEvent(
        EventName.PLAN_OFFERED, now, "plan", str(plan_id), first.person_id, tuple(wish.account_ids),
        amount=terms.total, body=told,
    )  # fmt: skip
    post(connection, event)
    body = told | {"by": by, "approved_by": approved_by, "discount": terms.discount.total}
    append_line(connection, now, "plan.offered", f"account:{first.account_id}", body)
    row = plans.find(connection, plan_id)
    assert row is not None
    return row


def expect_in_time(debt: DebtFacts, valid_until: date, now: datetime) -> None:
    """``PlanRefused`` after the last date of an offer at the portfolio's place."""
    if now.astimezone(ZoneInfo(debt.timezone)).date() > valid_until:
        raise PlanRefused(f"la oferta valía hasta el {valid_until}", code="plan.expired", place="plan")


def expect_still_owed(debts: Sequence[DebtFacts], shares: Sequence[Share], covers: Covers) -> None:
    """``PlanRefused`` where a debt of a plan has shrunk since it was offered: money came in meanwhile."""
    by_account = {debt.account_id: debt for debt in debts}
    for share in shares:
        debt = by_account[share.account_id]
        expect_open(debt)
        if covered(debt, covers).total < share.amount:
            raise PlanRefused(
                f"la deuda de la cuenta {debt.number} ya es menor que en la oferta",
                code="plan.stale",
                place="plan",
                hint="ofrezca otro convenio sobre lo que se debe hoy",
            )


def _terms_from(document: dict[str, Any]) -> PlanTerms:
    return PlanTerms(
        covers=document["covers"],
        currency=document["currency"],
        owed=Parts(**document["owed"]),
        discount=Parts(**document["discount"]),
        schedule=tuple(
            Instalment(number, date.fromisoformat(due_on), amount)
            for number, due_on, amount in document["schedule"]
        ),
        debts=tuple(Share(**share) for share in document["debts"]),
        valid_until=date.fromisoformat(document["valid_until"]),
        grace_days=document["grace_days"],
        broken_after=document["broken_after"],
    )


def _locked(connection: psycopg.Connection, wish: PlanWish) -> list[DebtFacts]:
    """The debts of a wish, read with their persons locked."""
    persons = {debt.person_id for debt in plans.debts_of(connection, wish.account_ids)}
    lock_persons(connection, persons)
    return plans.debts_of(connection, wish.account_ids)


def _same(connection: psycopg.Connection, known: PlanRow, wish: PlanWish) -> PlanRow:
    mine = tuple(debt.account_id for debt in plans.debts(connection, known.id))
    if mine != tuple(sorted(wish.account_ids)):
        raise PlanRefused(
            f"la referencia {wish.reference} ya es de otro convenio", code="plan.reference", place="reference"
        )
    return known
