"""The portal when it cannot go on: erased, protected, paid, elsewhere, a base that is silent."""

from engine.vocabulary import AccountStatus, Stop
from storage.database import Database
from tests.portal.world import RFC, PortalWorld


def test_a_protected_or_deceased_person_sees_no_debt(portal: PortalWorld) -> None:
    for stop in (Stop.DECEASED, Stop.VULNERABLE, Stop.INSOLVENCY):
        portal.do("UPDATE person SET stops = %s WHERE id = %s", int(stop), portal.ana)
        browser = portal.browser()
        browser.open(portal.link())
        asked = browser.page
        assert "Confirma que eres tú" in asked, "the door tells nothing of it"
        answer = browser.say(RFC)
        assert answer.status_code == 403 and "lo atiende una persona" in answer.text
        assert "1,250.50" not in answer.text and "800 123 4567" in answer.text


def test_a_link_of_an_erased_person_opens_nothing(portal: PortalWorld) -> None:
    portal.do("UPDATE person SET name = '' WHERE id = %s", portal.ana)
    answer = portal.browser().open(portal.link())
    assert answer.status_code == 410 and "ya no abre nada" in answer.text


def test_a_paid_debt_is_thanked_for_and_asks_for_nothing(portal: PortalWorld) -> None:
    portal.do("UPDATE account SET amount_to_cure = 0, outstanding_balance = 0")
    browser = portal.inside()
    assert "No debes nada" in browser.page and "Pagar ahora" not in browser.page
    browser.open(f"/portal/cuentas/{portal.card}")
    assert "ya está pagada" in browser.page and "promesa" not in browser.page


def test_a_debt_that_is_handled_elsewhere_offers_nothing_here(portal: PortalWorld) -> None:
    portal.do("UPDATE account SET account_status = %s", int(AccountStatus.SOLD))
    browser = portal.inside()
    assert "no se atiende aquí" in browser.page and "Pagar ahora" not in browser.page


def test_several_debts_are_added_up_by_currency(portal: PortalWorld) -> None:
    portal.debt(portal.ana, owes=300_00, days_past_due=2)
    portal.debt(portal.ana, owes=50_00, days_past_due=-5, currency="USD")
    browser = portal.inside()
    assert "3 cuentas pendientes" in browser.page
    assert "$1,550.50" in browser.page and "USD 50" in browser.page


def test_a_silent_database_is_told_as_a_page(portal: PortalWorld) -> None:
    browser = portal.inside()
    desk = portal.app.state.portal
    portal.app.state.portal = type(desk)(
        **{**vars(desk), "database": Database("postgresql://nobody@127.0.0.1:1/none")}
    )
    answer = browser.open("/portal")
    assert answer.status_code == 503 and "no está disponible" in answer.text
    assert answer.headers["retry-after"] == "60" and answer.headers["cache-control"] == "no-store"


def test_a_visit_ends_when_its_visitor_leaves(portal: PortalWorld) -> None:
    browser = portal.inside()
    browser.send("/portal/salir")
    assert "Saliste del portal" in browser.page
    assert browser.open("/portal").status_code == 401
