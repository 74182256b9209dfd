"""Brings the book to what a provider says of one payment: recorded once, taken back, or what a refund left.

The provider's truth is compared with what stands in the book, so webhooks may come twice, late or in any
order. Money that was taken back is never written again under the same reference: each time a payment's
money changes, what stood is reversed and what is left is recorded anew (``<charge>``, ``<charge>~1``...;
``/1``, ``/2`` for the further debts a link covers).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg

from api.clock import Clock
from api.usecases.money.record_payment import PaymentIn, record_payment
from api.usecases.money.reverse_payment import ReversalIn, reverse_payment
from channels.formats import money
from channels.payments.port import Charge
from storage import payment_charges, payment_links
from storage.alerts import raise_alert
from storage.database import Database
from storage.ledger import append_line
from storage.payment_charges import ChargeRow
from storage.payment_links import PaymentLink


@dataclass(frozen=True)
class Booked:
    """What came of looking at one payment. ``known`` is false when it is no payment of a link of ours.

    ``change`` is how much more (or less) stands in the book than before, in minor units.
    """

    known: bool
    change: int = 0


def book_charge(database: Database, clock: Clock, provider: str, charge: Charge) -> Booked:
    """Make the book say of a payment what its provider says; may be repeated. One worker at a time."""
    now = clock.now()
    with database.connection() as connection:
        link = payment_links.find_by_reference(connection, charge.reference)
        if link is None or link.provider != provider:
            return Booked(False)
        row = payment_charges.note(connection, _row(provider, charge, link, now))
        if charge.currency != link.currency:
            _alert_currency(connection, row, link, now)
            return Booked(True)
        stands, was_written = payment_charges.standing(connection, provider, _references(row, link))
    before = sum(amount for _, amount in stands)
    if before != charge.net:
        for reference, _ in stands:
            reverse_payment(database, clock, ReversalIn(provider, reference, now))
        if charge.net:
            _record(database, clock, row, link, charge, generation=row.generation + was_written)
    _close(database, row, link, charge, before, now)
    return Booked(True, charge.net - before)


def _record(
    database: Database, clock: Clock, row: ChargeRow, link: PaymentLink, charge: Charge, *, generation: int
) -> None:
    """Write what came in and stayed, cut over the debts of the link; tell a person what is too much."""
    parts = _cut(link.amounts, charge.net)
    with database.connection() as connection:
        payment_charges.begin_generation(connection, row, generation)
    over = 0
    for position, (account_id, part) in enumerate(zip(link.account_ids, parts, strict=True)):
        if part:
            reference = _reference(row.charge_id, generation, position)
            is_first = generation == 0 and position == 0
            payment = PaymentIn(account_id, row.provider, reference, part, charge.at, thanks=is_first)
            over += record_payment(database, clock, payment).over
    if over:
        with database.connection() as connection:
            _alert_over(connection, row, over, clock.now())


def _close(
    database: Database, row: ChargeRow, link: PaymentLink, charge: Charge, before: int, now: datetime
) -> None:
    with database.connection() as connection:
        payment_charges.booked(connection, row, charge.net)
        payment_links.book(connection, link.id, now)
        if before != charge.net:
            told = {
                "link": link.reference, "provider": row.provider, "charge": row.charge_id,
                "state": charge.state, "amount": charge.amount, "refunded": charge.refunded,
                "booked": charge.net, "before": before,
            }  # fmt: skip
            append_line(connection, now, "payment_link.booked", f"person:{link.person_id}", told)


def _cut(amounts: Sequence[int], net: int) -> list[int]:
    """A sum over what a link asked for each debt, in their order; what is too much goes to the first.

    >>> _cut([500, 300], 600), _cut([500, 300], 900)
    ([500, 100], [600, 300])
    """
    parts = []
    left = net
    for amount in amounts:
        parts.append(min(amount, left))
        left -= parts[-1]
    parts[0] += left
    return parts


def _references(row: ChargeRow, link: PaymentLink) -> list[str]:
    """Every reference its money may stand under."""
    return [
        _reference(row.charge_id, generation, position)
        for generation in range(row.generation + 1)
        for position in range(len(link.account_ids))
    ]


def _reference(charge_id: str, generation: int, position: int) -> str:
    """The name of one part in the book.

    >>> _reference("pi_7", 0, 0), _reference("pi_7", 2, 1)
    ('pi_7', 'pi_7~2/1')
    """
    return charge_id + (f"~{generation}" if generation else "") + (f"/{position}" if position else "")


def _row(provider: str, charge: Charge, link: PaymentLink, now: datetime) -> ChargeRow:
    return ChargeRow(
        provider, charge.charge_id, link.id, charge.state, charge.amount, charge.currency, charge.refunded,
        0, 0, charge.at, now,
    )  # fmt: skip


def _alert_currency(connection: psycopg.Connection, row: ChargeRow, link: PaymentLink, now: datetime) -> None:
    said = (
        f"llegó un pago en {row.currency} por un enlace en {link.currency}: no se aplicó; decida qué hacer"
        f" con {money(row.amount, row.currency, '')}"
    )
    raise_alert(connection, now, "payment_currency", f"payment:{row.provider}:{row.charge_id}", said)


def _alert_over(connection: psycopg.Connection, row: ChargeRow, over: int, now: datetime) -> None:
    said = (
        f"un pago en línea trae {money(over, row.currency, '')} más de lo que se debe: devuélvalo o aplíquelo"
    )
    raise_alert(connection, now, "payment_over", f"payment:{row.provider}:{row.charge_id}", said)
