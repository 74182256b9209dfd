"""How money is written as minor units: the digits of each currency, and who leaves the cents out.

ISO 4217 gives the Colombian peso two decimals, which nobody there writes.
"""

_WHOLE = ("BIF", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF")
DECIMALS = {"CLP": 0, "PYG": 0, "UYI": 0, "CLF": 4, **dict.fromkeys(_WHOLE, 0)}
"""ISO 4217 minor units where they are not two."""

WITHOUT_CENTS = frozenset({"CLP", "COP", "PYG"})
"""Currencies whose people write whole units."""

OF_COUNTRY = {
    "AR": "ARS", "BO": "BOB", "BR": "BRL", "CL": "CLP", "CO": "COP", "CR": "CRC", "DO": "DOP", "EC": "USD",
    "GT": "GTQ", "HN": "HNL", "MX": "MXN", "NI": "NIO", "PA": "USD", "PE": "PEN", "PR": "USD", "PY": "PYG",
    "SV": "USD", "US": "USD", "UY": "UYU", "VE": "VES",
}  # fmt: skip
"""What a debt of a country is owed in unless it says another."""


def decimals_of(currency: str) -> int:
    """Digits of an amount that are minor units; two where the currency is not known.

    >>> decimals_of("CLP"), decimals_of("COP"), decimals_of("")
    (0, 2, 2)
    """
    return DECIMALS.get(currency, 2)


def decimals_shown(minor_units: int, currency: str) -> int:
    """Digits after the point people write of an amount: none where they write whole units and it is whole.

    >>> decimals_shown(150_000, "COP"), decimals_shown(150_050, "COP"), decimals_shown(150_000, "MXN")
    (0, 2, 2)
    """
    decimals = decimals_of(currency)
    return 0 if currency in WITHOUT_CENTS and minor_units % 10**decimals == 0 else decimals
