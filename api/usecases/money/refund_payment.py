"""Gives money of an online payment back, granted by a second person: at its provider, then in the book.

The provider is asked for the truth first. When it gave back more by then than the asker knew (an earlier
answer that never came), nothing more is given; and the refund goes out under a key made of that truth.
"""

from typing import Any

import psycopg

from api.clock import BusinessClock, Clock
from api.payment_providers import PaymentProviders, open_payment_providers
from api.settings import load_settings
from api.usecases.money.check_payments import check_payments
from channels.payments.currencies import units_of
from channels.payments.port import RefundWish
from engine.errors import BookError
from storage import payment_charges, payment_checks
from storage.approvals import Approval
from storage.database import Database
from storage.ledger import append_line
from storage.payment_charges import ChargeRow


def check_refund(connection: psycopg.Connection, asked: Approval) -> None:
    """``BookError`` for a payment we do not know, or more than is left of it."""
    expect_refundable(connection, asked.body["provider"], asked.body["charge"], int(asked.body["amount"]))


def expect_refundable(
    connection: psycopg.Connection, provider: str, charge_id: str, amount: int
) -> ChargeRow:
    """The payment, if as much of it is left as is to be given back, as far as the book knows."""
    row = payment_charges.find(connection, provider, charge_id)
    if row is None:
        raise BookError(f"no existe el pago {charge_id}", code="payment.unknown", place="charge")
    _expect_left(row.amount - row.refunded if row.state == "paid" else 0, amount, row.currency)
    return row


def refund_granted(database: Database, granted: Approval) -> dict[str, Any]:
    """Carry a granted refund out with the providers of this installation."""
    providers = open_payment_providers(load_settings())
    try:
        return refund_payment(database, BusinessClock(database), providers, granted)
    finally:
        providers.close()


def refund_payment(
    database: Database, clock: Clock, providers: PaymentProviders, granted: Approval
) -> dict[str, Any]:
    """Give the money back and bring the book to it; what stands then.

    ``PaymentUnknown`` when the provider gave no answer: the payment is looked at again, so that the book
    says what became of it before somebody asks once more.
    """
    asked = granted.body
    name, charge_id, amount = str(asked["provider"]), str(asked["charge"]), int(asked["amount"])
    provider = providers.expect(name)
    truth = provider.charge(charge_id)
    if truth is None:
        raise BookError(f"{name} no conoce el pago {charge_id}", code="payment.unknown", place=charge_id)
    if truth.refunded != asked["refunded"]:
        raise BookError(
            f"ya se devolvieron {units_of(truth.refunded, truth.currency)} {truth.currency} de este pago",
            place="amount",
            hint="mire el pago y pida de nuevo lo que falte",
            code="payment.refunded_meanwhile",
        )
    _expect_left(truth.net, amount, truth.currency)
    key = f"refund-{charge_id}-{truth.refunded}-{amount}"
    with database.connection() as connection:
        told = {
            "charge": charge_id, "provider": name, "amount": amount, "currency": truth.currency,
            "asked_by": granted.asked_by, "approved_by": granted.decided_by, "reason": asked["reason"],
        }  # fmt: skip
        append_line(connection, clock.now(), "payment.refund_ordered", f"payment:{name}:{charge_id}", told)
    wish = RefundWish(charge_id, amount, truth.currency, key, is_whole=amount == truth.amount)
    try:
        provider.refund(wish)
    finally:
        with database.connection() as connection:
            payment_checks.call_for(connection, name, "charge", charge_id)
    check_payments(database, clock, providers)
    with database.connection() as connection:
        row = payment_charges.find(connection, name, charge_id)
    return {"refunded": row.refunded if row else amount, "booked": row.booked if row else 0}


def _expect_left(left: int, amount: int, currency: str) -> None:
    if not 0 < amount <= left:
        raise BookError(
            f"quedan {units_of(left, currency)} {currency} por devolver",
            place="amount",
            code="payment.refund",
        )
