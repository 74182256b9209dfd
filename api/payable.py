"""What may be paid online now: the debts of one person, checked, and how much of each a link asks for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import psycopg
from psycopg.rows import class_row
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from channels.formats import money
from channels.payments.currencies import Currencies
from engine.errors import BookError
from engine.vocabulary import AccountStatus

SETTING = "online_payments"
MOST_ACCOUNTS = 50
Pays = Literal["arrears", "instalment", "debt", "amount"]
"""What is past due; the instalment that is due; all that is owed; an amount of the payer's, within that."""


class OnlinePayments(BaseModel):
    """The setting ``online_payments`` of a portfolio: its provider, and how many hours a link lives."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    provider: str = ""
    hours: int = Field(default=24, ge=1, le=24 * 30)


@dataclass(frozen=True)
class Payable:
    """One debt as a payer may clear it; money in minor units of ``currency`` (ISO)."""

    account_id: int
    person_id: int
    number: str
    status: int
    currency: str
    arrears: int
    minimum: int | None
    payoff: int | None
    outstanding: int
    creditor: str
    country: str
    settings: Mapping[str, Any]

    @property
    def debt(self) -> int:
        """What clears it altogether."""
        return max(self.payoff if self.payoff is not None else self.outstanding, self.arrears)

    def due(self, pays: Pays) -> int:
        """What a link of this kind asks for it."""
        if pays == "arrears":
            return self.arrears
        if pays == "instalment":
            return self.arrears if self.minimum is None else min(self.minimum, self.debt)
        return self.debt


def online_payments(settings: Mapping[str, Any]) -> OnlinePayments:
    """What a portfolio's settings say of online payments; ``BookError`` when it makes no sense.

    >>> online_payments({"online_payments": {"provider": "stripe"}}).hours
    24
    """
    try:
        return OnlinePayments.model_validate(settings.get(SETTING, {}))
    except ValidationError as wrong:
        first = wrong.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, (SETTING, *first["loc"])))
        raise BookError(first["msg"], place=place, code="payment_link.setting") from None


def read_payable(connection: psycopg.Connection, portfolio_id: int, numbers: Sequence[str]) -> list[Payable]:
    """The debts with these numbers, in their order: of one person, one currency and ours to take."""
    if not 1 <= len(set(numbers)) <= MOST_ACCOUNTS:
        raise BookError(
            f"un enlace cobra de 1 a {MOST_ACCOUNTS} cuentas", place="accounts", code="payment_link.accounts"
        )
    with connection.cursor(row_factory=class_row(Payable)) as cursor:
        rows = cursor.execute(_DEBTS, [portfolio_id, list(numbers)]).fetchall()
    found = {row.number: row for row in rows}
    missing = [number for number in numbers if number not in found]
    if missing:
        raise BookError(f"no existe la cuenta «{missing[0]}»", code="account.unknown", place=missing[0])
    debts = [found[number] for number in dict.fromkeys(numbers)]
    _expect_one_payer(debts)
    return debts


def cut(debts: Sequence[Payable], pays: Pays, amount: int | None, takes: Currencies) -> list[int]:
    """How much of each debt a link asks for; their sum is what the provider can write, never more.

    An amount of the payer's goes to the debts in their order. ``BookError`` when nothing is owed, or the
    amount is not within the debt.
    """
    first = debts[0]
    most = sum(debt.due(pays) for debt in debts)
    if most <= 0:
        raise BookError("no hay nada por pagar", code="payment_link.nothing_owed", place="accounts")
    if (amount is not None) != (pays == "amount"):
        raise BookError(
            "un monto propio va con «amount», y solo con él", code="payment_link.amount", place="amount"
        )
    if amount is None:
        return _shared([debt.due(pays) for debt in debts], takes.payable(most, first.currency))
    takes.written(amount, first.currency)
    if not 0 < amount <= most:
        raise BookError(
            f"el monto es {money(amount, first.currency, first.country)}"
            f" y se deben {money(most, first.currency, first.country)}",
            code="payment_link.amount",
            place="amount",
        )
    return _shared([debt.due(pays) for debt in debts], amount)


def _shared(dues: Sequence[int], total: int) -> list[int]:
    """A sum over the debts in their order, each up to what it owes.

    >>> _shared([100, 50, 30], 120)
    [100, 20, 0]
    """
    parts = []
    for due in dues:
        parts.append(min(max(due, 0), total))
        total -= parts[-1]
    return parts


def _expect_one_payer(debts: Sequence[Payable]) -> None:
    if len({debt.person_id for debt in debts}) > 1:
        raise BookError(
            "las cuentas son de personas distintas", code="payment_link.persons", place="accounts"
        )
    if len({debt.currency for debt in debts}) > 1 or not debts[0].currency:
        raise BookError(
            "las cuentas no están en una misma moneda conocida",
            code="payment_link.currencies",
            place="accounts",
            hint="haga un enlace por moneda",
        )
    sold = [debt.number for debt in debts if debt.status == AccountStatus.SOLD]
    if sold:
        raise BookError(
            f"la cuenta «{sold[0]}» fue vendida", code="payment_link.sold", place=sold[0],
            hint="la cobra su nuevo dueño",
        )  # fmt: skip


_DEBTS = """
SELECT a.id AS account_id, a.person_id, a.number, a.account_status AS status,
    coalesce(t.word, '') AS currency, a.amount_to_cure AS arrears,
    a.minimum_payment AS minimum, a.payoff_amount AS payoff, a.outstanding_balance AS outstanding,
    c.name AS creditor, f.country, f.settings
FROM account a JOIN portfolio f ON f.id = a.portfolio_id JOIN creditor c ON c.id = a.creditor_id
LEFT JOIN term t ON t.kind = 'currency' AND t.code = a.currency
WHERE a.portfolio_id = %s AND a.number = ANY(%s)
"""
