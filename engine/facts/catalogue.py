"""The catalogue: every fact by name, the nearest name of one misspelt, and a portfolio's own facts."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from difflib import get_close_matches

from engine.errors import ConditionError
from engine.facts.fact import Fact
from engine.facts.of_the_debt import DEBT
from engine.facts.of_the_past import HISTORY
from engine.facts.of_the_person import PERSON


class Catalogue(Mapping[str, Fact]):
    """The facts a portfolio's rules may use: the built-in ones plus its own typed facts.

    >>> CATALOGUE["days_past_due"].label_es
    'Días de mora'
    >>> CATALOGUE.expect("dias_past_due")
    Traceback (most recent call last):
    engine.errors.ConditionError: fact.unknown: unknown fact 'dias_past_due' (did you mean 'days_past_due'?)
    """

    def __init__(self, facts: Iterable[Fact]) -> None:
        self._facts: dict[str, Fact] = {}
        for fact in facts:
            if fact.name in self._facts:
                raise ConditionError(f"fact {fact.name!r} is declared twice", code="fact.duplicate")
            self._facts[fact.name] = fact

    def __getitem__(self, name: str) -> Fact:
        return self._facts[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._facts)

    def __len__(self) -> int:
        return len(self._facts)

    def expect(self, name: str, place: str = "") -> Fact:
        """The fact called ``name``; raises ``ConditionError`` with the nearest name as hint."""
        if name in self._facts:
            return self._facts[name]
        near = get_close_matches(name, self._facts, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]!r}?" if near else "see the catalogue of facts"
        raise ConditionError(f"unknown fact {name!r}", place=place, hint=hint, code="fact.unknown")

    def with_custom(self, facts: Iterable[Fact]) -> "Catalogue":
        """This catalogue plus a portfolio's own facts, marked as custom."""
        return Catalogue([*self._facts.values(), *(replace(fact, custom=True) for fact in facts)])


CATALOGUE = Catalogue((*DEBT, *PERSON, *HISTORY))
"""The facts every portfolio has from day one."""
