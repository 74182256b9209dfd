"""How money and dates are written in each country; amounts come as integer minor units.

Separators follow CLDR's national locales. Cents are shown only when there are any: 30.000 in Colombia
and Chile, 30,000 in Mexico and Peru.
"""

from collections.abc import Iterable
from datetime import date
from functools import lru_cache

from engine.currencies import DECIMALS as DECIMALS

POINT_FOR_DECIMALS = frozenset({"MX", "PE", "GT", "HN", "NI", "SV", "PA", "DO", "PR", "US"})
SYMBOLS = {
    "MX": {"MXN": "$"},
    "CO": {"COP": "$"},
    "CL": {"CLP": "$", "CLF": "UF "},
    "AR": {"ARS": "$"},
    "UY": {"UYU": "$"},
    "PE": {"PEN": "S/ "},
    "EC": {"USD": "$"},
    "SV": {"USD": "$"},
    "PA": {"USD": "$", "PAB": "B/. "},
    "PR": {"USD": "$"},
    "US": {"USD": "$"},
    "BO": {"BOB": "Bs "},
    "PY": {"PYG": "Gs. "},
    "BR": {"BRL": "R$ "},
    "CR": {"CRC": "₡"},
    "GT": {"GTQ": "Q"},
    "HN": {"HNL": "L "},
    "NI": {"NIO": "C$"},
    "DO": {"DOP": "RD$"},
    "VE": {"VES": "Bs. "},
}
MONTHS = (
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
)


def money(minor_units: int, currency: str, country: str) -> str:
    """An amount as people of the country write it; a foreign currency is named by its code.

    >>> money(3_000_000, "COP", "CO"), money(30_000, "CLP", "CL"), money(3_000_050, "MXN", "MX")
    ('$30.000', '$30.000', '$30,000.50')
    >>> money(125_000, "USD", "PE")
    'USD 1,250'
    """
    decimals = DECIMALS.get(currency, 2)
    whole, cents = divmod(abs(minor_units), 10**decimals)
    group, point = (",", ".") if country in POINT_FOR_DECIMALS else (".", ",")
    digits = f"{whole:,}".replace(",", group)
    if cents:
        digits += f"{point}{cents:0{decimals}d}"
    symbol = SYMBOLS.get(country, {}).get(currency, f"{currency} ")
    return f"{'-' if minor_units < 0 else ''}{symbol}{digits}"


def accounts_list(accounts: Iterable[tuple[str, int, str]], country: str) -> str:
    """The variable ``cuentas``: one line per debt, of (last four digits, minor units, currency).

    >>> print(accounts_list([("4821", 125_050, "MXN"), ("9913", 30_000, "MXN")], "MX"))
    cuenta 4821: $1,250.50
    cuenta 9913: $300
    """
    return "\n".join(f"cuenta {last4}: {money(due, currency, country)}" for last4, due, currency in accounts)


def invoices_list(invoices: Iterable[tuple[str, str, int]], currency: str, country: str) -> str:
    """The variable ``facturas``: one line per open invoice, of (folio, ISO due date, minor units).

    >>> print(invoices_list([("A-1042", "2026-11-12", 125_050)], "MXN", "MX"))
    factura A-1042, vence 12/11/2026: $1,250.50
    """
    return "\n".join(
        f"factura {folio}, vence {short_date(due)}: {money(balance, currency, country)}"
        for folio, due, balance in invoices
    )


@lru_cache(4096)
def short_date(iso: str) -> str:
    """Day first; ``ValueError`` when it is not an ISO date.

    >>> short_date("2026-11-05")
    '05/11/2026'
    """
    return date.fromisoformat(iso).strftime("%d/%m/%Y")


@lru_cache(4096)
def long_date(iso: str) -> str:
    """In words; ``ValueError`` when it is not an ISO date.

    >>> long_date("2026-11-05")
    '5 de noviembre de 2026'
    """
    day = date.fromisoformat(iso)
    return f"{day.day} de {MONTHS[day.month - 1]} de {day.year}"


def proper_name(text: str) -> str:
    """A name typed in capitals as one writes it; one already in mixed case stays.

    >>> proper_name("MARÍA DE LA CRUZ"), proper_name("Ana McKenzie")
    ('María de la Cruz', 'Ana McKenzie')
    """
    if not (text.isupper() or text.islower()):
        return text
    words = text.lower().split()
    return " ".join(
        word if n and word in ("de", "del", "la", "las", "los", "y") else word.capitalize()
        for n, word in enumerate(words)
    )
