"""The experiments of a strategy: their keys and the weights that decide who falls in which arm."""

from engine.strategy.document import Strategy
from engine.strategy.nodes import ChannelNode, SplitNode


def experiments(strategy: Strategy) -> dict[str, tuple[int, ...]]:
    """Weights in percent by experiment key, of messages with variants and of splits between paths.

    >>> from engine.strategy.document import SMALLEST, read_strategy
    >>> experiments(read_strategy(SMALLEST))
    {}
    """
    found: dict[str, tuple[int, ...]] = {}
    for node in strategy.nodes:
        if isinstance(node, SplitNode):
            found[node.experiment] = tuple(arm.weight for arm in node.arms)
        elif isinstance(node, ChannelNode) and node.experiment is not None:
            found[node.experiment] = tuple(variant.weight for variant in node.variants)
    return found
