"""A handful of accounts and persons in the database, one readable line each.

book = BookFactory(Database(database_url))
ana = book.person("Ana", consents=("whatsapp", "email"))
card = book.account(ana, owes=1_500_00, days_past_due=12)
"""

import itertools
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sqlmodel import select

from engine.vocabulary import AccountStatus, Channel, Consent
from storage.book_in.places import place_ids
from storage.database import Database
from storage.tables.accounts import Account, Invoice
from storage.tables.owners import Creditor, Portfolio
from storage.tables.people import ConsentRow, ContactPoint, Person
from storage.terms import codes
from storage.vault import BlindIndex

INDEX_KEY = b"the index key of the tests"
PHONE = sum(1 << channel for channel in (Channel.WHATSAPP, Channel.SMS, Channel.VOICE, Channel.ASSISTED))
EMAIL = 1 << Channel.EMAIL
ZONES = {"MX": "America/Mexico_City", "CO": "America/Bogota", "CL": "America/Santiago", "PE": "America/Lima"}


class BookFactory:
    """Makes one portfolio with one creditor, and puts persons and accounts in it.

    ``as_of`` is the date that days past due count back from. Other columns of ``person`` and
    ``account`` are given by name.
    """

    def __init__(
        self,
        database: Database,
        *,
        country: str = "MX",
        currency: str = "MXN",
        as_of: date = date(2026, 11, 12),
        key: str = "prueba",
        holdout_share_bp: int = 0,
        settings: dict[str, object] | None = None,
    ) -> None:
        self.database, self.country, self.currency, self.as_of = database, country, currency, as_of
        self.index = BlindIndex(INDEX_KEY)
        self._numbers = itertools.count(1)
        with database.session() as session:
            creditor = Creditor(
                key=key,
                name="Banco de Prueba",
                country=country,
                reporting_currency=currency,
                holdout_share_bp=holdout_share_bp,
            )
            portfolio = Portfolio(
                key=key, name="Cartera", country=country, timezone=ZONES[country], settings=settings or {}
            )
            session.add_all([creditor, portfolio])
            session.flush()
            assert creditor.id is not None and portfolio.id is not None
            self.creditor_id, self.portfolio_id = creditor.id, portfolio.id

    def person(
        self,
        name: str = "Ana Prueba",
        *,
        consents: Sequence[str] = ("whatsapp",),
        denied: Sequence[str] = (),
        phone: str | None = "auto",
        email: str | None = None,
        verified: bool = True,
        country: str | None = None,
        subdivision: str = "",
        zones: Sequence[str] = (),
        **columns: Any,
    ) -> int:
        """A person with their contact points and consents; returns the id."""
        number = next(self._numbers)
        country = country or self.country
        place = (country, subdivision, tuple(zones) or (ZONES[country],))
        identity = self.index.of(f"PRUEBA:{number}")
        points = self._points(f"+5226{number:08d}" if phone == "auto" else phone, email)
        reachable = sum(bits for _, _, bits in points)
        said = {Channel[w.upper()]: Consent.GRANTED for w in consents}
        said |= {Channel[w.upper()]: Consent.DENIED for w in denied}
        with self.database.connection() as connection:
            place_id = place_ids(connection, [place])[place]
        with self.database.session() as session:
            values: dict[str, Any] = {
                "identity_index": identity,
                "shard": identity[0],
                "name": name,
                "place_id": place_id,
                "reachable_channels": reachable,
                "verified_channels": reachable if verified else 0,
                "consented_channels": _bits(said, Consent.GRANTED),
                "denied_channels": _bits(said, Consent.DENIED),
                "fictitious": True,
            } | columns
            person = Person(**values)
            session.add(person)
            session.flush()
            assert person.id is not None
            for kind, value, bits in points:
                session.add(
                    ContactPoint(
                        person_id=person.id,
                        kind=kind,
                        value=value,
                        value_index=self.index.of(value),
                        channels=bits,
                        verified=verified,
                        fictitious=True,
                    )
                )
            for channel, state in said.items():
                session.add(ConsentRow(person_id=person.id, channel=channel, state=state, source="prueba"))
            return person.id

    def account(
        self,
        person_id: int,
        *,
        owes: int = 1_000_00,
        days_past_due: int = 10,
        product: str = "tarjeta",
        currency: str | None = None,
        number: str | None = None,
        **columns: Any,
    ) -> int:
        """An account that owes minor units; negative ``days_past_due`` are days until it falls due."""
        due_on = self.as_of - timedelta(days=days_past_due)
        late = days_past_due > 0 and owes > 0
        with self.database.connection() as connection:
            product_code = codes(connection, "product", [product])[product]
            word = currency or self.currency
            currency_code = codes(connection, "currency", [word])[word]
        with self.database.session() as session:
            person = session.exec(select(Person).where(Person.id == person_id)).one()
            values: dict[str, Any] = {
                "portfolio_id": self.portfolio_id,
                "creditor_id": self.creditor_id,
                "person_id": person_id,
                "shard": person.shard,
                "number": number or f"P-{next(self._numbers):05d}",
                "product": product_code,
                "currency": currency_code,
                "account_status": AccountStatus.PAST_DUE if late else AccountStatus.CURRENT,
                "due_on": due_on,
                "effective_due_on": due_on,
                "amount_to_cure": owes,
                "outstanding_balance": owes,
                "amount_as_of": self.as_of,
                "episode": int(late),
            } | columns
            account = Account(**values)
            session.add(account)
            session.flush()
            assert account.id is not None
            return account.id

    def invoice(self, account_id: int, number: str, *, balance: int, due_on: date) -> None:
        """An open invoice of an account."""
        with self.database.session() as session:
            session.add(
                Invoice(account_id=account_id, number=number, due_on=due_on, amount=balance, balance=balance)
            )

    def _points(self, phone: str | None, email: str | None) -> list[tuple[str, str, int]]:
        points = [("phone", phone, PHONE), ("email", email, EMAIL)]
        return [(kind, value, bits) for kind, value, bits in points if value is not None]


def _bits(said: dict[Channel, Consent], state: Consent) -> int:
    return sum(1 << channel for channel, what in said.items() if what is state)
