"""What people carry out by hand passes the same policy: calls, letters, and assisted messages."""

import csv
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from api.usecases.sending.assist_messages import mark_assisted, show_assisted
from api.usecases.sending.hand_out_calls import CallList, hand_out_calls
from api.usecases.sending.print_letters import LetterBatch, print_letters
from api.usecases.sending.record_call_results import record_call_results
from channels.calls import CallResult
from engine.errors import ServiceError
from engine.vocabulary import Channel, EventKind, MessageState
from storage.outbox.lanes import count_lanes, take_lanes
from tests.delivery.world import NOON, StillClock, World

CLOCK = StillClock()
HAND = "+525550001111"


def by_hand(world: World, channel: Channel, count: int = 1) -> list[UUID]:
    """Messages of a channel that people carry out, on a lane of their own."""
    ids = world.debtors(count)
    bit = 1 << channel
    world.do("UPDATE sender SET channel = %s, address = %s", int(channel), HAND)
    world.do("UPDATE message SET channel = %s", int(channel))
    world.do("UPDATE contact_point SET channels = %s", bit)
    world.do("UPDATE person SET reachable_channels = %s, consented_channels = %s", bit, bit)
    return ids


def calls(world: World, clock: StillClock = CLOCK, most: int = 100) -> CallList:
    return hand_out_calls(world.database, clock, "tarjetas", handed_to="marcador", most=most)


def test_no_sender_process_takes_a_lane_that_people_work(world: World) -> None:
    by_hand(world, Channel.VOICE)
    with world.connection() as connection:
        assert take_lanes(connection, "out-1", 10) == []
        assert count_lanes(connection) == 0


def test_a_call_is_handed_out_once_with_its_window_and_counts_from_then_on(world: World) -> None:
    (message,) = by_hand(world, Channel.VOICE)
    listed = calls(world)
    (call,) = listed.calls
    assert (call.reference, call.phone, call.line) == (str(message), "+525500000001", 1)
    assert (call.opens_at.isoformat(), call.closes_at.isoformat()) == (
        "2026-11-18T10:00:00-06:00", "2026-11-18T22:00:00-06:00",
    )  # fmt: skip
    assert "$1,250" in call.script
    assert world.rows("SELECT state, provider_id FROM message") == [
        (MessageState.ACCEPTED, f"{listed.batch}/1")
    ]
    assert calls(world).calls == ()
    (title, row) = csv.reader(io.StringIO(listed.csv()))
    assert dict(zip(title, row, strict=True))["telefono"] == "525500000001"


def test_whoever_paid_or_refused_calls_is_not_on_the_list(world: World) -> None:
    by_hand(world, Channel.VOICE, 3)
    world.do("UPDATE account SET amount_to_cure = 0 WHERE person_id = 1")
    world.do("UPDATE person SET denied_channels = %s WHERE id = 2", 1 << Channel.VOICE)
    listed = calls(world)
    assert [call.phone for call in listed.calls] == ["+525500000003"]
    assert listed.refused == 2


def result(message: UUID, code: str) -> CallResult:
    return CallResult(str(message), code, NOON + timedelta(minutes=5), "nota")


@pytest.mark.parametrize(
    ("code", "state", "two_way"),
    [("contactado", MessageState.DELIVERED, True), ("no_contesta", MessageState.FAILED, False)],
)
def test_a_result_is_taken_once_and_counts_as_talk_or_attempt(
    world: World, code: str, state: MessageState, two_way: bool
) -> None:
    (message,) = by_hand(world, Channel.VOICE)
    calls(world)
    assert record_call_results(world.database, CLOCK, [result(message, code)]).new == 1
    again = record_call_results(world.database, CLOCK, [result(message, code), result(UUID(int=1), code)])
    assert (again.new, again.known, again.strange) == (0, 1, (str(UUID(int=1)),))
    assert world.state(message)[0] is state
    kinds = {kind for (kind,) in world.rows("SELECT kind FROM account_event")}
    assert EventKind.RESULT in kinds and (EventKind.REPLY in kinds) is two_way
    assert world.rows("SELECT result FROM hand_out") == [(code,)]


def test_a_wrong_number_and_a_refusal_told_by_telephone_bind_at_once(world: World) -> None:
    wrong, refuses = by_hand(world, Channel.VOICE, 2)
    calls(world)
    told = [result(wrong, "equivocado"), result(refuses, "no_llamar")]
    assert record_call_results(world.database, CLOCK, told).new == 2
    assert world.rows("SELECT status FROM contact_point ORDER BY person_id") == [("wrong",), ("active",)]
    assert world.rows("SELECT person_id, channel, state FROM consent") == [(2, Channel.VOICE, 2)]


