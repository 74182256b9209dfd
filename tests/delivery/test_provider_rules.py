"""The provider's own rules at the guard: held templates, rest, pairs, tiers, and who may use WhatsApp."""

from datetime import timedelta
from uuid import UUID

import pytest
from psycopg.types.json import Jsonb

from api.usecases.sending.record_provider_news import record_sender_news, record_template_news
from channels.port import Action, SenderNews, TemplateNews
from engine.vocabulary import Channel, Consent, MessageState
from storage.outbox.consequences import Consequence, carry_out
from storage.outbox.lanes import take_lanes
from tests.delivery.test_guard import guard, lease
from tests.delivery.world import CLOSING, NOON, OTHER_TEMPLATE, TEMPLATE, StillClock, World


def told(world: World, name: str, state: str, minutes: int = 0, **more: str) -> None:
    at = (NOON + timedelta(minutes=minutes)).timestamp()
    with world.connection() as connection:
        news = TemplateNews(name, "es", "77", state or None, at=at, **more)  # type: ignore[arg-type]
        record_template_news(connection, Channel.WHATSAPP, news, NOON)


def registered(world: World, *names: str) -> None:
    """Templates of ours a provider has approved."""
    for name in names:
        key = name.removesuffix("_neutral")
        world.do(
            "INSERT INTO provider_template (provider, name, language, template_id, neutral, state, category,"
            " changed_at) VALUES ('whatsapp', %s, 'es', %s, %s, 'approved', 'utility', %s)",
            name, world.templates[key], name.endswith("_neutral"), NOON - timedelta(days=1),
        )  # fmt: skip


def falls_back(world: World, fallback: object) -> None:
    """Every item comes from a node with this fallback."""
    node = {"id": "aviso", "kind": "channel", "fallback": fallback, "variants": [{"template": TEMPLATE}]}
    world.do(
        "INSERT INTO strategy_version (id, strategy_id, number, body, content_hash, published_by,"
        " approved_by) VALUES (1, 1, 1, %s, '', 'ana', 'beto')",
        Jsonb({"nodes": [node]}),
    )
    world.do("INSERT INTO strategy_node (strategy_id, code, node_id) VALUES (1, 2, 'aviso')")
    world.do(
        "INSERT INTO enrolment (id, account_id, person_id, portfolio_id, shard, strategy_id, version_id,"
        " node, state, entered_on, arrived_on, anchor_at) SELECT id, id, person_id, portfolio_id, shard,"
        " 1, 1, 2, 2, %s, %s, %s FROM account",
        NOON.date(), NOON.date(), NOON,
    )  # fmt: skip


def test_a_paused_template_gives_way_to_its_sibling_and_somebody_is_told(world: World) -> None:
    (message,) = world.debtors(1)
    registered(world, TEMPLATE, OTHER_TEMPLATE)
    told(world, TEMPLATE, "paused")
    (cleared,) = guard(world, lease(world)).cleared
    assert cleared.outgoing.template == OTHER_TEMPLATE
    assert world.rows("SELECT template_id FROM message") == [(world.templates[OTHER_TEMPLATE],)]
    ((kind, subject, said),) = world.rows("SELECT kind, subject, said FROM alert")
    assert (kind, subject) == ("template_held", f"template:{TEMPLATE}")
    assert "stands in" in said
    assert world.state(message)[0] is MessageState.SENDING


def test_without_a_sibling_the_message_sleeps_until_the_template_is_approved(world: World) -> None:
    (message,) = world.debtors(1)
    registered(world, TEMPLATE, OTHER_TEMPLATE)
    told(world, OTHER_TEMPLATE, "disabled")
    told(world, TEMPLATE, "paused")
    assert guard(world, lease(world)).cleared == ()
    assert world.state(message) == (MessageState.QUEUED, "template_held")
    assert lease(world) == []
    told(world, TEMPLATE, "approved", minutes=1)
    (cleared,) = guard(world, lease(world)).cleared
    assert cleared.outgoing.template == TEMPLATE


def test_without_a_sibling_the_message_fails_where_the_node_has_a_fallback(world: World) -> None:
    (message,) = world.debtors(1)
    falls_back(world, {"on": "failed", "channel": "sms", "template": "mora_1_30_sms"})
    world.do("UPDATE template SET state = 'paused'")
    assert guard(world, lease(world)).cleared == ()
    assert world.state(message) == (MessageState.FAILED, "provider:template_held")


