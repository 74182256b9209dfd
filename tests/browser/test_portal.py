"""A debtor's telephone: the link of a message opened, one question, a promise; then a plan accepted."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from channels.simulator.process import SimulatorProcess
from tests.browser.conftest import PICTURES
from tests.builder.serving import free_port, serving
from tests.portal.world import NOON, PDF, RFC, PortalWorld

pytestmark = pytest.mark.browser

TELEPHONE = {"width": 390, "height": 844}
NARROWEST = {"width": 320, "height": 640}


@dataclass
class Telephone:
    """Ana's telephone, and the portal it reaches."""

    page: Page
    portal: PortalWorld
    address: str

    def open_link(self) -> None:
        """Tap the link in the message."""
        token = self.portal.link(at=self.portal.clock.now()).rpartition("/")[2]
        self.page.goto(f"{self.address}/p/{token}")

    def enter(self) -> None:
        """Tap the link and answer right."""
        self.open_link()
        self.page.get_by_label("Tu RFC o CURP").fill(RFC)
        self.page.get_by_role("button", name="Continuar").click()
        expect(self.page.get_by_role("heading", name="Hola, Ana")).to_be_visible()

    def look(self, name: str) -> None:
        """Nothing wider than the screen, even on the narrowest; a picture is kept."""
        for size in (NARROWEST, TELEPHONE):
            self.page.set_viewport_size(size)  # type: ignore[arg-type]
            wide = self.page.evaluate("document.documentElement.scrollWidth")
            assert wide <= size["width"], f"{name} is {wide} wide on {size['width']}"
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=PICTURES / f"portal-{name}.png", full_page=True)


@pytest.fixture
def telephone(page: Page, database_url: str, tmp_path: Path) -> Iterator[Telephone]:
    portal = PortalWorld(database_url, tmp_path)
    page.context.clear_cookies()
    page.set_viewport_size(TELEPHONE)  # type: ignore[arg-type]
    with serving(portal.app) as address:
        yield Telephone(page, portal, address)


def test_a_link_is_opened_the_question_answered_and_a_date_promised(telephone: Telephone) -> None:
    page = telephone.page
    telephone.open_link()
    telephone.look("puerta")
    page.get_by_label("Tu RFC o CURP").fill("NADIE")
    page.get_by_role("button", name="Continuar").click()
    expect(page.get_by_role("alert")).to_contain_text("No coincide")
    page.get_by_role("alert").get_by_role("link").click()
    expect(page.get_by_label("Tu RFC o CURP")).to_be_focused()
    telephone.look("puerta-error")

    telephone.enter()
    expect(page.get_by_text("$1,250.50").first).to_be_visible()
    telephone.look("inicio")
    page.get_by_role("link", name="Prometer una fecha").click()
    page.get_by_label("¿Qué día pagas?").fill("2026-11-20")
    page.get_by_label("¿Cuánto pagas ese día?").fill("1,250.50")
    telephone.look("promesa")
    page.get_by_role("button", name="Hacer la promesa").click()
    expect(page.get_by_role("heading", name="Promesa anotada")).to_be_visible()
    telephone.look("promesa-hecha")
    assert telephone.portal.rows("SELECT state, amount FROM promise") == [("made", 125_050)]


