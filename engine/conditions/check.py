"""Every mistake of a condition, each with its place, a sentence in Spanish and English, and a suggestion."""

from collections.abc import Iterable, Iterator
from datetime import date
from difflib import get_close_matches

from pydantic import ValidationError

from engine.conditions import meaning
from engine.conditions.model import (
    Comparison,
    Condition,
    Leaf,
    Not,
    parse,
)
from engine.conditions.operators import MOST_DAYS, OPERATORS, Shape
from engine.conditions.reasoning import can_be_true, is_always_true
from engine.conditions.structure import at, placed, placed_parts, readable_leaves, structural_findings
from engine.errors import ConditionError
from engine.facts import Catalogue, Fact, FactType
from engine.findings import Finding, Severity

_SHAPES: dict[Shape, tuple[str, str]] = {
    Shape.INTEGER: ("un número entero", "a whole number"),
    Shape.BOUNDS: ("dos números enteros", "two whole numbers"),
    Shape.DATE: ("una fecha AAAA-MM-DD", "a date YYYY-MM-DD"),
    Shape.DAYS: (f"de 0 a {MOST_DAYS} días", f"0 to {MOST_DAYS} days"),
    Shape.WORD: ("una palabra", "a word"),
    Shape.WORDS: ("una lista de palabras", "a list of words"),
    Shape.TRUTH: ("true o false", "true or false"),
}


def check(condition: object, catalogue: Catalogue, place: str = "") -> list[Finding]:
    """All findings about a condition, parsed or still plain JSON; never raises.

    Errors: it does not parse, an unknown fact, an operator its type does not have, a value of the wrong
    kind, an unknown word of a closed vocabulary, reversed bounds. Warnings: a part of it can never be
    true, or the whole is true of every account that has the facts.

    >>> from engine.facts import CATALOGUE
    >>> [finding] = check({"fact": "dias_past_due", "op": ">", "value": 3}, CATALOGUE, "exit_when")
    >>> finding.code, finding.place, finding.hint
    ('fact.unknown', 'exit_when/fact', 'days_past_due')
    """
    try:
        parsed = parse(condition)
    except ValidationError as problems:
        readable = readable_leaves(condition, place, problems)
        return structural_findings(problems, place) + list(_mistakes(readable, catalogue))
    mistakes = list(_mistakes(placed(parsed, place), catalogue))
    return mistakes or list(_doubts(parsed, catalogue, place))


def refuse_errors(condition: Condition, catalogue: Catalogue, place: str = "") -> None:
    """Raise the first error of a parsed condition as ``ConditionError``; warnings pass.

    >>> from engine.facts import CATALOGUE
    >>> refuse_errors(parse({"fact": "roll", "op": "has", "value": "x"}), CATALOGUE, "exit_when")
    Traceback (most recent call last):
    engine.errors.ConditionError: condition.operator [exit_when/op]: roll (number) has no operator 'has' (...)
    """
    for finding in _mistakes(placed(condition, place), catalogue):
        raise ConditionError(finding.message_en, place=finding.place, hint=finding.hint, code=finding.code)


def _mistakes(comparisons: Iterable[tuple[Leaf, str]], catalogue: Catalogue) -> Iterator[Finding]:
    for leaf, inner in comparisons:
        if leaf.fact not in catalogue:
            yield Finding(
                "fact.unknown",
                at(inner, "fact"),
                f"el dato {leaf.fact!r} no existe",
                f"unknown fact {leaf.fact!r}",
                _nearest(leaf.fact, catalogue),
            )
        elif isinstance(leaf, Comparison):
            yield from _comparison_mistakes(leaf, catalogue[leaf.fact], inner)


def _comparison_mistakes(leaf: Comparison, fact: Fact, place: str) -> Iterator[Finding]:
    operators = OPERATORS[fact.type]
    if leaf.op not in operators:
        yield Finding(
            "condition.operator",
            at(place, "op"),
            f"{fact.label_es} no admite el operador {leaf.op!r}",
            f"{fact.name} ({fact.type}) has no operator {leaf.op!r}",
            " ".join(operators),
        )
        return
    shape = operators[leaf.op]
    if not _fits(shape, leaf.value):
        asked_es, asked_en = _SHAPES[shape]
        yield Finding(
            "condition.value_type",
            at(place, "value"),
            f"{fact.label_es} se compara con {asked_es}",
            f"{fact.name} {leaf.op} takes {asked_en}",
        )
    elif shape is Shape.BOUNDS and not meaning.numbers(leaf):
        yield Finding(
            "condition.bounds",
            at(place, "value"),
            "los límites están invertidos: el menor va primero",
            "the bounds are reversed: the lower goes first",
        )
    elif fact.values and fact.type in (FactType.ENUM, FactType.SET):
        yield from _unknown_words(leaf, fact, place)


def _unknown_words(leaf: Comparison, fact: Fact, place: str) -> Iterator[Finding]:
    for word in meaning.words(leaf):
        if word not in fact.values:
            yield Finding(
                "condition.word",
                at(place, "value"),
                f"{fact.label_es} no tiene el valor {word!r}",
                f"{fact.name} has no value {word!r}",
                _nearest(word, filter(None, fact.values)),
            )


def _nearest(word: str, words: Iterable[str]) -> str:
    return next(iter(get_close_matches(word, list(words), n=1, cutoff=0.5)), "")


def _fits(shape: Shape, value: object) -> bool:
    """Whether a value is of the kind an operator takes; ``True`` is not a number."""
    match shape:
        case Shape.INTEGER:
            return type(value) is int
        case Shape.DAYS:
            return type(value) is int and 0 <= value <= MOST_DAYS
        case Shape.TRUTH:
            return type(value) is bool
        case Shape.WORD:
            return _is_word(value)
        case Shape.DATE:
            return isinstance(value, str) and _is_date(value)
        case Shape.BOUNDS:
            return isinstance(value, tuple) and len(value) == 2 and all(type(bound) is int for bound in value)
    return isinstance(value, tuple) and bool(value) and all(map(_is_word, value))


def _is_word(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _is_date(value: str) -> bool:
    """Whether a text is a calendar date as ``2026-11-13``, the only one of ISO 8601's forms taken."""
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _doubts(condition: Condition, catalogue: Catalogue, place: str) -> Iterator[Finding]:
    """Warnings about a condition without mistakes: parts never true, or the whole always true."""
    yield from _never_true(condition, catalogue, place)
    if is_always_true(condition, catalogue):
        yield Finding(
            "condition.always",
            place,
            "se cumple en toda cuenta que tenga el dato",
            "is true of every account that has the facts",
            severity=Severity.WARNING,
        )


def _never_true(condition: Condition, catalogue: Catalogue, place: str) -> list[Finding]:
    """The innermost parts that can never be true; what stands under a ``not`` is meant to fail."""
    parts = [] if isinstance(condition, Not) else placed_parts(condition, place)
    found = [finding for part, inner in parts for finding in _never_true(part, catalogue, inner)]
    if found or can_be_true(condition, catalogue):
        return found
    message_es, message_en = "nunca puede cumplirse", "can never be true"
    return [Finding("condition.never", place, message_es, message_en, severity=Severity.WARNING)]
