"""The dashboards drawn from a portfolio that lived some days, and from one that has nothing."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from api.http.app import create_app
from api.settings import Settings
from builder.pages.dashboards import BOARDS
from builder.session import Session
from tests.acceptance.timeline import Timeline
from tests.api.http.test_dashboards import lived
from tests.builder.conftest import World
from tests.builder.pages import opened_page, texts
from tests.builder.serving import SILENCE, serving


@pytest.fixture
def viewer(database_url: str, tmp_path: Path) -> Iterator[Session]:
    """A viewer of the portfolio whose four days the API's own tests count by hand."""
    timeline = Timeline(database_url, tmp_path, settings={"message_prices": {"whatsapp": 40}})
    lived(timeline)
    app = create_app(Settings(database_url=database_url, redis_url=SILENCE, data_dir=tmp_path))
    with serving(app) as address:
        world = World(address, timeline.database, app.state.service)
        yield world.session(world.person("vera", "viewer"))


def choose(page: AppTest, board: str) -> AppTest:
    page.session_state["board"] = board
    page.run()
    assert not page.exception
    return page


def metrics(page: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in page.metric}


def test_every_board_tells_the_figures_of_the_service(viewer: Session) -> None:
    page = opened_page(viewer, "tableros")
    page.date_input(key="board-until").set_value(date(2026, 11, 30)).run()
    assert metrics(page)["Recuperado MXN"] == "MXN 1,000"
    assert metrics(page)["Tasa a 30 días"] == "—", "no cohort is 30 days old"
    assert metrics(choose(page, "contact"))["Entrega"] == "0 %"
    assert metrics(choose(page, "promises"))["Cumplidas"] == "50 %"
    assert metrics(page)["Cumplido por monto, MXN"] == "75 %"
    assert metrics(choose(page, "cost"))["Costo por cada MXN recuperado"] == "0.0012"
    assert "De 23/11/2026 a 26/11/2026" in texts(choose(page, "aging"))


def test_a_board_without_figures_says_what_to_do(world: World) -> None:
    page = opened_page(world.session(world.person("vera", "viewer")), "tableros")
    for board in BOARDS:
        choose(page, board)
        assert len(page.info) == 1 and not page.metric, board
