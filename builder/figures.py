"""How numbers, money and dates are written in a country: 30.000 in Colombia and Chile, 30,000 in Mexico."""

from datetime import date

from engine.currencies import decimals_of, decimals_shown

POINT_FOR_DECIMALS = frozenset({"MX", "PE", "GT", "HN", "NI", "SV", "PA", "DO", "PR", "US"})
_STEPS = ((1_000_000_000_000, "B"), (1_000_000, "M"))


def number(value: float, country: str = "CO", decimals: int = 0) -> str:
    """A number with the country's separators.

    >>> number(30000, "CO"), number(30000, "MX"), number(2.5, "CL", 1)
    ('30.000', '30,000', '2,5')
    """
    said = f"{value:,.{decimals}f}"
    return said if country in POINT_FOR_DECIMALS else said.translate(str.maketrans(",.", ".,"))


def money(minor_units: int, currency: str, country: str = "CO") -> str:
    """An amount of minor units, without cents, named by its currency.

    >>> money(3_000_080, "MXN", "MX"), money(30_000, "CLP", "CL")
    ('MXN 30,001', 'CLP 30.000')
    """
    return f"{currency} {number(_whole(minor_units, currency), country)}"


def short_money(minor_units: int, currency: str, country: str = "CO") -> str:
    """An amount in millions where it is large.

    >>> short_money(4_120_000_000, "MXN", "MX"), short_money(90_000, "MXN", "MX")
    ('MXN 41.2 M', 'MXN 900')
    """
    whole = _whole(minor_units, currency)
    for least, letter in _STEPS:
        if abs(whole) >= least:
            return f"{currency} {number(whole / least, country, 1)} {letter}"
    return f"{currency} {number(whole, country)}"


def exact_money(minor_units: int, currency: str, country: str = "CO") -> str:
    """An amount of minor units to the cent, where its people write cents.

    >>> exact_money(150_050, "MXN", "MX"), exact_money(150_000, "COP", "CO"), exact_money(30_000, "CLP", "CL")
    ('MXN 1,500.50', 'COP 1.500', 'CLP 30.000')
    """
    decimals = decimals_shown(minor_units, currency)
    return f"{currency} {number(_whole(minor_units, currency), country, decimals)}"


def percent(part: float, whole: float, country: str = "CO") -> str:
    """A share without decimals, with one below ten per cent; empty where the whole is nothing.

    >>> percent(1, 2), percent(1, 30), percent(1, 0)
    ('50 %', '3,3 %', '')
    """
    if not whole:
        return ""
    share = 100 * part / whole
    return f"{number(share, country, 0 if share >= 10 or share == 0 else 1)} %"


def day(value: date | str, language: str = "es") -> str:
    """A date as people write it.

    >>> day("2026-11-13"), day(date(2026, 11, 13), "en")
    ('13/11/2026', '2026-11-13')
    """
    on = date.fromisoformat(value[:10]) if isinstance(value, str) else value
    return on.isoformat() if language == "en" else f"{on:%d/%m/%Y}"


def _whole(minor_units: int, currency: str) -> float:
    scale: int = 10 ** decimals_of(currency)
    return minor_units / scale
