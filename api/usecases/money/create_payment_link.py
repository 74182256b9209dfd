"""Makes a link to pay by: one page at a provider for what a person owes, the same one when asked again.

At most one link is open for a purpose (these accounts, and what of them is paid). Asked again while it
asks for the right amount it is returned as it stands; when the amount is another by then, it is given up
(``superseded``), its page closed by the next check, and a new one made. The row is written before the
provider is asked, under the key the provider gets: an answer that never came is asked for again and makes
no second page.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import uuid4

import psycopg

from api.clock import Clock
from api.payable import Payable, Pays, cut, online_payments, read_payable
from api.payment_providers import PaymentProviders
from channels.payments.port import LinkWish, PaymentProvider, PaymentRefused, PaymentUnknown
from storage import payment_links
from storage.database import Database
from storage.ledger import append_line
from storage.payment_links import LIVE, OPENING, REFUSED, SUPERSEDED, PaymentLink
from storage.person_lock import lock_persons

SPARE = timedelta(minutes=31)
"""A page that is over sooner than this is not handed out again; providers make none that is shorter."""


def create_payment_link(
    database: Database,
    clock: Clock,
    providers: PaymentProviders,
    *,
    portfolio_id: int,
    account_numbers: Sequence[str],
    pays: Pays = "arrears",
    amount_minor: int | None = None,
    provider: str = "",
    return_url: str = "",
    by: str,
) -> PaymentLink:
    """The open link for paying these accounts of one person and currency; made when there is none.

    ``amount_minor`` goes with ``pays="amount"`` alone. ``provider`` and ``return_url`` default to the
    portfolio's and the installation's. ``BookError`` when nothing is owed, or amount or accounts do not
    fit; ``ServiceError`` with code ``payment_link.currency`` or ``payment_link.refused`` when the provider
    cannot take it, ``service.payment_provider`` when it gave no answer (ask again).
    """
    now = clock.now()
    with database.connection() as connection:
        person_id = read_payable(connection, portfolio_id, account_numbers)[0].person_id
        lock_persons(connection, [person_id])
        debts = read_payable(connection, portfolio_id, account_numbers)
        chosen = online_payments(debts[0].settings)
        at = providers.expect(provider or chosen.provider)
        wanted = _wanted(
            portfolio_id, debts, cut(debts, pays, amount_minor, at.currencies), pays, at, by,
            return_url or providers.return_url, now, min(timedelta(hours=chosen.hours), at.longest_life),
        )  # fmt: skip
        link = _open_link(connection, wanted, now)
    if link.state == LIVE:
        return link
    return _asked_for(database, clock, at, link, repeated=link is not wanted)


def _wanted(
    portfolio_id: int,
    debts: Sequence[Payable],
    parts: Sequence[int],
    pays: Pays,
    at: PaymentProvider,
    by: str,
    return_url: str,
    now: datetime,
    life: timedelta,
) -> PaymentLink:
    """The link as it would be made now."""
    asked = [(debt, part) for debt, part in zip(debts, parts, strict=True) if part > 0]
    accounts = ",".join(str(debt.account_id) for debt in sorted(debts, key=lambda debt: debt.account_id))
    return PaymentLink(
        id=uuid4(),
        portfolio_id=portfolio_id,
        person_id=debts[0].person_id,
        purpose=f"{pays}:{accounts}",
        provider=at.name,
        provider_id="",
        url="",
        amount=sum(parts),
        currency=debts[0].currency,
        account_ids=[debt.account_id for debt, _ in asked],
        amounts=[part for _, part in asked],
        description=f"Pago a {debts[0].creditor}"[:120],
        return_url=return_url,
        state=OPENING,
        reason="",
        paid=0,
        made_at=now,
        expires_at=now + life,
        closed_at=None,
        by=by,
    )


def _open_link(connection: psycopg.Connection, wanted: PaymentLink, now: datetime) -> PaymentLink:
    """The open link if it is the wanted one still; else the wanted one, in its place."""
    known = payment_links.open_for(connection, wanted.portfolio_id, wanted.purpose)
    if known is not None:
        if _is_same(known, wanted, now):
            return known
        why = "el monto cambió" if known.amount != wanted.amount else "se pidió de nuevo"
        payment_links.give_up(connection, [known.id], SUPERSEDED, why, now)
        told = {"link": known.reference, "why": why}
        append_line(connection, now, "payment_link.superseded", f"person:{known.person_id}", told)
    payment_links.insert(connection, wanted)
    return wanted


def _is_same(known: PaymentLink, wanted: PaymentLink, now: datetime) -> bool:
    """Whether a link that is open is what is wanted now, with time left to pay on it."""
    same = ("provider", "amount", "currency", "account_ids", "amounts", "return_url")
    if any(getattr(known, name) != getattr(wanted, name) for name in same):
        return False
    return known.expires_at - now > min(SPARE, (wanted.expires_at - now) / 2)


def _asked_for(
    database: Database, clock: Clock, at: PaymentProvider, link: PaymentLink, *, repeated: bool
) -> PaymentLink:
    """Ask the provider for the page of a row that is written; a refusal closes the row."""
    now = clock.now()
    wish = LinkWish(
        link.reference, link.amount, link.currency, link.description, link.expires_at, link.return_url,
        repeated=repeated,
    )  # fmt: skip
    try:
        made = at.create(wish)
    except PaymentRefused as refusal:
        with database.connection() as connection:
            payment_links.give_up(connection, [link.id], REFUSED, str(refusal.message), now)
        raise
    with database.connection() as connection:
        if payment_links.go_live(connection, link.id, made.url, made.provider_id):
            told = {
                "link": link.reference, "provider": link.provider, "amount": link.amount,
                "currency": link.currency, "accounts": link.account_ids, "by": link.by,
            }  # fmt: skip
            append_line(connection, now, "payment_link.made", f"person:{link.person_id}", told)
        stands = payment_links.find(connection, link.id)
    if stands is None or stands.state != LIVE:
        raise PaymentUnknown("el enlace se pidió de nuevo mientras se hacía", hint="pídalo otra vez")
    return stands
