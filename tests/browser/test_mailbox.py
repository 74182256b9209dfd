"""The simulator's mailboxes in a browser: people, their threads, presses and answers that come back."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest
from playwright.sync_api import Dialog, Page, expect

from channels.simulator import SimulatorProcess, read_ledger

ANA, MAIL = "+525512345678", "ana@correo.example"
BODY = "Hola {{1}}, te escribe {{2}}. Tienes un pago por {{3}}."
BUTTONS = [
    {"type": "QUICK_REPLY", "text": "Ya pagué"},
    {"type": "URL", "text": "Pagar ahora", "url": "https://pagos.example/{{1}}"},
    {"type": "COPY_CODE", "example": "A1"},
]
BITES = '"><script>alert(2)</script>'
pytestmark = pytest.mark.browser


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[SimulatorProcess]:
    """Somebody with a WhatsApp of ours with buttons and a text message, and somebody whose words bite."""
    with SimulatorProcess(tmp_path / "ledger.jsonl") as simulator:
        tell(simulator, "control/templates/first", {"status": "APPROVED"})
        tell(simulator, "control/people", [{"name": "Ana López", "addresses": [ANA, MAIL]}])
        components = [{"type": "BODY", "text": BODY}, {"type": "BUTTONS", "buttons": BUTTONS}]
        made = {"name": "aviso", "language": "es", "category": "UTILITY", "components": components}
        tell(simulator, "v23.0/1/message_templates", made)
        sent = [
            {"type": "body", "parameters": [text("Ana"), text("Aurora"), text("$1,250.00")]},
            button(0, "quick_reply", {"type": "payload", "payload": "ya_pague"}),
            button(1, "url", text("p/8Kq2")),
            button(2, "copy_code", {"type": "coupon_code", "coupon_code": "REF-77"}),
        ]
        template = {"name": "aviso", "language": {"code": "es"}, "components": sent}
        send(simulator, ANA, "m-1", {"type": "template", "template": template})
        send(
            simulator, "+525599999999", "m-2", {"type": "text", "text": {"body": "<script>alert(1)</script>"}}
        )
        yield simulator


def tell(simulator: SimulatorProcess, path: str, document: object) -> None:
    headers = {"Authorization": "Bearer token"}
    httpx.post(f"{simulator.url}/{path}", json=document, headers=headers).raise_for_status()


def send(simulator: SimulatorProcess, to: str, message_id: str, content: dict[str, object]) -> None:
    about = {"messaging_product": "whatsapp", "to": to, "biz_opaque_callback_data": message_id}
    tell(simulator, "v23.0/525500000001/messages", about | content)


def text(words: str) -> dict[str, str]:
    return {"type": "text", "text": words}


def button(index: int, kind: str, parameter: dict[str, str]) -> dict[str, object]:
    return {"type": "button", "sub_type": kind, "index": str(index), "parameters": [parameter]}


def test_a_person_s_thread_is_read_and_answered(page: Page, simulator: SimulatorProcess) -> None:
    page.goto(f"{simulator.url}/mailbox")
    expect(page.get_by_text("Lo que recibe cada persona")).to_be_visible()
    page.get_by_label("Buscar").fill("ana")
    page.get_by_label("Buscar").press("Enter")
    expect(page.get_by_role("listitem")).to_have_count(1)
    page.get_by_role("link", name="Ana López").click()
    expect(page.get_by_text("Hola Ana, te escribe Aurora. Tienes un pago por $1,250.00.")).to_have_count(2)
    expect(page.get_by_text(f"{ANA} · {MAIL}")).to_be_visible()
    expect(page.get_by_role("link", name="Pagar ahora")).to_have_attribute(
        "href", "https://pagos.example/p/8Kq2"
    )
    expect(page.get_by_text("REF-77")).to_be_visible()
    page.get_by_role("button", name="Ya pagué").click()
    theirs = page.locator("article.theirs")
    expect(theirs).to_have_count(1)
    page.get_by_label("Respuesta").fill('¿Mañana? <img src=x onerror="alert(1)">')
    page.get_by_role("button", name="Enviar").click()
    expect(theirs).to_have_count(2)
    expect(theirs.last).to_contain_text('<img src=x onerror="alert(1)">')
    expect(page.get_by_text("El servicio no escucha ahora")).to_be_visible()
    said = read_ledger(simulator.ledger_path, "said")
    assert [line["text"] for line in said] == ["Ya pagué", '¿Mañana? <img src=x onerror="alert(1)">']


def test_words_that_bite_are_words(page: Page, simulator: SimulatorProcess) -> None:
    alarms: list[str] = []

    def heard(dialog: Dialog) -> None:
        alarms.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", heard)
    query = urlencode({"to": "+525599999999", "q": BITES})
    page.goto(f"{simulator.url}/mailbox?{query}")
    expect(page.locator("article.ours")).to_contain_text("<script>alert(1)</script>")
    expect(page.get_by_label("Buscar")).to_have_value(BITES)
    assert alarms == []
    assert not re.search(r"<script", page.content())


def test_a_telephone_shows_one_column(page: Page, simulator: SimulatorProcess) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"{simulator.url}/mailbox?{urlencode({'to': ANA})}")
    expect(page.get_by_role("navigation")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.get_by_role("link", name="‹ Todos").click()
    expect(page.get_by_role("link", name="Ana López")).to_be_visible()
