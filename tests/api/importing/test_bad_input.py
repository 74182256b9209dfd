"""Bad files and bad rows: a clear reason with its place, good rows land, nothing is half-written."""

from pathlib import Path

import openpyxl
import polars as pl
import pytest

from api.importing.cleaning import REASON_FORMULA, REASON_INJECTION
from engine.errors import BookError, CadenciaError
from storage.loads import list_refusals
from tests.api.importing.conftest import Desk

HEADER = "cuenta;rfc;nombre;telefono;monto vencido;saldo total;vencimiento;estado\n"
GOOD = "C-1;XAXX010101000;José Pérez;664 123 4567;1.234,50;10.000,00;2026-10-25;Baja California\n"
TABLES = ("person", "contact_point", "account", "load", "refusal", "place", "term")


def nothing_was_written(desk: Desk) -> bool:
    return all(desk.ask(f"SELECT count(*) FROM {table}") == [(0,)] for table in TABLES)


def reasons(refusals: pl.DataFrame) -> list[tuple[int, str, str]]:
    return [(line, column, reason) for line, column, _, reason in refusals.iter_rows()]


def test_a_formula_in_a_spreadsheet_is_refused_and_says_so(desk: Desk) -> None:
    path = desk.folder / "cartera.xlsx"
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Cuenta", "RFC", "Monto vencido", "Días de mora", "Nota"])
    sheet.append(["C-1", "XAXX010101000", 1234.5, 10, None])
    sheet.append(["C-2", "XEXX010101000", "=C2*2", 10, None])
    sheet.append(["C-3", "XEXX010101001", 100, 10, "=1+1"])
    book.save(path)
    report = desk.load(path)
    assert reasons(report.refusals) == [(3, "Monto vencido", REASON_FORMULA)]
    assert desk.ask("SELECT number, amount_to_cure FROM account ORDER BY 1") == [
        ("C-1", 123450),
        ("C-3", 10000),
    ]


def test_text_that_a_spreadsheet_would_run_is_refused(desk: Desk) -> None:
    report = desk.load(HEADER + GOOD + "C-2;XEXX010101000;=cmd|' /C calc'!A0;;10,00;10,00;2026-10-25;CDMX\n")
    assert reasons(report.refusals) == [(3, "nombre", REASON_INJECTION)]
    assert desk.names() == ["José Pérez"]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "with a byte order mark"])
def test_latin_1_is_read_with_its_accents(desk: Desk, mark: bytes) -> None:
    desk.load(mark + (HEADER + GOOD).encode("latin-1"))
    assert desk.names() == ["José Pérez"]


def test_a_negative_balance_is_refused_unless_the_mapping_allows_credit(desk: Desk) -> None:
    text = HEADER + "C-1;XAXX010101000;Ana;;0;-50,00;;CDMX\n"
    refused = desk.load(text)
    assert [(line, column) for line, column, _ in reasons(refused.refusals)] == [(2, "saldo total")]
    assert "negativo" in refused.refusals["reason"][0]
    assert desk.load(text, credit_balances=True).accepted == 1
    assert desk.ask("SELECT outstanding_balance FROM account") == [(-5000,)]


def test_a_phone_without_country_is_the_portfolios_and_an_impossible_one_is_left_out(desk: Desk) -> None:
    report = desk.load(HEADER + GOOD + "C-2;XEXX010101000;Eva;123;10,00;10,00;2026-10-25;CDMX\n")
    assert desk.addresses() == ["+526641234567"]
    assert (report.accepted, report.omitted) == (2, 1)
    assert "imposible" in report.refusals["reason"][0]
    with desk.database.connection() as connection:
        ((portfolio_id, load_id),) = connection.execute("SELECT portfolio_id, id FROM load").fetchall()
        (kept,) = list_refusals(connection, portfolio_id, load_id, 0, 10)
    assert (kept["line"], kept["column"], kept["value"]) == (3, "telefono", "123")


def test_a_duplicate_account_is_refused_from_its_second_line_on(desk: Desk) -> None:
    report = desk.load(HEADER + GOOD + GOOD.replace("1.234,50", "9,00"))
    assert reasons(report.refusals) == [(3, "cuenta", "la cuenta ya está en una línea anterior del archivo")]
    assert desk.ask("SELECT amount_to_cure FROM account") == [(123450,)]


@pytest.mark.parametrize(
    ("totals", "what"),
    [("rows=2", "filas 2"), ("outstanding_balance=20000.00", "suma de outstanding_balance")],
)
def test_a_half_file_whose_totals_do_not_match_changes_nothing(desk: Desk, totals: str, what: str) -> None:
    with pytest.raises(BookError, match=what) as refusal:
        desk.load(HEADER + GOOD, totals=totals)
    assert refusal.value.code == "totals.mismatch"
    assert refusal.value.hint
    assert nothing_was_written(desk)


def test_totals_that_match_let_the_file_in(desk: Desk) -> None:
    report = desk.load(HEADER + GOOD, totals="rows=1,outstanding_balance=10000.00,amount_to_cure=1234.50")
    assert report.accepted == 1


