"""The last look before the post: whoever paid, promised, refused or is stopped is not written to."""

from datetime import timedelta

import pytest
from psycopg.types.json import Jsonb

from api.delivery.guarding import Guard, Guarded
from api.usecases.replies.record_reply import record_reply
from channels.port import InboundReply
from engine.vocabulary import Channel, MessageState
from storage.held_connection import HeldConnection
from storage.outbox.lanes import take_lanes
from storage.outbox.leases import Leased, lease_due
from tests.delivery.world import AMOUNT, NOON, OTHER_TEMPLATE, TEMPLATE, StillClock, World

WORKER = "out-test"


def lease(world: World, most: int = 100) -> list[Leased]:
    with world.connection() as connection:
        take_lanes(connection, WORKER, 16)
        return lease_due(connection, WORKER, {1: most}, NOON)


def guard(world: World, group: list[Leased], clock: StillClock | None = None) -> Guarded:
    connection = HeldConnection(world.database)
    try:
        return Guard(connection, WORKER, clock or StillClock()).pass_group(group)
    finally:
        connection.close()


def test_cleared_message_says_what_is_owed_now(world: World) -> None:
    (message,) = world.debtors(1)
    group = lease(world)
    world.do("UPDATE account SET amount_to_cure = 99050")
    (cleared,) = guard(world, group).cleared
    assert cleared.outgoing.message_id == str(message)
    assert "$990.50" in cleared.outgoing.text
    assert world.state(message)[0] is MessageState.SENDING
    assert world.rows("SELECT amount FROM message_item") == [(99050,)]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("UPDATE account SET amount_to_cure = 5000", "paid"),
        ("UPDATE account SET promise_open = true", "promise"),
        ("UPDATE account SET hold_kinds = 256", "hold"),
        ("UPDATE account SET dispute_open = true", "dispute"),
        ("UPDATE account SET missing = true", "missing"),
        ("UPDATE account SET account_status = 6", "account_stopped"),
        ("UPDATE person SET denied_channels = 2", "opted_out"),
        ("UPDATE contact_point SET status = 'wrong'", "no_contact_point"),
        ("DELETE FROM slot", "slot_lost"),
    ],
)
def test_message_is_withdrawn_when_something_came_between(world: World, change: str, reason: str) -> None:
    (message,) = world.debtors(1)
    group = lease(world)
    world.do(change)
    assert guard(world, group).cleared == ()
    assert world.state(message) == (MessageState.WITHDRAWN, reason)


def test_vulnerable_person_is_blocked_by_the_rule_that_says_so(world: World) -> None:
    (message,) = world.debtors(1)
    group = lease(world)
    world.do("UPDATE person SET stops = 4")
    assert guard(world, group).cleared == ()
    state, reason = world.state(message)
    assert state is MessageState.WITHDRAWN
    assert reason.startswith("blocked:")


def test_message_after_the_window_waits_for_nobody(world: World) -> None:
    (message,) = world.debtors(1)
    group = lease(world)
    late = StillClock(NOON.replace(day=19, hour=4, minute=30))
    assert guard(world, group, late).cleared == ()
    assert world.state(message)[0] is MessageState.QUEUED


def test_message_before_the_window_waits_for_its_opening(world: World) -> None:
    (message,) = world.debtors(1)
    group = lease(world)
    early = StillClock(NOON.replace(hour=10))
    assert guard(world, group, early).cleared == ()
    ((state, send_at),) = world.rows("SELECT state, send_at FROM message WHERE id = %s", message)
    assert state == MessageState.QUEUED
    assert send_at == NOON.replace(hour=13)


@pytest.mark.parametrize(
    ("scope", "value"),
    [("all", ""), ("country", "MX"), ("channel", str(int(Channel.WHATSAPP))), ("template", TEMPLATE)],
)
def test_red_button_keeps_a_leased_message_in_the_queue(world: World, scope: str, value: str) -> None:
    (message,) = world.debtors(1)
    group = lease(world)
    world.do(
        "INSERT INTO stop_switch (scope, value, stopped_by, reason) VALUES (%s, %s, 'ana', '')", scope, value
    )
    assert guard(world, group).cleared == ()
    assert world.state(message) == (MessageState.QUEUED, "stop_switch")
    assert lease(world) == []


def test_messages_of_before_a_restore_wait_for_a_person(world: World) -> None:
    (message,) = world.debtors(1)
    group = lease(world)
    world.do("UPDATE installation SET restore_epoch = 1")
    assert guard(world, group).cleared == ()
    assert world.state(message) == (MessageState.QUEUED, "review")
    assert lease(world) == []


def test_paid_debt_leaves_and_the_message_lists_the_rest(world: World) -> None:
    (message,) = world.debtors(1)
    world.second_debt(message, 80_000)
    world.second_debt(message, 20_000)
    group = lease(world)
    world.do("UPDATE account SET amount_to_cure = 0 WHERE amount_to_cure = 20000")
    (cleared,) = guard(world, group).cleared
    assert len(cleared.items) == 2
    assert "$2,050" in cleared.outgoing.text
    assert world.rows("SELECT count(*) FROM message_item WHERE alive") == [(2,)]


