"""docs/architecture.md names every module of the engine with the sentence the module itself opens with."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ARCHITECTURE = ROOT / "docs" / "architecture.md"


def sentence_of(file: Path) -> str:
    told = ast.get_docstring(ast.parse(file.read_text())) or ""
    return " ".join(told.split("\n\n")[0].split())


@pytest.mark.skipif(not ARCHITECTURE.exists(), reason="docs/architecture.md is not written yet")
def test_the_architecture_says_what_the_modules_say() -> None:
    page = " ".join(ARCHITECTURE.read_text().split())
    modules = [file for file in sorted((ROOT / "engine").glob("*.py")) if file.read_text().strip()]
    modules += sorted((ROOT / "engine").glob("*/__init__.py"))
    missing = {file.relative_to(ROOT).as_posix(): sentence_of(file) for file in modules}
    assert {name: said for name, said in missing.items() if said not in page} == {}
