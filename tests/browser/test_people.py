"""Two people and a portfolio: one draws and sees the effect, the other approves, and it is in force."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from api.http.app import create_app
from api.http.resident import create_resident
from api.settings import Settings
from api.usecases.access.save_user import RoleIn, add_user
from builder.client import Client, open_client
from tests.acceptance.paths import end, enter, path, send, wait
from tests.acceptance.timeline import Timeline
from tests.browser.conftest import ROOT, screens
from tests.browser.hand import Hand
from tests.builder.serving import PASSWORD, SILENCE, free_port, serving

pytestmark = pytest.mark.browser

PEOPLE = (("eva", "strategist"), ("ana", "approver"), ("vera", "viewer"))
PORTFOLIO = "prueba"


def mora(days: int) -> str:
    """Enter, wait, one message, out."""
    return path("mora", enter(), wait(days, id="espera"), send("aviso"), end(), name="Mora")


@dataclass
class Service:
    """Ten debtors who stand in the wait of a published strategy, and the screens over them."""

    screens: str
    api: str
    timeline: Timeline

    def client(self, login: str) -> Client:
        given = open_client(self.api).post("/v1/sessions", {"login": login, "password": PASSWORD})
        return open_client(self.api, given["token"])

    def enter(self, page: Page, login: str) -> None:
        """Sign in as one who was not here before."""
        page.context.clear_cookies()
        page.goto(self.screens)
        page.get_by_label("Usuario").fill(login)
        page.get_by_label("Contraseña", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Entrar").click()
        page.get_by_role("button", name="Salir").wait_for()


@pytest.fixture
def service(database_url: str, tmp_path: Path) -> Iterator[Service]:
    timeline = Timeline(database_url, tmp_path)
    for number in range(10):
        timeline.debtor(f"Persona {number}", days_past_due=5)
    timeline.publish(mora(5))
    timeline.day(2)
    for login, role in PEOPLE:
        roles = [RoleIn(role)]
        add_user(
            timeline.database,
            timeline.clock,
            login=login,
            name=login,
            password=PASSWORD,
            roles=roles,
            by="test",
        )
    port = free_port()
    settings = Settings(database_url=database_url, redis_url=SILENCE, data_dir=tmp_path, what_if_port=port)
    script = ROOT / "builder" / "app.py"
    with (
        serving(create_resident(settings), port),
        serving(create_app(settings)) as api,
        screens(script, "--api", api) as url,
    ):
        yield Service(url, api, timeline)


def figures(client: Client, document: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = client.post(f"/v1/portfolios/{PORTFOLIO}/what-if", {"document": document})
    return told


@pytest.mark.timeout(300)
def test_a_wait_is_shortened_seen_approved_and_in_force(service: Service, page: Page) -> None:
    service.enter(page, "eva")
    page.get_by_role("link", name="Estrategias").click()
    page.locator(".st-key-open-mora button").click()
    hand = Hand(page)
    hand.ready()
    before = figures(service.client("eva"), json.loads(mora(5)))
    expect(hand.node("espera").locator(".figure")).to_contain_text(f"{before['nodes']['espera']['standing']}")
    assert before["messages"] == 0

    hand.choose("espera")
    page.get_by_label("Días", exact=True).fill("2")
    page.get_by_label("Días", exact=True).press("Enter")
    after = figures(service.client("eva"), json.loads(mora(2)))
    assert after["messages"] == 10
    expect(page.get_by_text("mensajes").first).to_contain_text("10 mensajes")
    expect(hand.node("aviso").locator(".figure")).to_contain_text(f"{after['nodes']['aviso']['arrived']} ·")
    way = page.locator(".on-edge", has=page.get_by_test_id("plus-espera-next"))
    expect(way).to_contain_text("10")

    page.get_by_role("button", name="Publicar…").click()
    expect(page.get_by_text("Sin errores")).to_be_visible()
    page.get_by_label("Nota para quien aprueba").fill("Tres días menos")
    page.get_by_role("button", name="Pedir aprobación").click()
    expect(page.get_by_text("otra persona debe aprobarlo")).to_be_visible()
    page.get_by_role("link", name="Aprobaciones").click()
    expect(page.get_by_text("La pidió usted")).to_be_visible()

    service.enter(page, "ana")
    page.get_by_role("link", name="Aprobaciones").click()
    expect(page.get_by_text("Tres días menos")).to_be_visible()
    page.get_by_role("button", name="Aprobar", exact=True).click()
    expect(page.get_by_text("Nada por ver")).to_be_visible()
    line = service.client("vera").get(f"/v1/portfolios/{PORTFOLIO}/strategies/mora")
    assert (line["version"], line["approved_by"]) == (2, "ana")


@pytest.mark.timeout(200)
def test_a_reload_keeps_who_is_signed_in_and_signing_out_does_not(service: Service, page: Page) -> None:
    service.enter(page, "vera")
    page.wait_for_function("() => window.cadenciaAsked")
    page.wait_for_timeout(500)  # the cookie's answer
    (cookie,) = [each for each in page.context.cookies() if each["name"] == "cadencia-session"]
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
    page.reload()
    page.get_by_role("button", name="Salir").click()
    expect(page.get_by_label("Usuario")).to_be_visible()
    page.wait_for_timeout(500)
    page.reload()
    expect(page.get_by_label("Usuario")).to_be_visible()


@pytest.mark.timeout(200)
def test_a_viewer_looks_and_can_do_nothing(service: Service, page: Page) -> None:
    service.enter(page, "vera")
    expect(page.get_by_role("link", name="Aprobaciones")).to_have_count(0)
    expect(page.get_by_role("link", name="Usuarios")).to_have_count(0)
    page.get_by_role("link", name="Estrategias").click()
    page.locator(".st-key-open-mora button").click()
    hand = Hand(page)
    page.locator(".react-flow__node").first.wait_for()
    expect(hand.tool("sync")).to_have_text("solo lectura")
    expect(page.get_by_role("button", name="Publicar…")).to_have_count(0)
    hand.node("aviso").locator(".name").click()
    hand.press("Delete")
    expect(hand.node("aviso")).to_be_visible()
