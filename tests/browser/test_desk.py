"""An agent's hours in the browser: an answer reaches the person, one key brings the next case."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import orjson
import pytest
from playwright.sync_api import Page, expect

from api.delivery.sender import SenderProcess
from api.usecases.access.save_user import RoleIn, add_user
from channels.simulator import Simulator
from channels.whatsapp_cloud import WhatsAppCloud
from engine.vocabulary import Channel
from tests.browser.conftest import ROOT, screens
from tests.builder.serving import PASSWORD
from tests.builder.working import Desk, working

pytestmark = pytest.mark.browser

WORDS = "Buenos días Ana, con gusto le ayudo"


@pytest.fixture
def desk(database_url: str, tmp_path: Path) -> Iterator[Desk]:
    with working(database_url, tmp_path) as made:
        for login, role in (("eva", "agent"), ("vera", "viewer")):
            timeline, roles = made.timeline, [RoleIn(role)]
            add_user(
                timeline.database,
                timeline.clock,
                login=login,
                name=login,
                password=PASSWORD,
                roles=roles,
                by="t",
            )
        yield made


@pytest.fixture
def place(desk: Desk) -> Iterator[str]:
    with screens(ROOT / "builder" / "app.py", "--api", desk.url) as url:
        yield url


def sign_in(page: Page, place: str, login: str) -> None:
    page.context.clear_cookies()
    page.goto(place)
    page.get_by_label("Usuario").fill(login)
    page.get_by_label("Contraseña", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Entrar").click()
    page.get_by_role("button", name="Salir").wait_for()


async def _reached(desk: Desk) -> list[dict[str, Any]]:
    async with Simulator() as simulator:
        provider = WhatsAppCloud(simulator.whatsapp_url, "token")
        sender = SenderProcess(
            desk.timeline.database, {Channel.WHATSAPP: provider}, desk.timeline.clock, worker="out-test"
        )
        running = asyncio.create_task(sender.run())
        try:
            async with asyncio.timeout(60):
                while not (lines := simulator.ledger.accepted_since(0)):
                    await asyncio.sleep(0.1)
        finally:
            sender.stop()
            await running
            await provider.close()
        return [orjson.loads(line) for line in lines]


def reached(desk: Desk) -> list[dict[str, Any]]:
    """What the provider took of everything queued; the browser's own loop is left alone."""
    with ThreadPoolExecutor(1) as beside:
        return beside.submit(lambda: asyncio.run(_reached(desk))).result()


@pytest.mark.timeout(300)
def test_an_answer_typed_in_the_inbox_reaches_the_person(desk: Desk, place: str, page: Page) -> None:
    sign_in(page, place, "eva")
    page.get_by_role("link", name="Bandeja").click()
    page.get_by_role("button", name="Ana Prueba").click()
    expect(page.locator(".bubble.in")).to_contain_text("quiero hablar con un asesor")
    box = page.get_by_label("Respuesta", exact=True)
    box.click()
    page.keyboard.type(WORDS)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("button", name="Enviar")).to_be_enabled()
    page.keyboard.press("Control+Enter")
    expect(page.locator(".bubble.out", has_text=WORDS)).to_contain_text("en cola")
    expect(box).to_have_value("")
    (line,) = reached(desk)
    ((phone,),) = desk.timeline.rows(
        "SELECT value FROM contact_point WHERE person_id = %s", desk.ana.person_id
    )
    assert line["to"].lstrip("+") == phone.lstrip("+")
    page.reload()
    expect(page.locator(".bubble.out", has_text=WORDS)).to_contain_text("enviado")


@pytest.mark.timeout(300)
def test_one_key_takes_the_next_case_and_one_ends_it(desk: Desk, place: str, page: Page) -> None:
    sign_in(page, place, "eva")
    page.get_by_role("link", name="Mesa de gestión").click()
    page.get_by_role("button", name="Siguiente").wait_for()
    page.keyboard.press("n")
    expect(page.get_by_role("heading", name="Carla Prueba")).to_be_visible()
    page.get_by_role("button", name="No contesta").wait_for()
    page.keyboard.press("2")
    expect(page.get_by_role("heading", name="Diego Prueba")).to_be_visible()
    assert desk.timeline.rows("SELECT result FROM task WHERE state = 'done'") == [("no_contesta",)]


@pytest.mark.timeout(300)
def test_a_role_without_rights_sees_neither_page_nor_person(desk: Desk, place: str, page: Page) -> None:
    sign_in(page, place, "vera")
    expect(page.get_by_role("link", name="Bandeja")).to_have_count(0)
    expect(page.get_by_role("link", name="Mesa de gestión")).to_have_count(0)
    page.goto(f"{place}/bandeja?conversation={desk.talk}")
    page.get_by_role("button", name="Salir").wait_for()
    expect(page.get_by_text("Ana Prueba")).to_have_count(0)
    expect(page.locator(".bubble")).to_have_count(0)
