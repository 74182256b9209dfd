"""Every test the criteria of the channels name is there, and holds the criterion it is named for."""

import re
from pathlib import Path

from tests.chaos.criteria import CRITERIA

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "channels-criteria.md").read_text(encoding="utf-8")


def test_the_tests_the_page_names_are_there() -> None:
    named = set(re.findall(r"tests/[\w/]+\.py", PAGE))
    assert len(named) > 30
    assert {name for name in named if not (ROOT / name).is_file()} == set()


def test_a_criterion_is_marked_in_every_file_the_page_names_for_it() -> None:
    rows = re.findall(r"^\| (R\d+) [^|]*\| ([^|]*) \|", PAGE, re.MULTILINE)
    assert len(rows) > 12 and {number for number, _ in rows} <= CRITERIA.keys()
    for number, files in rows:
        for name in files.split(", "):
            assert f'"{number}"' in (ROOT / name).read_text(encoding="utf-8"), f"{number} in {name}"
