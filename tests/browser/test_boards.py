"""Figures in the browser: charts are drawn for every board, and a publication is undone by hand."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from api.http.app import create_app
from api.settings import Settings
from api.usecases.access.save_user import RoleIn, add_user
from tests.acceptance.paths import end, enter, path, wait
from tests.acceptance.timeline import Timeline
from tests.api.http.test_dashboards import lived
from tests.browser.conftest import PICTURES, ROOT, screens
from tests.builder.serving import PASSWORD, SILENCE, serving

pytestmark = pytest.mark.browser

BOARDS = ("Recuperación", "Mora y rodamiento", "Contacto", "Promesas", "Costo")


@pytest.fixture
def address(database_url: str, tmp_path: Path) -> Iterator[str]:
    """The screens over a portfolio that lived four days, with a strategist ``eva``."""
    timeline = Timeline(database_url, tmp_path, settings={"message_prices": {"whatsapp": 40}})
    lived(timeline)
    timeline.publish(path("mora", enter(), wait(9), end(), name="Mora"))
    roles = [RoleIn("strategist")]
    add_user(
        timeline.database, timeline.clock, login="eva", name="Eva", password=PASSWORD, roles=roles, by="test"
    )
    settings = Settings(database_url=database_url, redis_url=SILENCE, data_dir=tmp_path)
    with serving(create_app(settings)) as api, screens(ROOT / "builder" / "app.py", "--api", api) as url:
        yield url


@pytest.mark.timeout(300)
def test_every_board_is_drawn_and_a_publication_is_undone(address: str, page: Page) -> None:
    page.goto(address)
    page.get_by_label("Usuario").fill("eva")
    page.get_by_label("Contraseña", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Entrar").click()
    page.get_by_role("link", name="Tableros").click()
    for board in BOARDS:
        page.get_by_role("radio", name=board).or_(
            page.get_by_role("button", name=board, exact=True)
        ).first.click()
        expect(
            page.locator("[data-testid='stVegaLiteChart'] canvas, [data-testid='stVegaLiteChart'] svg").first
        ).to_be_visible()
        page.wait_for_timeout(1500)
        PICTURES.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=PICTURES / f"tablero-{board.split()[0].lower()}.png")

    page.get_by_role("link", name="Estrategias").click()
    page.locator(".st-key-strategy-mora").get_by_role("button", name="Más").click()
    page.get_by_role("button", name="Versiones…").click()
    page.get_by_role("button", name="Deshacer publicación").click()
    page.get_by_role("button", name="Sí, deshacer").click()
    expect(page.get_by_text("v2 deshecha: rige la v1")).to_be_visible()
