"""Where accounts in flight go when a new version is published: stay, move, or leave, node by node."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from engine.errors import StrategyError
from engine.strategy.document import Strategy
from engine.strategy.nodes import ChannelNode, Node, WaitNode
from engine.strategy.nodes.base import MessageNode
from engine.strategy.nodes.wait import Days, Event


@dataclass(frozen=True)
class Choice:
    """What a person wants for the accounts at one node of the old version; ``target`` only for a move."""

    kind: Literal["stay", "move", "exit"]
    target: str = ""


@dataclass(frozen=True)
class Move:
    """What becomes of the accounts that stand at one node.

    A move to the same node (``keeps_place``) lets them stand as they stand, their term shifted by
    ``shift_days``; any other move lets them arrive at ``target`` anew. ``keeps_message``: what is queued
    for the node still goes out, for it would be decided the same again.
    """

    kind: Literal["stay", "move", "exit"]
    target: str = ""
    keeps_place: bool = False
    keeps_message: bool = False
    shift_days: int = 0


STAY, EXIT = Move("stay", keeps_message=True), Move("exit")


def migration(old: Strategy, new: Strategy, choices: Mapping[str, Choice] | None = None) -> dict[str, Move]:
    """The move of every node of the old version; default: to the node with the same id and kind, else stay.

    Raises ``StrategyError`` for a choice about a node neither version has.

    >>> from engine.strategy.document import SMALLEST, read_strategy
    >>> old = read_strategy(SMALLEST)
    >>> migration(old, old)["out"].keeps_place, migration(old, old, {"in": Choice("exit")})["in"].kind
    (True, 'exit')
    """
    wanted = dict(choices or {})
    after = {node.id: node for node in new.nodes}
    before = {node.id: node for node in old.nodes}
    _refuse_strangers(wanted, before, after)
    return {node_id: _move(node, wanted.get(node_id), after) for node_id, node in before.items()}


def _refuse_strangers(
    wanted: Mapping[str, Choice], before: Mapping[str, Node], after: Mapping[str, Node]
) -> None:
    for node_id, choice in wanted.items():
        if node_id not in before:
            raise StrategyError(
                "the old version has no such node",
                place=node_id,
                code="migration.node",
                hint=" ".join(before),
            )
        if choice.kind == "move" and choice.target not in after:
            raise StrategyError(
                f"the new version has no node {choice.target!r}",
                place=node_id,
                code="migration.target",
                hint=" ".join(after),
            )


def _move(node: Node, choice: Choice | None, after: Mapping[str, Node]) -> Move:
    if choice is None:
        same = after.get(node.id)
        choice = Choice("move", node.id) if same is not None and type(same) is type(node) else Choice("stay")
    if choice.kind == "exit":
        return EXIT
    if choice.kind == "stay":
        return STAY
    target = after[choice.target]
    shift = _shift(node, target)
    if target.id != node.id or type(target) is not type(node) or shift is None:
        return Move("move", target.id)
    return Move("move", target.id, True, _sends_the_same(node, target), shift)


def _shift(node: Node, target: Node) -> int | None:
    """Days by which a term moves with the edit; ``None`` when the wait must begin anew."""
    if not (isinstance(node, WaitNode) and isinstance(target, WaitNode)):
        return 0
    one, other = node.until, target.until
    if one == other:
        return 0
    if isinstance(one, Days) and isinstance(other, Days) and not (one.business or other.business):
        return other.days - one.days
    if isinstance(one, Event) and isinstance(other, Event) and one.hours is None and other.hours is None:
        return other.least_days - one.least_days
    return None


def _sends_the_same(node: Node, target: Node) -> bool:
    if not (isinstance(node, MessageNode) and isinstance(target, MessageNode)):
        return True
    same_channel = node.wish().channel is target.wish().channel and node.wish().to is target.wish().to
    return same_channel and node.templates() == target.templates() and _weights(node) == _weights(target)


def _weights(node: Node) -> tuple[int, ...]:
    return tuple(variant.weight for variant in node.variants) if isinstance(node, ChannelNode) else ()
