"""What an event does at once (durable_rules, first hit by priority): payment, reply, promise, dispute,
opt-out, bounce -> commands.

The library sees validated rules only, one message of flat scalars per evaluation, and no context of its
own per account. It offers no safe test for an absent key (its ``$nex`` never returns), so each message
says of every fact whether it is known.
"""

from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any

from durable.engine import Host, MessageNotHandledException, durable_rules_engine

from engine.conditions import AllOf, Comparison, Condition, Not, Presence, leaves, meaning, spans
from engine.conditions.check import refuse_errors
from engine.errors import StrategyError
from engine.facts import Catalogue, Fact, FactType
from engine.reactions.locked import LOCKED
from engine.reactions.rules import (
    FACTS,
    Command,
    CommandKind,
    Event,
    Rule,
    RuleSet,
    askable,
    check_rules,
    unite,
)
from engine.vocabulary import EventName

__all__ = [
    "FACTS",
    "LOCKED",
    "Command",
    "CommandKind",
    "Event",
    "EventName",
    "Rule",
    "RuleSet",
    "askable",
    "asked",
    "check_rules",
    "react",
    "unite",
]

Scalar = int | str | bool | None
Expression = dict[str, Any]


def react(
    event: Event, state: Mapping[str, Scalar], custom: RuleSet | None = None, facts: Catalogue = FACTS
) -> tuple[Command, ...]:
    """What to do about an event: the first matching locked rule and the first matching custom one, united.

    ``state`` holds facts of the account by name (dates and sets have no place here); absent or ``None``
    is unknown. An event no rule matches gives no commands. Raises ``StrategyError`` for a custom set with
    errors, or a fact of the wrong type.

    >>> [command.kind.value for command in react(Event(EventName.PAYMENT), {"amount_to_cure": 0})]
    ['exit', 'withdraw']
    """
    known = {**state, **event.facts()}
    orders = [_HOST.first(rules, event.name, known, facts) for rules in (LOCKED, custom) if rules]
    return tuple(
        Command(kind=command.kind, channel=event.channel) if command.kind is CommandKind.OPT_OUT else command
        for command in unite(*orders)
    )


def asked(rules: RuleSet) -> frozenset[str]:
    """The names of the facts a set's conditions read.

    >>> sorted(asked(LOCKED))
    ['amount_to_cure', 'event_settled', 'minimum_payment']
    """
    return frozenset(leaf.fact for rule in rules.rules if rule.when for leaf in leaves(rule.when))


class _Reactor(Host):  # type: ignore[misc]
    """The library's host without its two timer threads: a message is answered within ``post``."""

    def __init__(self) -> None:
        super().__init__()
        self._hits: list[int] = []
        self._names: dict[tuple[str, int], tuple[str, frozenset[str]]] = {}
        self._catalogues: dict[int, Catalogue] = {}
        self._one_at_a_time = Lock()

    def _run(self) -> None:
        """No threads: nothing here waits for a timer."""

    def first(
        self, rules: RuleSet, event: EventName, known: Mapping[str, Scalar], facts: Catalogue
    ) -> tuple[Command, ...]:
        """The commands of the first rule that matches."""
        if not rules.rules:
            return ()
        with self._one_at_a_time:
            name, read = self._registered(rules, facts)
            self._hits.clear()
            try:
                self.post(name, _message(event, known, read, facts))
            except MessageNotHandledException:
                return ()
            return rules.rules[self._hits[0]].do

    def _registered(self, rules: RuleSet, facts: Catalogue) -> tuple[str, frozenset[str]]:
        """The library's name of a rule set, registered once a process, and the facts it reads."""
        key = (rules.model_dump_json(), id(facts))
        if key not in self._names:
            _refuse(rules, facts)
            self._catalogues[id(facts)] = facts
            name = f"reactions_{len(self._names)}"
            try:
                self.set_rulesets({name: self._definition(rules, facts)})
            except durable_rules_engine.error as refusal:
                raise StrategyError(
                    "a condition is too tangled for a reaction",
                    hint="split it into several rules",
                    code="reaction.too_complex",
                ) from refusal
            self._names[key] = (name, asked(rules))
        return self._names[key]

    def _definition(self, rules: RuleSet, facts: Catalogue) -> dict[str, Any]:
        return {
            f"rule_{number}": {
                "pri": number + 1,
                "all": [{"m": _matches(rule, facts)}],
                "run": self._hit(number),
            }
            for number, rule in enumerate(rules.rules)
        }

    def _hit(self, number: int) -> Callable[[Any], None]:
        def run(_context: Any) -> None:
            self._hits.append(number)

        return run


