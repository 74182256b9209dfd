"""The form of the strategy itself: the same widgets as a step's, bound to the whole document."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from builder.canvas.desk import Desk
from builder.canvas.operations import readable
from builder.inspector.form import Form, Surroundings
from builder.wording import Words
from engine.errors import StrategyError

WHOLE = "estrategia"
"""What stands in the keys of widgets where a step's id would; no step can have it and a slash."""


class DocumentForm(Form):
    """Reads and says the keys of the document: name, country, exit, examples, campaign."""

    def __init__(self, desk: Desk, words: Words, around: Surroundings) -> None:
        super().__init__(desk, f"{WHOLE}/", words, around)

    def _full(self) -> dict[str, Any]:
        return readable(self.desk.document).model_dump(mode="json", by_alias=True)

    def say(self, node: Mapping[str, Any], label: str) -> None:
        """Take the keys that are other than before; what cannot be read is kept out and told."""
        if self.desk.readonly:
            return
        before = self._full()
        changed = {name: value for name, value in node.items() if before[name] != value}
        document = {**self.desk.document, **changed}
        trouble = f"trouble-{self.desk.epoch}-{self.node_id}"
        st.session_state.pop(trouble, None)
        try:
            readable(document)
        except StrategyError as refused:
            st.session_state[trouble] = f"{label}: {refused.message}"
            return
        self.desk.replace(document, label, f"{WHOLE}:{label}")
