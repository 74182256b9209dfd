"""Payment plans over HTTP: previewed, offered, granted by a second person, accepted, with their letter."""

import hashlib
import re
import zlib
from datetime import date
from typing import Any

import pytest

from tests.api.http.world import ApiWorld
from tests.factories.book import BookFactory

P = "/portfolios/prueba"


@pytest.fixture
def book(api: ApiWorld) -> BookFactory:
    """A portfolio in Mexico with one debtor who owes 1,000.00, 200.00 of it interest."""
    book = BookFactory(
        api.database, settings={"creditor_tax_id": "RFC ABC010101AB1", "contact_phone": "800 1"}
    )
    book.account(book.person("Ana Muñoz"), owes=1_000_00, number="A-1", interest_past_due=200_00)
    return book


def wish(**changes: Any) -> dict[str, Any]:
    return {"accounts": ["A-1"], "covers": "balance", "instalments": 3, **changes}


HALF_THE_INTEREST = {"interest": {"percent": "50"}}


def test_a_preview_says_the_terms_to_the_last_cent_and_offers_nothing(
    api: ApiWorld, book: BookFactory
) -> None:
    told = api.as_("agent").post(f"{P}/plans/preview", wish(discount=HALF_THE_INTEREST)).json()
    assert told["total"] == "900.00" and told["currency"] == "MXN"
    assert [one["amount"] for one in told["schedule"]] == ["300.00", "300.00", "300.00"]
    assert {"component": "interest", "owed": "200.00", "discount": "100.00"} in told["parts"]
    assert api.as_("agent").get(f"{P}/plans").json()["items"] == []


def test_within_their_authority_an_agent_offers_and_it_is_accepted_at_once(
    api: ApiWorld, book: BookFactory
) -> None:
    agent = api.as_("agent")
    offered = agent.post(f"{P}/plans", wish(reference="7")).json()
    assert offered["approval"] is None and offered["plan"]["state"] == "offered"
    assert agent.post(f"{P}/plans", wish(reference="7")).json()["plan"]["id"] == offered["plan"]["id"]
    number = offered["plan"]["id"]
    options = agent.get(f"{P}/accounts/A-1/plan-options").json()["items"]
    assert [one["key"] for one in options] == [f"oferta-{number}", "2-pagos", "3-pagos"]
    taken = agent.post(f"{P}/plans/{number}/acceptance", {"via": "call"}).json()
    assert (taken["state"], taken["accepted_via"], taken["accepted_by"]) == ("accepted", "call", "agent-0")
    assert agent.get(f"{P}/accounts/A-1/plan-options").json()["items"] == []
    assert [one["id"] for one in agent.get(f"{P}/plans?state=accepted").json()["items"]] == [number]
    assert [one["id"] for one in agent.get(f"{P}/accounts/A-1/plans").json()["items"]] == [number]


def test_above_it_a_second_person_grants_what_was_asked_for_to_the_cent(
    api: ApiWorld, book: BookFactory
) -> None:
    agent = api.as_("agent")
    asked = agent.post(f"{P}/plans", wish(discount=HALF_THE_INTEREST)).json()
    assert asked["plan"] is None and "intereses" in asked["reason"]
    assert agent.post(f"/approvals/{asked['approval']}/grant", {}).json()["code"] == "access.denied"
    granted = api.as_("supervisor").post(f"/approvals/{asked['approval']}/grant", {"note": "va"}).json()
    assert granted["state"] == "done", granted
    plan = agent.get(f"{P}/plans/{granted['outcome']['plan']}").json()
    assert (plan["state"], plan["total"], plan["approved_by"]) == ("offered", "900.00", "supervisor-0")
    assert plan["terms_hash"] == granted["body"]["hash"]


def test_who_asked_never_grants_and_a_debt_that_shrank_is_not_granted(
    api: ApiWorld, book: BookFactory
) -> None:
    asked = api.as_("supervisor").post(f"{P}/plans", wish(instalments=24)).json()
    own = api.as_("supervisor").post(f"/approvals/{asked['approval']}/grant", {})
    assert (own.status_code, own.json()["code"]) == (409, "approval.same_person")
    payment = {"account": "A-1", "amount": "10", "paid_at": "2026-11-23T12:00:00Z", "reference": "p1"}
    assert api.as_("agent").post(f"{P}/payments", payment).status_code == 200
    stale = api.as_("approver").post(f"/approvals/{asked['approval']}/grant", {})
    assert (stale.status_code, stale.json()["code"]) == (422, "plan.stale")


def test_nobody_offers_above_the_ceiling_and_no_account_twice(api: ApiWorld, book: BookFactory) -> None:
    supervisor = api.as_("supervisor")
    beyond = supervisor.post(f"{P}/plans", wish(discount={"capital": {"percent": "90"}}))
    assert (beyond.status_code, beyond.json()["code"]) == (422, "plan.ceiling")
    number = supervisor.post(f"{P}/plans", wish()).json()["plan"]["id"]
    supervisor.post(f"{P}/plans/{number}/acceptance", {})
    again = supervisor.post(f"{P}/plans", wish())
    assert (again.status_code, again.json()["code"]) == (422, "plan.open")
    assert supervisor.post(f"{P}/plans", wish(accounts=["nada"])).status_code == 404
    assert supervisor.get(f"{P}/plans/{number + 1}").status_code == 404


