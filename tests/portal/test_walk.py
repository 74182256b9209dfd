"""A person walks through the portal: in, looks, promises, says they paid, disputes, chooses channels."""

import re
from pathlib import Path

from api.usecases.people.keep_attachments import LARGEST
from channels.simulator.process import SimulatorProcess
from tests.portal.world import PDF, RFC, PortalWorld


def test_the_right_document_opens_what_is_owed_and_is_noted_as_a_click(portal: PortalWorld) -> None:
    browser = portal.browser()
    asked = browser.open(portal.link())
    assert asked.status_code == 200 and "Confirma que eres tú" in browser.page
    assert "1,250.50" not in browser.page and "4821" not in browser.page and "Ana" not in browser.page
    assert browser.say("pepa-800101 ab1").status_code == 200
    assert "Hola, Ana" in browser.page and "$1,250.50" in browser.page and "hace 12 días" in browser.page
    assert portal.rows("SELECT account_id FROM account_event WHERE kind = 7") == [(portal.card,)]


def test_a_promise_inside_the_policy_is_made_once_however_often_it_is_sent(portal: PortalWorld) -> None:
    browser = portal.inside()
    path = f"/portal/cuentas/{portal.card}/promesa"
    browser.open(path)
    form = dict(browser.fields)
    browser.send(path, fecha="2026-11-20", monto="1,250.50")
    assert "Promesa anotada" in browser.page and "$1,250.50 el 20 de noviembre de 2026" in browser.page
    browser.fields = form
    browser.send(path, fecha="2026-11-20", monto="1,250.50")
    assert "Promesa anotada" in browser.page
    assert portal.rows("SELECT amount, due_on::text, state, via FROM promise") == [
        (125_050, "2026-11-20", "made", "portal")
    ]


def test_a_promise_outside_the_policy_is_refused_beside_its_field(portal: PortalWorld) -> None:
    browser = portal.inside()
    path = f"/portal/cuentas/{portal.card}/promesa"
    browser.open(path)
    refused = browser.send(path, fecha="2027-03-01", monto="1250.50")
    assert refused.status_code == 422 and 'href="#fecha"' in browser.page
    refused = browser.send(path, fecha="2026-11-20", monto="1")
    assert refused.status_code == 422 and 'id="monto-error"' in browser.page
    refused = browser.send(path, fecha="ayer", monto="mucho")
    assert 'href="#fecha"' in browser.page and 'href="#monto"' in browser.page
    assert portal.rows("SELECT count(*) FROM promise") == [(0,)]


def test_a_receipt_rests_the_debt_and_is_kept_under_the_persons_key(portal: PortalWorld) -> None:
    browser = portal.inside()
    path = f"/portal/cuentas/{portal.card}/ya-pague"
    browser.open(path)
    for _ in range(2):
        browser.send(path, files=[("archivos", ("recibo.pdf", PDF, "application/pdf"))])
        assert "Buscamos tu pago" in browser.page
    browser.open("/portal")
    assert "Verificando pago" in browser.page
    [(kind, media_type, size, content)] = portal.rows(
        "SELECT kind, media_type, size, content FROM attachment"
    )
    assert (kind, media_type, size) == ("receipt", "application/pdf", len(PDF))
    assert PDF not in bytes(content)
    assert portal.rows("SELECT count(*) FROM hold WHERE kind = 7") == [(1,)]
    [(receipt,)] = portal.rows("SELECT body->>'receipt' FROM domain_event WHERE name = 'paid_claim'")
    assert receipt.startswith("attachment:")


def test_a_photograph_of_several_megabytes_is_taken_and_a_film_is_not(portal: PortalWorld) -> None:
    browser = portal.inside()
    path = f"/portal/cuentas/{portal.card}/ya-pague"
    browser.open(path)
    film = PDF + bytes(LARGEST)
    refused = browser.send(path, files=[("archivos", ("a.pdf", film, "application/pdf"))])
    assert refused.status_code == 422 and "demasiado grande" in browser.page
    photograph = PDF + bytes(LARGEST - len(PDF))
    browser.send(path, files=[("archivos", ("a.pdf", photograph, "application/pdf"))])
    assert "Buscamos tu pago" in browser.page
    assert portal.rows("SELECT size FROM attachment") == [(LARGEST,)]


def test_a_program_called_receipt_is_not_kept(portal: PortalWorld) -> None:
    browser = portal.inside()
    path = f"/portal/cuentas/{portal.card}/ya-pague"
    browser.open(path)
    refused = browser.send(path, files=[("archivos", ("recibo.pdf", b"MZ\x90", "application/pdf"))])
    assert refused.status_code == 422 and "Solo fotos o PDF" in browser.page
    assert portal.rows("SELECT count(*) FROM attachment") == [(0,)]
    assert portal.rows("SELECT count(*) FROM hold") == [(0,)]


