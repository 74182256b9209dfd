"""What people write in a conversation leaves like any other message: guarded, once, encrypted, lawful."""

from datetime import timedelta
from typing import Any

import pytest

from api.usecases.replies.answer_conversation import Answered, answer_conversation, check_answer
from api.usecases.replies.deciding_answer import AnswerIn, AnswerRefused
from api.usecases.replies.hand_conversation import Hand
from api.usecases.replies.record_reply import record_reply
from channels.port import InboundReply
from channels.whatsapp_requests import request_document
from engine.vocabulary import Channel, HoldKind, MessageState
from storage.conversations import open_conversation
from storage.outbox.written import WrittenButton, WrittenRow
from storage.quick_replies import QuickReplyRow, save_quick_reply
from tests.delivery.test_guard import guard, lease
from tests.delivery.world import NOON, TEMPLATE, StillClock, World

WORDS = "Buenos días Persona, con gusto le ayudo"


@pytest.fixture
def talk(world: World) -> int:
    """The conversation of one person who wrote by WhatsApp an hour ago, nothing else queued."""
    world.debtors(1)
    world.do("DELETE FROM message_item")
    world.do("DELETE FROM message")
    world.do("DELETE FROM slot")
    ((phone,),) = world.rows("SELECT value FROM contact_point")
    at = (NOON - timedelta(hours=1)).timestamp()
    reply = InboundReply(phone, "10001", "quiero hablar con un asesor", "text", "wamid.1", at)
    record_reply(world.database, StillClock(), Channel.WHATSAPP, reply)
    ((person,),) = world.rows("SELECT id FROM person")
    with world.connection() as connection:
        number, _ = open_conversation(
            connection, person, world.creditor_id, Channel.WHATSAPP, "humano", NOON - timedelta(hours=1)
        )
    return number


def answer(world: World, talk: int, clock: StillClock | None = None, **wish: Any) -> Answered:
    said = AnswerIn(**{"reference": "r1", **wish})
    hand = Hand("eva", world.portfolio_id)
    return answer_conversation(world.database, clock or StillClock(), talk, said, hand)


def refused(world: World, talk: int, clock: StillClock | None = None, **wish: Any) -> AnswerRefused:
    with pytest.raises(AnswerRefused) as refusal:
        answer(world, talk, clock, **wish)
    assert world.rows("SELECT count(*) FROM message") == [(0,)]
    return refusal.value


def test_free_words_leave_as_they_were_written(world: World, talk: int) -> None:
    done = answer(world, talk, text=WORDS + "\x07 {{ monto }}")
    (cleared,) = guard(world, lease(world)).cleared
    assert cleared.outgoing.message_id == str(done.message_id)
    assert (cleared.outgoing.template, cleared.outgoing.text) == ("", WORDS + " {{ monto }}")
    assert request_document(cleared.outgoing)["type"] == "text"
    assert world.state(done.message_id)[0] is MessageState.SENDING
    assert world.rows("SELECT assigned_to, answered_at = %s FROM conversation", NOON) == [("eva", True)]


def test_the_words_lie_encrypted(world: World, talk: int) -> None:
    answer(world, talk, text=WORDS)
    for table in ("written_message", "ledger", "message", "message_item"):
        rows = world.rows(f"SELECT t::text FROM {table} t")
        assert rows and not [text for (text,) in rows if "ayudo" in text]


def test_the_same_reference_is_sent_once(world: World, talk: int) -> None:
    first, again = answer(world, talk, text=WORDS), answer(world, talk, text=WORDS)
    assert (first.is_new, again.is_new) == (True, False)
    assert first.message_id == again.message_id
    assert world.rows("SELECT count(*) FROM message") == [(1,)]
    assert answer(world, talk, text=WORDS, reference="r2").message_id != first.message_id


def test_buttons_and_lists_go_under_the_words(world: World, talk: int) -> None:
    answer(world, talk, text="¿Le llamamos?", buttons=(WrittenButton("Sí", "si"), WrittenButton("No", "no")))
    rows = (WrittenRow("Fechas", "Viernes", "vie"), WrittenRow("Fechas", "Lunes", "lun", "por la mañana"))
    answer(world, talk, text="¿Cuándo?", reference="r2", menu_button="Ver", rows=rows)
    world.do("UPDATE message SET send_at = send_at - interval '1 hour'")
    documents = []
    for one in lease(world):
        documents += [request_document(c.outgoing) for c in guard(world, [one]).cleared]
        world.do("UPDATE message SET sending_at = sending_at - interval '1 minute'")
    kinds = {str(document["interactive"]["type"]): document["interactive"] for document in documents}  # type: ignore[index]
    assert [b["reply"]["title"] for b in kinds["button"]["action"]["buttons"]] == ["Sí", "No"]  # type: ignore[index]
    assert len(kinds["list"]["action"]["sections"][0]["rows"]) == 2  # type: ignore[index]


def test_a_quick_reply_says_what_is_owed_when_it_leaves(world: World, talk: int) -> None:
    reply = QuickReplyRow("saldo", "es", "Saldo", "Hola {{ nombre }}, debe {{ monto | dinero }}")
    with world.connection() as connection:
        save_quick_reply(connection, world.portfolio_id, reply, "eva")
    answer(world, talk, quick_reply="saldo")
    world.do("UPDATE account SET amount_to_cure = 99050")
    (cleared,) = guard(world, lease(world)).cleared
    assert "$990.50" in cleared.outgoing.text and "Persona" in cleared.outgoing.text


def test_amounts_go_to_a_verified_address_only(world: World, talk: int) -> None:
    reply = QuickReplyRow("saldo", "es", "Saldo", "Debe {{ monto | dinero }}")
    with world.connection() as connection:
        save_quick_reply(connection, world.portfolio_id, reply, "eva")
    world.do("UPDATE contact_point SET verified = false")
    assert refused(world, talk, quick_reply="saldo").code == "answer.unverified"