def test_next_debt_wins_with_its_own_template_when_the_winner_paid(world: World) -> None:
    (message,) = world.debtors(1)
    account = world.second_debt(message)
    enrol_with(world, account, OTHER_TEMPLATE)
    group = lease(world)
    world.do("UPDATE account SET amount_to_cure = 0 WHERE id <> %s", account)
    (cleared,) = guard(world, group).cleared
    assert cleared.outgoing.template == OTHER_TEMPLATE
    assert world.rows("SELECT account_id, covered FROM message_item WHERE alive") == [(account, False)]
    assert world.rows("SELECT template_id FROM message") == [(world.templates[OTHER_TEMPLATE],)]


def test_outside_contact_of_today_blocks_where_the_law_allows_one_a_day(world: World) -> None:
    (message,) = world.debtors(1)
    colombia(world)
    group = lease(world)
    world.do(
        "INSERT INTO outside_contact (person_id, creditor_id, channel, at, local_on, by, source, reference,"
        " shard, result) SELECT id, %s, 4, %s, %s, 'dialer', 'crm', '1', shard, '' FROM person",
        world.creditor_id, NOON, NOON.date(),
    )  # fmt: skip
    assert guard(world, group).cleared == ()
    state, reason = world.state(message)
    assert state is MessageState.WITHDRAWN
    assert reason.startswith("deferred:co-")


def test_reply_of_the_week_locks_its_channel_where_the_law_does(world: World) -> None:
    (message,) = world.debtors(1)
    colombia(world)
    group = lease(world)
    ((address,),) = world.rows("SELECT value FROM contact_point")
    monday = NOON - timedelta(days=2)
    reply = InboundReply(address, "10003", "¿cuánto debo?", "text", "SM-1", monday.timestamp())
    assert record_reply(world.database, StillClock(), Channel.SMS, reply).accounts
    assert guard(world, group).cleared == ()
    assert world.state(message) == (MessageState.WITHDRAWN, "deferred:co-channel-week")


def test_own_message_is_not_counted_against_itself(world: World) -> None:
    world.debtors(1)
    colombia(world)
    assert len(guard(world, lease(world)).cleared) == 1


def test_old_fence_clears_nothing(world: World) -> None:
    (message,) = world.debtors(1)
    group = lease(world)
    world.do("UPDATE message SET fence = fence + 1")
    assert guard(world, group).cleared == ()
    assert world.state(message)[0] is MessageState.LEASED


def test_lease_that_is_over_clears_nothing(world: World) -> None:
    world.debtors(1)
    group = lease(world)
    world.do("UPDATE message SET leased_until = clock_timestamp() - interval '1 second'")
    assert guard(world, group).cleared == ()


def test_lane_of_another_worker_clears_nothing(world: World) -> None:
    world.debtors(1)
    group = lease(world)
    world.do("UPDATE sender SET owner = 'out-other'")
    assert guard(world, group).cleared == ()


def test_unreleased_message_is_not_leased(world: World) -> None:
    world.debtors(1)
    world.do("UPDATE message SET released = false")
    assert lease(world) == []


def test_unverified_contact_point_gets_no_amount(world: World) -> None:
    world.debtors(1)
    world.do("UPDATE contact_point SET verified = false")
    (cleared,) = guard(world, lease(world)).cleared
    assert cleared.outgoing.template == f"{TEMPLATE}_neutral"
    assert f"{AMOUNT // 100:,}" not in cleared.outgoing.text


def colombia(world: World) -> None:
    """Move everyone to Bogotá, where one contact a day is the limit."""
    world.do("INSERT INTO place (country, subdivision, zones) VALUES ('CO', '', ARRAY['America/Bogota'])")
    world.do("UPDATE person SET place_id = (SELECT id FROM place WHERE country = 'CO')")
    world.do("UPDATE message SET country = 'CO'")


def enrol_with(world: World, account: int, template: str) -> None:
    """An enrolment of the account in a strategy whose node 2 sends a template."""
    document = {"nodes": [{"id": "aviso", "kind": "channel", "variants": [{"template": template}]}]}
    world.do(
        "INSERT INTO strategy_version (id, strategy_id, number, body, content_hash, published_by,"
        " approved_by) VALUES (1, 1, 1, %s, '', 'ana', 'beto')",
        Jsonb(document),
    )
    world.do("INSERT INTO strategy_node (strategy_id, code, node_id) VALUES (1, 2, 'aviso')")
    world.do(
        "INSERT INTO enrolment (id, account_id, person_id, portfolio_id, shard, strategy_id, version_id,"
        " node, state, entered_on, arrived_on, anchor_at) SELECT %s, id, person_id, portfolio_id, shard,"
        " 1, 1, 2, 2, %s, %s, %s FROM account WHERE id = %s",
        1_000_000 + account, NOON.date(), NOON.date(), NOON, account,
    )  # fmt: skip
