"""Reaction rules as data: on which events, when, do what; and how the commands of two sets unite.

Events, facts, operators and commands are closed lists. A custom rule may only add; what would loosen the
locked set (resume, reopen) is not a command it can give.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictStr

from engine.conditions import Condition, check
from engine.conditions.structure import at
from engine.facts import CATALOGUE, CHANNELS, Catalogue, Fact, FactType
from engine.findings import Finding
from engine.vocabulary import Channel, EventName, HoldKind


class CommandKind(StrEnum):
    """What a reaction can order, the strictest first."""

    STOP_CONTACT = "stop_contact"
    EXIT = "exit"
    OPT_OUT = "opt_out"
    HOLD = "hold"
    WITHDRAW = "withdraw"
    BLOCK_CONTACT_POINT = "block_contact_point"
    STOP_TEMPLATE = "stop_template"
    OPEN_CONVERSATION = "open_conversation"
    REOPEN = "reopen"
    RESUME = "resume"
    EVALUATE_NOW = "evaluate_now"


STANDSTILL = frozenset({CommandKind.STOP_CONTACT, CommandKind.EXIT, CommandKind.HOLD})
"""Commands beside which nothing is evaluated at once."""

LOOSENING = frozenset({CommandKind.RESUME, CommandKind.REOPEN})
"""Commands that only the locked set can give."""


class Command(BaseModel):
    """One order: ``hold`` names the kind of a hold or resume, ``channel`` the one opted out of (0: every)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: CommandKind
    hold: HoldKind | None = None
    channel: Channel | None = None


class Rule(BaseModel):
    """On one of some events, when a condition holds (``None``: always), do some commands."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: Annotated[StrictStr, Field(min_length=1, max_length=60)]
    on: Annotated[tuple[EventName, ...], Field(min_length=1)]
    when: Condition | None = None
    do: Annotated[tuple[Command, ...], Field(min_length=1)]


class RuleSet(BaseModel):
    """Rules in order of priority: of those that match an event, the first acts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rules: tuple[Rule, ...]


_FLAT = frozenset({FactType.NUMBER, FactType.MONEY, FactType.ENUM, FactType.BOOLEAN})

EVENT_FACTS = (
    Fact("event_amount", FactType.MONEY, "Monto del evento", "Event amount", "Amount paid.", "event"),
    Fact(
        "event_channel",
        FactType.ENUM,
        "Canal del evento",
        "Event channel",
        "Channel the event came by.",
        "event",
        values=CHANNELS,
    ),
    Fact("event_intent", FactType.ENUM, "Intención", "Intent", "What a reply meant.", "event"),
    Fact(
        "event_settled",
        FactType.BOOLEAN,
        "Resuelta por el asistente",
        "Settled by the assistant",
        "Nothing is left for a person to answer.",
        "event",
    ),
)
"""What a rule may know of the event itself."""


def askable(catalogue: Catalogue) -> Catalogue:
    """What a reaction may ask: the facts of one plain value of a portfolio, and those of the event.

    >>> "labels" in askable(CATALOGUE), "event_intent" in askable(CATALOGUE)
    (False, True)
    """
    return Catalogue([*(fact for fact in catalogue.values() if fact.type in _FLAT), *EVENT_FACTS])


FACTS = askable(CATALOGUE)
"""What every portfolio's reactions may ask."""


def check_rules(rules: RuleSet, facts: Catalogue = FACTS) -> list[Finding]:
    """Every mistake of a custom rule set; conditions are checked against ``facts``.

    >>> rule = {"key": "r", "on": ["reply"], "do": [{"kind": "resume", "hold": HoldKind.DISPUTE}]}
    >>> [finding.code for finding in check_rules(RuleSet.model_validate({"rules": [rule]}))]
    ['reaction.looser']
    """
    found: list[Finding] = []
    keys: set[str] = set()
    for index, rule in enumerate(rules.rules):
        place = at("rules", index)
        if rule.key in keys:
            found.append(
                Finding("reaction.duplicate", at(place, "key"), "la clave se repite", "repeated key")
            )
        keys.add(rule.key)
        if rule.when is not None:
            found += check(rule.when, facts, at(place, "when"))
        found += _wrong_commands(rule, place)
    return found


def _wrong_commands(rule: Rule, place: str) -> Iterable[Finding]:
    for index, command in enumerate(rule.do):
        inner = at(place, "do", index)
        if command.kind in LOOSENING:
            yield Finding(
                "reaction.looser",
                inner,
                "una regla propia no puede reanudar ni reabrir",
                "a custom rule can neither resume nor reopen",
            )
        elif (command.kind is CommandKind.HOLD) != (command.hold is not None):
            yield Finding(
                "reaction.hold",
                at(inner, "hold"),
                "una retención, y solo ella, dice de qué tipo es",
                "a hold, and only a hold, says of which kind it is",
            )


def unite(*orders: Iterable[Command]) -> tuple[Command, ...]:
    """The commands of several sets as one, the stricter winning, the strictest first.

    Nothing is evaluated beside a stop, an exit or a hold; a hold outlives a resume of its kind; a stop or
    an exit outlives a reopening.

    >>> [
    ...     command.kind.value
    ...     for command in unite([Command(kind=CommandKind.EVALUATE_NOW)], [Command(kind=CommandKind.EXIT)])
    ... ]
    ['exit']
    """
    united = {command for commands in orders for command in commands}
    kinds = {command.kind for command in united}
    held = {command.hold for command in united if command.kind is CommandKind.HOLD}
    dropped: set[Command] = set()
    for command in united:
        if command.kind is CommandKind.EVALUATE_NOW and kinds & STANDSTILL:
            dropped.add(command)
        if command.kind is CommandKind.RESUME and command.hold in held:
            dropped.add(command)
        if command.kind is CommandKind.REOPEN and kinds & {CommandKind.EXIT, CommandKind.STOP_CONTACT}:
            dropped.add(command)
    order = list(CommandKind)
    return tuple(
        sorted(united - dropped, key=lambda one: (order.index(one.kind), one.hold or 0, one.channel or 0))
    )


@dataclass(frozen=True)
class Event:
    """Something that happened; what is ``None`` is unknown. ``amount`` is in minor units."""

    name: EventName
    amount: int | None = None
    channel: Channel | None = None
    intent: str | None = None
    settled: bool | None = None

    def facts(self) -> dict[str, int | str | bool | None]:
        """What rules may ask of the event, by the names of :data:`EVENT_FACTS`."""
        return {
            "event_amount": self.amount,
            "event_channel": None if self.channel is None else self.channel.word,
            "event_intent": self.intent,
            "event_settled": self.settled,
        }
