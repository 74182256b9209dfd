"""What must not work: looking that writes, altered links, guessing, foreign accounts, forged forms."""

import re
from datetime import timedelta

import pytest

from api.portal.sessions import Visits
from tests.portal.world import NOON, PDF, RFC, PortalWorld

PAGES = ("", "/promesa", "/ya-pague", "/no-reconozco", "/pagar", "/listo/promise")


def test_looking_changes_nothing_not_even_for_programs_that_open_every_link(portal: PortalWorld) -> None:
    before = portal.counts()
    for _ in range(3):
        assert portal.browser().open(portal.link()).status_code == 200
    assert portal.counts() == before

    browser = portal.inside()
    before = portal.counts()
    for address in (
        "/portal", "/portal?idioma=en", "/portal/contacto", "/portal/estado-de-cuenta.pdf", portal.link(),
        *(f"/portal/cuentas/{portal.card}{page}" for page in PAGES),
    ):  # fmt: skip
        assert browser.open(address).status_code == 200, address
    assert portal.counts() == before


def test_a_link_altered_in_any_sign_opens_nothing(portal: PortalWorld) -> None:
    address = portal.link()
    base, _, token = address.rpartition("/")
    for place in range(0, len(token), 5):
        other = "A" if token[place] != "A" else "B"
        altered = f"{base}/{token[:place]}{other}{token[place + 1 :]}"
        answer = portal.browser().open(altered)
        assert answer.status_code == 404 and "no es válido" in answer.text
    assert portal.browser().open("/p/x").status_code == 404
    assert portal.browser().open("/p/" + "ñ" * 24).status_code == 404


def test_an_expired_link_says_so_before_any_question(portal: PortalWorld) -> None:
    old = portal.browser().open(portal.link(at=NOON - timedelta(days=30)))
    assert old.status_code == 410 and "ya venció" in old.text and "documento" not in old.text
    assert portal.browser().open(portal.link(at=NOON - timedelta(days=29))).status_code == 200


def test_a_newer_link_ends_the_older_one_and_the_visits_it_opened(portal: PortalWorld) -> None:
    browser = portal.inside()
    portal.later(minutes=5)
    newer = portal.replaced_link()
    old = browser.open(portal.link())
    assert old.status_code == 410 and "más nuevo" in old.text
    assert browser.open("/portal").status_code == 410
    assert portal.browser().open(newer).status_code == 200


def test_nothing_is_shown_or_done_before_the_right_answer(portal: PortalWorld) -> None:
    for page in (
        "/portal",
        "/portal/contacto",
        "/portal/estado-de-cuenta.pdf",
        f"/portal/cuentas/{portal.card}",
    ):
        browser = portal.browser()
        browser.open(portal.link())
        refused = browser.open(page)
        assert refused.status_code == 401 and "4821" not in refused.text
    browser = portal.browser()
    browser.open(portal.link())
    assert browser.send(f"/portal/cuentas/{portal.card}/ya-pague").status_code == 401
    assert portal.rows("SELECT count(*) FROM hold") == [(0,)]


def test_five_wrong_answers_shut_the_door_for_a_day_and_the_right_one_too(portal: PortalWorld) -> None:
    browser = portal.browser()
    browser.open(portal.link())
    answers = [browser.say(f"PEPA80010{n}AB1") for n in range(2, 6)]
    assert {answer.status_code for answer in answers} == {422}
    said = {re.sub(r"[0-9a-f]{32}", "", answer.text) for answer in answers}
    assert len(said) == 1, "every mistake is answered alike"
    locked = browser.say("PEPA800109AB1")
    assert locked.status_code == 429 and "Demasiados intentos" in locked.text
    fresh = portal.browser()
    assert fresh.open(portal.link()).status_code == 429
    assert portal.rows("SELECT body->>'wrong' FROM ledger WHERE kind = 'portal.locked'") == [("5",)]
    portal.later(hours=24)
    portal.app.state.portal.limits._own.storage.reset()
    assert portal.inside().page.count("$1,250.50") >= 1


def test_one_link_is_not_asked_faster_than_a_person_answers(portal: PortalWorld) -> None:
    portal.do(
        "INSERT INTO portal_access (person_id, creditor_id, wrong) VALUES (%s, %s, -100)",
        portal.ana, portal.book.creditor_id,
    )  # fmt: skip
    browser = portal.browser()
    browser.open(portal.link())
    answers = [browser.say("NADIE").status_code for _ in range(8)]
    assert answers[0] == 422 and answers[-1] == 429


