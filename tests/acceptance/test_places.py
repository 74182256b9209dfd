"""Where people are: a co-debtor abroad, and dates that are like no other in a region."""

import pytest

from api.usecases.book.declare_special_day import Declared, declare_special_day
from api.usecases.sending.stop_sending import stop_sending
from engine.errors import BookError
from engine.vocabulary import Relation
from storage.stops import NOT_STOPPED
from tests.acceptance.paths import end, enter, path, send, wait
from tests.acceptance.timeline import Timeline


def test_the_red_button_of_a_country_looks_at_who_is_written_to(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    abroad = timeline.book.person("Luis", country="CO", consents=("whatsapp",))
    timeline.do(
        "INSERT INTO account_party (account_id, person_id, relation, noticed_on) VALUES (%s, %s, %s, %s)",
        ana.account_id, abroad, int(Relation.CODEUDOR), timeline.first,
    )  # fmt: skip
    timeline.publish(path("mora", enter(), send("aviso", to="codeudor"), wait(9), end()))
    day(0, deliver=False).expect(ana, sent="aviso")
    assert timeline.rows("SELECT country, person_id FROM message") == [("CO", abroad)]
    stop_sending(timeline.database, timeline.clock, scope="country", value="mx", by="ana", reason="sismo")
    assert timeline.rows(f"SELECT {NOT_STOPPED} FROM message m") == [(True,)]
    stop_sending(timeline.database, timeline.clock, scope="country", value="co", by="ana", reason="sismo")
    assert timeline.rows(f"SELECT {NOT_STOPPED} FROM message m") == [(False,)]


def declare(timeline: Timeline, day: int, kind: str, country: str = "MX") -> bool:
    declared = Declared(country, timeline.date(day), kind, "decreto", by="ana")
    return declare_special_day(timeline.database, timeline.clock, declared)


def test_nobody_is_written_to_on_a_day_of_mourning(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    timeline.publish(path("mora", enter(), send("aviso"), wait(9), end()))
    assert declare(timeline, 0, "mourning")
    assert not declare(timeline, 0, "mourning")
    day(0).expect(ana, nothing=True, reason="house-special-days")
    day(1).expect(ana, sent="aviso")


def test_a_decreed_holiday_is_no_business_day_for_a_wait(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    timeline.publish(path("mora", enter(), wait(2, business=True), end()))
    declare(timeline, 1, "holiday")
    day(0).expect(ana, state="waiting", due=3)


def test_a_kind_of_day_nobody_knows_is_refused(timeline: Timeline) -> None:
    with pytest.raises(BookError):
        declare(timeline, 0, "puente")
