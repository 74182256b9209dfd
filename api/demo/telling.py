"""What the demo says: each day in a few lines, and the week's stories, read from the tables."""

from collections.abc import Iterator, Sequence
from datetime import date

import psycopg

from api.demo.cast import Cast
from api.demo.stage import Stage
from api.usecases.book.load_demo_book import PORTFOLIO
from api.usecases.day.explain_account import explain_account
from engine.calendars import public_holidays
from engine.contact_policy import load_packs
from engine.vocabulary import Channel, EventKind, MessageState, Outcome

_WEEKDAYS = ("Lunes", "Martes", "Miércoles", "Jueves", "Viernes", "Sábado", "Domingo")
_COUNTRIES = {"MX": "México", "CO": "Colombia", "CL": "Chile"}
_WENT = ", ".join(
    str(int(s))
    for s in (MessageState.ACCEPTED, MessageState.DELIVERED, MessageState.READ, MessageState.UNKNOWN)
)


def number(value: int) -> str:
    """A figure as people write it here: 30.000."""
    return f"{value:,}".replace(",", ".")


def weekday(day: date) -> str:
    """The day's name in Spanish."""
    return _WEEKDAYS[day.weekday()]


def remark(day: date) -> str:
    """What is special about a day: holidays of the three countries, and the payday."""
    closed = [name for code, name in _COUNTRIES.items() if day in public_holidays(code, None, day.year)]
    parts = []
    if closed:
        parts.append(f"feriado en {' y '.join(closed)}")
    if day == date(2026, 11, 13):
        parts.append("día de pago: la quincena cae en domingo 15")
    return f" ({'; '.join(parts)})" if parts else ""


def the_day(stage: Stage, day: date) -> Iterator[str]:
    """Messages of the date by channel and variant, and by country; what waits and why."""
    with stage.database.connection() as connection:
        sent = connection.execute(
            f"""SELECT m.channel, t.key, count(*) FROM message m JOIN template t ON t.id = m.template_id
                WHERE m.local_on = %s AND m.state IN ({_WENT}) GROUP BY 1, 2 ORDER BY 1, 2""",
            [day],
        ).fetchall()
        countries = connection.execute(
            f"SELECT country, count(*) FROM message WHERE local_on = %s AND state IN ({_WENT})"
            " GROUP BY 1 ORDER BY 1",
            [day],
        ).fetchall()
        waiting = connection.execute(
            "SELECT reason, until_on, count(*) FROM verdict WHERE decided_on = %s AND outcome = %s"
            " GROUP BY 1, 2 ORDER BY 3 DESC LIMIT 4",
            [day, int(Outcome.DEFERRED)],
        ).fetchall()
    if sent:
        texts = ", ".join(f"{Channel(channel).word} {key} {number(count)}" for channel, key, count in sent)
        yield f"Enviados: {texts}"
        yield "Por país: " + ", ".join(f"{_COUNTRIES.get(c, c)} {number(n)}" for c, n in countries)
    else:
        yield "Nadie recibió mensajes."
    came = came_back(stage, day)
    if any(came.values()):
        yield "De vuelta: " + ", ".join(f"{number(count)} {what}" for what, count in came.items() if count)
    for reason, until, count in waiting:
        yield f"Diferidos {number(count)} al {until:%d-%m}: {law_of(reason)}"


def came_back(stage: Stage, day: date) -> dict[str, int]:
    """What came back about the messages of a date: delivered, read, failed, answered, sent another way."""
    with stage.database.connection() as connection:
        row = connection.execute(
            """SELECT count(delivered_at), count(read_at), count(*) FILTER (WHERE state = %(failed)s),
                      (SELECT count(DISTINCT person_id) FROM account_event
                       WHERE kind = %(reply)s
                         AND (at AT TIME ZONE 'America/Mexico_City')::date = %(day)s),
                      count(*) FILTER (WHERE leg > 0)
               FROM message WHERE local_on = %(day)s""",
            {"day": day, "failed": int(MessageState.FAILED), "reply": int(EventKind.REPLY)},
        ).fetchall()[0]
    words = ("entregados", "leídos", "no llegaron", "con respuesta", "por canal alterno")
    return dict(zip(words, row, strict=True))