def test_after_24_hours_only_a_template_goes(world: World, talk: int) -> None:
    later = StillClock(NOON + timedelta(hours=23, minutes=1))
    assert refused(world, talk, later, text=WORDS).code == "answer.window_shut"
    hand = Hand("eva", world.portfolio_id)
    told = check_answer(world.database, later, talk, AnswerIn("", text=WORDS), hand)
    assert not told.may and TEMPLATE in [template.key for template in told.templates]
    done = answer(world, talk, later, template=TEMPLATE)
    assert world.rows("SELECT purpose, (SELECT count(*) FROM slot) FROM message") == [(1, 1)]
    world.do("UPDATE account SET dispute_open = true")
    with pytest.raises(AnswerRefused) as at_rest:
        answer(world, talk, later, template=TEMPLATE, reference="r2")
    assert at_rest.value.code == "answer.held"
    assert done.is_new


def test_a_second_template_of_the_day_finds_the_slot_taken(world: World, talk: int) -> None:
    later = StillClock(NOON + timedelta(hours=23, minutes=1))
    answer(world, talk, later, template=TEMPLATE)
    with pytest.raises(AnswerRefused) as second:
        answer(world, talk, later, template=TEMPLATE, reference="r2")
    assert second.value.code == "answer.slot_taken"


def test_a_template_on_a_sunday_is_refused_with_law_and_article(world: World, talk: int) -> None:
    sunday = StillClock(NOON + timedelta(days=4))
    refusal = refused(world, talk, sunday, template=TEMPLATE)
    assert refusal.code == "answer.not_lawful" and "LTOSF" in refusal.message
    assert refusal.lawful is not None and refusal.lawful.article and refusal.lawful.until is not None


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"text": "Le vamos a embargar la casa"}, "answer.words"),
        ({"text": "x" * 4097}, "answer.too_long"),
        ({"text": WORDS, "channel": Channel.SMS}, "answer.address"),
        ({"template": "no_existe"}, "answer.template"),
        ({"quick_reply": "no_existe"}, "quick_reply.unknown"),
    ],
)
def test_what_may_not_be_said_is_refused(world: World, talk: int, wish: dict[str, Any], code: str) -> None:
    assert refused(world, talk, **wish).code == code


def test_an_address_that_is_wrong_by_then_gets_nothing(world: World, talk: int) -> None:
    done = answer(world, talk, text=WORDS)
    group = lease(world)
    world.do("UPDATE contact_point SET status = 'wrong'")
    assert guard(world, group).cleared == ()
    assert world.state(done.message_id) == (MessageState.WITHDRAWN, "no_contact_point")


def test_the_answer_goes_to_the_address_that_wrote(world: World, talk: int) -> None:
    world.do(
        "INSERT INTO contact_point (person_id, kind, value, value_index, channels, verified, status)"
        " SELECT person_id, 'phone', '+525599999999', '\\x01', channels, true, 'active' FROM contact_point"
    )
    world.do("UPDATE contact_point SET verified = value = '+525599999999'")
    ((phone,),) = world.rows("SELECT value FROM contact_point WHERE wrote_at IS NOT NULL")
    answer(world, talk, text=WORDS)
    (cleared,) = guard(world, lease(world)).cleared
    assert cleared.outgoing.to == phone


def test_words_of_an_erased_person_are_not_sent(world: World, talk: int) -> None:
    done = answer(world, talk, text=WORDS)
    group = lease(world)
    world.do("DELETE FROM person_key")
    assert guard(world, group).cleared == ()
    assert world.state(done.message_id) == (MessageState.WITHDRAWN, "render:answer.erased")


def test_no_strategy_sees_the_row_that_carries_the_words(world: World, talk: int) -> None:
    answer(world, talk, text=WORDS)
    assert world.rows("SELECT state FROM template WHERE key = 'palabras_whatsapp'") == [("written",)]


def test_a_text_message_is_answered_by_text_within_a_day_of_it(world: World, talk: int) -> None:
    both = (1 << Channel.WHATSAPP) | (1 << Channel.SMS)
    world.do("UPDATE contact_point SET channels = %s", both)
    world.do(
        "INSERT INTO sender (lane, channel, portfolio_id, address)"
        " VALUES (2, %s, %s, '2200'), (3, %s, %s, '2201')",
        int(Channel.SMS), world.portfolio_id, int(Channel.SMS), world.portfolio_id,
    )  # fmt: skip
    assert refused(world, talk, text=WORDS, channel=Channel.SMS).code == "answer.window_shut"
    ((phone,),) = world.rows("SELECT value FROM contact_point")
    reply = InboundReply(phone, "2201", "quiero hablar con un asesor", "text", "SM1", NOON.timestamp())
    record_reply(world.database, StillClock(), Channel.SMS, reply)
    answer(world, talk, text=WORDS, channel=Channel.SMS)
    assert world.rows("SELECT channel, purpose, lane FROM message") == [(2, 5, 3)], "their own number"


@pytest.mark.parametrize(("kind", "leaves"), [(HoldKind.CONVERSATION, True), (HoldKind.PAID_CLAIM, False)])
def test_the_conversation_itself_does_not_hold_a_template_back(
    world: World, talk: int, kind: HoldKind, leaves: bool
) -> None:
    later = StillClock(NOON + timedelta(hours=23, minutes=1))
    answer(world, talk, later, template=TEMPLATE)
    world.do("UPDATE account SET hold_kinds = %s", 1 << kind)
    world.do("UPDATE message SET send_at = %s", NOON)
    group = lease(world)
    assert len(group) == 1 and bool(guard(world, group, later).cleared) is leaves
