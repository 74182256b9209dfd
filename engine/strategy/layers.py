"""Where each step stands on a drawing: in layers by distance from the entry, with few crossings of the ways.

Steps are put in layers by their longest way from the entry (ways that close a circle are set aside), ways
that skip layers get a place in each of them, each layer is ordered by the mean place of its neighbours, and
every step is then drawn towards those it is connected with. Equal documents give equal drawings.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from engine.strategy.document import Strategy
from engine.strategy.nodes import SegmentNode

SWEEPS = 12
Way = tuple[str, str]


@dataclass(frozen=True)
class Drawing:
    """A place per step, and the bends of each way, as (column, layer); columns are one step apart at least.

    A way is named by source and target, whatever ports lead it; its ``bends`` hold both ends. ``columns`` is
    the width and ``layers`` the height.
    """

    places: Mapping[str, tuple[float, int]]
    bends: Mapping[Way, tuple[tuple[float, int], ...]]
    columns: float
    layers: int


def draw(strategy: Strategy) -> Drawing:
    """The places of a strategy's steps, and of the ways between them.

    >>> from engine.strategy.document import SMALLEST, read_strategy
    >>> draw(read_strategy(SMALLEST)).places
    {'in': (0.0, 0), 'out': (0.0, 1)}
    """
    order = reading_order(strategy)
    layer = _layers(strategy, order)
    rows: list[list[str]] = [[] for _ in range(max(layer.values()) + 1)]
    for name in order:
        rows[layer[name]].append(name)
    ways = [(name, target) for name in order for target in dict.fromkeys(_after(strategy)[name])]
    chains = {way: _chain(*way, layer, rows) for way in ways}
    links = [pair for chain in chains.values() for pair in pairwise(chain)]
    rows = _untangled(rows, links)
    across = _columns(rows, links)
    least = min(across.values())
    places = {name: (round(across[name] - least, 3), index) for index, row in enumerate(rows) for name in row}
    bends = {way: tuple(places[name] for name in chain) for way, chain in chains.items()}
    return Drawing(
        {name: places[name] for name in order}, bends, max(place[0] for place in places.values()), len(rows)
    )


def reading_order(strategy: Strategy) -> list[str]:
    """Ids of the steps as one reads them: along the first way to its end, then the others."""
    after = _after(strategy)
    reached = {target for targets in after.values() for target in targets}
    starts = [node.id for node in strategy.nodes if isinstance(node, SegmentNode)]
    starts += [node.id for node in strategy.nodes if node.id not in reached]
    seen: dict[str, None] = {}
    waiting = [*(node.id for node in reversed(strategy.nodes)), *reversed(starts)]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen[name] = None
            waiting.extend(reversed(after[name]))
    return list(seen)


def _after(strategy: Strategy) -> dict[str, list[str]]:
    """Targets of each step, in the order of its ports."""
    return {
        node.id: [targets[port] for port in node.ports() if port in targets]
        for node in strategy.nodes
        for targets in (strategy.targets(node.id),)
    }


def _layers(strategy: Strategy, order: Sequence[str]) -> dict[str, int]:
    """The longest way from a start to each step, without the ways that lead back."""
    after, back = _after(strategy), _backward(strategy, order)
    arrivals = dict.fromkeys(order, 0)
    for name in order:
        for target in after[name]:
            arrivals[target] += (name, target) not in back
    layer = dict.fromkeys(order, 0)
    ready = [name for name in order if not arrivals[name]]
    for name in ready:
        for target in after[name]:
            if (name, target) in back:
                continue
            layer[target] = max(layer[target], layer[name] + 1)
            arrivals[target] -= 1
            if not arrivals[target]:
                ready.append(target)
    return layer


def _backward(strategy: Strategy, order: Sequence[str]) -> set[Way]:
    """The pairs of steps whose way closes a circle, found by walking in depth from the starts."""
    after = _after(strategy)
    back: set[Way] = set()
    done: set[str] = set()
    for start in order:
        stack = [(start, iter(after[start]))] if start not in done else []
        open_now = {start}
        while stack:
            name, targets = stack[-1]
            target = next(targets, None)
            if target is None:
                stack.pop()
                open_now.discard(name)
                done.add(name)
            elif target in open_now:
                back.add((name, target))
            elif target not in done:
                open_now.add(target)
                stack.append((target, iter(after[target])))
    return back


def _chain(source: str, target: str, layer: dict[str, int], rows: list[list[str]]) -> list[str]:
    """The way as places in every layer it passes; ways back or sideways have none between."""
    between = range(layer[source] + 1, layer[target])
    bends = [f"{source}|{target}|{index}" for index in between]
    for index, name in zip(between, bends, strict=True):
        rows[index].append(name)
    return [source, *bends, target]


def _neighbours(links: Sequence[Way]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one, other in links:
        found.setdefault(one, []).append(other)
        found.setdefault(other, []).append(one)
    return found


def _untangled(rows: list[list[str]], links: Sequence[Way]) -> list[list[str]]:
    """The rows in the order with fewest crossings that some sweeps down and up find."""
    near = _neighbours(links)
    best, fewest = [list(row) for row in rows], _crossings(rows, links)
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        indices = range(1, len(rows)) if down else range(len(rows) - 2, -1, -1)
        for index in indices:
            fixed = {name: at for at, name in enumerate(rows[index - 1 if down else index + 1])}
            own = {name: at for at, name in enumerate(rows[index])}
            rows[index] = sorted(rows[index], key=lambda name: _mean(name, near, fixed, own))
        crossed = _crossings(rows, links)
        if crossed < fewest:
            best, fewest = [list(row) for row in rows], crossed
    return best


def _mean(
    name: str, near: Mapping[str, Sequence[str]], fixed: Mapping[str, int], own: Mapping[str, int]
) -> tuple[float, int]:
    places = [fixed[other] for other in near.get(name, ()) if other in fixed]
    return (sum(places) / len(places) if places else float(own[name]), own[name])


def _crossings(rows: Sequence[Sequence[str]], links: Sequence[Way]) -> int:
    at = {name: (index, place) for index, row in enumerate(rows) for place, name in enumerate(row)}
    spans: dict[int, list[tuple[int, int]]] = {}
    for one, other in links:
        (upper, left), (lower, right) = at[one], at[other]
        if lower == upper + 1:
            spans.setdefault(upper, []).append((left, right))
    return sum(
        (a < c and b > d) or (a > c and b < d)
        for pairs in spans.values()
        for index, (a, b) in enumerate(pairs)
        for c, d in pairs[:index]
    )


def _columns(rows: Sequence[Sequence[str]], links: Sequence[Way]) -> dict[str, float]:
    """Columns: each step towards the mean of its neighbours, one column from the next in its layer."""
    near = _neighbours(links)
    across = {name: place - (len(row) - 1) / 2 for row in rows for place, name in enumerate(row)}
    for sweep in range(SWEEPS):
        for row in rows if sweep % 2 == 0 else list(reversed(rows)):
            wanted = [
                sum(across[other] for other in near.get(name, [name])) / len(near.get(name, [name]))
                for name in row
            ]
            for name, column in zip(row, _apart(row, wanted), strict=True):
                across[name] = column
    return across


BEND_WIDTH = 0.35
"""How much room a way needs in a layer it only passes, in steps."""


def _apart(row: Sequence[str], wanted: Sequence[float]) -> list[float]:
    """The places nearest to those wanted that leave room between: blocks merged where they would overlap."""
    offsets = [0.0]
    for one, other in pairwise(row):
        offsets.append(offsets[-1] + (_room(one) + _room(other)) / 2)
    blocks: list[list[float]] = []
    for place, offset in zip(wanted, offsets, strict=True):
        blocks.append([place - offset, 1.0])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (mean, many), (low, few) = blocks[-2], blocks.pop()
            blocks[-1] = [(mean * many + low * few) / (many + few), many + few]
    starts = [mean for mean, many in blocks for _ in range(int(many))]
    return [start + offset for start, offset in zip(starts, offsets, strict=True)]


def _room(name: str) -> float:
    return BEND_WIDTH if "|" in name else 1.0