def law_of(rule_id: str) -> str:
    """Law and article of a rule, or the reason's own words."""
    words = {"arbitration": "otro mensaje ocupa el turno de la persona", "capacity": "capacidad del día"}
    if rule_id in words:
        return words[rule_id]
    for pack in load_packs(["MX", "CO", "CL"]).values():
        for rule in pack.rules:
            if rule.id == rule_id:
                return f"{rule.law.split(' y ')[0]}, {rule.article.split(',')[0]}"
    return rule_id


def the_week(stage: Stage, cast: Cast, days: Sequence[date]) -> Iterator[str]:
    """The stories of the week, in order."""
    with stage.database.connection() as connection:
        yield ""
        yield "La semana"
        yield from _three_debts(connection, cast)
        yield from _outside_contacts(connection, cast)
        yield from _withdrawn(connection, cast)
        yield from _passages(connection)
        yield from _variants(connection)
    number_of = cast["outside_contacts"].numbers[0]
    yield f"¿Por qué? cadencia explain {number_of} --portfolio {PORTFOLIO} --date {days[0]}"
    for line in explain_account(stage.database, PORTFOLIO, number_of, days[0]):
        yield f"    {line.text}"


def _three_debts(connection: psycopg.Connection, cast: Cast) -> Iterator[str]:
    part = cast["three_debts"]
    row = connection.execute(
        f"""SELECT count(DISTINCT m.id), max(n.items) FROM message m
            JOIN LATERAL (SELECT count(*) AS items FROM message_item i WHERE i.message_id = m.id) n ON true
            WHERE m.person_id = %s AND m.local_on = '2026-11-13' AND m.state IN ({_WENT})""",
        [part.person_id],
    ).fetchall()[0]
    yield f"  {part.name} debe en 3 cuentas y el viernes recibió {row[0]} mensaje con {row[1]} cuentas."


def _outside_contacts(connection: psycopg.Connection, cast: Cast) -> Iterator[str]:
    part = cast["outside_contacts"]
    contacts = connection.execute(
        "SELECT count(*) FROM outside_contact WHERE person_id = %s", [part.person_id]
    ).fetchall()[0][0]
    reason, until = connection.execute(
        "SELECT reason, until_on FROM verdict WHERE account_id = %s ORDER BY decided_on LIMIT 1",
        [part.account_ids[0]],
    ).fetchall()[0]
    yield (
        f"  {part.name} (Colombia) ya había tenido {contacts} contactos de la agencia esa semana:"
        f" nuestro mensaje se difirió al {until:%d-%m}. {law_of(reason)}."
    )


def _withdrawn(connection: psycopg.Connection, cast: Cast) -> Iterator[str]:
    for role, what in (("payer", "pagó"), ("opt_out", "escribió BAJA")):
        part = cast[role]
        rows = connection.execute(
            "SELECT count(*) FROM message WHERE person_id = %s AND state = %s",
            [part.person_id, int(MessageState.WITHDRAWN)],
        ).fetchall()[0][0]
        yield f"  {part.name} {what}: {rows} mensaje en cola se retiró antes de salir."


def _passages(connection: psycopg.Connection) -> Iterator[str]:
    rows = connection.execute(
        """SELECT s.name, n.node_id, sum(p.accounts)::int FROM passage p
           JOIN strategy_version v ON v.id = p.version_id JOIN strategy s ON s.id = v.strategy_id
           JOIN strategy_node n ON n.strategy_id = s.id AND n.code = p.node
           GROUP BY s.id, s.name, n.code, n.node_id ORDER BY s.id, n.code"""
    ).fetchall()
    yield "  Pasos por nodo:"
    for strategy in dict.fromkeys(row[0] for row in rows):
        steps = ", ".join(f"{node} {number(count)}" for name, node, count in rows if name == strategy)
        yield f"    {strategy}: {steps}"


def _variants(connection: psycopg.Connection) -> Iterator[str]:
    rows = connection.execute(
        f"""SELECT t.key, count(*), count(*) FILTER (WHERE m.delivered_at IS NOT NULL),
                   count(*) FILTER (WHERE m.read_at IS NOT NULL)
            FROM message m JOIN template t ON t.id = m.template_id
            WHERE m.state IN ({_WENT}) GROUP BY 1 ORDER BY 1"""
    ).fetchall()
    yield "  Por plantilla (enviados, entregados, leídos):"
    for key, sent, delivered, read in rows:
        yield f"    {key}: {number(sent)}, {number(delivered)}, {number(read)}"
