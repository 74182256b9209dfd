"""The plans a debtor may take by themselves today: what stands offered, and the portfolio's own menu."""

from dataclasses import dataclass
from datetime import date

import psycopg

from api.agreements.plan_policy import DEBTOR, OptionRule, PlanPolicy
from api.agreements.plan_terms import (
    PlanTerms,
    PlanWish,
    Share,
    authority_lacks,
    covered,
    reckon,
    share_down,
    shares_wished,
)
from engine.errors import BookError
from engine.instalments import Instalment, Parts
from storage import plans
from storage.plans import DebtFacts, PlanRow


@dataclass(frozen=True)
class PlanOption:
    """One plan that may be taken: ``plan_id`` of an offer that stands, ``None`` for one of the menu.

    ``key`` names it to ``accept_option``: ``"oferta-<id>"``, or the key of the menu. Money is in minor
    units of ``terms.currency``.
    """

    key: str
    terms: PlanTerms
    plan_id: int | None = None


def plan_options(
    connection: psycopg.Connection, account_id: int, policy: PlanPolicy, *, today: date
) -> list[PlanOption]:
    """The plans the debtor of an account may take today, offers made to them first; writes nothing.

    ``today`` is the portfolio's date. Empty for an account with a plan in force, and for an unknown one.
    """
    debts = plans.debts_of(connection, [account_id])
    if not debts or debts[0].on_plan:
        return []
    offered = [
        PlanOption(f"oferta-{row.id}", _standing(connection, row), row.id)
        for row in plans.of_account(connection, account_id)
        if row.state == plans.OFFERED and row.valid_until >= today
    ]
    menu = [(rule.key, menu_terms(debts[0], rule, policy, today)) for rule in policy.options]
    return offered + [PlanOption(key, terms) for key, terms in menu if terms is not None]


def menu_wish(debt: DebtFacts, rule: OptionRule, *, via: str, reference: str | None) -> PlanWish:
    """An option of the menu as a wish about one debt."""
    capital, interest, fees = shares_wished(rule.discount)
    wish = PlanWish(
        (debt.account_id,), rule.covers, capital, interest, fees, 0, rule.instalments, rule.every,
        via=via, reference=reference,
    )  # fmt: skip
    return share_down(wish, covered(debt, rule.covers), rule.down_payment, debt.currency)


def menu_terms(debt: DebtFacts, rule: OptionRule, policy: PlanPolicy, today: date) -> PlanTerms | None:
    """An option of the menu for one debt; ``None`` where the debt or the debtor's authority rules it out."""
    try:
        terms = reckon([debt], menu_wish(debt, rule, via=DEBTOR, reference=None), policy, today)
    except BookError:
        return None
    return None if authority_lacks(terms, [debt], policy, [DEBTOR], today) else terms


def _standing(connection: psycopg.Connection, row: PlanRow) -> PlanTerms:
    """The terms of an offer, read back."""
    return PlanTerms(
        covers="balance" if row.covers == "balance" else "arrears",
        currency=row.currency,
        owed=Parts(row.capital, row.interest, row.fees, row.tax),
        discount=Parts(row.discount_capital, row.discount_interest, row.discount_fees),
        schedule=tuple(
            Instalment(one.number, one.due_on, one.amount) for one in plans.instalments(connection, row.id)
        ),
        debts=tuple(
            Share(debt.account_id, debt.amount, debt.discount, debt.total)
            for debt in plans.debts(connection, row.id)
        ),
        valid_until=row.valid_until,
        grace_days=row.grace_days,
        broken_after=row.broken_after,
    )
