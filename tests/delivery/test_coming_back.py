"""What comes back: payments, replies, opt-outs, outside contacts and the providers' statuses."""

import itertools
import random
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from api.usecases.money.record_payment import PaymentIn, record_payment
from api.usecases.people.record_opt_out import OptOut, record_opt_out
from api.usecases.people.record_outside_contact import OutsideContactIn, record_outside_contact
from api.usecases.replies.record_reply import record_reply
from api.usecases.sending.record_statuses import record_statuses
from channels.port import Action, InboundReply, StatusUpdate
from engine.vocabulary import Channel, EventKind, MessageState
from tests.delivery.world import AMOUNT, NOON, StillClock, World

CLOCK = StillClock()


def payment(world: World, amount: int, reference: str = "r-1", message: UUID | None = None) -> PaymentIn:
    query = (
        "SELECT min(account_id) FROM message_item WHERE NOT covered AND (%s::uuid IS NULL OR message_id = %s)"
    )
    ((account,),) = world.rows(query, message, message)
    return PaymentIn(account, "core", reference, amount, NOON)


def test_payment_counts_once_and_withdraws_what_is_queued(world: World) -> None:
    (message,) = world.debtors(1)
    first = record_payment(world.database, CLOCK, payment(world, AMOUNT - 4_000))
    again = record_payment(world.database, CLOCK, payment(world, AMOUNT - 4_000))
    assert (first.is_new, first.amount_to_cure, first.withdrawn) == (True, 4_000, (message,))
    assert (again.is_new, again.amount_to_cure) == (False, 4_000)
    assert world.state(message) == (MessageState.WITHDRAWN, "paid")
    assert world.rows("SELECT kind, body FROM account_event") == [
        (EventKind.PAYMENT, {"amount": AMOUNT - 4_000})
    ]


def test_partial_payment_leaves_the_message_queued(world: World) -> None:
    (message,) = world.debtors(1)
    recorded = record_payment(world.database, CLOCK, payment(world, 50_000))
    assert recorded.withdrawn == ()
    assert world.state(message)[0] is MessageState.QUEUED


def test_payment_of_one_of_three_debts_keeps_the_message_for_the_others(world: World) -> None:
    (message,) = world.debtors(1)
    world.second_debt(message)
    world.second_debt(message)
    recorded = record_payment(world.database, CLOCK, payment(world, AMOUNT))
    assert recorded.withdrawn == ()
    assert world.rows("SELECT count(*) FROM message_item WHERE alive") == [(2,)]


def test_payment_does_not_take_back_what_is_on_its_way(world: World) -> None:
    (message,) = world.debtors(1)
    world.do("UPDATE message SET state = 3")
    assert record_payment(world.database, CLOCK, payment(world, AMOUNT)).withdrawn == ()
    assert world.state(message)[0] is MessageState.SENDING


def test_payment_takes_back_a_leased_message_by_its_fence(world: World) -> None:
    (message,) = world.debtors(1)
    world.do("UPDATE message SET state = 2, fence = 5, leased_by = 'out-1'")
    record_payment(world.database, CLOCK, payment(world, AMOUNT))
    assert world.rows("SELECT state, fence FROM message") == [(MessageState.WITHDRAWN, 6)]
    assert world.state(message)[1] == "paid"


def test_reminder_stays_while_part_of_the_instalment_is_open(world: World) -> None:
    (message,) = world.debtors(1)
    world.do("UPDATE message SET purpose = 2")
    world.do("UPDATE account SET amount_to_cure = 0, minimum_payment = 60000")
    record_payment(world.database, CLOCK, payment(world, 10_000, "r-1"))
    assert world.state(message)[0] is MessageState.QUEUED
    record_payment(world.database, CLOCK, payment(world, 50_000, "r-2"))
    assert world.state(message) == (MessageState.WITHDRAWN, "paid")


def sent(world: World, message: UUID, provider_id: str = "wamid.1") -> None:
    world.do(
        "UPDATE message SET state = 4, provider_id = %s, sending_at = %s, settled_at = %s WHERE id = %s",
        provider_id, NOON, NOON, message,
    )  # fmt: skip


def words(world: World, text: str, *, reference: str = "wamid.in", to: str = "") -> InboundReply:
    ((address,),) = world.rows("SELECT min(value) FROM contact_point")
    return InboundReply(address, "10001", text, "text", reference, NOON.timestamp(), in_reply_to=to)


def test_reply_is_an_event_of_every_debt_in_the_message_it_answers(world: World) -> None:
    (message,) = world.debtors(1)
    covered = world.second_debt(message)
    sent(world, message)
    recorded = record_reply(world.database, CLOCK, Channel.WHATSAPP, words(world, "pago el viernes"))
    assert covered in recorded.accounts
    assert len(recorded.accounts) == 2
    assert record_reply(world.database, CLOCK, Channel.WHATSAPP, words(world, "otra vez")).accounts == ()
    assert world.rows("SELECT DISTINCT kind FROM account_event") == [(EventKind.REPLY,)]
    assert world.rows("SELECT last_reply_on FROM person") == [(NOON.date(),)]


