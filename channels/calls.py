"""A call list as CSV for any dialer, and the results it gives back."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from channels.cells import csv_text
from engine.errors import BookError

COLUMNS = (
    "lista", "linea", "referencia", "telefono", "nombre", "acreedor", "llamar_desde", "llamar_hasta", "guion",
    "resultados",
)  # fmt: skip
LONGEST_FILE = 20_000_000


@dataclass(frozen=True, slots=True)
class Result:
    """What a result code means: a talk with the debtor, or an attempt; and whether the number is wrong."""

    code: str
    meaning_es: str
    meaning_en: str
    two_way: bool = False
    wrong_number: bool = False
    opts_out: bool = False


RESULTS: Mapping[str, Result] = {
    result.code: result
    for result in (
        Result("contactado", "Habló con el titular", "Talked with the debtor", two_way=True),
        Result("promesa", "Prometió pagar", "Promised to pay", two_way=True),
        Result("ya_pago", "Dice que ya pagó", "Says it is paid", two_way=True),
        Result("disputa", "No reconoce la deuda", "Disputes the debt", two_way=True),
        Result("se_niega", "Se niega a pagar", "Refuses to pay", two_way=True),
        Result("no_llamar", "Pide que no lo llamen", "Asks not to be called", two_way=True, opts_out=True),
        Result("no_contesta", "No contesta", "No answer"),
        Result("ocupado", "Ocupado", "Busy"),
        Result("buzon", "Buzón de voz", "Voicemail"),
        Result(
            "tercero", "Contestó otra persona; no se dijo nada", "A third person answered; nothing was said"
        ),
        Result("equivocado", "Número equivocado", "Wrong number", wrong_number=True),
        Result("cancelada", "No se llamó", "Not called"),
    )
}
"""Every code a list takes back, with what it means for caps and contact points."""
NOT_CALLED = "cancelada"


@dataclass(frozen=True, slots=True)
class Call:
    """One call to make: within its window, with its script. ``reference`` is our message id."""

    batch: str
    line: int
    reference: str
    phone: str
    name: str
    creditor: str
    opens_at: datetime
    closes_at: datetime
    script: str


@dataclass(frozen=True, slots=True)
class CallResult:
    """What a dialer says of one call; ``at`` when it ended."""

    reference: str
    code: str
    at: datetime
    note: str = ""


def call_list_csv(calls: Sequence[Call]) -> str:
    """The list. Telephones stand as digits without their plus, instants with the debtor's offset."""
    codes = " ".join(RESULTS)
    rows: list[Sequence[object]] = [COLUMNS]
    rows += [
        (
            call.batch, call.line, call.reference, call.phone.removeprefix("+"), call.name, call.creditor,
            call.opens_at.isoformat(timespec="minutes"), call.closes_at.isoformat(timespec="minutes"),
            call.script, codes,
        )
        for call in calls
    ]  # fmt: skip
    return csv_text(rows)


def read_results_csv(text: str) -> list[CallResult]:
    """Results with the columns referencia, resultado, fecha (ISO with offset) and, if any, nota.

    ``BookError`` names the line and what is wrong with it; a file with one wrong line is not half taken.
    """
    if len(text) > LONGEST_FILE:
        raise BookError("the file is larger than 20 MB", place="file", code="calls.too_large")
    rows = csv.DictReader(io.StringIO(text.lstrip("\ufeff")))
    missing = {"referencia", "resultado", "fecha"} - set(rows.fieldnames or ())
    if missing:
        raise BookError(
            f"missing columns: {', '.join(sorted(missing))}", place="line 1", code="calls.columns"
        )
    return [_result(row, number) for number, row in enumerate(rows, start=2)]


def _result(row: Mapping[str, str | None], number: int) -> CallResult:
    code = (row["resultado"] or "").strip().casefold()
    if code not in RESULTS:
        raise BookError(
            f"no result {code!r}", place=f"line {number}", hint=", ".join(RESULTS), code="calls.result"
        )
    at = _instant(row["fecha"] or "")
    if at is None:
        raise BookError(
            f"no instant: {row['fecha']!r}", place=f"line {number}", hint="2026-11-18T10:05:00-06:00",
            code="calls.instant",
        )  # fmt: skip
    return CallResult((row["referencia"] or "").strip(), code, at, (row.get("nota") or "").strip()[:500])


def _instant(text: str) -> datetime | None:
    """An ISO instant with its offset, or nothing."""
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return at if at.tzinfo is not None else None