def test_a_form_without_its_secret_or_with_anothers_does_nothing(portal: PortalWorld) -> None:
    ana = portal.inside()
    path = f"/portal/cuentas/{portal.card}/ya-pague"
    ana.open(path)
    own = dict(ana.fields)
    for fields in ({}, {"llave": ""}, {**own, "llave": "0" * 32}, {"llave": own["llave"], "vez": "x"}):
        ana.fields = fields
        refused = ana.send(path, files=[("archivos", ("a.pdf", PDF, "application/pdf"))])
        assert refused.status_code == 403 and "No se guardó nada" in refused.text
    other = portal.browser()
    other.open(portal.link())
    ana.fields = {**own, "llave": other.fields["llave"]}
    assert ana.send(path).status_code == 403
    assert portal.rows("SELECT count(*) FROM hold") == [(0,)]


def test_the_account_of_another_person_is_unknown_in_every_page_and_form(portal: PortalWorld) -> None:
    beto = portal.person("Beto Ruiz", "RUIB850505XY2")
    his = portal.debt(beto, owes=99_999_00, number="9999-7777")
    ana = portal.inside()
    for page in PAGES:
        answer = ana.open(f"/portal/cuentas/{his}{page}")
        assert answer.status_code == 404 and "7777" not in answer.text
    ana.open("/portal")
    before = portal.counts()
    for page, fields in (
        ("promesa", {"fecha": "2026-11-20", "monto": "99999"}),
        ("ya-pague", {}),
        ("no-reconozco", {"motivo": "otro"}),
    ):
        assert ana.send(f"/portal/cuentas/{his}/{page}", **fields).status_code == 404
        ana.open("/portal")
    assert portal.counts() == before
    assert ana.open("/portal/cuentas/999999999").status_code == 404
    assert ana.open("/portal/cuentas/x").status_code == 404


def test_the_secret_of_a_form_before_the_answer_is_worth_nothing_after_it(portal: PortalWorld) -> None:
    browser = portal.browser()
    browser.open(portal.link())
    before = dict(browser.fields)
    browser.say(RFC)
    browser.fields = before
    assert browser.send(f"/portal/cuentas/{portal.card}/ya-pague").status_code == 403


def test_every_answer_keeps_to_its_reader(portal: PortalWorld) -> None:
    browser = portal.inside()
    for answer in (
        browser.open("/portal"),
        browser.open("/p/falso"),
        browser.open("/portal/estado-de-cuenta.pdf"),
    ):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "script" not in policy and "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy and "form-action 'self'" in policy
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"
    browser.open("/portal")
    assert (
        "<script" not in browser.page and "style=" not in browser.page and " on" + "click" not in browser.page
    )


def test_the_cookie_is_for_no_script_and_no_stranger(portal: PortalWorld) -> None:
    answer = portal.browser().open(portal.link())
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=lax" in cookie and "max-age=1200" in cookie
    assert "secure" not in cookie, "the tests speak http"


def test_where_people_come_by_https_the_cookie_is_secure(portal: PortalWorld) -> None:
    settings = portal.settings.model_copy(update={"public_url": "https://cobros.example"})
    assert Visits(portal.app.state.portal.visits._sessions, settings).cookie.startswith("__Host-")


def test_words_of_a_person_are_text_wherever_they_stand(portal: PortalWorld) -> None:
    portal.do("UPDATE person SET name = %s WHERE id = %s", "<img/src=x>", portal.ana)
    portal.do("UPDATE creditor SET name = '<script>alert(1)</script>'")
    browser = portal.inside()
    browser.open("/portal")
    assert "<script" not in browser.page and "<img/src" not in browser.page.lower()


@pytest.mark.parametrize("setting", ["document", "phone"])
def test_the_phone_question_takes_four_digits_and_nothing_else(
    database_url: str, tmp_path_factory: pytest.TempPathFactory, setting: str
) -> None:
    world = PortalWorld(database_url, tmp_path_factory.mktemp("data"), portal_identity=setting)
    [(phone,)] = world.rows(
        "SELECT value FROM contact_point WHERE person_id = %s AND kind = 'phone'", world.ana
    )
    browser = world.browser()
    browser.open(world.link())
    opens = browser.say(phone[-4:]).status_code == 200
    assert opens == (setting == "phone")
