"""Somebody WhatsApp does not reach: the provider says so, and a text message goes out instead."""

import json
from collections.abc import Callable, Iterator
from datetime import date

import httpx
import psycopg

from api.demo.cast import Cast
from api.demo.stage import Stage
from engine.vocabulary import Channel, MessageState
from storage.personal import addresses_of, names_of

NODE = "recordatorio"
FALLBACK = {"on": "failed", "channel": "sms", "template": "mora_1_30_sms"}
_WENT = f"{MessageState.ACCEPTED}, {MessageState.DELIVERED}, {MessageState.READ}"


def with_fallback(document: bytes) -> bytes:
    """A strategy whose first message has a text message behind it, for when WhatsApp reports a failure."""
    strategy = json.loads(document)
    for node in strategy["nodes"]:
        if node["id"] == NODE:
            node["fallback"] = FALLBACK
    return json.dumps(strategy, ensure_ascii=False).encode()


def let_it_fail(stage: Stage, cast: Cast, day: date) -> None:
    """Tell the simulator whom WhatsApp will not reach on a date."""
    with stage.database.connection() as connection:
        person_id, _ = _whom(connection, cast, day)
        phones = [one.value for one in addresses_of(connection, [person_id]) if one.kind == "phone"]
    httpx.post(
        f"{stage.simulator.url}/control/behaviours",
        json=[
            {"to": phone, "channel": "whatsapp", "failed_rate": 1.0, "failed_code": "131026"}
            for phone in phones
        ],
    ).raise_for_status()


def told(
    stage: Stage, cast: Cast, day: date, wait_for: Callable[[Callable[[], bool], str], None]
) -> Iterator[str]:
    """Wait until the text message is out, and tell it."""
    with stage.database.connection() as connection:
        person_id, stored = _whom(connection, cast, day)
        (name,) = names_of(connection, [(person_id, stored)])
    wait_for(lambda: followed(stage, person_id), "the fallback")
    yield f"12:10 WhatsApp informa que no llega a {name} (131026): sale el SMS alterno, en el mismo turno."


def followed(stage: Stage, person_id: int) -> bool:
    """Whether a failed WhatsApp of a person was followed by a text message that was accepted."""
    with stage.database.connection() as connection:
        rows = connection.execute(
            "SELECT channel, leg, state FROM message WHERE person_id = %s ORDER BY leg", [person_id]
        ).fetchall()
    accepted = (MessageState.ACCEPTED, MessageState.DELIVERED, MessageState.READ)
    return [(Channel(channel), leg) for channel, leg, _ in rows[:2]] == [
        (Channel.WHATSAPP, 0), (Channel.SMS, 1),
    ] and (rows[0][2] == MessageState.FAILED and rows[1][2] in accepted)  # fmt: skip


def is_true(connection: psycopg.Connection, cast: Cast, day: date, ledger: list[dict[str, object]]) -> bool:
    """One text message behind the failed one, on the provider's ledger too; nobody ever got two.

    A first message that reached the provider counts: in Colombia none follows on another channel in its
    week, in Chile none before two whole days have passed.
    """
    person_id, _ = _whom(connection, cast, day)
    rows = connection.execute(
        f"""SELECT f.person_id, l.id::text, l.state IN ({_WENT}), f.state,
                f.provider_id IS NULL OR CASE l.country
                    WHEN 'CO' THEN date_trunc('week', l.local_on) > date_trunc('week', f.local_on)
                    WHEN 'CL' THEN l.local_on - f.local_on > 2
                    ELSE true END
            FROM message_item i JOIN message l ON l.id = i.message_id AND l.leg > 0
            JOIN message_item o ON (o.cause_kind, o.cause_id, o.node, o.visit, o.addressee_id, o.leg)
                = (i.cause_kind, i.cause_id, i.node, i.visit, i.addressee_id, 0)
            JOIN message f ON f.id = o.message_id WHERE NOT i.covered"""
    ).fetchall()
    on_ledger = {str(line["message_id"]) for line in ledger}
    ours = [row for row in rows if row[0] == person_id]
    return (
        len(ours) == 1
        and ours[0][2]
        and ours[0][1] in on_ledger
        and all(state == MessageState.FAILED and lawful for _, _, _, state, lawful in rows)
        and len({row[0] for row in rows}) == len(rows)
    )


def _whom(connection: psycopg.Connection, cast: Cast, day: date) -> tuple[int, str]:
    """The first person in Mexico, none of the cast, who gets the strategy's first WhatsApp on a date."""
    return connection.execute(
        f"""SELECT p.id, p.name FROM message m JOIN person p ON p.id = m.person_id
            JOIN strategy s ON s.id = m.strategy_id AND s.key = 'mora-1-30'
            WHERE m.local_on = %s AND m.country = 'MX' AND m.leg = 0 AND m.channel = {Channel.WHATSAPP}
              AND (p.consented_channels >> {Channel.SMS}) & 1 = 1 AND p.id <> ALL(%s)
              AND EXISTS (SELECT 1 FROM contact_point c WHERE c.person_id = p.id AND c.status = 'active'
                          AND (c.channels >> {Channel.SMS}) & 1 = 1)
            ORDER BY p.id LIMIT 1""",
        [day, [part.person_id for part in cast.values()]],
    ).fetchall()[0]