def test_the_letter_of_an_accepted_plan_is_kept_by_its_hash_in_both_languages(
    api: ApiWorld, book: BookFactory
) -> None:
    agent = api.as_("agent")
    number = agent.post(f"{P}/plans", wish(down_payment="100")).json()["plan"]["id"]
    offer = agent.get(f"{P}/plans/{number}/letter")
    assert "Oferta de convenio" in text_of(offer.content)
    agent.post(f"{P}/plans/{number}/acceptance", {})
    spanish, english = (agent.get(f"{P}/plans/{number}/letter?language={each}") for each in ("es", "en"))
    assert spanish.headers["content-type"] == "application/pdf"
    assert spanish.headers["etag"] == f'"{hashlib.sha256(spanish.content).hexdigest()}"'
    for words in ("Convenio de pago", "Ana Mu", "RFC ABC010101AB1", "Enganche", "$100", "$1,000"):
        assert words in text_of(spanish.content), words
    for words in ("Payment agreement", "Down payment", "settled"):
        assert words in text_of(english.content), words
    (line,) = api.ledger("plan.accepted")
    assert line["letters"]["es"] == hashlib.sha256(spanish.content).hexdigest()
    with api.database.connection() as connection:
        connection.execute("UPDATE person SET name = 'Otra'")
        (kept,) = connection.execute("SELECT content FROM plan_letter LIMIT 1").fetchone() or ("",)
    assert kept.startswith("enc1:")
    assert agent.get(f"{P}/plans/{number}/letter").content == spanish.content


def test_a_plan_ends_by_hand_only_as_it_can(api: ApiWorld, book: BookFactory) -> None:
    agent = api.as_("agent")
    number = agent.post(f"{P}/plans", wish()).json()["plan"]["id"]
    assert agent.post(f"{P}/plans/{number}/cancellation", {}).json()["code"] == "plan.closed"
    assert agent.post(f"{P}/plans/{number}/withdrawal", {"reason": "otra"}).json()["state"] == "withdrawn"
    number = agent.post(f"{P}/plans", wish()).json()["plan"]["id"]
    agent.post(f"{P}/plans/{number}/acceptance", {})
    broken = api.as_("supervisor").post(f"{P}/plans/{number}/breach", {"reason": "no pagará"}).json()
    assert (broken["state"], broken["reason"]) == ("broken", "no pagará")


def test_a_payment_names_its_invoices_and_says_what_was_too_much(api: ApiWorld, book: BookFactory) -> None:
    account = book.account(book.person("Tienda"), owes=300_00, number="A-2")
    book.invoice(account, "F-1", balance=100_00, due_on=date(2026, 9, 1))
    book.invoice(account, "F-2", balance=200_00, due_on=date(2026, 10, 1))
    agent = api.as_("agent")

    def pay(amount: str, reference: str, **more: Any) -> dict[str, Any]:
        body = {"account": "A-2", "amount": amount, "paid_at": "2026-11-23T12:00:00Z", "reference": reference}
        answer: dict[str, Any] = agent.post(f"{P}/payments", body | more).json()
        return answer

    assert pay("10", "p0", invoices=["F-9"])["code"] == "invoice.unknown"
    named = pay("150", "p1", invoices=["F-2"])
    assert named["invoices"] == [{"number": "F-2", "amount": "150.00"}]
    rest = pay("250", "p2")
    assert rest["invoices"] == [{"number": "F-1", "amount": "100.00"}, {"number": "F-2", "amount": "50.00"}]
    assert (rest["over"], rest["amount_to_cure"]) == ("100.00", "0.00")
    back = agent.post(f"{P}/reversals", {"reference": "p2", "reversed_at": "2026-11-24T12:00:00Z"})
    assert back.status_code == 200
    with api.database.connection() as connection:
        left = connection.execute("SELECT number, balance FROM invoice ORDER BY number").fetchall()
        open_now = connection.execute("SELECT invoice_count FROM account WHERE number = 'A-2'").fetchone()
    assert left == [("F-1", 100_00), ("F-2", 50_00)] and open_now == (2,)


def test_the_authority_matrix_is_changed_by_two_and_nonsense_is_refused(
    api: ApiWorld, book: BookFactory
) -> None:
    matrix = {"authority": [{"role": "agent", "most_instalments": 2}], "options": []}
    asked = api.as_("compliance").post(f"{P}/policy/requests", {"change": {"plan_policy": matrix}})
    assert asked.status_code in (200, 201), asked.text
    granted = api.as_("compliance", login="otra").post(f"/approvals/{asked.json()['id']}/grant", {})
    assert granted.json()["state"] == "done", granted.text
    above = api.as_("agent").post(f"{P}/plans", wish()).json()
    assert above["plan"] is None and "3 cuotas" in above["reason"]
    wrong = {"authority": [{"role": "duende"}]}
    refused = api.as_("compliance").post(f"{P}/policy/requests", {"change": {"plan_policy": wrong}}).json()
    assert (refused["code"], refused["place"]) == ("plan.policy", "plan_policy.authority.0.role")


def text_of(pdf: bytes) -> str:
    """The words of a PDF, as its content streams show them."""
    shown = []
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        try:
            shown.append(zlib.decompress(stream).decode("latin-1"))
        except zlib.error:
            continue
    return " ".join(re.findall(r"\(((?:\\.|[^\\)])*)\)", " ".join(shown)))
