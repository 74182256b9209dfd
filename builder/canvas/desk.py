"""A strategy being edited: its document and history, the edits the browser sent, and what it is told."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from builder.canvas.history import History
from builder.canvas.operations import Document, applied, with_node
from engine.errors import StrategyError

LABELS: Mapping[str, str] = {
    "insert": "agregar pasos",
    "move": "mover",
    "connect": "conectar",
    "disconnect": "quitar la conexión",
    "remove": "borrar pasos",
    "notes": "notas",
}


@dataclass
class Desk:
    """Everything one browser tab holds of one strategy; ``revision`` grows with every change of it."""

    history: History
    readonly: bool = False
    epoch: str = field(default_factory=lambda: uuid.uuid4().hex)
    ack: int = 0
    selected: tuple[str, ...] = ()
    jump: int = 0
    jump_to: tuple[str, ...] = ()
    refusals: int = 0
    refusal: str = ""
    revision: int = 0

    @classmethod
    def of(cls, document: Document, *, readonly: bool = False) -> "Desk":
        """A desk for a document as it was loaded."""
        return cls(History(document), readonly)

    @property
    def document(self) -> Document:
        """The strategy as it stands."""
        return self.history.document

    def take(self, sent: Mapping[str, Any]) -> None:
        """Apply what the browser sent and was not applied yet; what it repeats changes nothing."""
        if sent.get("epoch") != self.epoch:
            return
        for operation in sorted(sent.get("ops", ()), key=lambda one: int(one["seq"])):
            if int(operation["seq"]) > self.ack:
                self.ack = int(operation["seq"])
                self._do(operation)
        known = {node["id"] for node in self.document["nodes"]}
        self.selected = tuple(name for name in sent.get("selected", ()) if name in known)

    def _do(self, operation: Mapping[str, Any]) -> None:
        if self.readonly:
            return self.refuse("readonly")
        kind = str(operation.get("op"))
        if kind in ("undo", "redo"):
            self.history.undo() if kind == "undo" else self.history.redo()
            self.revision += 1
            return None
        if kind == "place":  # nobody's edit: kept with the next one, and never undone
            self.history.document = applied(self.document, operation)
            return None
        label = "ordenar" if operation.get("why") == "tidy" else LABELS.get(kind, kind)
        try:
            self.replace(applied(self.document, operation), label)
        except StrategyError as refused:
            self.refuse(refused.code.removeprefix("canvas."))
        return None

    def replace(self, document: Document, label: str, group: str = "") -> None:
        """Take a document as the next state of the history."""
        if document != self.document:
            self.history.record(document, label, group)
            self.revision += 1

    def say_node(self, node: Mapping[str, Any], label: str) -> None:
        """A node as the inspector says it; raises ``StrategyError`` when it cannot be read."""
        self.replace(with_node(self.document, node), label, f"{node['id']}:{label}")

    def show(self, nodes: Sequence[str]) -> None:
        """Let the canvas go to steps and choose them."""
        self.jump += 1
        self.jump_to = self.selected = tuple(nodes)

    def refuse(self, why: str) -> None:
        """Let the canvas say why an edit was not made."""
        self.refusals += 1
        self.refusal = why
