"""What a sender looks up rather than reads for each message: portfolios, templates, currencies, the law."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import psycopg

from api.clock import steady
from api.delivery.law import Law, read_law
from channels.templates import MessageTemplate
from storage.outbox.guarded import HeldMessage
from storage.terms import vocabulary

STALE_AFTER_S = 10.0
DAYS_TO_PAY = 3
"""Days a message gives for a debt whose due date has passed, unless the portfolio says otherwise."""


@dataclass(frozen=True)
class PortfolioTerms:
    """What a portfolio says about every message of its accounts.

    ``minimum_worth_working`` is in minor units by ISO currency; up to it nothing is collected.
    """

    creditor_names: Mapping[int, str]
    minimum_worth_working: Mapping[str, int]
    payment_link: str
    payment_methods: str
    days_to_pay: int
    contact_phone: str = ""
    contact_address: str = ""
    agency: str = ""
    legal_text: str = ""


@dataclass
class Reference:
    """Read when first asked for, and again after ``STALE_AFTER_S``; published templates never change."""

    _templates: dict[int, MessageTemplate] = field(default_factory=dict)
    _portfolios: dict[int, PortfolioTerms] = field(default_factory=dict)
    _laws: dict[int, Law] = field(default_factory=dict)
    _currencies: tuple[str, ...] = ()
    _read_at: float = float("-inf")

    def prepare(self, connection: psycopg.Connection, messages: Sequence[HeldMessage]) -> None:
        """Make sure that everything a group of messages needs is here, none of it stale."""
        if steady() - self._read_at > STALE_AFTER_S:
            self._portfolios.clear()
            self._laws.clear()
            self._currencies = vocabulary(connection, "currency")
            self._read_at = steady()
        for portfolio_id, places in _places_by_portfolio(messages).items():
            if portfolio_id not in self._portfolios:
                self._portfolios[portfolio_id] = _read_portfolio(connection, portfolio_id)
            law = self._laws.get(portfolio_id)
            if law is None or places - law.places.keys():
                self._laws[portfolio_id] = read_law(connection, portfolio_id)
        self.prepare_templates(connection, {message.template_id for message in messages})

    def prepare_templates(self, connection: psycopg.Connection, template_ids: set[int]) -> None:
        """Make sure that templates are here."""
        if missing := template_ids - self._templates.keys():
            self._templates |= _read_templates(connection, missing)

    def template(self, template_id: int) -> MessageTemplate:
        """A prepared template."""
        return self._templates[template_id]

    def portfolio(self, portfolio_id: int) -> PortfolioTerms:
        """A prepared portfolio."""
        return self._portfolios[portfolio_id]

    def law(self, portfolio_id: int) -> Law:
        """The law of a prepared portfolio."""
        return self._laws[portfolio_id]

    def currency(self, code: int) -> str:
        """The ISO code of a currency, empty when unknown."""
        return self._currencies[code] if code < len(self._currencies) else ""


def _places_by_portfolio(messages: Sequence[HeldMessage]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    for message in messages:
        found[message.portfolio_id].add(message.place_id)
    return found


def _read_portfolio(connection: psycopg.Connection, portfolio_id: int) -> PortfolioTerms:
    row = connection.execute("SELECT settings FROM portfolio WHERE id = %s", [portfolio_id]).fetchone()
    settings = row[0] if row else {}
    names = connection.execute("SELECT id, name FROM creditor").fetchall()
    return PortfolioTerms(
        creditor_names=dict(names),
        minimum_worth_working=dict(settings.get("minimum_worth_working", {})),
        payment_link=str(settings.get("payment_link", "")),
        payment_methods=str(settings.get("payment_methods", "")),
        days_to_pay=int(settings.get("days_to_pay", DAYS_TO_PAY)),
        contact_phone=str(settings.get("contact_phone", "")),
        contact_address=str(settings.get("contact_address", "")),
        agency=str(settings.get("agency", "")),
        legal_text=str(settings.get("legal_text", "")),
    )


def _read_templates(connection: psycopg.Connection, ids: set[int]) -> dict[int, MessageTemplate]:
    rows = connection.execute(
        "SELECT id, version, body FROM template WHERE id = ANY(%s)", [sorted(ids)]
    ).fetchall()
    return {
        template_id: MessageTemplate.model_validate(body | {"version": version})
        for template_id, version, body in rows
    }