def test_a_receipt_a_dispute_and_the_channels(telephone: Telephone, tmp_path: Path) -> None:
    page, portal = telephone.page, telephone.portal
    second = portal.debt(portal.ana, owes=300_00, days_past_due=-5, product="prestamo", number="P-7713")
    portal.book.invoice(second, "A-1042", balance=200_00, due_on=NOON.date())
    portal.book.invoice(second, "A-1043", balance=100_00, due_on=NOON.date().replace(day=1))
    telephone.enter()
    telephone.look("inicio-varias")
    page.get_by_role("link", name="Ver opciones: Prestamo").click()
    telephone.look("cuenta")
    page.get_by_role("link", name="Ya pagué").click()
    receipt = tmp_path / "recibo.pdf"
    receipt.write_bytes(PDF)
    page.get_by_label("Comprobante").set_input_files(receipt)
    telephone.look("ya-pague")
    page.get_by_role("button", name="Enviar").click()
    expect(page.get_by_role("heading", name="Buscamos tu pago")).to_be_visible()

    page.goto(f"{telephone.address}/portal/cuentas/{portal.card}/no-reconozco")
    telephone.look("no-reconozco")
    page.get_by_label("Alguien usó mis datos").check()
    page.get_by_role("button", name="Enviar mi aclaración").click()
    expect(page.get_by_role("heading", name="Recibimos tu aclaración")).to_be_visible()
    page.get_by_role("link", name="Volver a mis cuentas").click()
    page.get_by_role("link", name="Cómo me contactan").click()
    page.get_by_label("Llamada").uncheck()
    page.get_by_role("button", name="Guardar").click()
    expect(page.get_by_role("status")).to_contain_text("Guardado")
    telephone.look("contacto")
    page.get_by_role("link", name="English").click()
    expect(page.get_by_role("heading", name="How you are contacted")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="You have signed out")).to_be_visible()
    telephone.look("salida")
    assert portal.rows("SELECT reason FROM dispute") == [("suplantacion",)]


def test_a_plan_is_seen_date_by_date_accepted_and_its_letter_kept(telephone: Telephone) -> None:
    page = telephone.page
    telephone.enter()
    page.get_by_role("link", name="Pagar en partes").click()
    telephone.look("convenio")
    page.get_by_role("button", name="Aceptar el convenio").click()
    expect(page.get_by_role("alert")).to_contain_text("Elige una de las opciones")
    telephone.look("convenio-error")
    page.get_by_label("3 pagos").check()
    page.get_by_label("Acepto pagar").check()
    page.get_by_role("button", name="Aceptar el convenio").click()
    expect(page.get_by_role("heading", name="Convenio aceptado")).to_be_visible()
    telephone.look("convenio-hecho")
    with page.expect_download() as letter:
        page.get_by_role("link", name="Descargar carta").click()
    assert Path(letter.value.path()).read_bytes().startswith(b"%PDF-")
    page.get_by_role("link", name="Volver a mis cuentas").click()
    page.get_by_role("link", name="Ver mi convenio").click()
    telephone.look("convenio-fechas")
    assert telephone.portal.rows("SELECT state, accepted_via FROM plan") == [("accepted", "portal")]


def test_a_debt_is_paid_on_the_providers_page(page: Page, database_url: str, tmp_path: Path) -> None:
    page.context.clear_cookies()
    page.set_viewport_size(TELEPHONE)  # type: ignore[arg-type]
    port = free_port()
    with SimulatorProcess(tmp_path / "provider.jsonl") as simulator:
        portal = PortalWorld(
            database_url, tmp_path, public_url=f"http://127.0.0.1:{port}",
            mercadopago_url=f"{simulator.url}/mercadopago", online_payments={"provider": "mercadopago"},
        )  # fmt: skip
        portal.clock.set(datetime.now(UTC))  # the provider's clock is the real one
        with serving(portal.app, port) as address:
            telephone = Telephone(page, portal, address)
            telephone.enter()
            page.get_by_role("link", name="Pagar ahora").click()
            expect(page.get_by_label("Cantidad", exact=True)).to_be_hidden()
            telephone.look("pagar")
            page.get_by_label("Otra cantidad").check()
            page.get_by_label("Cantidad", exact=True).fill("500")
            page.get_by_role("button", name="Continuar al pago").click()
            telephone.look("pagar-listo")
            page.get_by_role("link", name="Pagar $500 en Mercado Pago").click()
            page.get_by_role("button", name="Pagar", exact=True).click()
            expect(page.get_by_role("heading", name="Tarjeta")).to_be_visible()
        assert '"paid"' in (tmp_path / "provider.payments.jsonl").read_text()
        assert portal.rows("SELECT amount, state FROM payment_link") == [(500_00, "live")]