_HOST = _Reactor()


def _refuse(rules: RuleSet, facts: Catalogue) -> None:
    """Only the locked set may loosen; no condition reaches the library unchecked."""
    if rules is not LOCKED:
        for finding in check_rules(rules, facts):
            if finding.blocks:
                raise StrategyError(
                    finding.message_en, place=finding.place, hint=finding.hint, code=finding.code
                )
    for index, rule in enumerate(rules.rules):
        if rule.when is not None:
            refuse_errors(rule.when, facts, f"rules/{index}/when")


def _message(
    event: EventName, known: Mapping[str, Scalar], read: frozenset[str], facts: Catalogue
) -> dict[str, int | str]:
    """The event and the facts a rule set reads, flat; a fact unknown is said to be so."""
    message: dict[str, int | str] = {"event": event.value}
    for name in read:
        value = known.get(name)
        message[f"known_{name}"] = int(value is not None)
        if value is not None:
            message[f"fact_{name}"] = _scalar(facts[name], value)
    return message


def _scalar(fact: Fact, value: Scalar) -> int | str:
    wanted = {FactType.ENUM: str, FactType.BOOLEAN: bool}.get(fact.type, int)
    if type(value) is not wanted:
        raise StrategyError(
            f"{fact.name} is {fact.type}, not {value!r}", place=fact.name, code="reaction.fact_type"
        )
    return value if isinstance(value, str) else int(value or 0)


def _matches(rule: Rule, facts: Catalogue) -> Expression:
    events = _joined("$or", [{"event": event.value} for event in rule.on])
    if rule.when is None:
        return events
    return _joined("$and", [events, _expression(rule.when, facts, negated=False)])


def _joined(how: str, parts: list[Expression]) -> Expression:
    """Parts joined by ``$and`` or ``$or``, as flat as they can be: the library refuses deep ones."""
    flat = [inner for part in parts for inner in part.get(how, [part])]
    return flat[0] if len(flat) == 1 else {how: flat}


def _expression(condition: Condition, facts: Catalogue, *, negated: bool) -> Expression:
    """Where a condition (or its ``not``) is true, in the library's terms; never true of an unknown fact."""
    if isinstance(condition, Not):
        return _expression(condition.part, facts, negated=not negated)
    if isinstance(condition, Presence):
        return {f"known_{condition.fact}": int((condition.op == "is_known") != negated)}
    if isinstance(condition, Comparison):
        return _compared(facts[condition.fact], condition, negated)
    every = isinstance(condition, AllOf) != negated
    parts = [_expression(part, facts, negated=negated) for part in condition.parts]
    return _joined("$and" if every else "$or", parts)


def _compared(fact: Fact, comparison: Comparison, negated: bool) -> Expression:
    """Where a comparison is true; the library never finds an absent value true."""
    field = f"fact_{fact.name}"
    if fact.type is FactType.ENUM:
        words = meaning.words(comparison)
        if (comparison.op in meaning.UNLIKE) != negated:
            return _joined("$and", [{"$neq": {field: word}} for word in words])
        return _joined("$or", [{field: word} for word in words])
    said = meaning.truths(comparison) if fact.type is FactType.BOOLEAN else meaning.numbers(comparison)
    ranges = spans.outside(said) if negated else said
    if not ranges:
        return {f"known_{fact.name}": -1}
    return _joined("$or", [_within(field, low, high) for low, high in ranges])


def _within(field: str, low: int, high: int) -> Expression:
    if low == high:
        return {field: low}
    if low == spans.LEAST:
        return {"$lte": {field: high}}
    if high == spans.MOST:
        return {"$gte": {field: low}}
    return {"$and": [{"$gte": {field: low}}, {"$lte": {field: high}}]}
