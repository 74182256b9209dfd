"""The inbox over the real API: what each role may see and do, and that nothing written is lost."""

from typing import Any

import httpx
from streamlit.testing.v1 import AppTest

from builder.client import Client
from tests.builder.working import Desk, labels, seen


def answer_box(app: AppTest) -> list[Any]:
    """Where an answer is written, if it may be."""
    return [area for area in app.text_area if str(area.key).startswith("answer-")]


def test_an_agent_sees_who_waits_takes_the_conversation_and_closes_it(desk: Desk) -> None:
    eva = desk.session("eva", "agent")
    app = desk.page(eva)
    card = app.button(key=f"open-{desk.talk}")
    assert card.label == "Ana Prueba" and "23 h 59 min" in seen(app) and "Elija una conversación" in seen(app)
    card.click().run()
    told = seen(app)
    assert "quiero hablar con un asesor" in told and "Plantilla «aviso»" in told
    assert "MXN 1,500.50" in told and "retenida: conversación" in told
    app.button(key=f"hand-take-{desk.talk}").click().run()
    assert eva.api.get(eva.at("conversations", desk.talk))["conversation"]["assigned_to"] == "eva"
    app.button(key=f"close-do-{desk.talk}").click().run()
    assert not app.exception
    assert eva.api.get(eva.at("conversations"))["items"] == []


def test_a_role_that_reads_has_no_button_that_acts(desk: Desk) -> None:
    app = desk.page(desk.session("aude", "auditor"), conversation=desk.talk)
    assert "quiero hablar con un asesor" in seen(app) and "no las contesta" in seen(app)
    assert labels(app) == {"Ana Prueba"} and not app.text_area


def test_what_somebody_else_has_in_hand_is_not_answered(desk: Desk) -> None:
    eva, luis = desk.session("eva", "agent"), desk.session("luis", "agent")
    eva.api.post(eva.at("conversations", desk.talk, "take"), {})
    app = desk.page(luis, conversation=desk.talk)
    assert not answer_box(app) and "Soltar" not in labels(app)
    assert "Tomar" in labels(desk.page(desk.session("sofía", "supervisor"), conversation=desk.talk))


def test_an_empty_inbox_says_what_comes_there(desk: Desk) -> None:
    desk.timeline.do("UPDATE conversation SET state = 'closed'")
    assert "cada respuesta que necesite una persona" in seen(desk.page(desk.session("eva", "agent")))


def test_a_conversation_of_another_portfolio_is_told_as_such(desk: Desk) -> None:
    assert "no está en esta cartera" in seen(desk.page(desk.session("eva", "agent"), conversation="999"))


def test_a_promise_is_written_down_and_one_beyond_the_policy_keeps_what_was_typed(desk: Desk) -> None:
    ((account,),) = desk.timeline.rows("SELECT number FROM account WHERE id = %s", desk.ana.account_id)
    app = desk.page(desk.session("eva", "agent"), conversation=desk.talk)
    amount = app.number_input(key=f"talk-form-{desk.talk}-promise-amount-{account}")
    assert amount.value == 1500.50
    amount.set_value(1.0)
    next(button for button in app.button if button.label == "Registrar promesa").click().run()
    assert "se aceptan desde" in seen(app)
    amount = app.number_input(key=f"talk-form-{desk.talk}-promise-amount-{account}")
    assert amount.value == 1.0
    amount.set_value(1500.50)
    next(button for button in app.button if button.label == "Registrar promesa").click().run()
    assert desk.timeline.rows("SELECT amount FROM promise") == [(150050,)]
    assert "Promesa de MXN 1,500.50" in seen(app)


def test_a_silent_service_loses_no_words(desk: Desk) -> None:
    eva = desk.session("eva", "agent")
    app = desk.page(eva, conversation=desk.talk)
    (box,) = answer_box(app)
    box.input("Buenos días, ¿en qué le ayudo?").run()
    heard, eva.api = eva.api, Client(httpx.Client(base_url="http://127.0.0.1:1"))
    app.run()
    assert "no responde" in seen(app)
    eva.api = heard
    app.run()
    (box,) = answer_box(app)
    assert box.value == "Buenos días, ¿en qué le ayudo?"


def test_an_answer_is_checked_before_it_may_be_sent_and_goes_once(desk: Desk) -> None:
    app = desk.page(desk.session("eva", "agent"), conversation=desk.talk)
    (box,) = answer_box(app)
    box.input("Si no paga, lo vamos a embargar mañana").run()
    assert app.error and "Enviar" not in labels(app)
    (box,) = answer_box(app)
    box.input("Buenos días, con gusto le ayudo").run()
    assert "Enviar" in labels(app)
    next(button for button in app.button if button.label == "Enviar").click().run()
    assert desk.timeline.rows("SELECT by FROM written_message") == [("eva",)]
    (box,) = answer_box(app)
    assert box.value == "" and "Buenos días, con gusto le ayudo" in seen(app)


def test_outside_the_window_only_a_template_is_offered(desk: Desk) -> None:
    desk.shut_the_window()
    app = desk.page(desk.session("eva", "agent"), conversation=desk.talk)
    assert "solo sale una plantilla aprobada" in seen(app) and not answer_box(app)
    assert [box for box in app.selectbox if str(box.key).endswith("-template")]


def test_after_hours_the_box_is_shut_with_the_law(desk: Desk) -> None:
    desk.shut_the_window()
    desk.timeline.clock.set(desk.timeline.clock.now().replace(hour=9), speed=0.0)
    app = desk.page(desk.session("eva", "agent"), conversation=desk.talk)
    (box,) = answer_box(app)
    assert box.disabled and "no se puede" in seen(app)
    assert "Se podrá desde" in seen(app) and "Disposiciones" in seen(app)


def test_the_account_shows_how_long_the_window_is_open(desk: Desk) -> None:
    ((account,),) = desk.timeline.rows("SELECT number FROM account WHERE id = %s", desk.ana.account_id)
    app = desk.page(desk.session("eva", "agent"), "cuentas", account=account)
    assert "ventana de WhatsApp: quedan 23 h 59 min" in seen(app)
