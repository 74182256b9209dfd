"""Rows a system pushes over HTTP, as a file's rows: NDJSON, CSV, Parquet or an Arrow stream.

A line of NDJSON that is no JSON object is set aside with its number; the others are read.
"""

import io
from collections.abc import Callable
from pathlib import Path
from tempfile import NamedTemporaryFile

import orjson
import polars as pl
import pyarrow as pa

from api.importing.mapping import ColumnMapping
from api.importing.reading import LINE, RawFile, read_file
from engine.errors import BookError

Ragged = list[tuple[int, str, str]]


def read_pushed(body: bytes, media_type: str, mapping: ColumnMapping) -> RawFile:
    """The rows of a body by its media type; ``BookError`` when it is empty, damaged or of another type."""
    kind = media_type.partition(";")[0].strip().lower()
    if kind not in _READERS:
        raise BookError(
            f"no se leen cuerpos «{kind or 'sin tipo'}»",
            code="file.kind",
            place="Content-Type",
            hint=", ".join(sorted(_READERS)),
        )
    if not body.strip():
        raise _empty()
    try:
        raw = _READERS[kind](body, mapping)
    except (pl.exceptions.PolarsError, pa.ArrowException, OSError, ValueError) as fault:
        raise BookError(
            "el cuerpo está dañado o no es del tipo que dice",
            code="file.damaged",
            place="body",
            hint=(str(fault).splitlines() or [""])[0][:200],
        ) from fault
    if raw.rows.is_empty() and not raw.ragged:
        raise _empty()
    return raw


def _read_ndjson(body: bytes, mapping: ColumnMapping) -> RawFile:
    del mapping
    try:
        rows = pl.read_ndjson(io.BytesIO(body), infer_schema_length=None)
        lines = pl.int_range(1, rows.height + 1, dtype=pl.Int32, eager=True)
        if rows.height != body.rstrip().count(b"\n") + 1:
            raise ValueError("blank lines")
        return _as_text(rows, lines, [])
    except (pl.exceptions.PolarsError, ValueError):
        return _read_line_by_line(body)


def _read_line_by_line(body: bytes) -> RawFile:
    """The lines that are JSON objects; the others with their number and reason."""
    good: list[bytes] = []
    numbers: list[int] = []
    ragged: Ragged = []
    for number, line in enumerate(body.split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            found = orjson.loads(line)
        except orjson.JSONDecodeError as fault:
            ragged.append((number, _shown(line), f"la línea no es JSON: {fault.msg}"))
            continue
        if isinstance(found, dict) and found:
            good.append(orjson.dumps(found))
            numbers.append(number)
        else:
            ragged.append((number, _shown(line), "la línea no es un objeto JSON"))
    if not good:
        return RawFile("ndjson", pl.DataFrame(schema={LINE: pl.Int32}), typed=True, ragged=ragged)
    try:
        rows = pl.read_ndjson(io.BytesIO(b"\n".join(good)), infer_schema_length=None)
    except pl.exceptions.PolarsError:  # one key with values of kinds that have nothing in common
        rows = pl.DataFrame([_texts(orjson.loads(line)) for line in good], infer_schema_length=None)
    return _as_text(rows, pl.Series(numbers, dtype=pl.Int32), ragged)


def _texts(found: dict[str, object]) -> dict[str, str | None]:
    return {
        key: None if value is None else value if isinstance(value, str) else orjson.dumps(value).decode()
        for key, value in found.items()
    }


def _read_csv(body: bytes, mapping: ColumnMapping) -> RawFile:
    with NamedTemporaryFile(suffix=".csv") as file:
        file.write(body)
        file.flush()
        return read_file(Path(file.name), mapping)


def _read_parquet(body: bytes, mapping: ColumnMapping) -> RawFile:
    del mapping
    return _numbered(pl.read_parquet(io.BytesIO(body)))


def _read_arrow(body: bytes, mapping: ColumnMapping) -> RawFile:
    """An Arrow stream, or a whole Arrow file."""
    del mapping
    if body.startswith(b"ARROW1"):
        return _numbered(pl.read_ipc(io.BytesIO(body)))
    return _numbered(pl.read_ipc_stream(io.BytesIO(body)))


def _numbered(rows: pl.DataFrame) -> RawFile:
    return _as_text(rows, pl.int_range(1, rows.height + 1, dtype=pl.Int32, eager=True), [])


def _as_text(rows: pl.DataFrame, lines: pl.Series, ragged: Ragged) -> RawFile:
    """Cells as text: what a format has types for is written the one way everything here reads it."""
    nested = [name for name, dtype in rows.schema.items() if dtype.is_nested()]
    if nested:
        raise BookError(
            f"el campo «{nested[0]}» trae una lista o un objeto", code="file.nested", place=nested[0],
            hint="cada renglón es plano: un valor por campo",
        )  # fmt: skip
    texts = rows.with_columns(pl.all().cast(pl.String))
    return RawFile("push", texts.with_columns(lines.alias(LINE)), typed=True, ragged=ragged)


def _shown(line: bytes) -> str:
    return line[:200].decode("utf-8", errors="replace")


def _empty() -> BookError:
    return BookError("no llegó ningún renglón", code="file.empty", place="body", hint="no se cambió nada")


_READERS: dict[str, Callable[[bytes, ColumnMapping], RawFile]] = {
    "application/x-ndjson": _read_ndjson,
    "text/csv": _read_csv,
    "application/vnd.apache.parquet": _read_parquet,
    "application/vnd.apache.arrow.stream": _read_arrow,
    "application/vnd.apache.arrow.file": _read_arrow,
}

MEDIA_TYPES = tuple(_READERS)
"""What a body of rows may be."""
