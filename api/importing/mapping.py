"""Which column of a file is which field: saved by a person, or guessed from the headers."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from api.importing.fields import KIND_NAMES, KINDS, FieldType
from engine.errors import BookError

DateOrder = Literal["auto", "dmy", "mdy"]
DecimalMark = Literal["auto", "comma", "point"]


class CustomFact(BaseModel):
    """A column that holds a portfolio's own typed fact."""

    model_config = ConfigDict(extra="forbid")
    column: str
    type: Literal["text", "number", "money", "date", "flag"]


class ColumnMapping(BaseModel):
    """How the files of one kind are read.

    ``columns`` names the header of a field; fields it leaves out are guessed. ``constants`` gives a
    field one value for all rows, ``words`` translates cells of a field, ``custom`` types the
    portfolio's own facts. ``skip_lines`` are lines above the header.
    """

    model_config = ConfigDict(extra="forbid")
    kind: str = "accounts"
    columns: dict[str, str] = Field(default_factory=dict)
    constants: dict[str, str] = Field(default_factory=dict)
    words: dict[str, dict[str, str]] = Field(default_factory=dict)
    custom: dict[str, CustomFact] = Field(default_factory=dict)
    date_order: DateOrder = "auto"
    decimal_mark: DecimalMark = "auto"
    encoding: str = "auto"
    delimiter: str = "auto"
    sheet: str | None = None
    skip_lines: int = Field(default=0, ge=0, le=100)
    credit_balances: bool = False
    """Whether a negative balance is a credit of the customer rather than an error."""


def parse_mapping(document: object, place: str = "") -> ColumnMapping:
    """The mapping a JSON document holds; ``BookError`` with every fault when it holds none."""
    try:
        mapping = ColumnMapping.model_validate(document)
    except ValidationError as fault:
        faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in fault.errors())
        raise BookError(f"mapeo ilegible: {faults}", code="mapping.invalid", place=place) from fault
    if mapping.kind not in KINDS:
        known = ", ".join(f"{kind} ({KIND_NAMES[kind]})" for kind in KINDS)
        raise BookError(
            f"no existe el tipo de archivo «{mapping.kind}»", code="mapping.kind", place=place, hint=known
        )
    unknown = {*mapping.columns, *mapping.constants, *mapping.words} - {f.name for f in KINDS[mapping.kind]}
    if unknown:
        raise BookError(
            f"el mapeo nombra campos que no existen: {', '.join(sorted(unknown))}",
            code="mapping.field",
            place=place,
            hint=", ".join(field.name for field in KINDS[mapping.kind]),
        )
    return mapping


def folded(text: str) -> str:
    """A header without accents, case, marks and double blanks.

    >>> folded("  Número_de  CRÉDITO: ")
    'numero de credito'
    """
    bare = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return " ".join(re.sub(r"[^a-z0-9]+", " ", bare).split())


def find_columns(mapping: ColumnMapping, headers: Sequence[str]) -> dict[str, str]:
    """The header of each field the file has.

    A column is used once: fields claim them in the order of their kind, by exact folded name. Raises
    ``BookError`` when a mapped column or a required field is not in the file.

    >>> find_columns(ColumnMapping(kind="payments"), ["Folio", "Crédito", "IMPORTE", "Fecha de pago"])
    {'account': 'Crédito', 'reference': 'Folio', 'amount': 'IMPORTE', 'paid_at': 'Fecha de pago'}
    """
    by_name: dict[str, str] = {}
    for header in headers:
        by_name.setdefault(folded(header), header)
    found, taken = {}, set()
    for name, header in mapping.columns.items():
        if folded(header) not in by_name:
            raise _no_column(f"el archivo no tiene la columna «{header}» del campo {name}", headers)
        found[name] = by_name[folded(header)]
        taken.add(found[name])
    taken |= {
        by_name[folded(fact.column)] for fact in mapping.custom.values() if folded(fact.column) in by_name
    }
    for field in KINDS[mapping.kind]:
        if field.name in found or field.name in mapping.constants:
            continue
        for name in field.names:
            if name in by_name and by_name[name] not in taken:
                found[field.name] = by_name[name]
                taken.add(by_name[name])
                break
    lacking = [
        field.name
        for field in KINDS[mapping.kind]
        if field.required and field.name not in found and field.name not in mapping.constants
    ]
    if lacking:
        raise _no_column(f"no se reconoce ninguna columna para: {', '.join(lacking)}", headers)
    return found


def _no_column(message: str, headers: Sequence[str]) -> BookError:
    return BookError(
        message,
        code="file.columns",
        place="encabezado",
        hint=f"columnas del archivo: {', '.join(headers[:40])}; guarde un mapeo con `cadencia mapping save`",
    )


CUSTOM_TYPES = {
    "text": FieldType.TEXT,
    "number": FieldType.NUMBER,
    "money": FieldType.MONEY,
    "date": FieldType.DATE,
    "flag": FieldType.FLAG,
}