@pytest.mark.parametrize("content", ["", HEADER, "\n\n", ";;;;;;;\n", "\ufeff"])
def test_an_empty_file_changes_nothing(desk: Desk, content: str) -> None:
    with pytest.raises(BookError) as refusal:
        desk.load(content, scope="full")
    assert refusal.value.code in ("file.empty", "file.columns")
    assert nothing_was_written(desk)


def test_wrong_columns_are_named_with_those_the_file_has(desk: Desk) -> None:
    with pytest.raises(BookError, match="account") as refusal:
        desk.load("uno,dos\n1,2\n")
    assert refusal.value.code == "file.columns"
    assert "uno, dos" in refusal.value.hint


def test_dates_that_can_be_read_in_two_ways_are_not_guessed(desk: Desk) -> None:
    text = HEADER + GOOD.replace("2026-10-25", "05/10/2026")
    with pytest.raises(BookError, match="dd/mm o mm/dd"):
        desk.load(text)
    assert nothing_was_written(desk)
    desk.load(text, date_order="mdy")
    assert str(desk.ask("SELECT due_on FROM account")[0][0]) == "2026-05-10"


def test_amounts_that_can_be_read_in_two_ways_are_not_guessed(desk: Desk) -> None:
    text = HEADER + GOOD.replace("1.234,50", "1.234").replace("10.000,00", "10.000")
    with pytest.raises(BookError, match="miles o decimales"):
        desk.load(text)
    desk.load(text, decimal_mark="comma")
    assert desk.ask("SELECT amount_to_cure FROM account") == [(123400,)]


def test_a_line_with_a_comma_too_many_is_refused_and_the_rest_lands(desk: Desk) -> None:
    text = "cuenta,rfc,monto vencido,dias de mora\nC-1,XAXX010101000,10.50,3\nC-2,XEXX010101000,1,234.50,3\n"
    report = desk.load(text)
    assert reasons(report.refusals) == [(3, "", "la línea tiene 5 columnas y el encabezado 4")]
    assert report.accepted == 1


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.xlsx", b"PK\x03\x04 no"),
        ("a.parquet", b"PAR1 no"),
        ("a.pdf", b"%PDF-1.4"),
        ("a.xlsx", b"cuenta;1"),
    ],
)
def test_a_file_that_is_not_what_it_says_is_refused(desk: Desk, name: str, content: bytes) -> None:
    path = desk.folder / name
    path.write_bytes(content)
    with pytest.raises(BookError) as refusal:
        desk.load(path)
    assert refusal.value.code in ("file.damaged", "file.kind")
    assert nothing_was_written(desk)


@pytest.mark.parametrize(
    "content",
    [
        b"\x00\x01\x02\xff\xfe" * 50,
        b"\xff\xfe",
        b'cuenta;rfc;monto vencido\n"C-1;X;1\n',
        b"cuenta;cuenta;cuenta\n1;2;3\n",
        b"cuenta\rrfc\r1\r",
        b"cuenta;rfc;monto vencido;dias de mora\nC-1;***;1,00;5\n",
        b"cuenta;rfc;monto vencido;dias de mora\nC-1;X;99999999999999999999;5\n",
        b"cuenta;rfc;monto vencido;dias de mora\nC-1;X;1e5;99999999999\n",
        b"cuenta;rfc;monto vencido;vencimiento;moneda\nC-1;X;1;0000-00-00;XXX\n",
        b"cuenta;rfc;monto vencido;dias de mora;pais\nC-1;X1;1,00;5;Narnia\n",
    ],
)
def test_odd_octets_end_in_words_never_in_a_traceback(desk: Desk, content: bytes) -> None:
    try:
        report = desk.load(content)
    except CadenciaError as refusal:
        assert refusal.message
        assert nothing_was_written(desk)
    else:
        assert report.accepted + report.refused == report.rows
        assert desk.ask("SELECT count(*) FROM account") == [(report.accepted,)]


def test_a_missing_file_is_said(desk: Desk) -> None:
    with pytest.raises(BookError, match="no existe"):
        desk.load(Path("nada.csv"))


def test_a_refused_line_does_not_make_its_account_missing(desk: Desk) -> None:
    desk.load(HEADER + GOOD + GOOD.replace("C-1", "C-2"), scope="full")
    report = desk.load(HEADER + GOOD.replace("1.234,50", "abc"), scope="full")
    assert report.missing == ["C-2"]
    assert desk.ask("SELECT number, missing, hold_kinds FROM account ORDER BY 1") == [
        ("C-1", False, 0),
        ("C-2", True, 1 << 9),
    ]


def test_a_file_older_than_the_book_is_refused(desk: Desk) -> None:
    from datetime import date

    desk.load(HEADER + GOOD)
    with pytest.raises(BookError, match="ya se cargó"):
        desk.load(HEADER + GOOD, as_of=date(2026, 11, 1))
