"""The canvas with its inspector: one edit, one rerun of this part alone."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitAPIException

from builder.canvas.component import sent, show_canvas
from builder.canvas.desk import Desk
from builder.canvas.drawing import Figures, title_of, told
from builder.canvas.operations import Document, readable
from builder.inspector.document_form import DocumentForm
from builder.inspector.examples import edit_examples
from builder.inspector.form import Form, Surroundings
from builder.inspector.kinds import show_node
from builder.studio.examples import show_examples
from builder.studio.strategy_form import show_strategy
from builder.studio.walk import Walk, show_walk
from builder.wording import Words
from engine.findings import Finding, Severity

HEIGHT = 590


@dataclass
class Known:
    """What is known about a document from outside the browser; of the revision it was asked for."""

    findings: Sequence[Finding] = ()
    figures: Figures = field(default_factory=Figures)
    examples: Sequence[Mapping[str, Any]] = ()
    summary: str = ""
    revision: int = -1


@dataclass(frozen=True)
class Backing:
    """What the board asks of others.

    ``judge`` a document, given what was known before; ``keep`` it; let an account ``walk`` through it.
    """

    judge: Callable[[Document, Known], Known]
    keep: Callable[[Document], None] = lambda _: None
    walk: Walk | None = None


def show_board(desk: Desk, words: Words, around: Surroundings, backing: Backing) -> None:
    """Canvas at the left, the chosen step at the right; figures of an older document are shown grey."""
    known = _known(desk)
    stale = known.revision != desk.revision
    canvas, panel = st.columns([74, 26], gap="small")
    with canvas:
        key = f"canvas-{desk.epoch}"
        figures = replace(known.figures, stale=stale or known.figures.stale)
        data = told(desk, words, known.findings, figures, around.catalogue)
        show_canvas(key, data, lambda: desk.take(sent(key)), HEIGHT)
        if known.summary:
            st.caption(known.summary)
    with panel:
        _panel(desk, words, around, known, backing.walk)
    if stale:
        backing.keep(desk.document)
        fresh = backing.judge(desk.document, known)
        fresh.revision = desk.revision
        st.session_state[f"known-{desk.epoch}"] = fresh
        _again()


def _again() -> None:
    """Draw once more with what is now known: this part alone, or the page where all of it was drawn."""
    try:
        st.rerun(scope="fragment")
    except StreamlitAPIException:
        st.rerun()


def _known(desk: Desk) -> Known:
    known = st.session_state.get(f"known-{desk.epoch}")
    return known if isinstance(known, Known) else Known()


def _panel(desk: Desk, words: Words, around: Surroundings, known: Known, walk: Walk | None) -> None:
    names = {
        "step": words("Paso"),
        "findings": _counted(words("Hallazgos"), len(known.findings)),
        "examples": words("Prueba"),
    }
    with st.container(height=HEIGHT, border=True, key="inspector"):
        chosen = st.segmented_control(
            words("Panel"),
            list(names),
            default="step",
            key=f"panel-{desk.epoch}",
            required=True,
            format_func=lambda name: names[name],
            label_visibility="collapsed",
        )
        if chosen == "findings":
            show_findings(desk, words, known.findings)
        elif chosen == "examples":
            if walk:
                show_walk(desk, words, walk)
            _examples(desk, words, around, known)
        else:
            _step(desk, words, around)


def _examples(desk: Desk, words: Words, around: Surroundings, known: Known) -> None:
    """The examples as they play, or as they are written."""
    if not desk.readonly and st.toggle(words("Editar los ejemplos"), key=f"edit-examples-{desk.epoch}"):
        edit_examples(DocumentForm(desk, words, around))
    else:
        show_examples(desk, words, known.examples)


def _step(desk: Desk, words: Words, around: Surroundings) -> None:
    if len(desk.selected) > 1:
        st.info(
            words(
                "{n} pasos elegidos: cópielos, duplíquelos o bórrelos con el teclado.", n=len(desk.selected)
            )
        )
        return
    if not desk.selected:
        show_strategy(desk, words, around)
        return
    node = readable(desk.document).node(desk.selected[0])
    st.markdown(f"##### {title_of(node, words)}")
    st.caption(words(node.meaning))
    with st.container(key="step-form"):
        if desk.readonly:
            st.info(words("Solo lectura: esta versión está publicada."))
        show_node(Form(desk, node.id, words, around))


def show_findings(desk: Desk, words: Words, findings: Sequence[Finding]) -> None:
    """What is wrong, errors first; a click goes to the step."""
    if not findings:
        st.success(words("Sin hallazgos: la estrategia puede publicarse."))
        return
    nodes = {node.id: node for node in readable(desk.document).nodes}
    for index, finding in enumerate(sorted(findings, key=lambda one: one.severity is Severity.WARNING)):
        place = finding.place.split("/")[0]
        said = finding.message_en if words.language == "en" else finding.message_es
        icon = ":material/error:" if finding.blocks else ":material/warning:"
        node = nodes.get(place)
        where = node.name or title_of(node, words) if node else words("Estrategia")
        st.button(
            f"**{where}** — {said}",
            key=f"finding-{index}",
            icon=icon,
            type="tertiary",
            on_click=desk.show,
            args=([place] if node else [],),
        )


def _counted(name: str, count: int) -> str:
    return f"{name} {count}" if count else name
