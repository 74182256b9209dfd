"""The terms of a payment plan, reckoned from debts and a wish, and judged by the authority matrix."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from api.agreements.plan_policy import Covers, Discounts, Limits, PlanPolicy, PlanRefused, rules_for
from channels.formats import money
from engine.currencies import WITHOUT_CENTS, decimals_of
from engine.instalments import (
    DAYS,
    WHOLE,
    Every,
    Instalment,
    Parts,
    due_dates,
    parts_of,
    share_of,
    shares,
    split,
)
from engine.vocabulary import AccountStatus
from storage.plans import DebtFacts

CLOSED = frozenset({AccountStatus.SOLD, AccountStatus.INSOLVENCY, AccountStatus.DECEASED})
"""States in which nobody agrees a plan: the debt is another's, or a court's."""

ONE_OF = {
    "person_id": "una sola persona",
    "creditor_id": "un solo acreedor",
    "portfolio_id": "un solo portafolio",
    "currency": "una sola moneda",
}
"""What all debts of a plan share."""


@dataclass(frozen=True)
class Cut:
    """What is forgiven of one component: a share (0..1) or an amount in minor units."""

    share: float = 0
    amount: int | None = None

    def of(self, component: int) -> int:
        """The same in minor units, never more than there is.

        >>> Cut(share=0.5).of(1_001), Cut(amount=5_000).of(1_001)
        (500, 1001)
        """
        if self.amount is not None:
            return min(max(self.amount, 0), component)
        return share_of(component, round(self.share * WHOLE))


@dataclass(frozen=True)
class PlanWish:
    """A plan somebody would like; money in minor units, dates as the terms find them where not said.

    (``via``, ``reference``) is taken once.
    """

    account_ids: tuple[int, ...]
    covers: Covers = "arrears"
    capital: Cut = Cut()
    interest: Cut = Cut()
    fees: Cut = Cut()
    down_payment: int = 0
    instalments: int = 1
    every: Every = "month"
    first_due_on: date | None = None
    valid_until: date | None = None
    via: str = "agent"
    reference: str | None = None


@dataclass(frozen=True)
class Share:
    """One debt of a plan: what it owed, what of it is forgiven, what of the plan is its own."""

    account_id: int
    amount: int
    discount: int
    total: int


@dataclass(frozen=True)
class PlanTerms:
    """A plan to the last cent; ``schedule`` begins with the down payment where there is one."""

    covers: Covers
    currency: str
    owed: Parts
    discount: Parts
    schedule: tuple[Instalment, ...]
    debts: tuple[Share, ...]
    valid_until: date
    grace_days: int
    broken_after: int

    @property
    def total(self) -> int:
        """What is to be paid."""
        return self.owed.total - self.discount.total

    @property
    def down_payment(self) -> int:
        """What is to be paid while the offer stands."""
        return sum(one.amount for one in self.schedule if one.number == 0)

    @property
    def instalments(self) -> int:
        """How many instalments, the down payment left out."""
        return sum(one.number > 0 for one in self.schedule)

    def document(self) -> dict[str, object]:
        """The terms as JSON: what a second person is asked to grant, and what is hashed."""
        return {
            "covers": self.covers,
            "currency": self.currency,
            "owed": vars(self.owed),
            "discount": vars(self.discount),
            "schedule": [[one.number, one.due_on.isoformat(), one.amount] for one in self.schedule],
            "debts": [vars(one) for one in self.debts],
            "valid_until": self.valid_until.isoformat(),
            "grace_days": self.grace_days,
            "broken_after": self.broken_after,
        }

    def hash(self) -> bytes:
        """SHA-256 of the canonical document."""
        canonical = json.dumps(self.document(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).digest()


def reckon(debts: Sequence[DebtFacts], wish: PlanWish, policy: PlanPolicy, today: date) -> PlanTerms:
    """The terms of a wish; ``PlanRefused`` where the debts or the dates do not allow it."""
    expect_one_debtor(debts)
    for debt in debts:
        expect_open(debt)
    each = [covered(debt, wish.covers) for debt in debts]
    owed = Parts(*(sum(column) for column in zip(*(vars(one).values() for one in each), strict=True)))
    discount = Parts(wish.capital.of(owed.capital), wish.interest.of(owed.interest), wish.fees.of(owed.fees))
    total = owed.total - discount.total
    if total <= 0:
        raise PlanRefused("no queda nada que pagar", code="plan.nothing", place="account")
    owing = [one.total for one in each]
    due = shares(total, owing)
    first = debts[0]
    return PlanTerms(
        covers=wish.covers,
        currency=first.currency,
        owed=owed,
        discount=discount,
        schedule=_schedule(total, wish, policy, today, first),
        debts=tuple(
            Share(debt.account_id, amount, amount - part, part)
            for debt, amount, part in zip(debts, owing, due, strict=True)
        ),
        valid_until=_valid_until(wish, policy, today),
        grace_days=policy.grace_days,
        broken_after=policy.broken_after,
    )


def covered(debt: DebtFacts, covers: Covers) -> Parts:
    """What a plan is about, by component; what the core does not split is capital."""
    if covers == "arrears":
        total = debt.amount_to_cure
    else:
        total = max(debt.payoff_amount or debt.outstanding_balance, debt.amount_to_cure)
    return parts_of(
        total,
        interest=(debt.interest_past_due or 0) + (debt.late_interest or 0),
        fees=debt.fees_past_due or 0,
        tax=debt.tax_past_due or 0,
    )


def authority_lacks(
    terms: PlanTerms, debts: Sequence[DebtFacts], policy: PlanPolicy, held: Iterable[str], today: date
) -> str:
    """Why somebody may not offer these terms by themselves, in Spanish; empty when they may.

    One rule of theirs has to allow all of it, on every debt of the plan.
    """
    mine = tuple(held)
    for debt in debts:
        rules = rules_for(
            policy, mine, days_past_due=debt.days_past_due(today), product=debt.product, covers=terms.covers
        )
        wrong = [excess(terms, rule, debt.country) for rule in rules]
        if all(wrong):
            return next(iter(wrong), "su rol no ofrece convenios sobre esta deuda")
    return ""


def excess(terms: PlanTerms, limits: Limits, country: str) -> str:
    """What of the terms goes beyond some limits; empty when nothing does."""
    most = limits.most_discount
    for name, word in (("capital", "capital"), ("interest", "intereses"), ("fees", "gastos")):
        given, of = getattr(terms.discount, name), getattr(terms.owed, name)
        allowed = share_of(of, round(getattr(most, name) * WHOLE))
        if given > allowed:
            said = money(allowed, terms.currency, country)
            return f"el descuento de {word} pasa de {said} ({getattr(most, name):.0%})"
    if terms.instalments > limits.most_instalments:
        return f"son {terms.instalments} cuotas y se permiten {limits.most_instalments}"
    least = -(-terms.total * round(limits.least_down_payment * WHOLE) // WHOLE)
    if terms.down_payment < least and terms.instalments + bool(terms.down_payment) > 1:
        return f"el enganche es de menos de {money(least, terms.currency, country)}"
    return ""


def shares_wished(discount: Discounts) -> tuple[Cut, Cut, Cut]:
    """Discounts of the policy as the cuts of a wish: capital, interest, fees."""
    return Cut(discount.capital), Cut(discount.interest), Cut(discount.fees)


def share_down(wish: PlanWish, owed: Parts, down_payment: float, currency: str) -> PlanWish:
    """A wish with a share of what is to be paid as its down payment, in whole steps of the currency."""
    cuts = wish.capital.of(owed.capital) + wish.interest.of(owed.interest) + wish.fees.of(owed.fees)
    step = step_of(currency)
    exact = -(-(owed.total - cuts) * round(down_payment * WHOLE) // WHOLE)
    return replace(wish, down_payment=-(-exact // step) * step)


def expect_one_debtor(debts: Sequence[DebtFacts]) -> None:
    """``PlanRefused`` where there is no debt, or not all are of one person, creditor and currency."""
    if not debts:
        raise PlanRefused("un convenio nombra al menos una cuenta", code="plan.accounts", place="accounts")
    for name, word in ONE_OF.items():
        if len({getattr(debt, name) for debt in debts}) > 1:
            raise PlanRefused(
                f"las cuentas no son de {word}",
                code="plan.accounts",
                place="accounts",
                hint="un convenio por cada una",
            )


def expect_open(debt: DebtFacts) -> None:
    """``PlanRefused`` for a debt with a plan in force, or in a state in which nobody agrees one."""
    if debt.on_plan:
        raise PlanRefused(
            f"la cuenta {debt.number} ya tiene un convenio vigente",
            code="plan.open",
            place="account",
            hint="cancele el vigente antes de acordar otro",
        )
    if AccountStatus(debt.account_status) in CLOSED:
        raise PlanRefused(
            f"la cuenta {debt.number} está en {AccountStatus(debt.account_status).word}",
            code="plan.status",
            place="account",
        )


def step_of(currency: str) -> int:
    """The smallest sum people pay: a cent, or a whole unit where nobody writes cents.

    >>> step_of("MXN"), step_of("COP"), step_of("CLP")
    (1, 100, 1)
    """
    return int(10 ** decimals_of(currency)) if currency in WITHOUT_CENTS else 1


def _valid_until(wish: PlanWish, policy: PlanPolicy, today: date) -> date:
    until = wish.valid_until or today + timedelta(days=policy.valid_days)
    if not 0 <= (until - today).days <= policy.most_valid_days:
        raise PlanRefused(
            f"la oferta valdría hasta el {until}",
            code="plan.valid_until",
            place="valid_until",
            hint=f"desde hoy ({today}) hasta {policy.most_valid_days} días después",
        )
    return until


def _schedule(
    total: int, wish: PlanWish, policy: PlanPolicy, today: date, debt: DebtFacts
) -> tuple[Instalment, ...]:
    """Down payment by the end of the offer, instalments after it; none falls due before it was accepted."""
    until = _valid_until(wish, policy, today)
    alone = wish.instalments == 1 and not wish.down_payment
    first = wish.first_due_on or (until if alone else _later(until, wish.every))
    if first < until or (first - today).days > 366:
        raise PlanRefused(
            f"la primera cuota es del {first}",
            code="plan.date",
            place="first_due_on",
            hint=f"desde el {until}, cuando vence la oferta, hasta un año después de hoy",
        )
    amounts = split(total, wish.down_payment, wish.instalments, step_of(debt.currency))
    days = due_dates(first, wish.instalments, wish.every, debt.country)
    (down_on,) = due_dates(until, 1, wish.every, debt.country)
    down = (Instalment(0, down_on, wish.down_payment),) if wish.down_payment else ()
    following = zip(range(1, wish.instalments + 1), days, amounts, strict=True)
    return (*down, *(Instalment(*each) for each in following))


def _later(until: date, every: Every) -> date:
    """One step of the calendar after a date."""
    return until + timedelta(days=DAYS.get(every, 30))
