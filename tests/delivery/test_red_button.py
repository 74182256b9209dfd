"""The red button: pressed by one person, lifted only by another."""

import pytest

from api.usecases.sending.resume_sending import resume_sending
from api.usecases.sending.stop_sending import list_stops, stop_sending
from engine.errors import ServiceError
from tests.delivery.test_guard import lease
from tests.delivery.world import StillClock, World

CLOCK = StillClock()


def test_stop_of_a_country_holds_its_messages_until_a_second_person_resumes(world: World) -> None:
    world.debtors(2)
    number = stop_sending(world.database, CLOCK, scope="country", value="mx", by="ana", reason="sismo")
    assert lease(world) == []
    with pytest.raises(ServiceError, match="second person"):
        resume_sending(world.database, CLOCK, switch_id=number, by="Ana")
    resume_sending(world.database, CLOCK, switch_id=number, by="beto")
    assert len(lease(world)) == 2
    assert list_stops(world.database) == []
    assert [kind for (kind,) in world.rows("SELECT kind FROM ledger ORDER BY id")] == [
        "sending.stopped",
        "sending.resumed",
    ]


def test_stop_of_another_channel_holds_nothing(world: World) -> None:
    world.debtors(1)
    stop_sending(world.database, CLOCK, scope="channel", value="sms", by="ana", reason="prueba")
    assert len(lease(world)) == 1


@pytest.mark.parametrize(
    ("scope", "value", "by", "reason"),
    [
        ("city", "x", "ana", "y"),
        ("country", "", "ana", "y"),
        ("channel", "fax", "ana", "y"),
        ("all", "", "", "y"),
    ],
)
def test_stop_that_says_too_little_is_refused(
    world: World, scope: str, value: str, by: str, reason: str
) -> None:
    with pytest.raises(ServiceError):
        stop_sending(world.database, CLOCK, scope=scope, value=value, by=by, reason=reason)


def test_stop_is_resumed_only_once(world: World) -> None:
    number = stop_sending(world.database, CLOCK, scope="all", by="ana", reason="prueba")
    resume_sending(world.database, CLOCK, switch_id=number, by="beto")
    with pytest.raises(ServiceError, match="in force"):
        resume_sending(world.database, CLOCK, switch_id=number, by="beto")