def test_a_dispute_stops_the_debt_with_its_files(portal: PortalWorld) -> None:
    browser = portal.inside()
    path = f"/portal/cuentas/{portal.card}/no-reconozco"
    browser.open(path)
    assert browser.send(path).status_code == 422 and "Elige qué pasa" in browser.page
    files = [
        ("archivos", ("a.pdf", PDF, "application/pdf")),
        ("archivos", ("b.png", b"\x89PNG\r\n\x1a\n", "x/y")),
    ]
    browser.send(path, files=files, motivo="suplantacion", detalle="Yo no compré eso")
    assert "Recibimos tu aclaración" in browser.page
    assert portal.rows("SELECT reason, via, state FROM dispute") == [("suplantacion", "portal", "open")]
    assert portal.rows("SELECT kind, media_type FROM attachment ORDER BY position") == [
        ("dispute", "application/pdf"),
        ("dispute", "image/png"),
    ]
    browser.open("/portal")
    assert "En revisión" in browser.page and "promesa" not in browser.page


def test_channels_left_out_are_refused_and_taken_again_when_ticked(portal: PortalWorld) -> None:
    browser = portal.inside()
    browser.open("/portal/contacto")
    browser.send("/portal/contacto", canal=["email"])
    assert "Guardado" in browser.page
    said = dict(portal.rows("SELECT channel, state FROM consent WHERE person_id = %s", portal.ana))
    assert {said[1], said[2], said[4]} == {2} and said[3] == 1
    browser.send("/portal/contacto", canal=["email", "whatsapp"])
    assert dict(portal.rows("SELECT channel, state FROM consent WHERE person_id = %s", portal.ana))[1] == 1


def test_a_plan_is_accepted_on_the_dates_shown_and_once(portal: PortalWorld) -> None:
    browser = portal.inside()
    path = f"/portal/cuentas/{portal.card}/convenio"
    browser.open(path)
    shown = dict(re.findall(r'name="(terminos-[^"]+)" value="([0-9a-f]+)"', browser.page))
    assert len(shown) == 2
    form = dict(browser.fields)
    refused = browser.send(path, **shown, opcion="3-pagos")
    assert refused.status_code == 422 and "Marca que aceptas" in browser.page
    altered = dict.fromkeys(shown, "00")
    assert browser.send(path, **altered, opcion="3-pagos", acepto="si").status_code == 422
    for _ in range(2):
        browser.fields = form
        browser.send(path, **shown, opcion="3-pagos", acepto="si")
        assert "Convenio aceptado" in browser.page
    assert portal.rows("SELECT state, accepted_via, total FROM plan") == [("accepted", "portal", 125_050)]
    browser.open(path)
    assert "Tu convenio" in browser.page and browser.page.count("<tr>") == 4
    assert browser.open(f"{path}.pdf").content.startswith(b"%PDF-")


def test_paying_leads_to_one_page_of_the_provider(database_url: str, tmp_path: Path) -> None:
    with SimulatorProcess(tmp_path / "provider.jsonl") as simulator:
        world = PortalWorld(
            database_url, tmp_path, mercadopago_url=f"{simulator.url}/mercadopago",
            online_payments={"provider": "mercadopago"},
        )  # fmt: skip
        browser = world.inside()
        path = f"/portal/cuentas/{world.card}/pagar"
        browser.open(path)
        assert "Mercado Pago" in browser.page
        too_much = browser.send(path, cuanto="amount", monto="9,999,999")
        assert too_much.status_code == 422 and "no se puede cobrar" in browser.page
        addresses = set()
        for _ in range(2):
            browser.open(path)
            browser.send(path, cuanto="arrears")
            assert "Pagar $1,250.50 en Mercado Pago" in browser.page
            addresses.add(re.search(r'href="(http[^"]+/pay/[^"]+)"', browser.page).group(1))  # type: ignore[union-attr]
        assert len(addresses) == 1
        assert world.rows("SELECT amount, state FROM payment_link") == [(125_050, "live")]


def test_the_statement_is_a_paper_about_open_debts(portal: PortalWorld) -> None:
    answer = portal.inside().open("/portal/estado-de-cuenta.pdf")
    assert answer.headers["content-type"] == "application/pdf" and answer.content.startswith(b"%PDF-")


def test_the_portal_speaks_english_when_asked(portal: PortalWorld) -> None:
    browser = portal.browser()
    browser.open(portal.link() + "?idioma=en")
    assert 'lang="en"' in browser.page and "Confirm it is you" in browser.page
    browser.open(portal.link())
    browser.say(RFC)
    assert "Hello, Ana" in browser.page and "12 days ago" in browser.page
