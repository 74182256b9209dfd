"""A file of payments that bounced: each takes its payment back, once."""

from datetime import date

from tests.api.importing.conftest import Desk

PAYMENTS = "cuenta,referencia,monto,fecha de pago\nP-1,R1,300.00,2026-11-12\nP-1,R2,900.00,2026-11-12\n"
REVERSALS = "referencia,fecha de reverso\nR2,2026-11-14\n"


def paid_twice(desk: Desk) -> None:
    """A debt of 1,000 paid with 300 and then 900."""
    ana = desk.book.person("Ana")
    desk.book.account(ana, owes=1_000_00, number="P-1")
    desk.load(PAYMENTS, kind="payments")


def test_what_each_payment_took_off_is_known(desk: Desk) -> None:
    paid_twice(desk)
    assert desk.ask("SELECT taken->'amount_to_cure', taken->'minimum_payment' FROM payment ORDER BY 1") == [
        (300_00, None),
        (700_00, None),
    ]


def test_a_reversal_gives_back_what_its_payment_took_off(desk: Desk) -> None:
    paid_twice(desk)
    report = desk.load(REVERSALS, kind="reversals", as_of=date(2026, 11, 14))
    assert (report.accepted, report.changed) == (1, 1)
    assert desk.ask("SELECT amount_to_cure, outstanding_balance, minimum_payment, paid_30d FROM account") == [
        (700_00, 700_00, None, 300_00)
    ]
    assert desk.ask("SELECT account_status, last_payment_on FROM account") == [(2, date(2026, 11, 12))]
    again = desk.load(REVERSALS, kind="reversals", as_of=date(2026, 11, 14))
    assert (again.changed, desk.ask("SELECT amount_to_cure FROM account")) == (0, [(700_00,)])


def test_what_the_core_says_is_owed_now_wins(desk: Desk) -> None:
    paid_twice(desk)
    told = "referencia,fecha de reverso,monto vencido\nR2,2026-11-14,815.25\n"
    desk.load(told, kind="reversals", as_of=date(2026, 11, 14))
    assert desk.ask("SELECT amount_to_cure FROM account") == [(815_25,)]


def test_a_reversal_of_a_payment_nobody_knows_is_refused(desk: Desk) -> None:
    paid_twice(desk)
    report = desk.load("referencia\nR9\nR1\n", kind="reversals")
    assert (report.accepted, report.refused) == (1, 1)
    assert report.refusals["reason"].to_list() == ["no se conoce ningún pago con esa referencia"]
