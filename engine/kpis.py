"""The exact definitions of every rate shown on a screen: what is divided by what, in figures and words."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

EDGES: tuple[int, ...] = (0, 30, 60, 90, 120, 180)
"""Days past due at which an aging band ends, both included; the last band has no end."""

PAID_WITHIN_DAYS = 30
"""How long after it entered a strategy an account's payments count for its cohort."""

ANSWERED_WITHIN_DAYS = 7
"""How long after a message a reply, promise or payment counts for it."""


def bands(edges: Sequence[int] = EDGES) -> tuple[str, ...]:
    """The names of the aging bands, the account that owes nothing past due first.

    >>> bands()
    ('al_dia', '1-30', '31-60', '61-90', '91-120', '121-180', '181+')
    """
    between = [f"{low + 1}-{high}" for low, high in pairwise(edges)]
    return ("al_dia", *between, f"{edges[-1] + 1}+")


def band_of(days_past_due: int, edges: Sequence[int] = EDGES) -> int:
    """The band of a debt by its oldest unpaid due date, as an index of :func:`bands`.

    >>> [bands()[band_of(days)] for days in (-3, 0, 1, 30, 31, 60, 61, 180, 181)]
    ['al_dia', 'al_dia', '1-30', '1-30', '31-60', '31-60', '61-90', '121-180', '181+']
    """
    return sum(days_past_due > edge for edge in edges)


def rate(part: int, whole: int) -> float | None:
    """A share from 0 to 1; ``None`` where there is nothing to take a share of.

    >>> rate(1, 4), rate(0, 0)
    (0.25, None)
    """
    return part / whole if whole else None


DEFINITIONS: Mapping[str, tuple[str, str]] = {
    "recovered": (
        "Pagos del período, netos de reversas, por fecha de pago en el lugar de la cartera. Cada pago cuenta "
        "una vez, en la estrategia en que la cuenta estaba o estuvo por última vez.",
        "Payments of the period, net of reversals, by date of payment at the portfolio's place. Each counts "
        "once, in the strategy the account was in or was in last.",
    ),
    "recovery_rate": (
        "Pagos netos de las cuentas que entraron ese día, en los 30 días desde su entrada, entre su monto "
        "vencido al entrar. El denominador no cambia; solo cohortes con sus 30 días cumplidos.",
        "Net payments of the accounts that entered on a day, within 30 days of it, over their amount past "
        "due at entry. The denominator is frozen; only cohorts whose 30 days are over.",
    ),
    "aging": (
        "Cuentas y monto para ponerse al día según la fecha de vencimiento más antigua sin pagar.",
        "Accounts and amount to cure by the oldest unpaid due date.",
    ),
    "roll_rate": (
        "Monto que estaba en un tramo al inicio y está en el siguiente al final, entre el monto del tramo al "
        "inicio; las mismas cuentas, con su monto del inicio.",
        "Amount that was in a band at the start and is in the next at the end, over the band's amount at the "
        "start; the same accounts, at their amount of the start.",
    ),
    "delivered_rate": ("Entregados entre enviados.", "Delivered over sent."),
    "read_rate": ("Leídos entre entregados.", "Read over delivered."),
    "reply_rate": (
        "Mensajes con respuesta de la cuenta en 7 días, entre entregados.",
        "Messages whose account answered within 7 days, over delivered.",
    ),
    "funnel": (
        "Mensajes del período que llegaron a cada etapa. Responder, prometer y pagar cuentan si ocurren en "
        "los 7 días siguientes, de cualquier cuenta del mensaje; un pago puede seguir a dos mensajes.",
        "Messages of the period that came to each stage. Reply, promise and payment count within 7 days, of "
        "any account of the message; one payment may follow two messages.",
    ),
    "kept_rate": (
        "Promesas cumplidas entre las que vencían en el período y ya se cerraron (cumplidas, parciales y "
        "rotas). Por monto: lo pagado, a lo sumo lo prometido, entre lo prometido.",
        "Promises kept over those due in the period and closed (kept, partial and broken). By amount: what "
        "was paid, at most what was promised, over what was promised.",
    ),
    "cost_per_unit": (
        "Costo de los mensajes enviados en el período entre los pagos netos del período en la misma moneda. "
        "Sin el costo de gestores ni honorarios.",
        "Cost of the messages sent in the period over the net payments of the period in the same currency. "
        "Without agents and fees.",
    ),
}
"""What each figure means, in Spanish and English: the tooltip of the screens."""
