"""Findings about the drawing: entry, ports, edges, circles, what cannot be reached, what never ends."""

from collections import Counter
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

from engine.findings import Finding
from engine.strategy.nodes import SegmentNode
from engine.validation.context import Context
from engine.validation.findings import error, warning
from engine.validation.graph import Graph


def check_structure(graph: Graph, context: Context) -> Iterator[Finding]:
    """Everything about nodes and edges as such."""
    yield from _entry(graph)
    yield from _names(graph)
    yield from _edges(graph)
    yield from _ports(graph)
    yield from _circles(graph)
    yield from _unreachable(graph)
    yield from _holds(graph)
    for node in graph.strategy.nodes:
        yield from node.check()


def _entry(graph: Graph) -> Iterator[Finding]:
    entries = [node.id for node in graph.strategy.nodes if isinstance(node, SegmentNode)]
    if not entries:
        yield error(
            "strategy.entry",
            "",
            "Falta el segmento de entrada: nadie entraría.",
            "There is no entry segment: nobody would enter.",
        )
    for extra in entries[1:]:
        yield error(
            "strategy.entry",
            extra,
            "Solo puede haber un segmento de entrada.",
            "There can be only one entry segment.",
        )


def _names(graph: Graph) -> Iterator[Finding]:
    for node_id, count in Counter(node.id for node in graph.strategy.nodes).items():
        if count > 1:
            yield error(
                "node.twice",
                node_id,
                f"Hay {count} nodos con el mismo identificador.",
                f"{count} nodes have the same id.",
            )


def _edges(graph: Graph) -> Iterator[Finding]:
    for edge in graph.strategy.edges:
        for end in (edge.source, edge.target):
            if end not in graph.nodes:
                yield error(
                    "edge.nowhere",
                    edge.source,
                    f"Una conexión nombra el nodo «{end}», que no existe.",
                    f"An edge names the node {end!r}, which is not there.",
                )
        if edge.source in graph.nodes and edge.port not in graph.nodes[edge.source].ports():
            yield error(
                "edge.port",
                edge.source,
                f"El nodo no tiene la salida «{edge.port}».",
                f"The node has no port {edge.port!r}.",
                " ".join(graph.nodes[edge.source].ports()),
            )
    sources = Counter((edge.source, edge.port) for edge in graph.strategy.edges)
    for (source, port), count in sources.items():
        if count > 1:
            yield error(
                "edge.twice",
                source,
                f"La salida «{port}» lleva a {count} lugares; solo puede llevar a uno.",
                f"The port {port!r} leads to {count} places; it can lead to one only.",
            )


def _ports(graph: Graph) -> Iterator[Finding]:
    connected = {(edge.source, edge.port) for edge in graph.strategy.edges}
    for node in graph.strategy.nodes:
        for port, count in Counter(node.ports()).items():
            if count > 1:
                yield error(
                    "node.ports",
                    node.id,
                    f"Dos salidas del nodo se llaman «{port}».",
                    f"Two ports of the node are called {port!r}.",
                    port,
                )
            if (node.id, port) not in connected:
                yield error(
                    "node.port",
                    node.id,
                    f"La salida «{port}» no lleva a ninguna parte.",
                    f"The port {port!r} leads nowhere.",
                    port,
                )


def _circles(graph: Graph) -> Iterator[Finding]:
    """Each circle that no wait of at least one day by count cuts, with its nodes in order."""
    before: dict[str, set[str]] = {node_id: set() for node_id in graph.nodes}
    for source, targets in graph.edges.items():
        if not graph.nodes[source].cuts_cycle():
            for target in targets.values():
                before[target].add(source)
    while True:
        try:
            TopologicalSorter(before).prepare()
            return
        except CycleError as found:
            circle = found.args[1]
        names = " → ".join(circle)
        yield error(
            "strategy.cycle",
            circle[0],
            f"Estos nodos forman un círculo sin una espera de al menos un día: {names}.",
            f"These nodes form a circle without a wait of at least one day: {names}.",
        )
        for node_id in circle:
            before.pop(node_id, None)
        for sources in before.values():
            sources.difference_update(circle)


def _unreachable(graph: Graph) -> Iterator[Finding]:
    if not graph.roots:
        return
    reached = graph.reached(graph.roots)
    for node_id in graph.nodes:
        if node_id not in reached:
            yield warning(
                "node.unreachable",
                node_id,
                "Ninguna cuenta llega a este nodo.",
                "No account reaches this node.",
            )


def _holds(graph: Graph) -> Iterator[Finding]:
    for cause, target in graph.strategy.on_hold.items():
        if target not in graph.nodes:
            yield error(
                "on_hold.nowhere",
                "",
                f"Tras «{cause}» se salta al nodo «{target}», que no existe.",
                f"After {cause!r} accounts jump to the node {target!r}, which is not there.",
            )
