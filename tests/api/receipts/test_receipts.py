"""Payment receipts of the Mexican tax office: their payments land once, and nothing odd is believed."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from api.clock import BusinessClock
from api.importing.cfdi import read_cfdi
from api.usecases.money.read_payment_receipt import read_payment_receipt
from engine.errors import BookError
from storage.database import Database
from tests.factories.book import BookFactory

SAMPLE = (Path(__file__).parent / "recibo_de_pago.xml").read_bytes()


def changed(*pairs: tuple[str, str]) -> bytes:
    """The sample with some of its text replaced."""
    text = SAMPLE.decode()
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return text.encode()


def test_a_receipt_is_read_with_its_payments_and_their_invoices() -> None:
    receipt = read_cfdi(SAMPLE)
    assert (receipt.uuid, receipt.issuer) == ("C0FFEE00-1111-4222-8333-444455556666", "DNO010101AB1")
    (payment,) = receipt.payments
    assert (payment.amount, payment.currency, payment.paid_at.isoformat()) == (
        Decimal("1500.00"),
        "MXN",
        "2026-11-23T12:00:00",
    )
    assert [(one.series + one.folio, one.amount, one.line) for one in payment.invoices] == [
        ("F1042", Decimal("1000.00"), 21),
        ("F1057", Decimal("500.00"), 24),
    ]


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>\n<cfdi:Comprobante'


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        (b"", "línea 1, archivo"),
        (b"%PDF-1.4", "línea 1, archivo"),
        (SAMPLE[:900], "archivo"),
        (changed(('encoding="UTF-8"', 'encoding="nada"')), "archivo"),
        (changed(('encoding="UTF-8"', 'encoding="UTF-7"')), "archivo"),
        (changed(('FechaPago="2026', 'FechaPago="0001')), "Pago/@FechaPago"),
        (changed(("<cfdi:Comprobante", BOMB)), "línea 2, DOCTYPE"),
        (changed(("<cfdi:Comprobante", '<!DOCTYPE x SYSTEM "file:///x">\n<cfdi:Comprobante')), "DOCTYPE"),
        (b"<a>" * 50 + b"</a>" * 50, "anidados"),
        (changed(('TipoDeComprobante="P"', 'TipoDeComprobante="I"')), "Comprobante/@TipoDeComprobante"),
        (changed(("http://www.sat.gob.mx/Pagos20", "http://www.sat.gob.mx/Pagos")), "Pagos/@Version"),
        (changed(("tfd:TimbreFiscalDigital", "tfd:Otro")), "TimbreFiscalDigital"),
        (changed(('ImpPagado="500.00"', 'ImpPagado="-500"')), "línea 24, ImpPagado"),
        (changed(('ImpPagado="500.00"', 'ImpPagado="NaN"')), "línea 24, ImpPagado"),
        (changed(('ImpPagado="500.00"', 'ImpPagado="501.00"')), "DoctoRelacionado/@ImpSaldoInsoluto"),
        (changed(('Monto="1500.00"', 'Monto="1400.00"')), "línea 19, Pago/@Monto"),
        (changed(('FechaPago="2026-11-23T12:00:00"', 'FechaPago="ayer"')), "línea 19, Pago/@FechaPago"),
        (changed(('IdDocumento="6a4d2e3f', 'IdDocumento="zzzz2e3f')), "línea 24, IdDocumento"),
    ],
)  # fmt: skip
def test_what_is_no_good_receipt_is_refused_with_its_place(wrong: bytes, place: str) -> None:
    with pytest.raises(BookError) as refused:
        read_cfdi(wrong)
    assert refused.value.code == "cfdi.invalid"
    assert place in f"{refused.value.place} {refused.value.message}"


@pytest.fixture
def book(database_url: str) -> BookFactory:
    """A portfolio in Mexico with a shop that owes two invoices."""
    return BookFactory(Database(database_url), settings={"creditor_tax_id": "DNO010101AB1"})


def rows(book: BookFactory, query: str) -> list[tuple[Any, ...]]:
    with book.database.connection() as connection:
        return connection.execute(query).fetchall()


def read(book: BookFactory, content: bytes = SAMPLE):
    return read_payment_receipt(book.database, BusinessClock(book.database), "prueba", content, by="ana")


def test_each_invoice_is_paid_in_its_account_and_the_same_receipt_again_changes_nothing(
    book: BookFactory,
) -> None:
    account = book.account(book.person("Abarrotes"), owes=1_800_00)
    book.invoice(account, "F1042", balance=1_000_00, due_on=date(2026, 10, 1))
    book.invoice(account, "1057", balance=800_00, due_on=date(2026, 9, 1))
    done = read(book)
    assert [(one.invoice, one.amount, one.is_new) for one in done.paid] == [
        ("F1042", Decimal("1000.00"), True),
        ("1057", Decimal("500.00"), True),
    ]
    balances = "SELECT number, balance FROM invoice ORDER BY number"
    assert rows(book, balances) == [("1057", 300_00), ("F1042", 0)]
    assert rows(book, "SELECT amount_to_cure, invoice_count FROM account") == [(300_00, 1)]
    assert (
        rows(book, "SELECT DISTINCT source, paid_at AT TIME ZONE 'America/Mexico_City' FROM payment")[0][0]
        == "cfdi"
    )
    again = read(book)
    assert [one.is_new for one in again.paid] == [False, False]
    assert rows(book, balances) == [("1057", 300_00), ("F1042", 0)]
    assert "0 pagos nuevos, 2 ya registrados" in again.sentence()


def test_the_uuid_finds_an_invoice_whatever_its_number(book: BookFactory) -> None:
    account = book.account(book.person("Abarrotes"), owes=1_800_00)
    book.invoice(account, "Z-9", balance=1_000_00, due_on=date(2026, 10, 1))
    with book.database.connection() as connection:
        connection.execute("UPDATE invoice SET fiscal_id = '5f3c1d2e-8a4b-4c6d-9e7f-0a1b2c3d4e5f'")
    done = read(book)
    assert [one.invoice for one in done.paid] == ["Z-9"]
    assert [(one.line, one.document) for one in done.refused] == [(24, "F1057")]
    assert "no está la factura F1057" in done.refused[0].reason


def test_a_number_two_accounts_have_is_not_guessed_and_another_currency_is_refused(book: BookFactory) -> None:
    person = book.person("Abarrotes")
    for account in (book.account(person), book.account(person)):
        book.invoice(account, "F1042", balance=1_000_00, due_on=date(2026, 10, 1))
    dollars = book.account(person, currency="USD")
    book.invoice(dollars, "F1057", balance=500_00, due_on=date(2026, 10, 1))
    done = read(book)
    assert done.paid == []
    assert [one.reason for one in done.refused] == [
        "la factura «F1042» está en 2 cuentas",
        "la cuenta es en USD y el monto en MXN",
    ]


def test_a_receipt_of_another_creditor_is_refused_as_a_whole(book: BookFactory) -> None:
    with pytest.raises(BookError) as refused:
        read(book, changed(("DNO010101AB1", "OTR010101AB1")))
    assert (refused.value.code, refused.value.place) == ("cfdi.issuer", "Emisor/@Rfc")
    assert rows(book, "SELECT count(*) FROM payment") == [(0,)]
