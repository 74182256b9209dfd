"""What becomes of mails: returned for good, returned for now, never returned, and refused with one click."""

from datetime import timedelta
from uuid import UUID

import pytest

from api.inbox.told import Told
from api.inbox.working import InboxWorker
from api.usecases.people.unsubscribe import unsubscribe, whose_mail
from channels.one_click import OneClick
from channels.port import InboundReply, StatusUpdate
from engine.errors import TemplateError
from engine.vocabulary import Channel, EventKind, MessageState
from storage.returned_mail import presume_delivered
from tests.channels.test_mail_in import report
from tests.delivery.world import NOON, StillClock, World

CLOCK = StillClock()
MAIL_BIT = 1 << Channel.EMAIL
ONE_CLICK = OneClick("https://cobros.example", [b"a key of the installation"])


def mails(world: World, count: int = 1) -> list[UUID]:
    """Persons with a mailbox, each with a mail that was accepted."""
    ids = world.debtors(count)
    world.do("UPDATE contact_point SET kind = 'email', value = 'Ana' || person_id || '@correo.example',"
             " channels = %s", MAIL_BIT)  # fmt: skip
    world.do("UPDATE person SET reachable_channels = %s, consented_channels = %s", MAIL_BIT, MAIL_BIT)
    world.do(
        "UPDATE message SET channel = 3, state = 4, sending_at = %s, settled_at = %s,"
        " provider_id = id || '@acreedor.example'", NOON, NOON,
    )  # fmt: skip
    return ids


def returns(world: World, message: UUID, status: str, address: str = "ana1@correo.example") -> None:
    told, worker = Told(world.database, CLOCK), InboxWorker(world.database, CLOCK, lambda _: b"")
    raw = report(status).replace(b"ana@correo.example", address.encode())
    told.hear_mail(raw, f"rebotes+{message}@acreedor.example")
    worker.work_all()
    told.close()
    worker.close()


def test_a_mailbox_that_does_not_exist_is_never_written_to_again(world: World) -> None:
    (message,) = mails(world)
    returns(world, message, "5.1.1")
    assert world.state(message) == (MessageState.FAILED, "provider:hard.5.1.1")
    assert world.rows("SELECT status, channels FROM contact_point") == [("unreachable", 0)]
    assert world.rows("SELECT reachable_channels FROM person") == [(0,)]
    assert world.rows("SELECT kind FROM account_event") == [(EventKind.FAILED,)]


def test_a_full_mailbox_is_written_to_again_but_not_for_ever(world: World) -> None:
    messages = mails(world, 3)
    world.do(
        "UPDATE message SET person_id = 1, sending_at = sending_at + n * interval '1 day' FROM"
        " (SELECT id, row_number() OVER (ORDER BY id) AS n FROM message) AS r WHERE r.id = message.id"
    )
    for message in messages[:2]:
        returns(world, message, "5.2.2")
        assert world.state(message) == (MessageState.FAILED, "provider:soft.5.2.2")
    assert world.rows("SELECT status FROM contact_point WHERE person_id = 1") == [("active",)]
    returns(world, messages[2], "5.2.2")
    assert world.rows("SELECT status FROM contact_point WHERE person_id = 1") == [("unreachable",)]


def test_a_mail_nobody_returned_is_delivered_after_a_day_and_a_late_return_changes_nothing(
    world: World,
) -> None:
    (message,) = mails(world)
    with world.connection() as connection:
        assert presume_delivered(connection, NOON + timedelta(hours=23, minutes=59)) == 0
        assert presume_delivered(connection, NOON + timedelta(hours=24)) == 1
        assert presume_delivered(connection, NOON + timedelta(hours=25)) == 0
    ((state, delivered_at),) = world.rows("SELECT state, delivered_at FROM message")
    assert (state, delivered_at) == (MessageState.DELIVERED, NOON + timedelta(hours=24))
    returns(world, message, "5.1.1")
    assert world.state(message)[0] is MessageState.DELIVERED


def test_a_text_message_is_never_presumed_delivered(world: World) -> None:
    world.debtors(1)
    world.do("UPDATE message SET channel = 2, state = 4, settled_at = %s", NOON)
    with world.connection() as connection:
        assert presume_delivered(connection, NOON + timedelta(days=3)) == 0


def test_one_click_stops_mails_and_only_mails_and_looking_stops_nothing(world: World) -> None:
    sent, queued = mails(world, 2)
    world.do("UPDATE message SET person_id = 1, state = 1 WHERE id = %s", queued)
    world.do("UPDATE message SET person_id = 1 WHERE id = %s", sent)
    token = ONE_CLICK.address(str(sent)).rpartition("/")[2]
    assert whose_mail(world.database, ONE_CLICK, token) == (1, "Financiera Aurora")
    assert world.rows("SELECT count(*) FROM consent") == [(0,)]
    assert unsubscribe(world.database, CLOCK, ONE_CLICK, token) == (queued,)
    assert unsubscribe(world.database, CLOCK, ONE_CLICK, token) == ()
    assert world.rows("SELECT channel, state, source, at FROM consent") == [
        (Channel.EMAIL, 2, "one_click", NOON)
    ]
    assert world.rows("SELECT denied_channels FROM person WHERE id = 1") == [(MAIL_BIT,)]
    with pytest.raises(TemplateError):
        unsubscribe(world.database, CLOCK, ONE_CLICK, token[:-2])


def test_what_was_told_again_is_stored_once_and_read_as_it_was_told(world: World) -> None:
    told = Told(world.database, CLOCK)
    receipt = StatusUpdate("m-1", "SM1", "delivered", 0.0)
    assert told.hear("smpp", [receipt]) == 1
    assert told.hear("smpp", [receipt]) == 0
    assert told.hear("smpp", [InboundReply("+5255", "1", "BAJA", "text", "smpp-1", 0.0)]) == 1
    told.close()
    assert world.rows("SELECT lane, kind FROM inbox ORDER BY id") == [(3, "status"), (1, "text")]
    worker = InboxWorker(world.database, CLOCK, lambda _: b"")
    assert worker.work_all() == 2
    worker.close()
