"""Finds an account by its number in a portfolio, with what amounts in its currency mean."""

from dataclasses import dataclass
from decimal import Decimal

import psycopg

from channels.formats import DECIMALS
from engine.errors import BookError
from storage.database import Database


@dataclass(frozen=True)
class FoundAccount:
    """An account's ids, and its ISO currency (empty where it is not known)."""

    id: int
    number: str
    person_id: int
    creditor_id: int
    portfolio_id: int
    currency: str

    def minor(self, amount: Decimal, currency: str | None = None) -> int:
        """An amount in minor units; ``BookError`` in another currency, or with more decimals than it has."""
        if currency and currency.upper() != self.currency:
            raise BookError(
                f"la cuenta es en {self.currency or 'una moneda sin decir'} y el monto en {currency.upper()}",
                code="payment.currency",
                place="currency",
                hint="mande el monto en la moneda de la cuenta; aquí no se cambia moneda",
            )
        decimals = DECIMALS.get(self.currency, 2)
        scaled = amount.scaleb(decimals)
        if scaled != scaled.to_integral_value():
            raise BookError(
                f"{amount} tiene más decimales que {self.currency} ({decimals})",
                code="amount.decimals",
                place="amount",
            )
        return int(scaled)

    def units(self, minor: int) -> Decimal:
        """Minor units as an amount.

        >>> FoundAccount(1, "A", 1, 1, 1, "MXN").units(150_050)
        Decimal('1500.50')
        """
        return Decimal(minor).scaleb(-DECIMALS.get(self.currency, 2))


def find_account(database: Database, portfolio_id: int, number: str) -> FoundAccount:
    """The account with a number; ``BookError`` when the portfolio has none."""
    with database.connection() as connection:
        found = _read(connection, "a.portfolio_id = %s AND a.number = %s", [portfolio_id, number])
    if found is None:
        raise BookError(
            f"no existe la cuenta «{number}» en el portafolio", code="account.unknown", place=number
        )
    return found


def account_of(database: Database, account_id: int) -> FoundAccount:
    """The account with an id; ``BookError`` when there is none."""
    with database.connection() as connection:
        found = _read(connection, "a.id = %s", [account_id])
    if found is None:
        raise BookError(f"no existe la cuenta {account_id}", code="account.unknown")
    return found


def _read(connection: psycopg.Connection, condition: str, values: list[object]) -> FoundAccount | None:
    row = connection.execute(
        "SELECT a.id, a.number, a.person_id, a.creditor_id, a.portfolio_id, coalesce(t.word, '')"
        f" FROM account a LEFT JOIN term t ON t.kind = 'currency' AND t.code = a.currency WHERE {condition}",
        values,
    ).fetchone()
    return None if row is None else FoundAccount(*row)


def expect_payment(database: Database, portfolio_id: int, source: str, reference: str) -> None:
    """``BookError`` when the portfolio has no payment of this source and reference."""
    with database.connection() as connection:
        known = connection.execute(
            "SELECT 1 FROM payment p JOIN account a ON a.id = p.account_id"
            " WHERE p.source = %s AND p.reference = %s AND a.portfolio_id = %s",
            [source, reference, portfolio_id],
        ).fetchone()
    if known is None:
        raise BookError(f"no existe el pago {source}/{reference}", code="payment.unknown", place="reference")
