"""Undo and redo of everything done to a document, whoever did it: canvas or inspector."""

from dataclasses import dataclass, field

from builder.canvas.operations import Document

LONGEST = 200


@dataclass
class _Step:
    label: str
    group: str
    before: Document


@dataclass
class History:
    """A document and the way it came to be; edits of one group in a row are undone together.

    >>> history = History({"name": "a"})
    >>> history.record({"name": "b"}, "nombre")
    >>> history.undo()
    >>> history.document
    {'name': 'a'}
    """

    document: Document
    past: list[_Step] = field(default_factory=list)
    future: list[_Step] = field(default_factory=list)

    def record(self, document: Document, label: str, group: str = "") -> None:
        """Take a document as the next state; what had been undone is forgotten."""
        if document == self.document:
            return
        grouped = group and self.past and self.past[-1].group == group and not self.future
        if not grouped:
            self.past.append(_Step(label, group, self.document))
            del self.past[:-LONGEST]
        self.document = document
        self.future.clear()

    def undo(self) -> None:
        """Go one step back; nothing happens at the beginning."""
        self._step(self.past, self.future)

    def redo(self) -> None:
        """Go one step forward again."""
        self._step(self.future, self.past)

    def close_group(self) -> None:
        """What comes next is a step of its own, whatever its group."""
        if self.past:
            self.past[-1].group = ""

    def _step(self, source: list[_Step], target: list[_Step]) -> None:
        if source:
            step = source.pop()
            target.append(_Step(step.label, "", self.document))
            self.document = step.before
