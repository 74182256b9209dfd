"""Findings about conditions: unknown facts, wrong types, branches never taken, an exit met on entry."""

from collections.abc import Iterator

from engine.conditions import Condition, can_be_true, check, implies, is_always_true, is_covered, parse
from engine.findings import Finding
from engine.plan import PRESET_EXITS
from engine.strategy.document import Strategy
from engine.strategy.nodes import SegmentNode
from engine.strategy.nodes.condition import ConditionNode
from engine.validation.context import Context
from engine.validation.findings import error
from engine.validation.graph import Graph

MORA_EXIT = {"fact": "amount_to_cure", "op": "<=", "value": 0}
"""What the preset *mora* says of every portfolio; its minimum worth working may lie higher."""


def check_logic(graph: Graph, context: Context) -> Iterator[Finding]:
    """Everything about the conditions of segments, branches and the exit."""
    for node in graph.strategy.nodes:
        if isinstance(node, SegmentNode):
            yield from _segment(node, graph.strategy, context)
        elif isinstance(node, ConditionNode):
            yield from _branches(node, context)
    if not isinstance(graph.strategy.exit_when, str):
        yield from check(graph.strategy.exit_when, context.catalogue, "exit_when")


def exit_condition(strategy: Strategy) -> Condition:
    """The exit as a condition, presets spelt out.

    >>> from engine.strategy.document import SMALLEST, read_strategy
    >>> exit_condition(read_strategy(SMALLEST)).fact
    'amount_to_cure'
    """
    if not isinstance(strategy.exit_when, str):
        return strategy.exit_when
    return parse(PRESET_EXITS.get(strategy.exit_when, MORA_EXIT))


def is_sound(condition: Condition, context: Context) -> bool:
    """Whether a condition is free of errors, so that it can be reasoned about."""
    return not any(finding.blocks for finding in check(condition, context.catalogue))


def _segment(node: SegmentNode, strategy: Strategy, context: Context) -> Iterator[Finding]:
    yield from check(node.when, context.catalogue, f"{node.id}/when")
    leave = exit_condition(strategy)
    if not (is_sound(node.when, context) and is_sound(leave, context)):
        return
    if not can_be_true(node.when, context.catalogue):
        yield error("segment.never", node.id, "Nadie puede cumplir la entrada.", "Nobody can meet the entry.")
    elif implies(node.when, leave, context.catalogue) or is_always_true(leave, context.catalogue):
        yield error(
            "exit.at_entry",
            node.id,
            "Quien cumple la entrada ya cumple la salida: nadie quedaría dentro.",
            "Whoever meets the entry meets the exit already: nobody would stay.",
        )


def _branches(node: ConditionNode, context: Context) -> Iterator[Finding]:
    earlier: list[Condition] = []
    for number, branch in enumerate(node.branches):
        yield from check(branch.when, context.catalogue, f"{node.id}/branches/{number}/when")
        if not is_sound(branch.when, context):
            continue
        if not can_be_true(branch.when, context.catalogue):
            yield error(
                "branch.never",
                node.id,
                f"La rama «{branch.port}» nunca puede cumplirse.",
                f"The branch {branch.port!r} can never be true.",
                branch.port,
            )
        elif earlier and is_covered(branch.when, earlier, context.catalogue):
            yield error(
                "branch.covered",
                node.id,
                f"La rama «{branch.port}» nunca se toma: las anteriores ya la cubren.",
                f"The branch {branch.port!r} is never taken: earlier ones cover it.",
                branch.port,
            )
        earlier.append(branch.when)
