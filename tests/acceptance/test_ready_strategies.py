"""The strategies that come with the product, lived through by one debtor each."""

from pathlib import Path
from typing import Any

from tests.acceptance.timeline import Debt, Timeline

READY = Path(__file__).parents[2] / "examples" / "strategies"
MAIL = {"consents": ("whatsapp", "sms", "email"), "email": "ana@example.org"}


def begin(timeline: Timeline, strategy: str, **account: Any) -> Debt:
    """A debtor who can be reached everywhere, and one ready strategy."""
    ana = timeline.debtor("Ana", person=MAIL, **account)
    timeline.publish((READY / f"{strategy}.json").read_text())
    return ana


def test_mora_1_30_reminds_waits_a_week_and_writes_an_e_mail(timeline: Timeline) -> None:
    day, ana = timeline.day, begin(timeline, "mora-1-30", owes="900.00", days_past_due=5)
    (first,) = day(0).sent(ana)
    assert first in ("mora_1_30_whatsapp_a", "mora_1_30_whatsapp_b")
    day(0).expect(ana, at="espera", due=7)
    timeline.miss(*range(1, 7))
    day(7).expect(ana, sent="mora_1_30_email", at="espera-correo")
    day(8).payment(ana, "900.00").expect(ana, left="exit")


def test_mora_1_30_calls_who_broke_a_promise(timeline: Timeline) -> None:
    day, ana = timeline.day, begin(timeline, "mora-1-30", owes="900.00", days_past_due=5)
    day(1).promise(ana, "500.00", due=2)
    day(2).break_promise(ana)
    day(3).expect(ana, at="llamada", state="waiting", bucket="acted")


def test_mora_31_60_hands_a_silent_debtor_to_an_agent(timeline: Timeline) -> None:
    day, ana = timeline.day, begin(timeline, "mora-31-60", owes="900.00", days_past_due=35)
    day(0).expect(ana, sent="mora_31_60_whatsapp", at="espera", due=7)
    timeline.miss(*range(1, 7))
    day(7).expect(ana, nothing=True, at="llamada", bucket="acted")


def test_mora_60_begins_with_the_notice_the_law_asks_for(timeline: Timeline) -> None:
    day, ana = timeline.day, begin(timeline, "mora-60-mas", owes="900.00", days_past_due=70)
    day(0).expect(ana, sent="aviso_email", at="aviso", state="waiting")


def test_preventiva_says_nothing_once_the_instalment_is_paid(timeline: Timeline) -> None:
    day = timeline.day
    ana = begin(timeline, "preventiva", days_past_due=-4, minimum_payment=300_00)
    day(2).expect(ana, sent="preventiva_whatsapp", at="vencimiento", due=5)
    day(3).payment(ana, "300.00").expect(ana, left="exit")


def test_telco_writes_about_the_bill_and_lets_go_who_pays(timeline: Timeline) -> None:
    day, ana = timeline.day, begin(timeline, "telco", owes="450.00", days_past_due=1, product="telefonia")
    day(0).expect(ana, sent="telco_primer_sms", at="espera", due=7)
    day(0).payment(ana, "450.00").expect(ana, left="exit")


def test_an_invoice_of_a_company_has_words_of_its_own(timeline: Timeline) -> None:
    invoices = {"owes": "9000.00", "days_past_due": 3, "product": "factura"}
    day, ana = timeline.day, begin(timeline, "facturas-b2b", **invoices)
    day(0).expect(ana, sent="facturas_primer_email", at="espera", due=7)
