"""The bank's file of payments: whoever paid is not written to, from the moment the file is in."""

from api.agreements.plan_terms import PlanWish
from api.importing.mapping import parse_mapping
from api.usecases.book.import_book import ImportOrder, import_book
from api.usecases.money.accept_plan import accept_plan
from api.usecases.money.offer_plan import offer_plan
from tests.acceptance.paths import end, enter, path, send, wait
from tests.acceptance.timeline import Debt, Timeline
from tests.factories.book import INDEX_KEY


def bank_file(timeline: Timeline, day: int, *paid: tuple[Debt, str]) -> None:
    """The payments of a day, loaded while the day's messages are still queued."""
    lines = ["cuenta,referencia,monto,fecha de pago"]
    for debt, amount in paid:
        [(number,)] = timeline.rows("SELECT number FROM account WHERE id = %s", debt.account_id)
        lines.append(f"{number},{timeline.reference()},{amount},{timeline.date(day)}")
    file = timeline.folder / "pagos.csv"
    file.write_text("\n".join(lines) + "\n")
    mapping = parse_mapping({"kind": "payments"})
    order = ImportOrder(file, timeline.book_key, mapping, timeline.date(day))
    import_book(timeline.database, order, index_key=INDEX_KEY)


def test_the_file_itself_takes_back_what_is_queued_about_a_paid_debt(timeline: Timeline) -> None:
    day, ana, luis = (
        timeline.day,
        timeline.debtor("Ana", owes="900.00"),
        timeline.debtor("Luis", owes="900.00"),
    )
    timeline.publish(path("mora", enter(), send("aviso"), wait(9), end()))
    day(0, deliver=False).expect(ana, sent="aviso").expect(luis, sent="aviso")
    bank_file(timeline, 0, (ana, "900.00"), (luis, "100.00"))
    day(0).expect(ana, nothing=True).expect(luis, sent="aviso")
    assert timeline.rows("SELECT reason FROM message WHERE state = 9") == [("paid",)]
    assert timeline.deliver() == 1


def test_the_file_pays_the_oldest_invoices_and_says_what_was_too_much(timeline: Timeline) -> None:
    ana = timeline.debtor("Ana", owes="300.00")
    timeline.book.invoice(ana.account_id, "F-2", balance=200_00, due_on=timeline.date(-10))
    timeline.book.invoice(ana.account_id, "F-1", balance=100_00, due_on=timeline.date(-20))
    bank_file(timeline, 0, (ana, "150.00"))
    balances = "SELECT number, balance FROM invoice ORDER BY number"
    assert timeline.rows(balances) == [("F-1", 0), ("F-2", 150_00)]
    assert timeline.rows("SELECT invoice_count FROM account") == [(1,)]
    bank_file(timeline, 0, (ana, "180.00"))
    assert timeline.rows(balances) == [("F-1", 0), ("F-2", 0)]
    assert timeline.rows("SELECT amount, over FROM payment ORDER BY id") == [(150_00, 0), (180_00, 30_00)]


def test_a_payment_the_balances_hold_already_pays_no_invoice_again(timeline: Timeline) -> None:
    ana = timeline.debtor("Ana", owes="100.00")
    timeline.book.invoice(ana.account_id, "F-1", balance=100_00, due_on=timeline.date(-20))
    timeline.do("UPDATE account SET amount_as_of = %s", timeline.date(1))
    bank_file(timeline, 0, (ana, "100.00"))
    assert timeline.rows("SELECT balance FROM invoice") == [(100_00,)]
    assert timeline.rows("SELECT over FROM payment") == [(0,)]


def test_the_file_keeps_a_payment_plan(timeline: Timeline) -> None:
    ana = timeline.debtor("Ana", owes="300.00")
    wish = PlanWish((ana.account_id,), instalments=2)
    plan = offer_plan(timeline.database, timeline.clock, wish, roles=["agent"], by="ana").plan
    accept_plan(timeline.database, timeline.clock, plan.id, by="ana", via="agent")
    bank_file(timeline, 0, (ana, "150.00"))
    assert timeline.rows("SELECT paid FROM plan_instalment ORDER BY number") == [(150_00,), (0,)]
    bank_file(timeline, 0, (ana, "150.00"))
    assert timeline.rows("SELECT state FROM plan") == [("kept",)]
