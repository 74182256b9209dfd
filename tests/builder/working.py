"""A portfolio with a debtor who wrote and three who must be called, and pages over it as people see them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

from api.access.sessions import Session as SignedIn
from api.http.app import create_app
from api.http.service import Service
from api.reactions.reacting import Reactor
from api.settings import Settings
from api.usecases.access.save_user import RoleIn, add_user
from builder.client import open_client
from builder.session import STATE, Session, opened
from storage.access import expect_user
from tests.acceptance.paths import end, enter, path, send, task, wait
from tests.acceptance.timeline import Debt, Timeline
from tests.builder.serving import PASSWORD, SILENCE, serving

STARTED: dict[str, Any] = {"default_timeout": 60}
RESULTS = ("promesa", "no_contesta", "ya_pago")


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
        self.timeline.do("UPDATE contact_point SET wrote_at = wrote_at - interval '60 hours'")
        self.timeline.do("UPDATE account_event SET at = at - interval '60 hours'")


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


@contextmanager
def working(database_url: str, folder: Path) -> Iterator[Desk]:
    """Ana got a message on day 1 and asks for a person; three others wait for a call, the largest first."""
    timeline = Timeline(database_url, folder)
    early = {"fact": "days_past_due", "op": "<=", "value": 20}
    late = {"fact": "days_past_due", "op": ">", "value": 20}
    mesa = task("mesa", results=RESULTS, sla_days=5, to_node=dict.fromkeys(RESULTS, "fin"))
    timeline.publish(path("mora", enter(early), send("aviso"), wait(8), end()))
    timeline.publish(path("tardia", enter(late, priority=50), mesa, end("fin")))
    timeline.do(
        "INSERT INTO sender (lane, channel, portfolio_id, address) VALUES (1, 1, %s, '1')",
        timeline.book.portfolio_id,
    )
    ana = timeline.debtor("Ana Prueba", owes="1500.50", days_past_due=4)
    for name, owes in (("Beto Prueba", "300.00"), ("Carla Prueba", "900.00"), ("Diego Prueba", "600.00")):
        timeline.debtor(name, owes=owes, days_past_due=40)
    timeline.do("UPDATE contact_point SET verified = true")
    timeline.day(1).reply_unheard(ana, "quiero hablar con un asesor")
    Reactor(timeline.database, timeline.clock).work()
    app = create_app(Settings(database_url=database_url, redis_url=SILENCE, data_dir=folder))
    with serving(app) as url:
        yield Desk(url, timeline, app.state.service, ana)
