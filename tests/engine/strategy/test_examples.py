"""Examples of a strategy: what is expected, what happens instead, and what an author may get wrong."""

from typing import Any

import pytest

from engine.errors import CadenciaError
from engine.examples import ExampleResult, run
from tests.engine.strategy.drawing import agent, decide, draw, end, hand_over, message, wait, wait_for

PATH = (
    "in -> hola -> oye; hola:blocked -> mesa; oye:reply -> mesa; oye:timeout -> adios -> fin;"
    "adios:blocked -> fin; mesa -> fin; mesa:timeout -> fin; mesa:promesa -> fin-promesa"
)
IN_ARREARS: dict[str, Any] = {"days_past_due": 3}


def play(*steps: dict[str, Any], country: str = "MX", **changes: Any) -> ExampleResult:
    """One example from Tuesday 10 November 2026 on."""
    pieces: dict[str, Any] = {
        "hola": message(),
        "oye": wait_for("reply", days=3),
        "adios": message("sms"),
        "mesa": agent(results=["promesa"]),
        "fin": end(),
        "fin_promesa": end("promesa"),
        "examples": [{"name": "uno", "country": country, "steps": steps}],
    }
    [result] = run(draw(changes.pop("path", PATH), **pieces | changes))
    return result


def step(day: int, **said: Any) -> dict[str, Any]:
    return {"day": day, **said}


def said(result: ExampleResult) -> list[str]:
    return [failure.message_es for failure in result.failures]


def test_a_green_example_tells_its_days() -> None:
    result = play(
        step(0, facts=IN_ARREARS, expect_message="hola_whatsapp", expect_node="oye"),
        step(3, expect_message="hola_sms", expect_outcome="listo"),
    )
    assert result.passed
    assert [day.messages for day in result.story] == [("hola_whatsapp",), (), (), ("hola_sms",)]


def test_what_happened_instead_is_said() -> None:
    result = play(
        step(0, facts=IN_ARREARS, expect_message="hola_sms", expect_node="mesa", expect_outcome="listo")
    )
    assert said(result) == [
        "Se esperaba «hola_sms», salió: hola_whatsapp",
        "Se esperaba en «mesa», está en: oye",
        "Se esperaba salir con «listo», salió con: —",
    ]


def test_nothing_was_expected_and_something_was_sent() -> None:
    result = play(step(0, facts=IN_ARREARS, expect_nothing=True))
    assert said(result) == ["No se esperaba ningún mensaje, salió: hola_whatsapp"]


def test_days_past_due_grow_with_the_calendar() -> None:
    path = "in -> pausa -> d; d:viejo -> fin-viejo; d:else -> fin"
    old = decide(viejo={"fact": "days_past_due", "op": "=", "value": 8})
    pieces: dict[str, Any] = {"pausa": wait(5), "d": old, "fin": end(), "fin_viejo": end("viejo")}
    steps = [step(0, facts=IN_ARREARS), step(5, expect_outcome="viejo")]
    [result] = run(draw(path, **pieces, examples=[{"name": "uno", "steps": steps}]))
    assert result.passed, result.failures


def test_a_reply_leads_out_of_its_wait() -> None:
    assert play(step(0, facts=IN_ARREARS), step(1, events=["reply"], expect_node="mesa")).passed


def test_a_result_code_leads_out_of_an_escalation() -> None:
    steps = [
        step(0, facts=IN_ARREARS),
        step(1, events=["reply"]),
        step(2, events=["promesa"], expect_outcome="promesa"),
    ]
    assert play(*steps).passed


def test_a_payment_that_cures_ends_it() -> None:
    steps = [
        step(0, facts=IN_ARREARS | {"amount_to_cure": 100}),
        step(1, facts={"amount_to_cure": 0}, expect_outcome="exit"),
    ]
    assert play(*steps).passed


def test_a_hold_lets_nothing_happen() -> None:
    steps = [
        step(0, facts=IN_ARREARS),
        step(2, facts={"on_hold": True}),
        step(6, expect_nothing=True, expect_node="oye"),
        step(7, facts={"on_hold": False}, expect_message="hola_sms"),
    ]
    assert play(*steps).passed


def test_the_law_of_the_country_is_kept() -> None:
    """Colombia: the week is locked to WhatsApp, the SMS of Friday the 13th waits for Tuesday the 17th."""
    path = PATH.replace("adios:blocked -> fin", "adios:blocked -> mesa")
    patient = message("sms", if_not_today={"defer_days": 6})
    steps = [step(0, facts=IN_ARREARS), step(3, expect_nothing=True, expect_node="adios")]
    assert play(*steps, step(7, expect_message="hola_sms"), country="CO", path=path, adios=patient).passed


def test_a_broken_promise_jumps_where_the_strategy_says() -> None:
    steps = [
        step(0, facts=IN_ARREARS),
        step(1, events=["promise_broken"], expect_node="mesa", expect_nothing=True),
    ]
    assert play(*steps, on_hold={"promise_broken": "mesa"}).passed


def test_two_messages_in_a_row_take_two_days() -> None:
    """One slot a day: what follows at once goes out tomorrow."""
    path = "in -> uno -> dos -> fin; uno:blocked -> fin; dos:blocked -> fin"
    pieces: dict[str, Any] = {"uno": message(), "dos": message("sms"), "fin": end()}
    steps = [step(0, facts=IN_ARREARS, expect_node="dos"), step(1, expect_message="hola_sms")]
    [result] = run(draw(path, **pieces, examples=[{"name": "uno", "country": "MX", "steps": steps}]))
    assert result.passed, result


def test_an_account_given_to_another_strategy_has_left() -> None:
    steps = [step(0, facts=IN_ARREARS, expect_outcome="legal")]
    [result] = run(draw("in -> da", da=hand_over("legal"), examples=[{"name": "uno", "steps": steps}]))
    assert result.passed, result.failures


@pytest.mark.parametrize(
    "facts",
    [
        {"dias": 3},
        {"days_past_due": "tres"},
        {"days_past_due": True},
        {"account_status": "perdida"},
        {"effective_due_on": "2026-02-30"},
        {"consented_channels": ["paloma"]},
    ],
)
def test_facts_that_cannot_be_make_the_example_red(facts: dict[str, Any]) -> None:
    result = play(step(0, facts=facts))
    assert not result.passed
    assert said(result)[0].startswith("No se puede jugar")


def test_examples_of_a_broken_strategy_are_refused() -> None:
    with pytest.raises(CadenciaError):
        run(draw("in -> luna", fin=end()))
