"""Finds the cells of an XLSX sheet that hold a formula, by reading the sheet's XML once."""

import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_CELL = re.compile(rb'<(?:\w+:)?c [^>]*?\br="([A-Z]+)(\d+)"[^>]*>\s*<(?:\w+:)?f[\s/>]')


def formula_cells(path: Path, sheet: str) -> list[tuple[int, int]]:
    """The (line, column) of each formula: lines from 1, columns from 0."""
    with zipfile.ZipFile(path) as archive:
        xml = archive.read(_part_of(archive, sheet))
    return [(int(line), column_number(letters.decode())) for letters, line in _CELL.findall(xml)]


def column_number(letters: str) -> int:
    """The place of a column from 0.

    >>> column_number("A"), column_number("Z"), column_number("AB")
    (0, 25, 27)
    """
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str:
    """The path inside the archive of the sheet of a name."""
    workbook = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    link = next(node.get(_LINK) for node in workbook.iter(f"{_MAIN}sheet") if node.get("name") == sheet)
    relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    target = next(node.get("Target", "") for node in relations if node.get("Id") == link)
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"
