"""What is certain about conditions without any book: never true, always true, implied, covered.

The accounts for which a condition is *true* are a plain set, whose complement holds the false and the
unknown ones. So each question is asked of classical logic: has this set of accounts a member? A fact is
taken apart into independent whole numbers: whether it is known, its value, its day from the business
date, a bit per word. Answers are sound: where facts depend on each other (``bucket`` and
``days_past_due``) or the search grows too long, nothing is claimed. All functions take conditions that
passed :func:`engine.conditions.check.check`.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from engine.conditions import meaning
from engine.conditions.model import AllOf, Comparison, Condition, Not, Presence, leaves
from engine.conditions.spans import EVERYTHING, MOST, Spans, both, of, outside
from engine.facts import CATALOGUE, Catalogue, Derivation, Fact, FactType

_PATIENCE = 20_000
"""Steps of search after which nothing is claimed."""

_YES: Spans = ((1, 1),)
_TRUTHS: Spans = ((0, 1),)


@dataclass(frozen=True)
class _Claim:
    """One independent number of an account lies in a set; ``universe`` is all it could ever be."""

    variable: tuple[str, str]
    spans: Spans
    universe: Spans

    def denied(self) -> "_Claim":
        return _Claim(self.variable, both(outside(self.spans), self.universe), self.universe)


@dataclass(frozen=True)
class _Claims:
    """Every one of some formulas, or at least one of them."""

    parts: tuple["_Formula", ...]
    conjunctive: bool

    def denied(self) -> "_Claims":
        return _Claims(tuple(part.denied() for part in self.parts), not self.conjunctive)


_Formula = _Claim | _Claims
_Account = dict[tuple[str, str], Spans]
"""What is settled of an account in the search: the set each of its numbers still lies in."""


def can_be_true(condition: Condition, catalogue: Catalogue = CATALOGUE) -> bool:
    """Whether some account could make the condition true; ``False`` is certain.

    >>> from engine.conditions.model import parse
    >>> can_be_true(
    ...     parse({"all": [{"fact": "roll", "op": ">", "value": 2}, {"fact": "roll", "op": "<", "value": 3}]})
    ... )
    False
    """
    return _has_member(_Reading(catalogue).true(condition))


def is_always_true(condition: Condition, catalogue: Catalogue = CATALOGUE) -> bool:
    """Whether the condition is true of every account that has the facts it compares; ``True`` is certain.

    >>> from engine.conditions.model import parse
    >>> is_always_true(parse({"fact": "days_past_due", "op": ">=", "value": 0}))
    True
    """
    reading = _Reading(catalogue)
    named = list(leaves(condition))
    given = () if any(isinstance(leaf, Presence) for leaf in named) else {leaf.fact for leaf in named}
    return not _has_member(reading.true(condition).denied(), *(_known(name) for name in given))


def may_both_be_true(one: Condition, other: Condition, catalogue: Catalogue = CATALOGUE) -> bool:
    """Whether one account could make both conditions true; ``False`` is certain.

    >>> from engine.conditions.model import parse
    >>> may_both_be_true(
    ...     parse({"fact": "product", "op": "=", "value": "card"}),
    ...     parse({"fact": "product", "op": "not_in", "value": ["card", "loan"]}),
    ... )
    False
    """
    reading = _Reading(catalogue)
    return _has_member(reading.true(one), reading.true(other))


def implies(one: Condition, other: Condition, catalogue: Catalogue = CATALOGUE) -> bool:
    """Whether every account that makes ``one`` true makes ``other`` true; ``True`` is certain.

    >>> from engine.conditions.model import parse
    >>> implies(parse({"fact": "roll", "op": "=", "value": 3}), parse({"fact": "roll", "op": "is_known"}))
    True
    """
    return is_covered(one, (other,), catalogue)


def is_covered(condition: Condition, earlier: Iterable[Condition], catalogue: Catalogue = CATALOGUE) -> bool:
    """Whether every account that makes ``condition`` true makes one of ``earlier`` true; ``True`` is certain.

    >>> from engine.conditions.model import parse
    >>> early, late = (
    ...     parse({"fact": "roll", "op": "<=", "value": 0}),
    ...     parse({"fact": "roll", "op": ">", "value": 0}),
    ... )
    >>> is_covered(parse({"fact": "roll", "op": "between", "value": [-1, 1]}), [early, late])
    True
    """
    reading = _Reading(catalogue)
    return not _has_member(reading.true(condition), *(reading.true(other).denied() for other in earlier))


def _known(name: str) -> _Claim:
    return _Claim((name, "known"), _YES, _TRUTHS)


class _Reading:
    """Reads conditions as formulas; words of open vocabularies are numbered as they come."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.codes: dict[tuple[str, str], int] = {}

    def true(self, condition: Condition, *, negated: bool = False) -> _Formula:
        """The accounts for which the condition (or its ``not``) is true."""
        if isinstance(condition, Not):
            return self.true(condition.part, negated=not negated)
        if isinstance(condition, Presence):
            known = _known(condition.fact)
            return known if (condition.op == "is_known") != negated else known.denied()
        if isinstance(condition, Comparison):
            said = self._said(self.catalogue.expect(condition.fact), condition)
            return _Claims((_known(condition.fact), said.denied() if negated else said), conjunctive=True)
        parts = tuple(self.true(part, negated=negated) for part in condition.parts)
        return _Claims(parts, conjunctive=isinstance(condition, AllOf) != negated)

    def _said(self, fact: Fact, comparison: Comparison) -> _Formula:
        """What a comparison claims about the value of a known fact."""
        match fact.type:
            case FactType.ENUM:
                return self._one_of(fact, comparison)
            case FactType.SET:
                bits = (
                    _Claim((fact.name, f"has {word}"), _YES, _TRUTHS) for word in meaning.words(comparison)
                )
                some = _Claims(tuple(bits), conjunctive=False)
                return some.denied() if comparison.op in meaning.UNLIKE else some
            case FactType.BOOLEAN:
                return _Claim((fact.name, "value"), meaning.truths(comparison), _TRUTHS)
            case FactType.DATE:
                aspect = "ahead" if comparison.op in meaning.RELATIVE else "value"
                return _Claim((fact.name, aspect), meaning.days(comparison), EVERYTHING)
        universe = ((0, MOST),) if fact.derivation is Derivation.DAYS_PAST_DUE else EVERYTHING
        return _Claim((fact.name, "value"), both(meaning.numbers(comparison), universe), universe)

    def _one_of(self, fact: Fact, comparison: Comparison) -> _Claim:
        universe = ((0, len(fact.values) - 1),) if fact.values else EVERYTHING
        codes = of((code, code) for code in (self._code(fact, word) for word in meaning.words(comparison)))
        claim = _Claim((fact.name, "value"), codes, universe)
        return claim.denied() if comparison.op in meaning.UNLIKE else claim

    def _code(self, fact: Fact, word: str) -> int:
        if word in fact.values:
            return fact.values.index(word)
        return self.codes.setdefault((fact.name, word), len(fact.values) + len(self.codes))


def _has_member(*formulas: _Formula) -> bool:
    """Whether one account can satisfy every formula; ``True`` also when the search is given up."""
    untried: list[tuple[_Account, list[_Formula], list[_Claims]]] = [({}, list(formulas), [])]
    steps = 0
    while untried:
        account, agenda, choices = untried.pop()
        alive = True
        while alive and agenda:
            steps += 1
            alive = _narrow(account, agenda, choices)
        if not alive:
            continue
        if not choices or steps > _PATIENCE:
            return True
        choice = choices.pop()
        untried.extend((dict(account), [part], list(choices)) for part in choice.parts)
    return False


def _narrow(account: _Account, agenda: list[_Formula], choices: list[_Claims]) -> bool:
    """Take one formula off the agenda; ``False`` when it contradicts what is settled of the account."""
    formula = agenda.pop()
    if isinstance(formula, _Claims):
        if formula.conjunctive:
            agenda.extend(formula.parts)
        else:
            choices.append(formula)
        return True
    left = both(account.get(formula.variable, formula.universe), formula.spans)
    account[formula.variable] = left
    return bool(left)
