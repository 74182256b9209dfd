"""Where the invented people live, with what weight, and the number ranges that ring nowhere."""

from dataclasses import dataclass

from storage.book_in.places import Place

COUNTRIES = ("MX", "CO", "CL")
COUNTRY_WEIGHTS = (0.60, 0.25, 0.15)


@dataclass(frozen=True)
class Market:
    """One country of the demo.

    ``minor_per_dollar``: minor units of the currency for one New Taiwan dollar, a fixed round rate of
    the demo. ``phone``: prefix of a range without operator, and how many digits follow: such numbers
    have a possible length and belong to nobody (the numbering plan assigns no area 26x in Mexico, no
    mobile range 39x in Colombia, none beginning with 91 in Chile).
    """

    currency: str
    creditor: str
    creditor_name: str
    minor_per_dollar: int
    phone: tuple[str, int]
    payment_methods: tuple[str, ...]
    payday_weights: tuple[float, ...]
    regions: tuple[tuple[str, str, float], ...]

    def places(self, country: str) -> list[Place]:
        """The place of each region, in order."""
        return [(country, code, (zone,)) for code, zone, _ in self.regions]


MARKETS = {
    "MX": Market(
        currency="MXN",
        creditor="banco-demo-mx",
        creditor_name="Banco Demo",
        minor_per_dollar=60,
        phone=("+5226", 8),
        payment_methods=("spei", "oxxo", "ventanilla"),
        payday_weights=(0.05, 0.70, 0.13, 0.10, 0.02),
        regions=(
            ("CMX", "America/Mexico_City", 0.26),
            ("MEX", "America/Mexico_City", 0.17),
            ("JAL", "America/Mexico_City", 0.13),
            ("NLE", "America/Monterrey", 0.12),
            ("PUE", "America/Mexico_City", 0.08),
            ("VER", "America/Mexico_City", 0.06),
            ("BCN", "America/Tijuana", 0.06),
            ("ROO", "America/Cancun", 0.05),
            ("SON", "America/Hermosillo", 0.04),
            ("SIN", "America/Mazatlan", 0.03),
        ),
    ),
    "CO": Market(
        currency="COP",
        creditor="banco-demo-co",
        creditor_name="Banco Demo Colombia",
        minor_per_dollar=13_000,
        phone=("+5739", 8),
        payment_methods=("pse", "efecty", "ventanilla"),
        payday_weights=(0.05, 0.55, 0.35, 0.03, 0.02),
        regions=(
            ("DC", "America/Bogota", 0.38),
            ("ANT", "America/Bogota", 0.22),
            ("VAC", "America/Bogota", 0.15),
            ("ATL", "America/Bogota", 0.10),
            ("SAN", "America/Bogota", 0.08),
            ("CUN", "America/Bogota", 0.07),
        ),
    ),
    "CL": Market(
        currency="CLP",
        creditor="banco-demo-cl",
        creditor_name="Banco Demo Chile",
        minor_per_dollar=30,
        phone=("+569", 8),
        payment_methods=("webpay", "servipag", "ventanilla"),
        payday_weights=(0.05, 0.05, 0.80, 0.02, 0.08),
        regions=(
            ("RM", "America/Santiago", 0.52),
            ("VS", "America/Santiago", 0.16),
            ("BI", "America/Santiago", 0.15),
            ("AN", "America/Santiago", 0.10),
            ("MA", "America/Punta_Arenas", 0.07),
        ),
    ),
}
"""Countries of the demo by code. COP has two decimals in ISO 4217, CLP none: its minor unit is the peso."""

MINIMUM_WORTH_WORKING = {"MXN": 50_00, "COP": 15_000_00, "CLP": 3_000}
"""Below this many minor units an account is not written to."""
