"""Bad files at the command line: refused as a whole with place and hint, or row by row."""

import json
from pathlib import Path

import openpyxl
import pytest

from tests.bad_input.conftest import Console
from tests.factories import clear

HEADER = "cuenta;rfc;nombre;telefono;monto vencido;saldo total;vencimiento;estado\n"
GOOD = "C-1;XAXX010101000;José Pérez;664 123 4567;1.234,50;10.000,00;2026-10-25;Baja California\n"
IMPORT = ("--portfolio", "prueba", "--as-of", "2026-11-12")


def spreadsheet(console: Console, *amounts: object) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Cuenta", "RFC", "Monto vencido", "Días de mora"])
    for number, amount in enumerate(amounts):
        sheet.append([f"C-{number}", f"XAXX01010100{number}", amount, 10])
    path = console.folder / "cartera.xlsx"
    book.save(path)
    return path


def test_formula_is_refused_with_its_cell_and_the_other_rows_land(console: Console) -> None:
    code, out, _ = console.run("import", spreadsheet(console, 100, "=B2*2"), *IMPORT)
    assert code == 0
    assert "Monto vencido" in out
    assert "fórmula" in out
    assert "entraron 1" in out


def test_latin_1_with_a_byte_order_mark_lands_with_its_accents(console: Console) -> None:
    path = console.file("cartera.csv", b"\xef\xbb\xbf" + (HEADER + GOOD).encode("latin-1"))
    code, out, _ = console.run("import", path, *IMPORT)
    assert (code, "entraron 1" in out) == (0, True)
    with console.database.connection() as connection:
        assert clear.names(connection) == ["José Pérez"]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("C-2;XEXX010101000;Ana;;0;-50,00;2026-10-25;CDMX\n", ("3", "saldo total", "negativo")),
        (GOOD, ("3", "cuenta", "ya está en una línea anterior")),
        ("C-2;XEXX010101000;Ana;123;10,00;10,00;2026-10-25;CDMX\n", ("3", "telefono", "imposible")),
    ],
    ids=["negative balance", "duplicate account", "phone of no country"],
)
def test_bad_row_is_listed_with_line_column_and_reason(
    console: Console, row: str, words: tuple[str, ...]
) -> None:
    code, out, _ = console.run("import", console.file("cartera.csv", HEADER + GOOD + row), *IMPORT)
    assert code == 0
    assert all(word in out for word in words)


def test_file_of_bad_rows_only_is_an_exit_code_of_its_own(console: Console) -> None:
    path = console.file("cartera.csv", HEADER + GOOD.replace("10.000,00", "-1,00"))
    code, out, _ = console.run("import", path, *IMPORT)
    assert code == 2
    assert "se rechazaron 1" in out
    assert json.loads(console.run("import", path, *IMPORT, "--json")[1])["accepted"] == 0


def test_half_a_file_whose_totals_do_not_match_is_refused(console: Console) -> None:
    path = console.file("cartera.csv", HEADER + GOOD)
    said = console.refused("import", path, *IMPORT, "--totals", "rows=2,outstanding_balance=20000.00")
    assert "totals.mismatch [cartera.csv]" in said
    assert "filas 2" in said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--portfolio", "nadie", "--as-of", "2026-11-12"), ("portfolio.unknown", "nadie", "prueba")),
        ((*IMPORT, "--scope", "half"), ("load.scope", "full o delta")),
        ((*IMPORT, "--kind", "cuentas"), ("accounts",)),
        ((*IMPORT, "--mapping", "mapa"), ("mapa",)),
        ((*IMPORT, "--totals", "rows=dos"), ("rows",)),
    ],
)
def test_wrong_order_is_refused(console: Console, arguments: tuple[str, ...], words: tuple[str, ...]) -> None:
    said = console.refused("import", console.file("cartera.csv", HEADER + GOOD), *arguments)
    assert all(word in said for word in words), said


@pytest.mark.parametrize(
    ("name", "content", "refusal"),
    [
        ("cartera.csv", b"", "file.empty [cartera.csv"),
        ("cartera.csv", b"uno,dos\n1,2\n", "file.columns [encabezado]"),
        ("cartera.xlsx", b"PK\x03\x04 no", "file.damaged [cartera"),
        ("cartera.parquet", b"PAR1 no", "file.damaged [cartera"),
        ("cartera.pdf", b"%PDF-1.4", "file.kind [cartera.pdf"),
    ],
)
def test_file_that_cannot_be_read_is_refused(
    console: Console, name: str, content: bytes, refusal: str
) -> None:
    assert refusal in console.refused("import", console.file(name, content), *IMPORT)


def test_missing_file_is_refused(console: Console) -> None:
    assert "nada.csv" in console.refused("import", "nada.csv", *IMPORT)
    assert "nada.csv" in console.refused("mapping", "guess", "nada.csv")


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        '{"kind": "nope"}',
        '{"kind": "accounts", "colums": {}}',
        "\ud800".encode("utf-8", "surrogatepass"),
    ],
)
def test_mapping_that_cannot_be_read_is_refused(console: Console, content: str | bytes) -> None:
    path = console.file("mapa.json", content)
    assert "mapa.json" in console.refused("mapping", "save", "mapa", path, "--portfolio", "prueba")


@pytest.mark.parametrize(
    ("option", "value", "code"),
    [("--country", "XX", "portfolio.country"), ("--currency", "pesos", "portfolio.currency"),
     ("--timezone", "America/Atlantis", "portfolio.timezone"),
     ("--timezone", "../etc/passwd", "portfolio.timezone")],
)  # fmt: skip
def test_wrong_portfolio_is_refused(console: Console, option: str, value: str, code: str) -> None:
    order = {
        "--country": "MX",
        "--currency": "MXN",
        "--timezone": "America/Mexico_City",
        "--creditor": "Banco",
    }
    options = [word for pair in (order | {option: value}).items() for word in pair]
    assert f"{code} [nueva]" in console.refused("portfolio", "nueva", *options)
