"""What people write back changes the course at once: by its meaning, or by the person who reads it."""

import pytest

from api.reactions.reacting import Reactor
from api.usecases.replies.correct_reply import correct_reply
from engine.vocabulary import HoldKind
from tests.acceptance.paths import end, enter, path, send, wait
from tests.acceptance.timeline import Debt, Timeline


@pytest.fixture
def ana(timeline: Timeline) -> Debt:
    timeline.publish(path("mora", enter(), send("aviso"), wait(8), send("segundo"), wait(9), end()))
    timeline.do(
        "INSERT INTO template (key, version, channel, language) VALUES ('promesa_eco_whatsapp', 1, 1, 'es')"
    )
    timeline.do(
        "INSERT INTO sender (lane, channel, portfolio_id, address) VALUES (1, 1, %s, '1')",
        timeline.book.portfolio_id,
    )
    return timeline.debtor("Ana", owes="1000.00")


def write(timeline: Timeline, debt: Debt, text: str, day: int = 1) -> None:
    timeline.day(day).reply_unheard(debt, text)
    Reactor(timeline.database, timeline.clock).work()


def held(timeline: Timeline) -> list[str]:
    rows = timeline.rows("SELECT kind FROM hold WHERE released_on IS NULL ORDER BY kind")
    return [HoldKind(kind).word for (kind,) in rows]


def intent(timeline: Timeline) -> str:
    ((said,),) = timeline.rows(
        "SELECT intent FROM domain_event WHERE name = 'reply' ORDER BY id DESC LIMIT 1"
    )
    return str(said)


def test_who_says_they_paid_rests_while_somebody_looks(timeline: Timeline, ana: Debt) -> None:
    write(timeline, ana, "ya pagué ayer por transferencia")
    assert (intent(timeline), held(timeline)) == ("ya_pague", ["paid_claim"])
    assert timeline.rows("SELECT details->>'queue' FROM effect") == [("verificacion_de_pagos",)]
    timeline.day(2).expect(ana, bucket="held")


def test_a_pressed_button_means_what_it_says_without_a_guess(timeline: Timeline, ana: Debt) -> None:
    timeline.day(1).reply_unheard(ana, "Listo", payload="intent:ya_pague")
    Reactor(timeline.database, timeline.clock).work()
    assert (intent(timeline), held(timeline)) == ("ya_pague", ["paid_claim"])
    assert timeline.rows("SELECT body->>'by' FROM domain_event WHERE name = 'reply'") == [("button",)]


def test_who_does_not_know_the_debt_has_a_dispute(timeline: Timeline, ana: Debt) -> None:
    write(timeline, ana, "yo no reconozco esa deuda")
    assert timeline.rows("SELECT dispute_open FROM account") == [(True,)]
    assert "dispute" in held(timeline)
    assert timeline.rows("SELECT count(*) FROM conversation") == [(1,)]


def test_a_question_waits_for_a_person(timeline: Timeline, ana: Debt) -> None:
    write(timeline, ana, "quiero hablar con un asesor")
    assert (intent(timeline), held(timeline)) == ("humano", ["conversation"])
    assert timeline.rows("SELECT reason FROM conversation") == [("humano",)]
    assert timeline.rows(
        "SELECT t.word FROM person p JOIN term t ON t.kind = 'intent' AND t.code = last_intent"
    ) == [("humano",)]


def test_thanks_stop_nothing(timeline: Timeline, ana: Debt) -> None:
    write(timeline, ana, "muchas gracias")
    assert (intent(timeline), held(timeline)) == ("gracias", [])


def test_a_promise_is_echoed_and_counts_after_the_yes(timeline: Timeline, ana: Debt) -> None:
    write(timeline, ana, "te pago 500 el viernes")
    assert timeline.rows("SELECT amount, due_on, state FROM promise") == [
        (500_00, timeline.date(4), "proposed")
    ]
    assert timeline.rows(
        "SELECT t.key FROM message m JOIN template t ON t.id = template_id WHERE m.strategy_id = 0"
    ) == [("promesa_eco_whatsapp",)]
    assert held(timeline) == []
    write(timeline, ana, "Sí, confirmo")
    assert timeline.rows("SELECT state FROM promise") == [("made",)]
    assert held(timeline) == ["promise"]
    timeline.day(2).expect(ana, bucket="held")


def test_a_no_drops_the_promise_and_a_person_goes_on(timeline: Timeline, ana: Debt) -> None:
    write(timeline, ana, "te pago 500 el viernes")
    write(timeline, ana, "no")
    assert timeline.rows("SELECT state FROM promise") == [("withdrawn",)]
    assert held(timeline) == ["conversation"]


@pytest.mark.parametrize(
    "text", ["te pago 500 en navidad", "pago 5000 el viernes", "luego les pago algo el lunes o el jueves"]
)
def test_a_promise_nobody_may_take_by_itself_is_a_persons(timeline: Timeline, ana: Debt, text: str) -> None:
    write(timeline, ana, text)
    assert timeline.rows("SELECT count(*) FROM promise WHERE state <> 'proposed'") == [(0,)]
    assert "promise" not in held(timeline)


def test_a_lawyer_is_nothing_for_a_machine(timeline: Timeline, ana: Debt) -> None:
    write(timeline, ana, "ya hablé con mi abogado y no pago")
    assert (intent(timeline), held(timeline)) == ("", ["conversation"])


def test_the_same_words_are_understood_after_a_person_put_them_right(timeline: Timeline, ana: Debt) -> None:
    words = "pasé a la ventanilla azul del centro"
    write(timeline, ana, words)
    assert intent(timeline) != "ya_pague"
    correct_reply(timeline.database, timeline.clock, words, "ya_pague", by="luis")
    write(timeline, ana, words)
    assert intent(timeline) == "ya_pague"
