"""Makes a portfolio with the creditor its debts are owed to."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from api.importing.places import country_words
from engine.errors import BookError
from storage.book_in import owners
from storage.book_in.lookups import portfolio_facts
from storage.database import Database


@dataclass(frozen=True)
class PortfolioOrder:
    """What a portfolio is: its key, country, currency, time zone and creditor's name."""

    key: str
    country: str
    currency: str
    timezone: str
    creditor: str


def save_portfolio(database: Database, order: PortfolioOrder) -> int:
    """Make or rename a portfolio and its creditor, both under the same key; returns the portfolio's id."""
    country, currency = order.country.upper(), order.currency.upper()
    if country not in country_words().values():
        raise BookError(f"no se conoce el país «{order.country}»", code="portfolio.country", place=order.key)
    if len(currency) != 3 or not currency.isalpha():
        raise BookError(
            f"«{order.currency}» no es una moneda ISO 4217", code="portfolio.currency", place=order.key
        )
    try:
        ZoneInfo(order.timezone)
    except (ZoneInfoNotFoundError, ValueError) as unknown:
        raise BookError(
            f"no existe la zona horaria «{order.timezone}»", code="portfolio.timezone", place=order.key
        ) from unknown
    with database.connection() as connection:
        owners.save_creditor(
            connection,
            order.key,
            name=order.creditor,
            country=country,
            reporting_currency=currency,
            holdout_seed=f"holdout/{order.key}",
        )
        settings: dict[str, object] = {"currency": currency, "creditor": order.key}
        return owners.save_portfolio(
            connection,
            order.key,
            name=order.key,
            country=country,
            timezone=order.timezone,
            settings=settings,
        )


def zone_of(database: Database, portfolio: str) -> str:
    """The time zone of a portfolio."""
    with database.connection() as connection:
        return portfolio_facts(connection, owners.portfolio_id_of(connection, portfolio)).timezone
