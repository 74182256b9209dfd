"""Asks providers what became of payments and links, books it, and gives up links that have had their time.

The truth is always fetched: a webhook only called for the question. Links end when their time is over or
when they ask for more than is owed by now (money came another way); the pages of the latter are closed at
the provider, and PayPal's approved orders are captured for live links only.
"""

from dataclasses import dataclass

import psycopg
import structlog

from api.clock import BusinessClock, Clock
from api.payment_providers import PaymentProviders, open_payment_providers
from api.settings import load_settings
from api.usecases.money.book_charge import book_charge
from channels.payments.port import Charge, PaymentProvider
from engine.errors import CadenciaError
from storage import payment_checks, payment_links
from storage.alerts import raise_alert
from storage.database import Database
from storage.ledger import append_line
from storage.payment_checks import Check
from storage.payment_links import EXPIRED, LIVE, SUPERSEDED
from storage.queue import Doorbell

BATCH = 50
ALERT_AFTER = 5
PATIENCE = "SET LOCAL idle_in_transaction_session_timeout = '10min'"
"""The lock is held while providers are asked."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Checked:
    """How many questions were answered and how many failed; ``booked`` payments changed the book."""

    answered: int = 0
    failed: int = 0
    booked: int = 0


def check_payments(database: Database, clock: Clock, providers: PaymentProviders) -> Checked:
    """Ask everything that is due once; nothing while another process does."""
    with database.connection() as guard:
        guard.execute(PATIENCE)
        if not payment_checks.is_alone(guard):
            return Checked()
        retire_links(database, clock, providers)
        with database.connection() as connection:
            due = payment_checks.due(connection, BATCH)
        answered = booked = 0
        for check in due:
            outcome = _check(database, clock, providers, check)
            answered += outcome is not None
            booked += outcome or 0
        return Checked(answered, len(due) - answered, booked)


def retire_links(database: Database, clock: Clock, providers: PaymentProviders) -> None:
    """Give up links that are over or outgrown, and close the pages of those that were given up."""
    now = clock.now()
    with database.connection() as connection:
        over = payment_links.expired(connection, now)
        for link in over:
            if link.state == LIVE:  # one last look: its webhook may have been lost
                payment_checks.call_for(connection, link.provider, "link", link.provider_id)
        payment_links.give_up(connection, [link.id for link in over], EXPIRED, "se acabó su tiempo", now)
        outgrown = payment_links.outgrown(connection)
        why = "se debe menos de lo que pide"
        payment_links.give_up(connection, [link.id for link in outgrown], SUPERSEDED, why, now)
        for link in outgrown:
            told = {"link": link.reference, "why": why}
            append_line(connection, now, "payment_link.superseded", f"person:{link.person_id}", told)
        to_close = payment_links.to_close(connection)
    for link in to_close:
        provider = providers.by_name.get(link.provider)
        if provider is None:
            continue
        try:
            provider.close_link(link.provider_id, now)
        except CadenciaError as trouble:
            log.warning("payment_link.not_closed", link=link.reference, error=str(trouble))
            continue
        with database.connection() as connection:
            payment_links.closed_at_provider(connection, link.id)


def _check(database: Database, clock: Clock, providers: PaymentProviders, check: Check) -> int | None:
    """Ask one thing and book the answer: how many payments changed the book, ``None`` when it failed."""
    try:
        charges = _ask(database, providers.expect(check.provider), check)
        changed = [book_charge(database, clock, check.provider, charge).change for charge in charges]
    except (CadenciaError, psycopg.Error, ArithmeticError, LookupError, TypeError, ValueError) as fault:
        _failed(database, clock, check, fault)
        return None
    with database.connection() as connection:
        payment_checks.answered(connection, check)
    return sum(change != 0 for change in changed)


def _ask(database: Database, provider: PaymentProvider, check: Check) -> list[Charge]:
    if check.kind == "charge":
        found = provider.charge(check.subject)
        return [] if found is None else [found]
    with database.connection() as connection:
        link = payment_links.find_by_provider(connection, check.provider, check.subject)
    if link is None:
        return []
    return list(provider.charges_of(link.provider_id, link.reference, take=link.state == LIVE))


def _failed(database: Database, clock: Clock, check: Check, fault: Exception) -> None:
    """Try again later; a person hears of what keeps failing."""
    log.warning("payment.check", provider=check.provider, kind=check.kind, fault=type(fault).__name__)
    with database.connection() as connection:
        tries = payment_checks.rest(connection, check)
        if tries >= ALERT_AFTER:
            said = f"no se pudo preguntar por un pago de {check.provider} en {tries} intentos"
            details = {"what": f"{type(fault).__name__}: {fault}"[:300]}
            subject = f"payment:{check.provider}:{check.subject}"
            raise_alert(connection, clock.now(), "payment_check", subject, said, details)


def check_due_payments() -> None:
    """The job ``payment.check``."""
    settings = load_settings()
    database = Database(settings.database_url)
    providers = open_payment_providers(settings)
    try:
        checked = check_payments(database, BusinessClock(database), providers)
    finally:
        providers.close()
    if checked.booked:
        doorbell = Doorbell(settings.redis_url)
        doorbell.ring("react.events")
        doorbell.close()