def test_a_template_registered_elsewhere_is_known_by_its_name(world: World) -> None:
    world.debtors(1)
    told(world, TEMPLATE, "paused")
    assert world.rows("SELECT template_id, neutral FROM provider_template") == [
        (world.templates[TEMPLATE], False)
    ]
    (cleared,) = guard(world, lease(world)).cleared
    assert cleared.outgoing.template == OTHER_TEMPLATE


def test_a_pause_told_late_does_not_undo_a_later_approval(world: World) -> None:
    registered(world, TEMPLATE)
    told(world, TEMPLATE, "approved", minutes=10)
    told(world, TEMPLATE, "paused", minutes=5)
    assert world.rows("SELECT state FROM provider_template") == [("approved",)]


def test_a_held_neutral_wording_holds_only_unverified_addresses(world: World) -> None:
    first, second = world.debtors(2)
    registered(world, TEMPLATE, f"{TEMPLATE}_neutral")
    told(world, f"{TEMPLATE}_neutral", "rejected")
    world.do(
        "UPDATE contact_point SET verified = false WHERE person_id = (SELECT person_id FROM message"
        " WHERE id = %s)", second,
    )  # fmt: skip
    (cleared,) = guard(world, lease(world)).cleared
    assert cleared.message.id == first
    assert world.state(second) == (MessageState.QUEUED, "template_held")


def test_a_category_the_provider_changed_is_stored_and_told(world: World) -> None:
    registered(world, TEMPLATE)
    told(world, TEMPLATE, "", category="marketing", quality="yellow")
    assert world.rows("SELECT state, category, quality FROM provider_template") == [
        ("approved", "marketing", "yellow")
    ]
    assert world.rows("SELECT kind FROM alert") == [("template_category",)]


def test_an_agency_writes_by_whatsapp_only_with_the_approval_it_declares(world: World) -> None:
    first, second = world.debtors(2)
    world.do("UPDATE creditor SET whatsapp_policy = 'agency'")
    assert guard(world, lease(world, 1)).cleared == ()
    states = {world.state(first), world.state(second)}
    assert (MessageState.FAILED, "provider:whatsapp_policy") in states
    world.do("UPDATE creditor SET whatsapp_policy = 'agency_approved'")
    assert len(guard(world, lease(world)).cleared) == 1


def capped(world: World, message: UUID, times: int = 1) -> None:
    """The provider said that this person has had enough of WhatsApp."""
    ((person, address),) = world.rows(
        "SELECT m.person_id, c.value FROM message m JOIN contact_point c USING (person_id) WHERE m.id = %s",
        message,
    )
    for n in range(times):
        one = Consequence(
            "rest", message, person, Channel.WHATSAPP, 1, 1, TEMPLATE, "es", address, "provider:131049"
        )
        with world.connection() as connection:
            carry_out(connection, [one], NOON + timedelta(days=30 * n))


def test_a_person_the_provider_caps_is_left_alone_a_day_then_two(world: World) -> None:
    (message,) = world.debtors(1)
    capped(world, message)
    assert world.rows("SELECT rest_until FROM contact_point") == [(NOON + timedelta(days=1),)]
    assert guard(world, lease(world)).cleared == ()
    assert world.state(message) == (MessageState.WITHDRAWN, "deferred:resting")
    capped(world, message, times=2)
    assert world.rows("SELECT rest_until, rests FROM contact_point") == [
        (NOON + timedelta(days=30) + timedelta(days=2), 2)
    ]


def test_two_messages_to_one_person_are_six_seconds_apart(world: World) -> None:
    first, second = world.debtors(2)
    world.do(
        "UPDATE message SET state = 4, sending_at = %s, purpose = 4, provider_id = 'wamid.0',"
        " person_id = (SELECT person_id FROM message WHERE id = %s) WHERE id = %s",
        NOON - timedelta(seconds=2), second, first,
    )  # fmt: skip
    world.do("UPDATE message SET purpose = 4 WHERE id = %s", second)  # a confirmation takes no slot
    assert guard(world, lease(world)).cleared == ()
    assert world.rows("SELECT state, reason, send_at FROM message WHERE id = %s", second) == [
        (MessageState.QUEUED, "pair_rate", NOON + timedelta(seconds=4))
    ]
    assert len(guard(world, lease(world), StillClock(NOON + timedelta(seconds=5))).cleared) == 0
    world.do("UPDATE message SET send_at = %s WHERE id = %s", NOON, second)
    assert len(guard(world, lease(world), StillClock(NOON + timedelta(seconds=5))).cleared) == 1


