"""A strategy told in Spanish: its steps in reading order, each with its sentence and where each way leads."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from engine.conditions import sentence
from engine.facts import FactType
from engine.strategy.document import Example, ExampleStep, Strategy
from engine.strategy.layers import reading_order
from engine.strategy.nodes import Node, SplitNode
from engine.strategy.nodes.condition import ConditionNode
from engine.strategy.sentences import Tongue, sentence_of
from engine.strategy.words import spoken


@dataclass(frozen=True)
class ToldWay:
    """A way out: its name, when it is taken (a decision only), and the number of the step it leads to."""

    port: str
    label: str
    when: str
    target: int | None


@dataclass(frozen=True)
class ToldStep:
    """A step: its number in reading order, what it is called and what it does."""

    number: int
    id: str
    kind: str
    title: str
    name: str
    said: str
    ways: tuple[ToldWay, ...]


@dataclass(frozen=True)
class ToldExample:
    """An imagined account: for each day what becomes known or happens, and what is expected."""

    name: str
    about: str
    days: tuple[tuple[int, str, str], ...]


@dataclass(frozen=True)
class ToldStrategy:
    """Everything a document means, in words."""

    steps: tuple[ToldStep, ...]
    exit: str
    on_hold: tuple[str, ...] = ()
    examples: tuple[ToldExample, ...] = ()
    numbers: Mapping[str, int] = field(default_factory=dict)


EXIT = "exit"
"""The outcome of an account that left because its exit was met."""

EXITS: Mapping[str, str] = {
    "mora": "lo que falta para ponerse al día no pasa del mínimo que la cartera trabaja",
    "preventiva": "la cuota está pagada o pasó su vencimiento",
    "convenio": "el convenio terminó, cumplido o roto",
}
BROKEN: Mapping[str, str] = {
    "promise_broken": "Una promesa rota lleva la cuenta al paso {n}.",
    "plan_broken": "Un convenio roto lleva la cuenta al paso {n}.",
}


def tell(strategy: Strategy, tongue: Tongue | None = None) -> ToldStrategy:
    """The whole strategy; never raises for a document that can be read.

    >>> from engine.strategy.document import SMALLEST, read_strategy
    >>> [(step.number, step.said) for step in tell(read_strategy(SMALLEST)).steps][1]
    (2, 'Termina el camino con el resultado «hecho».')
    """
    speech = tongue or Tongue()
    numbers = {name: number for number, name in enumerate(reading_order(strategy), start=1)}
    steps = tuple(_step(strategy, strategy.node(name), numbers, speech) for name in numbers)
    broken = [
        BROKEN[cause].format(n=numbers[node]) for cause, node in strategy.on_hold.items() if node in numbers
    ]
    examples = tuple(_example(example, numbers, speech) for example in strategy.examples)
    return ToldStrategy(steps, _exit(strategy, speech), tuple(broken), examples, numbers)


def name_of(node: Node) -> str:
    """What a step is called: the name people gave it, else its kind."""
    return node.name or node.title_es


def _step(strategy: Strategy, node: Node, numbers: Mapping[str, int], speech: Tongue) -> ToldStep:
    targets = strategy.targets(node.id)
    ways = tuple(
        ToldWay(port, label, when, numbers.get(targets.get(port, "")))
        for port, (label, when) in _ways(node, speech).items()
    )
    kind = str(getattr(node, "kind"))  # noqa: B009 - each kind declares its own literal
    said = sentence_of(node, speech)
    return ToldStep(numbers[node.id], node.id, kind, node.title_es, name_of(node), said, ways)


def _ways(node: Node, speech: Tongue) -> dict[str, tuple[str, str]]:
    """Each port with its label and, for a branch, its condition."""
    ways = {port: (spoken(port), "") for port in node.ports()}
    if isinstance(node, ConditionNode):
        for branch in node.branches:
            when = sentence(branch.when, speech.catalogue, "es", speech.currency)
            ways[branch.port] = (branch.label or spoken(branch.port), when)
    if isinstance(node, SplitNode):
        ways = {arm.port: (f"{arm.port} ({arm.weight} %)", "") for arm in node.arms}
    return ways


def _exit(strategy: Strategy, speech: Tongue) -> str:
    if isinstance(strategy.exit_when, str):
        return EXITS[strategy.exit_when]
    said = sentence(strategy.exit_when, speech.catalogue, "es", speech.currency)
    return said[:1].lower() + said[1:]


def _example(example: Example, numbers: Mapping[str, int], speech: Tongue) -> ToldExample:
    about = f"Desde el {example.start}" + (f", en {example.country}" if example.country else "")
    currency, days = speech.currency, []
    for step in example.steps:
        currency = str(step.facts.get("currency") or currency)
        known = _becomes_known(step, replace(speech, currency=currency))
        days.append((step.day, known, _expected(step, numbers)))
    return ToldExample(example.name, about, tuple(days))


def _becomes_known(step: ExampleStep, speech: Tongue) -> str:
    known = [f"{_label(fact, speech)}: {_value(fact, value, speech)}" for fact, value in step.facts.items()]
    happened = [f"ocurre: {', '.join(spoken(event) for event in step.events)}"] if step.events else []
    return "; ".join([*known, *happened])


def _expected(step: ExampleStep, numbers: Mapping[str, int]) -> str:
    wanted = []
    if step.expect_message:
        wanted.append(f"se envía «{step.expect_message}»")
    if step.expect_nothing:
        wanted.append("no se envía nada")
    if step.expect_node:
        wanted.append(f"queda en el paso {numbers.get(step.expect_node, step.expect_node)}")
    if step.expect_outcome:
        left = step.expect_outcome == EXIT
        wanted.append("se cumple la salida" if left else f"sale con «{spoken(step.expect_outcome)}»")
    return ", ".join(wanted)


def _label(fact: str, speech: Tongue) -> str:
    known = speech.catalogue.get(fact)
    return known.label_es if known else fact


def _value(fact: str, value: object, speech: Tongue) -> str:
    known = speech.catalogue.get(fact)
    if value is None:
        return "sin dato"
    if isinstance(value, bool):
        return "sí" if value else "no"
    if isinstance(value, int):
        return speech.money(value) if known and known.type is FactType.MONEY else str(value)
    if isinstance(value, tuple):
        return ", ".join(spoken(str(each)) for each in value) or "ninguno"
    return spoken(str(value))
