"""What comes between the reading of a day and its writing: the account is looked at again (R12)."""

from collections.abc import Callable

import pytest

from api.evaluation import Evaluator, Occasion
from engine.vocabulary import Trigger
from storage.reading import Selection
from tests.acceptance.paths import LATE, end, enter, path, send, wait
from tests.acceptance.timeline import Timeline

SERIOUS = {"fact": "days_past_due", "op": ">=", "value": 12}


def evaluate(timeline: Timeline, number: int, meanwhile: Callable[[], object]) -> None:
    """Evaluate everybody on the date after the newest run; something happens before it is written."""
    day = timeline.date(number)
    occasion = Occasion(day, timeline.clock.now(), Trigger.DAILY, 1000 + number, released=True)
    portfolio = timeline.book.portfolio_id
    Evaluator(timeline.database, portfolio).evaluate(
        Selection(portfolio), occasion, seen=lambda _: _happen(meanwhile)
    )


def _happen(meanwhile: Callable[[], object]) -> None:
    meanwhile()


def touch(timeline: Timeline, account_id: int) -> None:
    timeline.do("UPDATE enrolment SET revision = revision + 1 WHERE account_id = %s", account_id)


@pytest.mark.criterion("R12")
def test_who_pays_while_the_day_is_decided_is_not_written_to(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana", owes="900.00")
    timeline.publish(path("mora", enter(), wait(1), send("aviso"), wait(9), end()))
    day(0).expect(ana, at="espera-1")
    pay = "UPDATE account SET amount_to_cure = 0 WHERE id = %s"

    def payment() -> None:
        timeline.do(pay, ana.account_id)
        touch(timeline, ana.account_id)

    evaluate(timeline, 1, payment)
    day(0).expect(ana, left="exit")
    assert timeline.rows("SELECT count(*) FROM message") == [(0,)]
    assert timeline.rows("SELECT count(*) FROM slot") == [(0,)]


def test_who_finds_the_slot_taken_waits_for_tomorrow_and_is_told_why(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    timeline.publish(path("mora", enter(), wait(1), send("aviso"), wait(9), end()))
    day(0)
    taken = "INSERT INTO slot (person_id, local_on, message_id) VALUES (%s, %s, gen_random_uuid())"
    evaluate(timeline, 1, lambda: timeline.do(taken, ana.person_id, timeline.date(1)))
    day(0).expect(ana, at="aviso", state="deferred", due=2)
    assert timeline.rows("SELECT reason FROM verdict") == [("arbitration",)]
    assert timeline.rows("SELECT count(*) FROM message") == [(0,)]


def test_a_winner_that_changed_leaves_its_slot_to_the_debt_it_covered(timeline: Timeline) -> None:
    day, card = timeline.day, timeline.debtor("Ana", owes="100.00")
    loan = timeline.debt_of(card, owes="900.00")
    timeline.publish(path("mora", enter(), wait(1), send("aviso"), wait(9), end()))
    day(0)
    evaluate(timeline, 1, lambda: touch(timeline, loan.account_id))
    assert timeline.rows(
        "SELECT i.account_id, s.message_id = m.id FROM message m JOIN message_item i ON i.message_id = m.id"
        " LEFT JOIN slot s ON s.person_id = m.person_id AND s.local_on = m.local_on"
    ) == [(card.account_id, True)]
    day(0).expect(loan, at="aviso", state="deferred")


def test_an_account_is_never_in_two_strategies_whoever_writes_first(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana", days_past_due=11)
    timeline.publish(path("mora", enter(LATE), wait(9), end()))
    timeline.publish(path("dura", enter(SERIOUS, priority=200), wait(9), end()))
    day(0).expect(ana, at="espera-9")
    evaluate(timeline, 1, lambda: touch(timeline, ana.account_id))
    assert timeline.rows("SELECT state FROM enrolment ORDER BY id") == [(5,), (1,)]
    assert day(0).passages(ana) == ["mora", "dura"]
