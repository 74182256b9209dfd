"""The last look at a fallback: the first message got through after all, somebody answered, things went on."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from engine.vocabulary import Channel, EventKind, MessageState
from tests.delivery.test_guard import guard, lease
from tests.delivery.world import NOON, World

_KEY = "cause_kind, cause_id, node, visit, addressee_id, leg"
_ALIKE = (
    "local_on, portfolio_id, creditor_id, person_id, shard, channel, purpose, template_id, country, lane,"
    " send_at, expires_at"
)


def fallback_of(world: World, message: UUID, moot_once: MessageState = MessageState.DELIVERED) -> UUID:
    """A first message that failed an hour ago, and its fallback in the queue."""
    leg = uuid4()
    world.do(
        "UPDATE message SET state = %s, provider_id = 'p', sending_at = %s, settled_at = %s WHERE id = %s",
        int(MessageState.FAILED), NOON - timedelta(hours=1), NOON, message,
    )  # fmt: skip
    world.do(
        f"INSERT INTO message (id, {_ALIKE}, state, released, leg, moot_once)"
        f" SELECT %s, {_ALIKE}, %s, true, 1, %s FROM message WHERE id = %s",
        leg, int(MessageState.QUEUED), int(moot_once), message,
    )  # fmt: skip
    world.do(
        f"INSERT INTO message_item ({_KEY}, message_id, local_on, account_id, amount, covered)"
        " SELECT cause_kind, cause_id, node, visit, addressee_id, 1, %s, local_on, account_id, amount,"
        " covered FROM message_item WHERE message_id = %s",
        leg, message,
    )  # fmt: skip
    return leg


def replied(world: World) -> None:
    world.do(
        "INSERT INTO account_event (account_id, person_id, shard, kind, at, source, reference, body)"
        " SELECT id, person_id, shard, %s, %s, 'prueba', 'r-1', '{}' FROM account",
        int(EventKind.REPLY), NOON,
    )  # fmt: skip


def test_a_fallback_shares_the_slot_of_its_message_and_goes(world: World) -> None:
    (message,) = world.debtors(1)
    leg = fallback_of(world, message)
    cleared = guard(world, lease(world)).cleared
    assert [one.message.id for one in cleared] == [leg], world.state(leg)


@pytest.mark.parametrize(
    ("moot_once", "told", "reason"),
    [
        (MessageState.DELIVERED, "delivered_at", "moot:delivered"),
        (MessageState.DELIVERED, "read_at", "moot:read"),
        (MessageState.READ, "read_at", "moot:read"),
        (MessageState.READ, "delivered_at", ""),
    ],
)
def test_what_got_through_after_all_takes_the_fallback_back(
    world: World, moot_once: MessageState, told: str, reason: str
) -> None:
    (message,) = world.debtors(1)
    leg = fallback_of(world, message, moot_once)
    group = lease(world)
    world.do(f"UPDATE message SET {told} = %s WHERE id = %s", NOON, message)
    guard(world, group)
    assert world.state(leg) == ((MessageState.WITHDRAWN, reason) if reason else (MessageState.SENDING, ""))


def test_an_answer_takes_the_fallback_back(world: World) -> None:
    (message,) = world.debtors(1)
    leg = fallback_of(world, message)
    group = lease(world)
    replied(world)
    guard(world, group)
    assert world.state(leg) == (MessageState.WITHDRAWN, "moot:replied")


def test_a_later_message_of_the_same_account_takes_the_fallback_back(world: World) -> None:
    (message,) = world.debtors(1)
    leg = fallback_of(world, message)
    group = lease(world)
    later = uuid4()
    world.do(
        f"INSERT INTO message (id, {_ALIKE}, state) SELECT %s, {_ALIKE}, 1 FROM message WHERE id = %s",
        later, message,
    )  # fmt: skip
    world.do(
        f"INSERT INTO message_item ({_KEY}, message_id, local_on, account_id, amount)"
        " SELECT cause_kind, cause_id, node + 1, visit, addressee_id, 0, %s, local_on, account_id, amount"
        " FROM message_item WHERE message_id = %s",
        later, message,
    )  # fmt: skip
    guard(world, group)
    assert world.state(leg) == (MessageState.WITHDRAWN, "moot:later_item")


def test_no_covered_debt_inherits_a_fallback(world: World) -> None:
    (message,) = world.debtors(1)
    world.second_debt(message)
    leg = fallback_of(world, message)
    group = lease(world)
    world.do("UPDATE account SET amount_to_cure = 0 WHERE number LIKE '4000%%'")
    guard(world, group)
    assert world.state(leg) == (MessageState.WITHDRAWN, "winner_left")


def test_an_opt_out_of_its_channel_stops_a_fallback(world: World) -> None:
    (message,) = world.debtors(1)
    leg = fallback_of(world, message)
    group = lease(world)
    world.do("UPDATE person SET denied_channels = %s", 1 << Channel.WHATSAPP)
    guard(world, group)
    assert world.state(leg) == (MessageState.WITHDRAWN, "opted_out")
