"""A new version takes effect when its author says, and can be taken back until the next date (03, 14)."""

import pytest

from engine.errors import StrategyError
from engine.strategy.migrate import Choice
from engine.vocabulary import MessageState
from tests.acceptance.paths import end, enter, path, send, wait
from tests.acceptance.timeline import Timeline


def mora(days: int = 9, template: str = "aviso") -> str:
    return path("mora", enter(), send(template, id="aviso"), wait(days, id="pausa"), send("segundo"),
                wait(9, id="cola"), end())  # fmt: skip


def version_of(timeline: Timeline) -> list[int]:
    rows = timeline.rows(
        "SELECT v.number FROM enrolment e JOIN strategy_version v ON v.id = e.version_id"
        " ORDER BY e.account_id"
    )
    return [number for (number,) in rows]


def in_force(timeline: Timeline) -> int | None:
    rows = timeline.rows(
        "SELECT v.number FROM strategy s LEFT JOIN strategy_version v ON v.id = s.active_version_id"
    )
    number: int | None = rows[0][0]
    return number


def test_undone_in_time_everyone_stands_again_where_they_were_found(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    timeline.publish(mora(9))
    day(0).expect(ana, at="pausa", due=9)
    timeline.publish(mora(4))
    timeline.move_accounts("mora")
    day(0).expect(ana, at="pausa", due=4)
    done = timeline.undo("mora")
    assert (done.number, done.back_to, done.restored, done.stay) == (2, 1, 1, ())
    day(0).expect(ana, at="pausa", state="waiting", due=9)
    assert (version_of(timeline), in_force(timeline)) == ([1], 1)
    day(4).expect(ana, nothing=True)


def test_who_was_let_out_by_the_undone_version_is_in_again(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    timeline.publish(mora(9))
    day(1)
    timeline.publish(mora(4))
    timeline.move_accounts("mora", pausa=Choice("exit"))
    day(1).expect(ana, left="new_version")
    assert timeline.undo("mora").restored == 1
    day(2).expect(ana, at="pausa", state="waiting", due=9)


def test_a_message_the_undone_version_withdrew_is_decided_again(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    timeline.publish(mora())
    day(0, deliver=False).expect(ana, sent="aviso")
    timeline.publish(mora(template="otro"))
    timeline.move_accounts("mora")
    day(0).expect(ana, nothing=True)
    timeline.undo("mora")
    day(1).expect(ana, sent="aviso")
    assert version_of(timeline) == [1]


def test_whoever_has_gone_on_since_stays_and_is_listed(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    luis = timeline.debtor("Luis")
    timeline.publish(mora(template="aviso"))
    day(0, deliver=False)
    timeline.publish(mora(days=4))
    timeline.move_accounts("mora")
    leased = "UPDATE message SET state = 2 WHERE person_id = %s"
    timeline.do(leased, luis.person_id)
    timeline.deliver()
    day(0).expect(ana, at="pausa", due=4)
    done = timeline.undo("mora")
    assert [(each.account, each.node) for each in done.stay] == [
        (number, "pausa")
        for (number,) in timeline.rows("SELECT number FROM account WHERE id = %s", ana.account_id)
    ]
    assert done.restored == 1
    assert version_of(timeline) == [2, 1]


def test_once_the_next_date_has_opened_it_is_too_late(timeline: Timeline) -> None:
    timeline.debtor("Ana")
    timeline.publish(mora())
    timeline.day(0)
    timeline.publish(mora(4))
    timeline.day(1)
    with pytest.raises(StrategyError, match="a date has opened since"):
        timeline.undo("mora")


def test_the_first_publication_of_all_can_be_undone_too(timeline: Timeline) -> None:
    ana = timeline.debtor("Ana")
    timeline.publish(mora())
    assert timeline.undo("mora").back_to is None
    assert timeline.day(0).sent(ana) == []
    timeline.publish(mora())
    timeline.day(1).expect(ana, sent="aviso")


def test_a_version_for_later_takes_effect_with_its_date_and_moves_as_was_chosen(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    timeline.publish(mora(9))
    day(0)
    timeline.publish(mora(3), from_day=2, choices={})
    day(1).expect(ana, at="pausa", due=9)
    assert in_force(timeline) == 1
    day(2).expect(ana, at="pausa", due=3)
    assert (in_force(timeline), version_of(timeline)) == (2, [2])
    day(3).expect(ana, sent="segundo")


def test_without_a_choice_accounts_see_their_version_out(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    timeline.publish(mora(9))
    day(0)
    timeline.publish(mora(3), from_day=2)
    luis = timeline.debtor("Luis")
    day(2).expect(ana, at="pausa", due=9)
    assert version_of(timeline) == [1, 1]
    day(1).expect(luis, at="pausa")


def test_a_version_that_waits_for_its_date_can_be_taken_back(timeline: Timeline) -> None:
    timeline.debtor("Ana")
    timeline.publish(mora(9))
    timeline.day(0)
    timeline.publish(mora(3), from_day=2)
    timeline.day(1)
    done = timeline.undo("mora")
    assert (done.number, done.back_to) == (2, 1)
    timeline.day(3)
    assert in_force(timeline) == 1


def test_a_date_that_has_opened_is_no_date_to_take_effect_with(timeline: Timeline) -> None:
    timeline.debtor("Ana")
    timeline.publish(mora(9))
    timeline.day(1)
    with pytest.raises(StrategyError, match="opened already"):
        timeline.publish(mora(3), from_day=1)


def test_whose_message_is_on_its_way_follows_by_itself_from_where_its_outcome_takes_it(
    timeline: Timeline,
) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    timeline.publish(mora(9))
    day(0, deliver=False)

    def publish_meanwhile() -> None:
        timeline.publish(mora(4))
        assert timeline.move_accounts("mora").in_flight == 1
        assert version_of(timeline) == [1]

    timeline.deliver_during(publish_meanwhile)
    day(0).expect(ana, at="pausa", due=4)
    assert version_of(timeline) == [2]
    assert timeline.rows("SELECT count(*) FROM enrolment_move WHERE waiting") == [(0,)]


def test_whose_message_failed_meanwhile_follows_too(timeline: Timeline) -> None:
    day = timeline.day
    ana = timeline.debtor("Ana")
    timeline.publish(mora(9))
    day(0, deliver=False)
    timeline.do("UPDATE message SET state = %s", int(MessageState.SENDING))
    timeline.publish(mora(4, template="otro"))
    timeline.move_accounts("mora")
    timeline.do("UPDATE message SET state = %s", int(MessageState.QUEUED))
    timeline.deliver_as_failed("rate_limit")
    assert version_of(timeline) == [2]
    day(1).expect(ana, sent="otro")
