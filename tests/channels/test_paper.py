"""Paper and tables: letters that fit their window, the same bytes each time, cells that are no formulas."""

import csv
import io
from datetime import date

import pytest

from channels.assisted import chat_link
from channels.calls import RESULTS, read_results_csv
from channels.cells import csv_text, safe_cell
from channels.letters import Letter, letter_pdf
from channels.paper import Letterhead
from channels.statements import DebtLine, Statement, invoice_pdf, statement_pdf
from engine.errors import BookError

HEAD = Letterhead("Financiera Aurora", "Av. Reforma 1", "800 123 4567", "Aviso de privacidad.")
LINES = (
    DebtLine("4821", date(2026, 11, 1), 125_050, 300_000, "MXN"),
    DebtLine("9913", None, 30_000, 30_000, "MXN"),
)
ADDRESS = "Calle 5 #10\nCol. Centro\n06000 Ciudad de México"


def letter(**changes: object) -> Letter:
    fields: dict[str, object] = {
        "message_id": "m-1", "head": HEAD, "person": "María Muñoz", "address": ADDRESS, "country": "MX",
        "day": date(2026, 11, 18), "subject": "Aviso", "body": "Estimada señora – ₡ 😀", "lines": LINES,
    }  # fmt: skip
    return Letter(**{**fields, **changes})  # type: ignore[arg-type]


def test_a_letter_is_the_same_bytes_each_time_and_takes_any_characters() -> None:
    assert letter_pdf(letter()) == letter_pdf(letter())
    assert letter_pdf(letter()).startswith(b"%PDF-")
    assert letter_pdf(letter(country="AR")) != letter_pdf(letter())


@pytest.mark.parametrize("address", ["", "\n".join("x" for _ in range(8)), "una calle muy larga " * 20])
def test_an_address_that_does_not_fit_its_window_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="window"):
        letter_pdf(letter(address=address))


def test_a_statement_and_an_invoice_are_documents() -> None:
    statement = Statement(HEAD, "María", "MX", date(2026, 11, 18), LINES, "tiendas", "https://x.example")
    assert statement_pdf(statement).startswith(b"%PDF-")
    assert invoice_pdf(statement, LINES[0]).startswith(b"%PDF-")


FORMULAS = [
    "=1+1", "=cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(1)", "\t=1", "\r=1", "\n=1", " =1", "＝1+1", "＋1",
    "－1", "＠SUM", "\ufeff=1", "\u200b=1", "\x00=1", "\x1f=1", "|calc", "%0A=1", "=HYPERLINK(\"http://x\")",
    "+525512345678", "-5.20 pesos",
]  # fmt: skip


@pytest.mark.criterion("R17")
@pytest.mark.parametrize("value", FORMULAS)
def test_no_cell_begins_as_a_formula(value: str) -> None:
    cell = safe_cell(value)
    assert cell[0] not in "=+-@＝＋－＠|%\t\r\n" and ord(cell[0]) >= 0x20
    ((read,),) = csv.reader(io.StringIO(csv_text([[value]])))
    assert read == cell


@pytest.mark.parametrize(
    ("value", "cell"), [(-5, "-5"), (1.5, "1.5"), (None, ""), ("Ana", "Ana"), ("-", "'-")]
)
def test_numbers_stay_numbers_and_words_stay_words(value: object, cell: str) -> None:
    assert safe_cell(value) == cell


def test_results_of_a_dialer_are_read_whole_or_not_at_all() -> None:
    head = "\ufeffreferencia,resultado,fecha,nota\r\n"
    good = "m-1,Contactado,2026-11-18T10:05:00-06:00,paga el viernes\r\n"
    (told,) = read_results_csv(head + good)
    assert (told.reference, told.code, told.note) == ("m-1", "contactado", "paga el viernes")
    for wrong, place in (
        ("m-2,quién sabe,2026-11-18T10:05:00-06:00,\r\n", "line 3"),
        ("m-2,ocupado,ayer,\r\n", "line 3"),
    ):
        with pytest.raises(BookError) as refusal:
            read_results_csv(head + good + wrong)
        assert refusal.value.place == place
    with pytest.raises(BookError, match="fecha"):
        read_results_csv("referencia,resultado\r\n")
    assert all(result.meaning_es and result.meaning_en for result in RESULTS.values())


@pytest.mark.parametrize("phone", ["ana", "+52 55", ""])
def test_a_chat_opens_for_a_telephone_only(phone: str) -> None:
    with pytest.raises(ValueError, match="telephone"):
        chat_link(phone, "Hola")
