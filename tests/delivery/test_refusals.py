"""A refusal binds before the next message; a wrong number is nobody's address any more."""

import pytest
from psycopg.types.json import Jsonb

from api.usecases.people.record_wrong_number import WrongNumber, record_wrong_number
from api.usecases.replies.record_reply import record_reply
from channels.port import InboundReply
from channels.templates import ready_templates
from engine.vocabulary import Channel, MessageState, Purpose
from tests.delivery.test_guard import guard, lease
from tests.delivery.world import NOON, StillClock, World

CLOCK = StillClock()


def says(world: World, text: str, reference: str = "wamid.in") -> None:
    ((address,),) = world.rows("SELECT min(value) FROM contact_point")
    reply = InboundReply(address, "10001", text, "text", reference, NOON.timestamp())
    record_reply(world.database, CLOCK, Channel.WHATSAPP, reply)


@pytest.mark.criterion("R12")
@pytest.mark.parametrize("text", ["¡Bája!", "ALTO", "cancelar, por favor", "S.T.O.P."])
def test_the_message_a_worker_already_holds_does_not_leave_after_it(world: World, text: str) -> None:
    (message,) = world.debtors(1)
    group = lease(world)
    says(world, text)
    assert guard(world, group).cleared == ()
    assert world.state(message) == (MessageState.WITHDRAWN, "opted_out")
    ((state, source, at),) = world.rows("SELECT state, source, at FROM consent WHERE channel = 1")
    assert (state, source, at) == (2, "reply:whatsapp", NOON)


def test_a_wrong_number_is_closed_for_everybody_it_stood_for(world: World) -> None:
    messages = world.debtors(2)
    world.do("UPDATE contact_point SET value = '+525500000001'")
    says(world, "No soy yo")
    assert world.rows("SELECT DISTINCT status, verified FROM contact_point") == [("wrong", False)]
    assert world.rows("SELECT DISTINCT reachable_channels, verified_channels FROM person") == [(0, 0)]
    assert {world.state(message) for message in messages} == {(MessageState.WITHDRAWN, "no_contact_point")}
    assert world.rows("SELECT count(*) FROM account_event") == [(0,)]  # a stranger's words are no reply
    lines = world.rows("SELECT kind, body::text FROM ledger ORDER BY id")
    assert [kind for kind, _ in lines] == ["reply.wrong_number", *["contact_point.wrong"] * 2]
    assert "+5255" not in "".join(body for _, body in lines)


def test_another_address_of_the_person_is_still_written_to(world: World) -> None:
    (message,) = world.debtors(1)
    world.do(
        "INSERT INTO contact_point (person_id, kind, value, value_index, channels, verified, status)"
        " SELECT person_id, kind, '+525599999999', '\\x01', channels, true, 'active' FROM contact_point"
    )
    wrong = WrongNumber("+525500000001", "agent", "lo dijo quien contestó")
    assert record_wrong_number(world.database, CLOCK, wrong).withdrawn == ()
    (cleared,) = guard(world, lease(world)).cleared
    assert (str(message), cleared.outgoing.to) == (cleared.outgoing.message_id, "+525599999999")
    assert record_wrong_number(world.database, CLOCK, wrong).persons == ()


def confirming(world: World) -> World:
    document = ready_templates()["baja_confirmada_whatsapp"].model_dump(mode="json")
    world.do(
        "INSERT INTO template (key, version, channel, language, body) VALUES (%s, 1, 1, 'es', %s)",
        "baja_confirmada_whatsapp", Jsonb(document),
    )  # fmt: skip
    return world


def test_a_refusal_is_confirmed_once_where_it_is_asked_for(world: World) -> None:
    confirming(world).debtors(1)
    world.do("UPDATE portfolio SET settings = settings || '{\"confirm_opt_out\": true}'")
    says(world, "STOP", "wamid.1")
    says(world, "STOP", "wamid.2")
    assert world.rows("SELECT purpose, state FROM message WHERE purpose = %s", int(Purpose.ANSWER)) == [
        (Purpose.ANSWER, MessageState.QUEUED)
    ]
    (cleared,) = guard(world, lease(world)).cleared
    assert "ya no te escribir" in cleared.outgoing.text


def test_a_refusal_is_not_confirmed_where_nobody_asks_for_it(world: World) -> None:
    confirming(world).debtors(1)
    says(world, "STOP")
    assert world.rows("SELECT count(*) FROM message") == [(1,)]
