"""Strategies as pictures to look at: the live map of a strategy and the way of one account through it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any

from streamlit_agraph import Config, Edge, Node, agraph

from builder.canvas.drawing import title_of
from builder.canvas.operations import Document, readable
from builder.look import tokens
from builder.wording import Words
from engine.strategy.document import Strategy
from engine.strategy.nodes import Node as Step

HEIGHT = 580
COLUMNS, ACROSS, DOWN = 5, 250, 165


@dataclass(frozen=True)
class Shown:
    """What a picture says beside the drawing.

    ``counts`` are texts under the names; ``ways`` the label and share (0..1) of each ``source|port``;
    with ``walked`` every other step is grey; ``here`` is where an account stands.
    """

    counts: Mapping[str, str] = field(default_factory=dict)
    ways: Mapping[str, tuple[str, float]] = field(default_factory=dict)
    walked: Collection[str] | None = None
    here: str = ""

    def lit(self, *steps: str) -> bool:
        """Whether all of these are on the way that is shown."""
        return self.walked is None or all(step in self.walked for step in steps)


def show_picture(document: Document, words: Words, shown: Shown) -> str:
    """Draw a strategy; returns the id of the step that was clicked, empty before."""
    strategy = readable(document)
    places = rows_of_steps(strategy)
    nodes = [_box(node, places[node.id], words, shown) for node in strategy.nodes]
    edges = [_arrow(edge.source, edge.port, edge.target, shown) for edge in strategy.edges]
    config = Config(
        height=HEIGHT,
        physics=False,
        groups={},
        layout={"hierarchical": {"enabled": False}},
        interaction={"dragNodes": False, "hover": True, "zoomView": True},
    )
    config.width = "100%"  # the constructor would make it 100%px
    return str(agraph(nodes=nodes, edges=edges, config=config) or "")


def rows_of_steps(strategy: Strategy) -> dict[str, tuple[int, int]]:
    """A place for every step: in rows of five by their distance from the entry, to and fro.

    >>> from engine.strategy.document import SMALLEST, read_strategy
    >>> rows_of_steps(read_strategy(SMALLEST))
    {'in': (0, 0), 'out': (250, 0)}
    """
    after: dict[str, list[str]] = {node.id: [] for node in strategy.nodes}
    for edge in strategy.edges:
        after[edge.source].append(edge.target)
    order: list[str] = []
    waiting = [node.id for node in strategy.nodes if node.ports() and node.id not in _targets(strategy)]
    for name in waiting:
        if name not in order:
            order.append(name)
            waiting.extend(after[name])
    order += [node.id for node in strategy.nodes if node.id not in order]
    places = {}
    for number, name in enumerate(order):
        row, column = divmod(number, COLUMNS)
        across = column if row % 2 == 0 else COLUMNS - 1 - column
        places[name] = (across * ACROSS, row * DOWN)
    return places


def _targets(strategy: Strategy) -> set[str]:
    return {edge.target for edge in strategy.edges}


def _box(node: Step, place: tuple[int, int], words: Words, shown: Shown) -> Any:
    """A step; its title is escaped, for the library writes it as HTML."""
    colours, lit = tokens(), shown.lit(node.id)
    kind = str(getattr(node, "kind"))  # noqa: B009 - each kind declares its own literal
    name = node.name or title_of(node, words)
    border = colours["warn"] if node.id == shown.here else colours[f"kind-{kind}"] if lit else colours["line"]
    return Node(
        id=node.id,
        label=f"{name}\n{shown.counts[node.id]}" if node.id in shown.counts else name,
        title=escape(f"{title_of(node, words)}: {name}"),
        shape="box",
        color={"background": colours["surface"], "border": border},
        borderWidth=4 if node.id == shown.here else 2,
        font={"color": colours["text"] if lit else colours["muted"], "size": 17},
        margin=10,
        widthConstraint={"minimum": 170, "maximum": 190},
        x=place[0],
        y=place[1],
    )


def _arrow(source: str, port: str, target: str, shown: Shown) -> Any:
    colours, lit = tokens(), shown.lit(source, target)
    label, share = shown.ways.get(f"{source}|{port}", ("", 0.0))
    on_the_way = colours["warn"] if shown.walked is not None else colours["muted"]
    return Edge(
        source=source,
        target=target,
        label=label,
        title=escape(port),
        width=1 + 7 * share,
        color=on_the_way if lit else colours["line"],
        font={"align": "horizontal", "size": 15, "color": colours["text"]},
        smooth={"enabled": True, "type": "curvedCW", "roundness": 0.18},
    )