ADDRESS = "Calle 5 #10\nCol. Centro\n06000 Ciudad de México"


def letters(world: World, into: Path) -> LetterBatch:
    return print_letters(world.database, CLOCK, "tarjetas", into, by="imprenta")


def test_a_batch_of_letters_has_a_manifest_and_what_does_not_fit_is_told(
    world: World, tmp_path: Path
) -> None:
    _, too_long = by_hand(world, Channel.LETTER, 2)
    world.do("UPDATE contact_point SET value = %s WHERE person_id = 1", ADDRESS)
    world.do(
        "UPDATE contact_point SET value = %s WHERE person_id = 2", "\n".join("una línea" for _ in range(9))
    )
    batch = letters(world, tmp_path)
    assert (batch.letters, batch.refused, batch.failed) == (1, 0, 1)
    assert (batch.folder / "carta-00001.pdf").read_bytes().startswith(b"%PDF-")
    rows = list(csv.reader((batch.folder / "manifiesto.csv").open(encoding="utf-8", newline="")))
    assert len(rows) == 2 and rows[1][4] == "Persona 1" and "1,250" not in str(rows)
    assert world.state(too_long) == (MessageState.FAILED, "render:letter.address")


def shown(world: World, by: str = "lucia", clock: StillClock = CLOCK):
    return show_assisted(world.database, clock, "tarjetas", by=by, sender=HAND)


def mark(world: World, message: UUID, clock: StillClock = CLOCK):
    return mark_assisted(world.database, clock, "tarjetas", message, by="lucia", sender=HAND)


def test_a_person_is_shown_links_and_marks_what_was_sent_which_then_counts(world: World) -> None:
    (message,) = by_hand(world, Channel.ASSISTED)
    queue = shown(world)
    (one,) = queue.messages
    assert one.link.startswith("https://wa.me/525500000001?text=Hola%20Persona") and "$1,250" in one.text
    assert (queue.sent_today, queue.left_today) == (0, 200)
    assert world.state(message)[0] is MessageState.QUEUED
    assert shown(world, by="otro").messages == ()  # for a while it is hers alone
    assert mark(world, message).lawful
    assert world.state(message)[0] is MessageState.ACCEPTED
    assert shown(world).sent_today == 1
    with pytest.raises(ServiceError, match="marked before"):
        mark(world, message)


def test_what_is_not_lawful_any_more_is_not_shown_and_counts_even_when_it_was_sent(world: World) -> None:
    paid, between = by_hand(world, Channel.ASSISTED, 2)
    world.do("UPDATE account SET amount_to_cure = 0 WHERE person_id = 1")
    assert [one.message_id for one in shown(world).messages] == [between]
    assert world.state(paid) == (MessageState.WITHDRAWN, "paid")
    world.do("UPDATE person SET denied_channels = %s WHERE id = 2", 1 << Channel.ASSISTED)
    marked = mark(world, between)
    assert (marked.lawful, marked.reason) == (False, "opted_out")
    assert world.rows("SELECT person_id, channel, by FROM outside_contact") == [
        (2, Channel.ASSISTED, "lucia")
    ]
    assert ("assisted.sent_although",) in world.rows("SELECT kind FROM ledger")


def test_nobody_sends_more_than_the_day_allows_nor_what_was_not_shown(world: World) -> None:
    first, second = by_hand(world, Channel.ASSISTED, 2)
    world.do("UPDATE portfolio SET settings = settings || '{\"assisted_per_day\": 1}'")
    with pytest.raises(ServiceError, match="nobody was shown"):
        mark(world, first)
    assert len(shown(world).messages) == 1
    (known,) = world.rows("SELECT message_id FROM hand_out")
    assert mark(world, known[0]).lawful
    queue = shown(world)
    assert (queue.messages, queue.sent_today, queue.left_today) == ((), 1, 0)
    assert {first, second} > {known[0]}


def test_outside_the_window_nobody_is_shown_a_message_or_given_a_call(world: World) -> None:
    by_hand(world, Channel.ASSISTED)
    night = StillClock(datetime(2026, 11, 19, 5, 0, tzinfo=UTC))
    assert shown(world, clock=night).messages == ()
