"""The agent desk over the real API: the next case, its result, the call the law refuses, nothing lost."""

from typing import Any

from streamlit.testing.v1 import AppTest

from builder.pages.registry import PAGES
from tests.builder.working import Desk, labels, seen


def press(app: AppTest, label: str) -> Any:
    return next(button for button in app.button if button.label == label).click().run()


def promised(app: AppTest) -> Any:
    """The amount of the promise that ends the task."""
    boxes = [box for box in app.number_input if "-promise-amount" in str(box.key)]
    return next(box for box in boxes if not str(box.key).startswith("task-form"))


def results(desk: Desk) -> list[tuple[Any, ...]]:
    return desk.timeline.rows("SELECT result, ended_by FROM task WHERE state = 'done' ORDER BY ended_at")


def test_the_largest_case_comes_first_and_after_its_result_the_next(desk: Desk) -> None:
    app = desk.page(desk.session("eva", "agent"), "mesa")
    assert not app.exception and "Gestión · 3" in [
        option for pills in app.button_group for option in pills.options
    ]
    press(app, "Siguiente")
    assert app.title[0].value == "Carla Prueba" and "Prometió pagar" in labels(app)
    assert "¿hablo con Carla Prueba?" in seen(app)
    press(app, "No contesta")
    assert not app.exception
    assert app.title[0].value == "Diego Prueba"
    assert [code for code, _ in results(desk)] == ["no_contesta"]


def test_a_promise_is_recorded_with_its_result_and_one_refused_ends_nothing(desk: Desk) -> None:
    app = desk.page(desk.session("eva", "agent"), "mesa")
    press(app, "Siguiente")
    press(app, "Prometió pagar")
    promised(app).set_value(1.0).run()
    press(app, "Registrar y terminar")
    assert "se aceptan desde" in seen(app) and results(desk) == []
    promised(app).set_value(900.0).run()
    press(app, "Registrar y terminar")
    assert desk.timeline.rows("SELECT amount FROM promise") == [(90000,)]
    assert [code for code, _ in results(desk)] == ["promesa"] and app.title[0].value == "Diego Prueba"


def test_a_call_the_law_refuses_is_disabled_with_its_article(desk: Desk) -> None:
    desk.timeline.clock.set(desk.timeline.clock.now().replace(hour=9), speed=0.0)
    app = desk.page(desk.session("eva", "agent"), "mesa")
    press(app, "Siguiente")
    call = app.button(key="desk-call")
    assert call.disabled and "Se podrá desde" in str(call.help) and "art." in str(call.help)


def test_a_case_somebody_else_has_is_looked_at_only(desk: Desk) -> None:
    eva, luis = desk.session("eva", "agent"), desk.session("luis", "agent")
    case = eva.api.post(eva.at("tasks", "next"), {})["task"]["task"]["id"]
    app = desk.page(luis, "mesa", task=str(case))
    assert "La tiene eva" in seen(app)
    assert not {"No contesta", "Llamar", "Soltar"} & labels(app)


def test_an_empty_desk_says_what_comes_there(desk: Desk) -> None:
    app = desk.page(desk.session("eva", "agent"), "mesa")
    press(app, "Siguiente")
    for _ in range(3):
        press(app, "No contesta")
    assert "llegan aquí solas" in seen(app)


def test_who_may_not_work_tasks_does_not_see_the_desk(desk: Desk) -> None:
    people = {role: desk.session(role, role) for role in ("viewer", "auditor")}
    shown = {role: {page.path for page in PAGES if page.shown(who)} for role, who in people.items()}
    assert not {"mesa", "bandeja"} & shown["viewer"]
    assert "bandeja" in shown["auditor"] and "mesa" not in shown["auditor"]
