"""Messages nobody can vouch for: counted, never sent again, closed after a day (06; 03, points 12 and 17)."""

import pytest

from api.usecases.day.list_runs import list_runs
from tests.acceptance.paths import end, enter, path, send, wait
from tests.acceptance.provider import Provider
from tests.acceptance.timeline import Timeline


@pytest.fixture
def provider(timeline: Timeline) -> Provider:
    timeline.publish(path("mora", enter(), send("aviso"), wait(5), end()))
    return Provider(timeline)


def fates(timeline: Timeline) -> list[tuple[int, str]]:
    return timeline.rows("SELECT state, reason FROM message ORDER BY decided_at")


def test_after_a_day_without_status_it_is_unconfirmed_and_nobody_writes_again(
    timeline: Timeline, provider: Provider
) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    day(0, deliver=False)
    timeline.deliver_as_unknown()
    provider.passes(hours=23.9)
    assert fates(timeline) == [(8, "lease_over")]
    provider.passes(hours=0.2)
    assert fates(timeline) == [(8, "unconfirmed")]
    day(2).expect(ana, nothing=True, at="espera-5")


def test_a_status_that_comes_late_still_settles_it(timeline: Timeline, provider: Provider) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    day(0, deliver=False)
    timeline.deliver_as_unknown()
    provider.passes(hours=25)
    provider.says(ana, "delivered")
    assert fates(timeline) == [(5, "")]


def test_it_counts_for_the_caps_from_the_start(timeline: Timeline, provider: Provider) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    day(0, deliver=False)
    timeline.deliver_as_unknown()
    assert timeline.rows("SELECT count(*) FROM slot WHERE person_id = %s", ana.person_id) == [(1,)]


def test_the_second_close_adds_up(timeline: Timeline, provider: Provider) -> None:
    names = ("aceptado", "desconocido", "fallido", "vencido", "pagado")
    people = {name: timeline.debtor(name) for name in names}
    day = timeline.day
    day(0, deliver=False).payment(people["pagado"], "1000.00")
    posted = "UPDATE message SET state = %s, unknown_at = %s, provider_id = 'p', settled_at = %s"
    for name, state in (("aceptado", 4), ("desconocido", 8), ("fallido", 7)):
        now = timeline.clock.now()
        timeline.do(
            f"{posted} FROM message_item i WHERE i.message_id = message.id AND i.account_id = %s",
            state, now if state == 8 else None, now, people[name].account_id,
        )  # fmt: skip
    day(1, deliver=False)
    told = list_runs(timeline.database, timeline.book_key)[-1]
    assert told.delivered is not None and told.delivered.open == 0
    assert told.delivered.sentence() == (
        "5 decididos = 1 aceptados + 1 fallidos + 1 retirados + 1 vencidos + 1 en duda (0 sin confirmar)"
    )
    day(2, deliver=False)
    again = list_runs(timeline.database, timeline.book_key)[-1].delivered
    assert again is not None and (again.unknown, again.unconfirmed) == (1, 1)
