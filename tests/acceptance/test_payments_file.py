"""The bank's file of payments: whoever paid is not written to, from the moment the file is in."""

from api.importing.mapping import parse_mapping
from api.usecases.book.import_book import ImportOrder, import_book
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
