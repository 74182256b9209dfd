"""A strategy on the canvas: drawn, judged and tried on today's book with every edit, kept as a draft."""

import json
from collections.abc import Mapping
from typing import Any

import streamlit as st

from builder.canvas.desk import Desk
from builder.canvas.operations import Document
from builder.drafts import NEW, OpenDraft, join, open_draft, read_version, save, take_theirs
from builder.frame import heading, tell
from builder.inspector.form import Surroundings
from builder.session import Session
from builder.studio.board import Backing, Known, show_board
from builder.studio.effect import WALK
from builder.studio.judging import judged
from builder.studio.printing import show_printing
from builder.studio.surroundings import surroundings
from engine.errors import CadenciaError


def show_canvas_page(session: Session) -> None:
    """The strategy named in the address, its draft unless a version is asked for."""
    words = session.words
    key = st.query_params.get("strategy", "")
    if not key:
        st.info(words("Elija una estrategia en la lista."))
        if st.button(words("Ir a Estrategias")):
            session.go("estrategias")
        return
    version = st.query_params.get("version", "")
    draft = _opened(session, key, version)
    _top(session, draft, version)
    around = surroundings(session)
    if draft.stale:
        _two_people(session, draft)
    st.fragment(_board)(session, draft, around)


def _opened(session: Session, key: str, version: str) -> OpenDraft:
    place = f"draft/{session.portfolio}/{key}/{version}"
    pasted = st.session_state.pop("pasted-document", None)
    if place not in st.session_state:
        if version:
            document = read_version(session, key, int(version))
            st.session_state[place] = OpenDraft(key, Desk.of(document, readonly=True), document)
        else:
            name = st.session_state.pop("new-strategy-name", "")
            st.session_state[place] = open_draft(session, key, name=name)
    draft: OpenDraft = st.session_state[place]
    if pasted is not None and pasted["key"] == key:
        draft.desk.replace(pasted, "pegar JSON")
    return draft


def _top(session: Session, draft: OpenDraft, version: str) -> None:
    words = session.words
    title, export, publish = st.columns([8, 1.3, 1.3], vertical_alignment="bottom")
    with title:
        heading(str(draft.desk.document["name"]), _state(session, draft, version))
    text = json.dumps(draft.desk.document, ensure_ascii=False, indent=2)
    with export, st.popover(words("Exportar"), icon=":material/download:", width="stretch"):
        st.download_button("JSON", text, f"{draft.key}.json", "application/json", width="stretch")
        if version or draft.etag != NEW:
            show_printing(session, draft.key, int(version) if version else None)
    if not draft.desk.readonly and publish.button(words("Publicar…"), type="primary", width="stretch"):
        save(session, draft)
        session.go("publicar", strategy=draft.key)


def _state(session: Session, draft: OpenDraft, version: str) -> str:
    words = session.words
    if version:
        return words("Versión {n}, solo lectura · {key}", n=version, key=draft.key)
    if draft.desk.readonly:
        return words("Solo lectura: su rol no dibuja estrategias · {key}", key=draft.key)
    return words("Borrador · {key}", key=draft.key)


def _board(session: Session, draft: OpenDraft, around: Surroundings) -> None:
    words = session.words

    def judge(document: Document, before: Known) -> Known:
        return _judged(session, document, before)

    def keep(document: Document) -> None:
        before = draft.stale
        try:
            save(session, draft)
        except CadenciaError as trouble:
            tell(trouble, session)
        if draft.stale and not before:
            st.rerun()

    if draft.conflicts:
        st.warning(
            words("Ambos cambiaron: {places}. Quedó lo suyo; revíselo.", places=", ".join(draft.conflicts))
        )

    def walk(document: Document, number: str) -> Mapping[str, Any]:
        body = {"document": dict(document), "account": number}
        told: Mapping[str, Any] = session.api.post(session.at("what-if", "walk"), body)
        return told

    walking = walk if session.offers(WALK) else None
    show_board(draft.desk, words, around, Backing(judge, keep, walking))


def _judged(session: Session, document: Document, before: Known) -> Known:
    """What the service says; a session that ended meanwhile asks to sign in again."""
    try:
        return judged(session, document, before)
    except CadenciaError as trouble:
        tell(trouble, session)
        return before


def _two_people(session: Session, draft: OpenDraft) -> None:
    """Somebody else saved first: put together, or take theirs; what was drawn here is kept either way."""
    words = session.words
    with st.container(border=True):
        st.warning(
            words("Otra persona guardó este borrador entretanto. Nada se perdió: elija cómo seguir."),
            icon=":material/group:",
        )
        left, right, _ = st.columns([2, 2, 4])
        if left.button(words("Unir ambos cambios"), type="primary", width="stretch"):
            join(session, draft)
            st.rerun()
        if right.button(words("Tomar lo de la otra persona"), width="stretch"):
            take_theirs(session, draft)
            st.rerun()
