"""Strategies as pictures to look at: the live map of a strategy and the way of one account through it."""

from collections.abc import Collection, Mapping
from html import escape
from typing import Any

from streamlit_agraph import Config, Edge, Node, agraph

from builder.canvas.drawing import title_of
from builder.canvas.operations import Document, readable
from builder.look import tokens
from builder.wording import Words

HEIGHT = 560
_SPREAD = 1.15


def show_picture(
    document: Document,
    words: Words,
    *,
    counts: Mapping[str, str] | None = None,
    ways: Mapping[str, tuple[str, float]] | None = None,
    walked: Collection[str] | None = None,
    here: str = "",
) -> str:
    """Draw a strategy; returns the id of the step that was clicked, empty before.

    ``counts`` are texts under the names, ``ways`` the label and share (0..1) of each ``source|port``;
    with ``walked`` every other step is grey, and ``here`` is where the account stands.
    """
    nodes, edges = picture(document, words, counts or {}, ways or {}, walked, here)
    placed = all(node.x is not None for node in nodes)
    config = Config(height=HEIGHT, directed=True, physics=False, groups={})
    config.width = "100%"
    config.nodes["fixed"] = placed
    config.interaction = {"dragNodes": False, "hover": True}
    config.layout = (
        {} if placed else {"hierarchical": {"enabled": True, "direction": "UD", "levelSeparation": 130}}
    )
    return str(agraph(nodes=nodes, edges=edges, config=config) or "")


def picture(
    document: Document,
    words: Words,
    counts: Mapping[str, str],
    ways: Mapping[str, tuple[str, float]],
    walked: Collection[str] | None,
    here: str,
) -> tuple[list[Any], list[Any]]:
    """Boxes and arrows; every text from outside is escaped, for the library writes titles as HTML."""
    colours, strategy = tokens(), readable(document)
    layout = document.get("layout", {})
    complete = all(node.id in layout for node in strategy.nodes)
    nodes = []
    for node in strategy.nodes:
        lit = walked is None or node.id in walked
        kind = str(getattr(node, "kind"))  # noqa: B009 - each kind declares its own literal
        colour = colours[f"kind-{kind}"] if lit else colours["line"]
        name = node.name or title_of(node, words)
        at = layout.get(node.id, (None, None)) if complete else (None, None)
        nodes.append(
            Node(
                id=node.id,
                label=f"{name}\n{counts[node.id]}" if node.id in counts else name,
                title=escape(f"{title_of(node, words)}: {name}"),
                shape="box",
                color={
                    "background": colours["surface"],
                    "border": colours["warn"] if node.id == here else colour,
                },
                borderWidth=4 if node.id == here else 2,
                font={"color": colours["text"] if lit else colours["muted"], "size": 15},
                margin=10,
                widthConstraint={"maximum": 200},
                x=None if at[0] is None else at[0] * _SPREAD,
                y=None if at[1] is None else at[1] * _SPREAD,
            )
        )
    edges = []
    for edge in strategy.edges:
        label, share = ways.get(f"{edge.source}|{edge.port}", ("", 0.0))
        lit = walked is None or (edge.source in walked and edge.target in walked)
        edges.append(
            Edge(
                source=edge.source,
                target=edge.target,
                label=label,
                title=escape(edge.port),
                width=1 + 7 * share,
                color=colours["warn"]
                if walked is not None and lit
                else colours["line"]
                if not lit
                else colours["muted"],
                font={"align": "horizontal", "size": 13, "color": colours["text"]},
                smooth={
                    "enabled": True,
                    "type": "cubicBezier",
                    "forceDirection": "vertical",
                    "roundness": 0.4,
                },
            )
        )
    return nodes, edges
