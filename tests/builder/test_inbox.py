"""The inbox over the real API: what each role may see and do, and that nothing written is lost."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from streamlit.testing.v1 import AppTest

from api.access.sessions import Session as SignedIn
from api.http.app import create_app
from api.http.service import Service
from api.reactions.reacting import Reactor
from api.settings import Settings
from api.usecases.access.save_user import RoleIn, add_user
from builder.client import Client, open_client
from builder.session import STATE, Session, opened
from storage.access import expect_user
from tests.acceptance.paths import end, enter, path, send, wait
from tests.acceptance.timeline import Debt, Timeline
from tests.builder.serving import PASSWORD, SILENCE, serving

STARTED: dict[str, Any] = {"default_timeout": 60}


@dataclass
class Desk:
    """A portfolio with a debtor who wrote, and the people who look at it."""

    url: str
    timeline: Timeline
    service: Service
    ana: Debt

    def session(self, login: str, role: str) -> Session:
        """Somebody of a role, signed in."""
        timeline, roles = self.timeline, [RoleIn(role)]
        add_user(
            timeline.database, timeline.clock, login=login, name=login, password=PASSWORD, roles=roles, by="t"
        )
        with timeline.database.connection() as connection:
            user = expect_user(connection, login)
        token = self.service.sessions.give(SignedIn(user.id, user.generation))
        return opened(self.url, token, open_client(self.url, token).get("/v1/sessions/me"))

    def page(self, session: Session, where: str = "bandeja", **query: str) -> AppTest:
        """A page as this person sees it."""
        app = AppTest.from_function(one_page, kwargs={"path": where}, **STARTED)
        app.session_state[STATE] = session
        for name, value in query.items():
            app.query_params[name] = value
        app.run()
        assert not app.exception
        return app

    @property
    def talk(self) -> str:
        """The number of the open conversation."""
        ((number,),) = self.timeline.rows("SELECT id FROM conversation WHERE state = 'open'")
        return str(number)

    def shut_the_window(self) -> None:
        """The person's last words are older than a day."""
        self.timeline.do("UPDATE contact_point SET wrote_at = wrote_at - interval '30 hours'")
        self.timeline.do("UPDATE account_event SET at = at - interval '30 hours'")


def one_page(path: str) -> None:
    import streamlit as st

    from builder.frame import guarded
    from builder.pages.registry import PAGES
    from builder.session import current

    st.set_page_config(layout="wide")
    session = current()
    assert session is not None
    guarded(session, next(page for page in PAGES if page.path == path).show)


def seen(app: AppTest) -> str:
    """Everything the page says."""
    kinds = (app.title, app.subheader, app.markdown, app.caption, app.info, app.warning, app.error)
    said = [str(element.value) for kind in kinds for element in kind]
    return "\n".join([*said, *(str(element.proto.body) for element in app.get("html"))])


def labels(app: AppTest) -> set[str]:
    """What may be pressed."""
    return {button.label for button in app.button if not button.disabled}


def answer_box(app: AppTest) -> list[Any]:
    """Where an answer is written, if it may be."""
    return [area for area in app.text_area if str(area.key).startswith("answer-")]


@pytest.fixture
def desk(database_url: str, tmp_path: Path) -> Iterator[Desk]:
    """Ana got a message on day 1 and asks for a person."""
    timeline = Timeline(database_url, tmp_path)
    timeline.publish(path("mora", enter(), send("aviso"), wait(8), end()))
    timeline.do(
        "INSERT INTO sender (lane, channel, portfolio_id, address) VALUES (1, 1, %s, '1')",
        timeline.book.portfolio_id,
    )
    ana = timeline.debtor("Ana Prueba", owes="1500.50")
    timeline.do("UPDATE contact_point SET verified = true")
    timeline.day(1).reply_unheard(ana, "quiero hablar con un asesor")
    Reactor(timeline.database, timeline.clock).work()
    app = create_app(Settings(database_url=database_url, redis_url=SILENCE, data_dir=tmp_path))
    with serving(app) as url:
        yield Desk(url, timeline, app.state.service, ana)


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
    ((account,),) = desk.timeline.rows("SELECT number FROM account")
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
    note = f"talk-form-{desk.talk}-dispute-said"
    app.text_area(key=note).input("no es mía").run()
    heard, eva.api = eva.api, Client(httpx.Client(base_url="http://127.0.0.1:1"))
    app.run()
    assert "no responde" in seen(app)
    eva.api = heard
    app.run()
    assert app.text_area(key=note).value == "no es mía"