@pytest.mark.parametrize(("text", "channels"), [("Baja", 0b1011110), ("STOP!", 0b10)])
def test_opt_out_word_closes_the_channel_at_once(world: World, text: str, channels: int) -> None:
    (message,) = world.debtors(1)
    recorded = record_reply(world.database, CLOCK, Channel.WHATSAPP, words(world, text))
    assert recorded.withdrawn == (message,)
    assert world.rows("SELECT denied_channels, consented_channels FROM person") == [(channels, 0)]
    assert world.state(message) == (MessageState.WITHDRAWN, "opted_out")
    kinds = {kind for (kind,) in world.rows("SELECT kind FROM ledger")}
    assert {"person.opted_out", "reply.received"} <= kinds


def test_stop_word_inside_a_sentence_is_left_to_understanding(world: World) -> None:
    (message,) = world.debtors(1)
    recorded = record_reply(world.database, CLOCK, Channel.WHATSAPP, words(world, "ya di de baja la tarjeta"))
    assert recorded.opted_out == ()
    assert world.state(message)[0] is MessageState.QUEUED


def test_reply_of_a_stranger_stands_in_the_ledger(world: World) -> None:
    reply = InboundReply("+5219999999999", "10001", "¿quién es?", "text", "wamid.x", NOON.timestamp())
    assert record_reply(world.database, CLOCK, Channel.WHATSAPP, reply).person_id == 0
    assert world.rows("SELECT kind FROM ledger") == [("reply.unknown_sender",)]


def test_opt_out_of_sms_leaves_whatsapp_open(world: World) -> None:
    (message,) = world.debtors(1)
    ((person,),) = world.rows("SELECT id FROM person")
    assert record_opt_out(world.database, CLOCK, OptOut(person, (Channel.SMS,), "portal")) == ()
    assert world.state(message)[0] is MessageState.QUEUED
    assert world.rows("SELECT channel, state FROM consent") == [(Channel.SMS, 2)]


def test_outside_contact_counts_once_on_the_debtors_date(world: World) -> None:
    world.debtors(1)
    ((person,),) = world.rows("SELECT id FROM person")
    late = datetime(2026, 11, 19, 2, 0, tzinfo=UTC)  # still the 18th in Mexico City
    call = OutsideContactIn(person, world.creditor_id, Channel.VOICE, late, "marcador", "dialer", "c-1", True)
    assert record_outside_contact(world.database, CLOCK, call)
    assert not record_outside_contact(world.database, CLOCK, call)
    assert world.rows("SELECT local_on, two_way FROM outside_contact") == [(NOON.date(), True)]


def told(message: UUID, state: str, minute: int, action: Action | None = None) -> StatusUpdate:
    return StatusUpdate(
        str(message), "wamid.1", state, NOON.timestamp() + 60 * minute,  # type: ignore[arg-type]
        code="131026" if state == "failed" else "", action=action, recipient="+525500000001",
    )  # fmt: skip


def tell(world: World, *updates: StatusUpdate) -> int:
    with world.connection() as connection:
        return record_statuses(connection, Channel.WHATSAPP, updates, NOON)


@pytest.mark.parametrize("order", list(itertools.permutations(("sent", "delivered", "read"))))
def test_statuses_end_the_same_in_any_order(world: World, order: tuple[str, ...]) -> None:
    (message,) = world.debtors(1)
    world.do("UPDATE message SET state = 3, leased_by = 'out-1', leased_until = now()")
    minutes = {"sent": 0, "delivered": 1, "read": 2}
    for state in random.Random(1).choices(order, k=2) + list(order):
        tell(world, told(message, state, minutes[state]))
    assert world.rows("SELECT state, delivered_at, read_at, provider_id, leased_by FROM message") == [
        (MessageState.READ, NOON + timedelta(minutes=1), NOON + timedelta(minutes=2), "wamid.1", None)
    ]
    assert world.rows("SELECT count(*) FROM account_event") == [(2,)]
    assert world.rows("SELECT last_message_status FROM person") == [(MessageState.READ,)]


def test_status_with_our_id_settles_an_unknown_message(world: World) -> None:
    (message,) = world.debtors(1)
    world.do("UPDATE message SET state = 8, reason = 'lease_over'")
    assert tell(world, told(message, "sent", 0)) == 1
    assert world.state(message) == (MessageState.ACCEPTED, "")


def test_failure_after_acceptance_is_applied_again_and_closes_the_address(world: World) -> None:
    (message,) = world.debtors(1)
    sent(world, message)
    world.do("UPDATE message SET applied = true")
    tell(world, told(message, "failed", 1, Action.WRONG_NUMBER))
    assert world.rows("SELECT state, reason, applied FROM message") == [
        (MessageState.FAILED, "provider:131026", False)
    ]
    assert world.rows("SELECT reachable_channels FROM person") == [(0,)]
    tell(world, told(message, "sent", 2))
    assert world.state(message)[0] is MessageState.FAILED


def test_status_of_a_message_nobody_knows_changes_nothing(world: World) -> None:
    assert tell(world, StatusUpdate("not-ours", "wamid.9", "read", NOON.timestamp())) == 0
