"""The assistant answers facts and nothing else; welcome and away go out once, inside the law's hours."""

from datetime import datetime, timedelta

import pytest
from psycopg.types.json import Jsonb

from api.reactions.reacting import Reactor
from api.usecases.replies.record_reply import record_reply
from channels.port import InboundReply
from engine.vocabulary import Channel, Purpose
from storage.conversations import open_conversation
from tests.delivery.test_guard import guard, lease
from tests.delivery.world import NOON, StillClock, World

HOW_MUCH = "¿cuánto debo?"


@pytest.fixture
def world(world: World) -> World:
    """One person who owes and has nothing queued."""
    world.debtors(1)
    for table in ("message_item", "message", "slot"):
        world.do(f"DELETE FROM {table}")
    return world


def write(world: World, text: str, number: int = 1, at: datetime = NOON) -> bool:
    """The person writes by WhatsApp; whether nothing was left for a person to answer."""
    ((phone,),) = world.rows("SELECT value FROM contact_point")
    reply = InboundReply(phone, "10001", text, "text", f"wamid.{number}", at.timestamp())
    record_reply(world.database, StillClock(at), Channel.WHATSAPP, reply)
    ((settled,),) = world.rows(
        "SELECT settled FROM domain_event WHERE name = 'reply' ORDER BY id DESC LIMIT 1"
    )
    return bool(settled)


def said(world: World) -> list[str]:
    return [cleared.outgoing.text for cleared in guard(world, lease(world)).cleared]


def let(world: World, **settings: object) -> None:
    world.do("UPDATE portfolio SET settings = settings || %s", Jsonb(settings))


def test_what_is_owed_is_told_as_it_is_when_the_answer_leaves(world: World) -> None:
    assert write(world, HOW_MUCH)
    world.do("UPDATE account SET amount_to_cure = 99050")
    (text,) = said(world)
    assert "$990.50" in text and "https://pagos.example/p" in text and "Financiera Aurora" in text
    assert world.rows("SELECT purpose FROM message") == [(int(Purpose.ANSWER),)]
    assert world.rows("SELECT count(*) FROM conversation") == [(0,)]


def test_how_to_pay_is_told(world: World) -> None:
    assert write(world, "¿dónde puedo pagar?")
    assert "transferencia o tiendas" in said(world)[0]


def test_the_same_message_of_the_provider_is_answered_once(world: World) -> None:
    write(world, HOW_MUCH)
    write(world, HOW_MUCH)
    assert world.rows("SELECT count(*) FROM message") == [(1,)]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE portfolio SET settings = jsonb_set(settings, '{inbox}', '{\"assistant\": {\"on\": false}}')",
        "UPDATE contact_point SET verified = false",
        "UPDATE account SET dispute_open = true",
        "UPDATE account SET account_status = 8",
        "UPDATE account SET amount_to_cure = 0",
        "UPDATE account SET amount_as_of = '2026-11-01'",
        "DELETE FROM sender",
    ],
)
def test_what_is_not_safe_to_tell_is_left_to_a_person(world: World, change: str) -> None:
    world.do(change)
    assert not write(world, HOW_MUCH)
    assert world.rows("SELECT count(*) FROM message") == [(0,)]


def test_it_keeps_silent_while_somebody_talks_with_the_person(world: World) -> None:
    with world.connection() as connection:
        ((person,),) = connection.execute("SELECT id FROM person").fetchall()
        open_conversation(connection, person, world.creditor_id, 1, "humano", NOON)
    assert not write(world, HOW_MUCH)


def test_after_some_answers_a_day_a_person_takes_over(world: World) -> None:
    let(world, inbox={"assistant": {"most_per_day": 2}})
    assert [write(world, HOW_MUCH, n) for n in (1, 2, 3)] == [True, True, False]


@pytest.mark.parametrize("text", ["quiero hablar con un asesor", "ya hablé con mi abogado", "no puedo pagar"])
def test_what_is_no_fact_is_a_persons(world: World, text: str) -> None:
    assert not write(world, text)


def test_plans_are_told_only_where_the_portfolio_offers_some(world: World) -> None:
    let(world, plan_policy={"options": []})
    assert not write(world, "quiero un plan de pagos")
    let(world, plan_policy={"options": [{"key": "tres", "instalments": 3}]})
    world.do("DELETE FROM conversation")
    assert write(world, "quiero un plan de pagos", 2)
    assert "- 3 pagos de $416.6" in said(world)[0]


HOURS = {day: ["09:00", "18:00"] for day in ("mon", "tue", "wed", "thu", "fri")}
GREETINGS = {"welcome": {"es": "Hola, le leemos."}, "away": {"es": "Le contestamos mañana."}, "hours": HOURS}


def talk(world: World, number: int, at: datetime) -> None:
    write(world, "quiero hablar con un asesor", number, at)
    Reactor(world.database, StillClock(at)).work()


def greeted(world: World) -> list[str]:
    rows = world.rows("SELECT split_part(key, ':', 3) FROM written_message ORDER BY id")
    return [kind for (kind,) in rows]


def test_a_welcome_goes_out_once_as_the_conversation_opens(world: World) -> None:
    let(world, inbox=GREETINGS)
    talk(world, 1, NOON)
    talk(world, 2, NOON + timedelta(minutes=5))
    assert greeted(world) == ["welcome"]
    assert said(world) == ["Hola, le leemos."]


def test_in_the_evening_it_says_once_when_somebody_answers(world: World) -> None:
    let(world, inbox=GREETINGS)
    evening = NOON + timedelta(hours=9)  # 19:00 in Mexico City
    talk(world, 1, evening)
    talk(world, 2, evening + timedelta(minutes=5))
    assert greeted(world) == ["away"]


def test_outside_the_hours_of_the_law_nothing_is_said_by_itself(world: World) -> None:
    let(world, inbox=GREETINGS)
    talk(world, 1, NOON + timedelta(days=3))  # a Saturday
    assert greeted(world) == []
