"""Widgets bound to a node of the document: each shows what the document says and says what it shows.

A widget is given the document's value before it is drawn, so that undo on the canvas reaches it; its
callback changes the document only when the value is another one.
"""

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from builder.canvas.desk import Desk
from builder.canvas.meaning import word
from builder.canvas.operations import readable
from builder.wording import Words
from engine.errors import StrategyError
from engine.facts import Catalogue
from engine.strategy.words import WORDS

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Surroundings:
    """What a strategy is drawn in: facts, template keys by channel, other strategies, queues, country."""

    catalogue: Catalogue
    templates: Mapping[str, Sequence[str]] = field(default_factory=dict)
    strategies: Sequence[str] = ()
    queues: Sequence[str] = ()
    country: str = "CO"
    currency: str = ""


class Form:
    """The form of one node."""

    def __init__(self, desk: Desk, node_id: str, words: Words, around: Surroundings) -> None:
        self.desk = desk
        self.node_id = node_id
        self.words = words
        self.around = around
        self.node = self._full()

    def _full(self) -> dict[str, Any]:
        """The node with its defaults spelled out."""
        return readable(self.desk.document).node(self.node_id).model_dump(mode="json", by_alias=True)

    def value(self, *path: str | int) -> Any:
        """What the node says at a path."""
        found: Any = self.node
        for step in path:
            found = found[step]
        return found

    def put(self, path: Path, value: object, label: str) -> None:
        """Say another value at a path; a value the document cannot hold is kept out and told."""
        node = copy.deepcopy(self._full())
        place: Any = node
        for step in path[:-1]:
            place = place[step]
        if place[path[-1]] == value:
            return
        place[path[-1]] = value
        self.say(node, label)

    def say(self, node: Mapping[str, Any], label: str) -> None:
        """Take the whole node as it is now."""
        trouble = f"trouble-{self.desk.epoch}-{self.node_id}"
        st.session_state.pop(trouble, None)
        try:
            self.desk.say_node(node, label)
        except StrategyError as refused:
            st.session_state[trouble] = f"{label}: {refused.message}"

    def trouble(self) -> str:
        """Why the last value was not taken, empty when it was."""
        return str(st.session_state.get(f"trouble-{self.desk.epoch}-{self.node_id}", ""))

    # -- one widget each ------------------------------------------------------------------

    def text(self, label: str, *path: str | int, help: str | None = None) -> None:
        """A line of text."""
        key = self.bind(path, self.value(*path) or "")
        st.text_input(label, key=key, help=help, on_change=self._taking(key, path, label, str.strip))

    def number(
        self, label: str, *path: str | int, least: int = 0, most: int = 100_000, step: int = 1
    ) -> None:
        """A whole number within limits."""
        key = self.bind(path, int(self.value(*path)))
        st.number_input(label, least, most, step=step, key=key, on_change=self._taking(key, path, label, int))

    def limit(self, label: str, *path: str | int) -> None:
        """A whole number, or none for no limit."""
        key = self.bind(path, self.value(*path))
        st.number_input(
            label,
            min_value=0,
            value=None,
            step=1,
            key=key,
            placeholder=self.words("sin tope"),
            on_change=self._taking(key, path, label, _whole_or_none),
        )

    def choice(
        self, label: str, options: Sequence[str], *path: str | int, new: bool = False, help: str | None = None
    ) -> None:
        """One of some words; ``new`` lets people write another."""
        now = self.value(*path)
        shown = list(options) if now in options else [now, *options]
        key = self.bind(path, now)
        st.selectbox(
            label,
            shown,
            key=key,
            help=help,
            format_func=lambda value: self.said(value, new),
            accept_new_options=new,
            on_change=self._taking(key, path, label, lambda value: value),
        )

    def several(self, label: str, options: Sequence[str], *path: str | int, new: bool = False) -> None:
        """Some of some words, in the order they were chosen."""
        now = list(self.value(*path))
        key = self.bind(path, now)
        st.multiselect(
            label,
            [*options, *(value for value in now if value not in options)],
            key=key,
            format_func=lambda value: word(str(value), self.words),
            accept_new_options=new,
            on_change=self._taking(key, path, label, list),
        )

    def truth(self, label: str, *path: str | int, help: str | None = None) -> None:
        """Yes or no."""
        key = self.bind(path, bool(self.value(*path)))
        st.toggle(label, key=key, help=help, on_change=self._taking(key, path, label, bool))

    def said(self, value: object, free: bool) -> str:
        """A word of the document as people read it; what people may name freely stays as it is."""
        if free and value not in WORDS:
            return str(value) if value else "—"
        return word(str(value), self.words)

    def bind(self, path: Path, value: object) -> str:
        """The key of the widget at a path, holding the document's value."""
        key = f"{self.desk.epoch}/{self.node_id}/{'/'.join(map(str, path))}"
        if key not in st.session_state or st.session_state[key] != value:
            st.session_state[key] = value
        return key

    def _taking(self, key: str, path: Path, label: str, clean: Callable[[Any], object]) -> Callable[[], None]:
        return lambda: self.put(path, clean(st.session_state[key]), label)


def _whole_or_none(value: float | None) -> int | None:
    return None if value is None else int(value)