def test_a_pool_begins_no_more_conversations_in_a_day_than_its_tier(world: World) -> None:
    world.lanes_besides(2, 2)
    world.debtors(8, lanes=2)
    world.do("UPDATE sender SET tier = 5, pool = 'empresa'")
    ((opened,),) = world.rows("SELECT min(person_id) FROM message WHERE lane = 1")
    world.do("UPDATE contact_point SET wrote_at = %s WHERE person_id = %s", NOON - timedelta(hours=1), opened)
    first = guard(world, lease(world))  # lane 1: four messages, one of them inside its window
    assert len(first.cleared) == 4
    world.do("UPDATE message SET lane = 1 WHERE lane = 2")
    assert len(guard(world, lease(world)).cleared) == 2
    waiting = world.rows("SELECT reason, send_at FROM message WHERE state = 1")
    assert waiting == [("tier_spent", CLOSING)] * 2
    assert world.rows("SELECT kind, subject FROM alert") == [("tier_spent", "pool:empresa")]
    world.do("UPDATE sender_reach SET at = at - interval '25 hours'")
    world.do("UPDATE message SET send_at = %s WHERE state = 1", NOON)
    assert len(guard(world, lease(world)).cleared) == 2


def test_a_tier_the_provider_tells_binds_every_number_of_the_account(world: World) -> None:
    world.lanes_besides(2, 2)
    with world.connection() as connection:
        news = SenderNews("15550783881", "phone_number_quality_update", "red", 2_000, reason="flagged")
        record_sender_news(connection, Channel.WHATSAPP, news, NOON)
    assert world.rows("SELECT DISTINCT tier FROM sender") == [(2_000,)]
    assert world.rows("SELECT kind FROM alert") == [("sender_quality",)]


def test_trouble_with_the_account_stops_the_channel_and_somebody_is_told(world: World) -> None:
    (message,) = world.debtors(1)
    group = lease(world)
    with world.connection() as connection:
        news = SenderNews("", "account_update", action=Action.STOP_CHANNEL, reason="account_restriction")
        record_sender_news(connection, Channel.WHATSAPP, news, NOON)
    assert guard(world, group).cleared == ()
    assert world.state(message) == (MessageState.QUEUED, "stop_switch")
    assert world.rows("SELECT kind, subject FROM alert") == [("channel_stopped", "channel:whatsapp")]


@pytest.mark.parametrize("pause_s", [0.0, 3600.0])
def test_a_paused_number_is_given_nothing(world: World, pause_s: float) -> None:
    (message,) = world.debtors(1)
    one = Consequence(
        "pause_sender", message, 1, Channel.WHATSAPP, 1, 1, "", "es", "", "provider:131048", pause_s
    )
    with world.connection() as connection:
        carry_out(connection, [one], NOON)
        (lane,) = take_lanes(connection, "out-test", 1)
    assert lane.paused
    assert world.rows("SELECT kind FROM alert") == [("sender_paused",)]


def test_stop_told_by_the_provider_is_an_opt_out_like_any_other(world: World) -> None:
    first, second = world.debtors(2)
    world.do("UPDATE message SET person_id = (SELECT person_id FROM message WHERE id = %s)", first)
    ((person,),) = world.rows("SELECT DISTINCT person_id FROM message")
    one = Consequence("opt_out", first, person, Channel.WHATSAPP, 1, 1, "", "es", "", "provider:21610")
    for _ in range(2):
        with world.connection() as connection:
            carry_out(connection, [one], NOON)
    assert world.rows("SELECT source, state FROM consent") == [("provider:21610", int(Consent.DENIED))]
    assert world.state(second) == (MessageState.WITHDRAWN, "opted_out")
    assert world.rows("SELECT kind FROM ledger WHERE kind LIKE 'person.%%'") == [("person.opted_out",)]
    assert world.rows("SELECT name, source FROM domain_event") == [("opt_out", "provider")]
