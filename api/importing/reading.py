"""Reads a CSV, XLSX or Parquet file as text: one frame of strings with the line of each row.

No cell is interpreted here; a cell that holds a formula is marked, because its value is not in the file.
"""

import csv
import io
from dataclasses import dataclass
from pathlib import Path

import fastexcel
import polars as pl

from api.importing.mapping import ColumnMapping
from api.importing.spreadsheets import formula_cells
from engine.errors import BookError

FORMULA = "\ue000"
"""Stands for a formula in a cell (a private-use character that no file has)."""

LINE = "line\x00"
"""Column of the line numbers, named as no header can be."""

_DELIMITERS = ",;\t|"
_WIDE = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


@dataclass(frozen=True)
class RawFile:
    """A file's cells as text.

    ``rows`` holds a String column for each header and ``LINE``; ``typed`` says that numbers and dates
    come from a format that has them, so a plain number has a decimal point; ``ragged`` holds the lines
    with too many or too few cells as (line, text, reason).
    """

    name: str
    rows: pl.DataFrame
    typed: bool
    ragged: list[tuple[int, str, str]]

    @property
    def headers(self) -> list[str]:
        """The headers in the order of the file."""
        return [name for name in self.rows.columns if name != LINE]


def read_file(path: Path, mapping: ColumnMapping) -> RawFile:
    """Read a file by its suffix; ``BookError`` when it is absent, empty, damaged or of another kind."""
    if not path.is_file():
        raise BookError("el archivo no existe", code="file.absent", place=str(path))
    if path.stat().st_size == 0:
        raise _empty(path)
    suffix = path.suffix.lower()
    try:
        if suffix in (".csv", ".txt", ".tsv"):
            raw = _read_csv(path, mapping)
        elif suffix in (".xlsx", ".xlsm"):
            raw = _read_sheet(path, mapping)
        elif suffix in (".parquet", ".pq"):
            raw = _read_parquet(path)
        else:
            raise BookError(
                f"no se leen archivos «{suffix or path.name}»",
                code="file.kind",
                place=path.name,
                hint="use CSV, XLSX o Parquet",
            )
    except (pl.exceptions.PolarsError, fastexcel.FastExcelError, csv.Error, OSError, ValueError) as fault:
        raise BookError(
            "el archivo está dañado o no es lo que dice su extensión",
            code="file.damaged",
            place=path.name,
            hint=str(fault).splitlines()[0][:200],
        ) from fault
    if raw.rows.is_empty() and not raw.ragged:
        raise _empty(path)
    return raw


def _empty(path: Path) -> BookError:
    return BookError(
        "el archivo está vacío: no trae ninguna fila",
        code="file.empty",
        place=path.name,
        hint="no se cambió nada",
    )


def _read_csv(path: Path, mapping: ColumnMapping) -> RawFile:
    text = _decoded(path.read_bytes(), mapping.encoding)
    lines = text.split("\n", mapping.skip_lines)
    text = lines[-1] if len(lines) > mapping.skip_lines else ""
    delimiter = _delimiter(text, mapping.delimiter)
    try:
        rows = pl.read_csv(text.encode(), separator=delimiter, infer_schema=False)
        ragged: list[tuple[int, str, str]] = []
    except pl.exceptions.NoDataError:
        raise _empty(path) from None
    except pl.exceptions.ComputeError:
        rows, ragged = _read_line_by_line(text, delimiter, mapping.skip_lines)
    return RawFile(path.name, _numbered(rows, mapping.skip_lines), typed=False, ragged=ragged)


def _decoded(octets: bytes, encoding: str) -> str:
    """Text in the encoding said, else UTF-8, else Windows-1252; a byte order mark is dropped."""
    wide = _WIDE.get(octets[:2])
    if wide:
        return octets.decode(wide).replace("\r\n", "\n")
    octets = octets.removeprefix(b"\xef\xbb\xbf")
    if encoding != "auto":
        try:
            return octets.decode(encoding)
        except (LookupError, UnicodeDecodeError) as fault:
            raise BookError(
                f"el archivo no está en la codificación «{encoding}»",
                code="file.encoding",
                hint=str(fault)[:200],
            ) from fault
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return octets.decode("cp1252", errors="replace")


def _delimiter(text: str, said: str) -> str:
    if said != "auto":
        return said
    header = text.split("\n", 1)[0]
    return max(_DELIMITERS, key=header.count)


def _read_line_by_line(
    text: str, delimiter: str, skipped: int
) -> tuple[pl.DataFrame, list[tuple[int, str, str]]]:
    """Rows whose number of cells is the header's, and the lines where it is not."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    headers = next(reader)
    good, ragged = [], []
    for cells in reader:
        line = reader.line_num + skipped
        if len(cells) == len(headers):
            good.append([*(cell or None for cell in cells), str(line)])
        elif cells:
            reason = f"la línea tiene {len(cells)} columnas y el encabezado {len(headers)}"
            ragged.append((line, delimiter.join(cells)[:200], reason))
    names = _unique([*headers, LINE])
    return pl.DataFrame(good, schema=dict.fromkeys(names, pl.String), orient="row"), ragged


def _unique(headers: list[str]) -> list[str]:
    seen: dict[str, int] = {}
    names = []
    for header in headers:
        seen[header] = seen.get(header, 0) + 1
        names.append(header if seen[header] == 1 else f"{header} ({seen[header]})")
    return names


def _read_sheet(path: Path, mapping: ColumnMapping) -> RawFile:
    book = fastexcel.read_excel(path)
    sheet = mapping.sheet or book.sheet_names[0]
    if sheet not in book.sheet_names:
        raise BookError(
            f"el libro no tiene la hoja «{sheet}»",
            code="file.sheet",
            place=path.name,
            hint=f"hojas: {', '.join(book.sheet_names)}",
        )
    cells = book.load_sheet(sheet, header_row=None, skip_rows=0, dtypes="string").to_polars()
    top = mapping.skip_lines
    if cells.height <= top + 1:
        raise _empty(path)
    headers = [name or f"columna {place + 1}" for place, name in enumerate(cells.row(top))]
    rows = cells.slice(top + 1)
    rows.columns = _unique(headers)
    rows = _numbered(rows, top)
    for line, place in formula_cells(path, sheet):
        if place < len(headers):
            is_cell = pl.col(LINE) == line
            column = pl.col(rows.columns[place])
            rows = rows.with_columns(pl.when(is_cell).then(pl.lit(FORMULA)).otherwise(column).name.keep())
    return RawFile(path.name, _without_blank(rows), typed=True, ragged=[])


def _read_parquet(path: Path) -> RawFile:
    rows = pl.read_parquet(path).with_columns(pl.all().cast(pl.String))
    return RawFile(path.name, _numbered(rows, -1), typed=True, ragged=[])


def _numbered(rows: pl.DataFrame, skipped: int) -> pl.DataFrame:
    """Rows with the line they stand on (the first under the header is 2), without blank ones."""
    if LINE in rows.columns:
        return rows.with_columns(pl.col(LINE).cast(pl.Int32))
    numbers = pl.int_range(2 + skipped, 2 + skipped + pl.len(), dtype=pl.Int32).alias(LINE)
    return _without_blank(rows.with_columns(numbers))


def _without_blank(rows: pl.DataFrame) -> pl.DataFrame:
    cells = pl.exclude(LINE).str.strip_chars()
    return rows.filter(pl.any_horizontal(cells.is_not_null() & (cells != "")))
