"""Days with a conversation: what a machine may tell does not stop the strategy, what a person takes does."""

import pytest

from api.reactions.reacting import Reactor
from api.usecases.replies.answer_conversation import answer_conversation
from api.usecases.replies.deciding_answer import AnswerIn
from api.usecases.replies.hand_conversation import Hand, end_conversation
from tests.acceptance.paths import end, enter, path, send, wait
from tests.acceptance.timeline import Debt, Timeline

BY_HAND = "quiero hablar con un asesor"


@pytest.fixture
def ana(timeline: Timeline) -> Debt:
    timeline.publish(path("mora", enter(), send("aviso"), wait(2), send("segundo"), wait(9), end()))
    timeline.do(
        "INSERT INTO sender (lane, channel, portfolio_id, address) VALUES (1, 1, %s, '1')",
        timeline.book.portfolio_id,
    )
    return timeline.debtor("Ana", owes="1000.00")


def write(timeline: Timeline, debt: Debt, text: str, day: int) -> None:
    timeline.day(day).reply_unheard(debt, text)
    Reactor(timeline.database, timeline.clock).work()


def collected(timeline: Timeline) -> list[str]:
    """The templates of the messages the strategy asked for, in order."""
    rows = timeline.rows(
        "SELECT t.key FROM message m JOIN template t ON t.id = m.template_id WHERE m.purpose = 1"
        " ORDER BY m.local_on"
    )
    return [key for (key,) in rows]


def test_a_question_about_the_balance_is_answered_and_the_days_go_on(timeline: Timeline, ana: Debt) -> None:
    write(timeline, ana, "¿cuánto debo?", 1)
    assert timeline.rows("SELECT by FROM written_message") == [("asistente",)]
    for number in (2, 3, 4):
        timeline.day(number)
    assert collected(timeline) == ["aviso", "segundo"]


def test_who_talks_with_a_person_waits_and_goes_on_where_it_stood(timeline: Timeline, ana: Debt) -> None:
    write(timeline, ana, BY_HAND, 1)
    timeline.day(2).expect(ana, bucket="held", nothing=True)
    ((talk,),) = timeline.rows("SELECT id FROM conversation")
    hand = Hand("eva", timeline.book.portfolio_id)
    answer = AnswerIn("r1", text="Con gusto le ayudo")
    assert answer_conversation(timeline.database, timeline.clock, talk, answer, hand).is_new
    end_conversation(timeline.database, timeline.clock, talk, "handed_back", "", hand)
    for number in (3, 4):
        timeline.day(number)
    assert collected(timeline) == ["aviso", "segundo"]


def test_an_answer_takes_no_place_of_the_day(timeline: Timeline, ana: Debt) -> None:
    write(timeline, ana, BY_HAND, 1)
    ((talk,),) = timeline.rows("SELECT id FROM conversation")
    hand = Hand("eva", timeline.book.portfolio_id)
    answer_conversation(timeline.database, timeline.clock, talk, AnswerIn("r1", text="Le ayudo"), hand)
    assert timeline.rows("SELECT count(*) FROM slot") == [(1,)]
    assert timeline.rows("SELECT purpose FROM message ORDER BY purpose") == [(1,), (5,)]
