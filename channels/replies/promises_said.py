"""What a person promises in their own words: amounts and dates, as they are said in Latin America.

Nothing said here counts before the person has confirmed it: the parser proposes, the echo asks.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from channels.replies.amounts_said import find_amounts

QUINCENA = 15
"""The first payday of a month; the second is its last day."""

_WEEKDAYS = ("lunes", "martes", "miercoles", "jueves", "viernes", "sabado", "domingo")
_MONTHS = "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre".split()
_SMALL = {
    word: number
    for number, word in enumerate(
        "cero un dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince".split()
    )
} | {"una": 1, "uno": 1, "veinte": 20, "treinta": 30}
_COUNT = r"(\d{1,2}|" + "|".join(_SMALL) + ")"
_DAY = r"(\d{1,2}|primero|1ro|1ero)"


@dataclass(frozen=True)
class Said:
    """One payment that was promised: ``amount`` in units of the currency times 100, ``None`` unsaid.

    ``rest``: what is left after the other ones; ``whole``: all that is owed.
    """

    amount: int | None
    due_on: date | None
    rest: bool = False
    whole: bool = False


def promises_in(text: str, today: date) -> list[Said]:
    """The payments a text promises, in its order; none when it names neither a date nor an amount.

    >>> promises_in("te paso 500 el viernes y el resto a fin de mes", date(2026, 11, 17))
    [Said(amount=50000, due_on=datetime.date(2026, 11, 20), rest=False, whole=False),
     Said(amount=None, due_on=datetime.date(2026, 11, 30), rest=True, whole=False)]
    >>> promises_in("quiero hablar con un asesor", date(2026, 11, 17))
    []
    """
    said: list[Said] = []
    for clause in _clauses(_plain(text)):
        dates, left = _dates(clause, today)
        amounts = find_amounts(left)
        rest = bool(re.search(r"\b(resto|restante|lo demas|lo que falta)\b", left))
        whole = not rest and bool(
            re.search(r"\b(todo|completo|completa|total|la deuda|liquido|liquidar)\b", left)
        )
        if not (dates or amounts or rest):
            continue
        one = Said(amounts[0] if amounts else None, dates[0] if dates else None, rest, whole and not amounts)
        said = _joined(said, one)
    return said


def dates_in(text: str, today: date) -> list[date]:
    """Every date a text names, in its order.

    >>> [str(day) for day in dates_in("pago el lunes o el 15", date(2026, 11, 17))]
    ['2026-11-23', '2026-12-15']
    """
    return _dates(_plain(text), today)[0]


def _joined(said: list[Said], one: Said) -> list[Said]:
    """An amount without a date belongs to the date without an amount beside it."""
    if said and not one.rest:
        last = said[-1]
        if last.due_on is None and one.amount is None:
            return [*said[:-1], Said(last.amount, one.due_on, last.rest, last.whole or one.whole)]
        if last.amount is None and not last.rest and one.due_on is None:
            return [*said[:-1], Said(one.amount, last.due_on, False, last.whole and one.amount is None)]
    return [*said, one]


def _plain(text: str) -> str:
    bare = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in bare if not unicodedata.combining(sign))


def _clauses(text: str) -> list[str]:
    """The parts of a sentence that may each promise something; a decimal comma separates nothing."""
    return [part for part in re.split(r"\s+y\s+|;|,(?!\d)|\bluego\b|\bdespues\b", text) if part.strip()]


def _dates(text: str, today: date) -> tuple[list[date], str]:
    """The dates of a text in its order, and the text without the words that named them."""
    found: list[tuple[int, date]] = []
    for pattern, tell in _PHRASES:
        for match in pattern.finditer(text):
            day = tell(match, today)
            if day is not None:
                found.append((match.start(), day))
        text = pattern.sub(lambda match: " " * len(match.group()), text)
    return [day for _, day in sorted(found)], text


def _next_weekday(match: re.Match[str], today: date) -> date:
    name = match.group("day")
    ahead = (_WEEKDAYS.index(name) - today.weekday() - 1) % 7 + 1
    return today + timedelta(days=ahead)


def _day_of_month(match: re.Match[str], today: date) -> date | None:
    number = _number(match.group("number"))
    month = match.groupdict().get("month")
    if month:
        return _in_month(number, _MONTHS.index(month) + 1, today)
    for ahead in range(13):
        year, place = divmod(today.month - 1 + ahead, 12)
        day = _valid(today.year + year, place + 1, number)
        if day is not None and day > today - timedelta(days=1):
            return day
    return None


def _in_month(number: int, month: int, today: date) -> date | None:
    day = _valid(today.year, month, number)
    return day if day is None or day >= today else _valid(today.year + 1, month, number)


def _valid(year: int, month: int, number: int) -> date | None:
    try:
        return date(year, month, number)
    except ValueError:
        return None


def _number(word: str) -> int:
    if word.startswith(("primer", "1ro", "1ero")):
        return 1
    return int(word) if word.isdigit() else _SMALL[word]


def _end_of_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def _first_of_next(day: date) -> date:
    return _end_of_month(day) + timedelta(days=1)


def _quincena(match: re.Match[str], today: date) -> date:
    del match
    return today.replace(day=QUINCENA) if today.day < QUINCENA else _end_of_month(today)


def _in_days(match: re.Match[str], today: date) -> date:
    count = _number(match.group("count"))
    return today + timedelta(days=count * (7 if match.group("unit").startswith("semana") else 1))


def _written(match: re.Match[str], today: date) -> date | None:
    number, month = int(match.group("number")), int(match.group("month"))
    year = match.group("year")
    if year:
        return _valid(int(year) + (2000 if len(year) == 2 else 0), month, number)
    return _in_month(number, month, today) if 1 <= month <= 12 else None


Tell = Callable[[re.Match[str], date], date | None]

_PHRASES: tuple[tuple[re.Pattern[str], Tell], ...] = tuple(
    (re.compile(pattern), tell)
    for pattern, tell in (
        (r"\ba las? \d{1,2}(:\d\d)?( ?(am|pm))?( de la (manana|tarde|noche))?\b", lambda m, t: None),
        (r"\b\d{1,2}(:\d\d)? ?(am|pm|hrs|horas)\b", lambda m, t: None),
        (r"\b\d{1,2} de la (manana|tarde|noche)\b", lambda m, t: None),
        (r"\b(?P<number>\d{1,2})[/-](?P<month>\d{1,2})([/-](?P<year>\d{4}|\d{2}))?\b", _written),
        (rf"\b(?P<number>{_DAY}) (de |del )?(mes de )?(?P<month>{'|'.join(_MONTHS)})\b", _day_of_month),
        (r"\bpasado manana\b", lambda m, t: t + timedelta(days=2)),
        (
            r"\b((dentro de|en|deme|dame|denme|espereme|por) )(?P<count>"
            + _COUNT[1:-1]
            + r") (?P<unit>dias?|semanas?)( mas| habiles)?\b",
            _in_days,
        ),
        (r"\b(?P<count>" + _COUNT[1:-1] + r") (?P<unit>dias?|semanas?) mas\b", _in_days),
        (
            r"\b((el|este|proximo|para el|al|del) )*(?P<day>"
            + "|".join(_WEEKDAYS)
            + r")( (que viene|proximo|siguiente))?\b",
            _next_weekday,
        ),
        (r"\b((a|al|en) )?(fin|final|finales) (de|del) (este )?mes\b", lambda m, t: _end_of_month(t)),
        (r"\b(el )?(ultimo dia|dia ultimo|ultimo) (de|del) (este )?mes\b", lambda m, t: _end_of_month(t)),
        (r"\b(el )?(dia ultimo|ultimo dia)\b", lambda m, t: _end_of_month(t)),
        (
            r"\b(a )?(principios?|inicios?|comienzos?) de(l)? (proximo )?mes( que viene)?\b",
            lambda m, t: _first_of_next(t),
        ),
        (r"\b(el |la )?(mes que viene|proximo mes|otro mes|mes entrante)\b", lambda m, t: _first_of_next(t)),
        (r"\b(este|en el) mes\b", lambda m, t: _end_of_month(t)),
        (r"\b(la |esta |proxima |en )*quincena\b", _quincena),
        (
            r"\b(la |el )?(proxima semana|otra semana|semana que viene|semana entrante)\b",
            lambda m, t: t + timedelta(days=7 - t.weekday()),
        ),
        (r"\b(el )?(24|25) (de )?navidad\b|\b(en |para )?navidad\b", lambda m, t: _in_month(25, 12, t)),
        (r"\bano nuevo\b", lambda m, t: date(t.year + 1, 1, 1)),
        (r"\b(por|en|de) la manana\b", lambda m, t: None),
        (r"\b(desde |para )?manana\b", lambda m, t: t + timedelta(days=1)),
        (r"\b(hoy( mismo)?|ahora( mismo)?|ahorita|esta (tarde|noche|manana))\b", lambda m, t: t),
        (rf"\b(el|al|dia|hasta el|para el) (dia )?(?P<number>{_DAY})\b(?! (pesos|mil))", _day_of_month),
        (rf"\b(?P<number>{'primero|1ro|1ero'})\b", _day_of_month),
    )
)
"""What is said of dates, the longer phrases first; what only looks like one is taken out of the way."""
