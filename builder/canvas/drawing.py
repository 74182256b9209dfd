"""A document as the canvas draws it, and everything else the browser is told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from builder.canvas.desk import Desk
from builder.canvas.kinds import NEW, new_node
from builder.canvas.meaning import line_of, main_port, ports_of
from builder.canvas.operations import Document, readable
from builder.wording import Words
from engine.facts import CATALOGUE, Catalogue
from engine.findings import Finding
from engine.strategy.nodes import NODE_KINDS, Node


@dataclass(frozen=True)
class Figures:
    """What the canvas shows on steps and ways; ``stale`` while newer ones are being computed."""

    steps: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    edges: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    stale: bool = False

    def told(self) -> dict[str, Any]:
        """As the browser reads it."""
        return {"steps": dict(self.steps), "edges": dict(self.edges), "stale": self.stale}


def drawing(document: Document, words: Words, catalogue: Catalogue = CATALOGUE) -> dict[str, Any]:
    """Steps, edges and notes; a step without a place is put somewhere by the browser.

    Raises ``StrategyError`` for an unreadable document.
    """
    strategy = readable(document)
    places = document.get("layout", {})
    raw = {node["id"]: node for node in document["nodes"]}
    steps = [
        {
            "id": node.id,
            "name": node.name or title_of(node, words),
            "at": places.get(node.id),
            "config": raw[node.id],
            **look_of(node, words, catalogue),
        }
        for node in strategy.nodes
    ]
    edges = [{"source": edge.source, "port": edge.port, "target": edge.target} for edge in strategy.edges]
    notes = [{"text": note.text, "at": list(note.at)} for note in strategy.notes]
    return {"steps": steps, "edges": edges, "notes": notes}


def look_of(node: Node, words: Words, catalogue: Catalogue) -> dict[str, Any]:
    """What a card of this node shows beside its name."""
    return {
        "kind": str(getattr(node, "kind")),  # noqa: B009 - each kind declares its own literal
        "line": line_of(node, words, catalogue),
        "ports": ports_of(node, words),
        "main": main_port(node),
        "cuts": node.cuts_cycle(),
    }


def title_of(node: Node, words: Words) -> str:
    """What the kind of a node is called on the screen."""
    return node.title_en if words.language == "en" else node.title_es


def palette(words: Words, catalogue: Catalogue = CATALOGUE) -> list[dict[str, Any]]:
    """The kinds a strategy is drawn of, in the order of the registry."""
    kinds = []
    for kind, model in NODE_KINDS.items():
        if kind in NEW:
            config = new_node(kind)
            node = model.model_validate(config)
            look = look_of(node, words, catalogue)
            kinds.append(
                {**look, "title": title_of(node, words), "meaning": words(node.meaning), "config": config}
            )
    return kinds


def marks(findings: Sequence[Finding], words: Words) -> dict[str, list[dict[str, str]]]:
    """Findings by the step they stand at."""
    found: dict[str, list[dict[str, str]]] = {}
    for finding in findings:
        said = finding.message_en if words.language == "en" else finding.message_es
        mark = {"severity": finding.severity.value, "text": said}
        found.setdefault(finding.place.split("/")[0], []).append(mark)
    return found


def told(
    desk: Desk, words: Words, findings: Sequence[Finding], figures: Figures, catalogue: Catalogue = CATALOGUE
) -> dict[str, Any]:
    """Everything the browser is told about a desk."""
    past, future = desk.history.past, desk.history.future
    return {
        "epoch": desk.epoch,
        "ack": desk.ack,
        "graph": drawing(desk.document, words, catalogue),
        "kinds": palette(words, catalogue),
        "marks": marks(findings, words),
        "figures": figures.told(),
        "readonly": desk.readonly,
        "jump": {"n": desk.jump, "nodes": list(desk.jump_to)},
        "can": {
            "undo": words(past[-1].label) if past else "",
            "redo": words(future[-1].label) if future else "",
        },
        "refusal": {"n": desk.refusals, "text": desk.refusal},
        "words": canvas_words(words),
    }


def canvas_words(words: Words) -> dict[str, str]:
    """The texts of the canvas itself."""
    return {
        "palette": words("Pasos"),
        "palette_hint": words("Arrastre un paso al lienzo, o haga doble clic en él."),
        "insert": words("Insertar un paso aquí"),
        "cut": words("Quitar la conexión"),
        "way": words("Salida"),
        "tools": words("Herramientas del lienzo"),
        "undo": words("Deshacer"),
        "redo": words("Rehacer"),
        "tidy": words("Ordenar"),
        "tidy_hint": words("Ordena todos los pasos; se puede deshacer"),
        "turn_hint": words("Ordenar en la otra dirección"),
        "note": words("Nota"),
        "note_hint": words("Pone una nota; no cambia la estrategia"),
        "note_placeholder": words("Escriba una nota"),
        "fit": words("Ver todo"),
        "fit_hint": words("Muestra la estrategia entera"),
        "search": words("Buscar paso"),
        "saved": words("guardado"),
        "saving": words("guardando…"),
        "readonly": words("solo lectura"),
        "empty": words("Arrastre un segmento de entrada para empezar."),
        "refused_self": words("Un paso no puede llevar a sí mismo."),
        "refused_entry": words("Nada puede llevar al segmento de entrada: por él entran las cuentas."),
        "refused_duplicate": words("Esa conexión ya existe."),
        "refused_cycle": words("Cerraría un círculo sin una espera de al menos un día."),
        "refused_nowhere": words("Uno de los dos pasos, o la salida, ya no existe."),
        "refused_second_entry": words("Ya hay un segmento de entrada; una estrategia tiene solo uno."),
        "refused_last": words("Una estrategia necesita al menos un paso."),
        "refused_readonly": words("Una versión publicada no se cambia: abra un borrador."),
        "refused_unreadable": words("El paso pegado no se entiende; puede venir de otra versión."),
        "refused_strategy.unreadable": words("El paso pegado no se entiende; puede venir de otra versión."),
    }
