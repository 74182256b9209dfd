"""Every sentence of the screens has its English, with the same places to fill in."""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from builder.boards.aging import NAMES
from builder.boards.board import FILES
from builder.boards.contact import STAGES
from builder.boards.promised import STATES
from builder.canvas.drawing import canvas_words
from builder.frame import SAID
from builder.inspector.conditions import OPERATOR_WORDS
from builder.inspector.fallback import CAUSES
from builder.inspector.kinds import LABELS
from builder.inspector.tree import MODES
from builder.inspector.waits import STARTS, UNITS
from builder.pages.accounts import BY, STATUS
from builder.pages.dashboards import BOARDS
from builder.pages.inbox import EMPTY, VIEWS
from builder.pages.registry import PAGES
from builder.pages.today import BUCKETS, SCOPES
from builder.studio.strategy_form import BROKEN, EXITS
from builder.wording import Words, catalogue, read_po
from builder.work import happenings, queue, scripts, timeline
from engine.errors import ServiceError
from engine.strategy.words import WORDS

BUILDER = Path(__file__).parents[2] / "builder"
TABLES = (
    WORDS,
    SAID,
    OPERATOR_WORDS,
    LABELS,
    MODES,
    BUCKETS,
    SCOPES,
    BY,
    STATUS,
    NAMES,
    FILES,
    STAGES,
    STATES,
    CAUSES,
    UNITS,
    BROKEN,
    EXITS,
)
WORKING: tuple[Mapping[Any, str], ...] = (
    VIEWS, EMPTY, happenings.DISPUTES, happenings.HOLDS, happenings.OUTCOMES, happenings.PROMISES,
    happenings.REASONS, queue.EMPTY, queue.KINDS, queue.VIEWS, timeline.STATES,
)  # fmt: skip


def said_in_code() -> Iterator[str]:
    """The first argument of every ``words("...")`` and ``session.words("...")``."""
    for file in BUILDER.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                called = (
                    node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                )
                if called == "words" and isinstance(node.args[0].value, str):
                    yield node.args[0].value


def everything_said() -> set[str]:
    tables = {sentence for table in (*TABLES, *WORKING) for sentence in table.values()}
    tables |= {line for lines in scripts.SCRIPTS.values() for line in lines}
    return (
        set(said_in_code())
        | tables
        | {name for name, _ in BOARDS.values()}
        | {page.title for page in PAGES}
        | {name for name, _ in STARTS.values()}
    )


def places(sentence: str) -> set[str]:
    return set(re.findall(r"{(\w+)}", sentence))


def test_every_sentence_has_its_english() -> None:
    assert sorted(everything_said() - set(catalogue("en"))) == []


def test_the_english_has_the_same_places_to_fill_in() -> None:
    assert [es for es, en in catalogue("en").items() if places(es) != places(en) or not en] == []


def test_the_canvas_speaks_english_too() -> None:
    assert canvas_words(Words("en"))["undo"] == "Undo"


def test_a_catalogue_is_read_as_its_sentences() -> None:
    text = 'msgid ""\nmsgstr "head"\n\n# a remark\nmsgid "uno "\n"dos"\nmsgstr "one "\n"two"\n'
    assert read_po(text) == {"uno dos": "one two"}


def test_a_line_that_is_none_is_named() -> None:
    with pytest.raises(ServiceError) as refused:
        read_po('msgid "uno"\nmsgstr one\n')
    assert refused.value.place == "line 2"


def test_an_unknown_language_is_spanish() -> None:
    assert Words("xx")("Hoy") == "Hoy"
