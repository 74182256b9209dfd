"""Every page, drawn for every role over the real API with an empty book: no exception, nothing not theirs."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from api.access.roles import roles
from builder.pages.registry import PAGES
from builder.session import STATE
from tests.builder.conftest import World
from tests.builder.serving import PASSWORD

STARTED: dict[str, Any] = {"default_timeout": 60}


def screens(url: str) -> None:
    from builder.screens import show

    show(url)


def one_page(path: str) -> None:
    import streamlit as st

    from builder.frame import guarded
    from builder.pages.registry import PAGES
    from builder.session import current

    st.set_page_config(layout="wide")
    session = current()
    assert session is not None
    guarded(session, next(page for page in PAGES if page.path == path).show)


def texts(app: AppTest) -> str:
    kinds = (app.title, app.markdown, app.caption, app.info, app.warning, app.error, app.success)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


def test_the_entrance_lets_in_who_knows_the_password(world: World) -> None:
    login = world.person("eva", "strategist")
    app = AppTest.from_function(screens, kwargs={"url": world.url}, **STARTED).run()
    app.text_input(key="entrance-login").input(login)
    app.text_input(key="entrance-password").input("wrong")
    app.button[0].click().run()
    assert "no son correctos" in texts(app)
    app.text_input(key="entrance-password").input(PASSWORD)
    app.button[0].click().run()
    assert not app.exception
    assert app.session_state[STATE].login == login


def test_a_silent_service_is_told_with_its_cure() -> None:
    app = AppTest.from_function(screens, kwargs={"url": "http://127.0.0.1:1"}, **STARTED).run()
    app.text_input(key="entrance-login").input("eva")
    app.text_input(key="entrance-password").input("x")
    app.button[0].click().run()
    assert "no responde" in texts(app) and "cadencia up" in texts(app)


def test_an_expired_session_asks_to_sign_in_and_keeps_what_was_drawn(world: World) -> None:
    session = world.session(world.person("eva", "strategist"))
    session.expired = True
    app = AppTest.from_function(screens, kwargs={"url": world.url}, **STARTED)
    app.session_state[STATE] = session
    app.session_state["draft/tarjetas/mora/"] = "what is being drawn"
    app.run()
    assert "Su sesión terminó" in texts(app)
    app.text_input(key="entrance-password").input(PASSWORD)
    app.button[0].click().run()
    assert app.session_state[STATE].portfolio == "tarjetas"
    assert app.session_state["draft/tarjetas/mora/"] == "what is being drawn"


@pytest.mark.parametrize("role", sorted(roles()))
def test_every_page_of_a_role_is_drawn_without_an_exception(world: World, role: str) -> None:
    session = world.session(world.person("eva", role))
    shown = [page for page in PAGES if page.shown(session)]
    for page in shown:
        app = AppTest.from_function(one_page, kwargs={"path": page.path}, **STARTED)
        app.session_state[STATE] = session
        if page.path in ("lienzo", "publicar"):
            app.query_params["strategy"] = "mora"
        app.run()
        assert not app.exception, page.path
        assert "nadie esperaba" not in texts(app), f"{page.path}: {texts(app)}"
        assert "no permite" not in texts(app), f"{page.path} is shown to {role}, who may not read it"


def test_a_viewer_sees_strategies_and_makes_none(world: World) -> None:
    session = world.session(world.person("vera", "viewer"))
    paths = {page.path for page in PAGES if page.shown(session)}
    assert "estrategias" in paths
    assert not {"usuarios", "importar", "aprobaciones"} & paths
    app = AppTest.from_function(one_page, kwargs={"path": "estrategias"}, **STARTED)
    app.session_state[STATE] = session
    app.run()
    assert not [button for button in app.button if button.label in ("Crear y dibujar", "Abrir como borrador")]


def test_a_document_of_a_newer_cadencia_is_told_as_such(world: World) -> None:
    session = world.session(world.person("eva", "strategist"))
    app = AppTest.from_function(one_page, kwargs={"path": "estrategias"}, **STARTED)
    app.session_state[STATE] = session
    app.run()
    app.text_area(key="pasted").input('{"schema_version": 9, "key": "futuro"}')
    app.button(key="take-pasted").click().run()
    assert "versión más nueva (9)" in texts(app)


def test_the_inspector_changes_the_document_and_shows_what_was_undone(world: World) -> None:
    key = "inspeccionada"
    session = world.session(world.person("eva", "strategist"))
    app = AppTest.from_function(one_page, kwargs={"path": "lienzo"}, **STARTED)
    app.session_state[STATE] = session
    app.query_params["strategy"] = key
    app.run()
    desk = app.session_state[f"draft/tarjetas/{key}/"].desk
    desk.selected = ("entrada",)
    app.run()
    app.number_input(key=f"{desk.epoch}/entrada/priority").set_value(7).run()
    assert desk.document["nodes"][0]["priority"] == 7
    desk.history.undo()
    desk.revision += 1
    app.run()
    assert app.number_input(key=f"{desk.epoch}/entrada/priority").value == 100


def test_what_is_drawn_is_kept_as_a_draft_and_two_people_lose_nothing(world: World) -> None:
    key = "compartida"
    session = world.session(world.person("eva", "strategist"))
    app = AppTest.from_function(one_page, kwargs={"path": "lienzo"}, **STARTED)
    app.session_state[STATE] = session
    app.query_params["strategy"] = key
    app.run()
    desk = app.session_state[f"draft/tarjetas/{key}/"].desk
    where = f"/v1/portfolios/tarjetas/strategies/{key}/draft"
    desk.replace({**desk.document, "name": "Mora"}, "nombre")
    app.run()
    kept = session.api.ask("GET", where)
    assert kept.body["document"]["name"] == "Mora"
    theirs = {**kept.body["document"], "country": "CO"}
    session.api.ask("PUT", where, json=theirs, if_match=kept.etag)
    desk.replace({**desk.document, "name": "Mora temprana"}, "nombre")
    app.run()
    assert "Otra persona guardó" in texts(app)
    next(button for button in app.button if button.label == "Unir ambos cambios").click().run()
    app.run()
    together = session.api.get(where)["document"]
    assert (together["name"], together["country"]) == ("Mora temprana", "CO")
