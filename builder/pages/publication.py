"""Publishing a draft or an older version: what blocks it, what it changes, who is in flight, who approves."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from builder import figures
from builder.canvas.operations import Document, readable
from builder.drafts import open_draft, read_version
from builder.frame import heading
from builder.session import Session

BECOMES = {"stay": "se quedan en la versión anterior", "move": "pasan a", "exit": "salen"}
CHANGES = {
    "node.added": "paso nuevo",
    "node.removed": "paso quitado",
    "node.changed": "cambio",
    "edge.added": "conexión nueva",
    "edge.removed": "conexión quitada",
    "strategy.changed": "estrategia",
}


@dataclass(frozen=True)
class Proposal:
    """What is to be published: a draft with its ETag, or (``version``) an earlier document once more."""

    key: str
    document: Document
    etag: str = ""
    kept: bool = True
    version: int = 0
    since: int = 0


def show_publication(session: Session) -> None:
    """The page of one draft or of a roll-back, from judgement to request."""
    words = session.words
    key = st.query_params.get("strategy", "")
    number = st.query_params.get("version", "")
    proposal = _earlier(session, key, int(number)) if number else _drawn(session, key)
    name = proposal.document["name"]
    heading(
        words("Volver a la versión {n} de «{name}»", n=number, name=name)
        if number
        else words("Publicar «{name}»", name=name),
        words("Nada cambia hasta que otra persona apruebe."),
    )
    _way_back(session, proposal)
    left, right = st.columns([1, 1], gap="large")
    with left:
        publishable = _judgement(session, proposal)
        choices = _in_flight(session, proposal)
        if publishable:
            _request(session, proposal, choices)
    with right:
        _changes(session, proposal)


def _drawn(session: Session, key: str) -> Proposal:
    draft = open_draft(session, key)
    kept = bool(draft.etag) and draft.saved is not None
    return Proposal(key, draft.desk.document, draft.etag, kept)


def _earlier(session: Session, key: str, number: int) -> Proposal:
    since = session.api.get(session.at("strategies", key))["version"]
    return Proposal(key, read_version(session, key, number), version=number, since=since or 0)


def _way_back(session: Session, proposal: Proposal) -> None:
    words = session.words
    if proposal.version:
        if st.button(words("Volver a las versiones"), type="tertiary", icon=":material/arrow_back:"):
            session.go("versiones", strategy=proposal.key)
    elif st.button(words("Volver al lienzo"), type="tertiary", icon=":material/arrow_back:"):
        session.go("lienzo", strategy=proposal.key)


def _judgement(session: Session, proposal: Proposal) -> bool:
    words = session.words
    told = session.api.post(session.at("strategies", "validate"), {"document": proposal.document})
    st.subheader(words("1. Revisión"), anchor=False)
    red = [example for example in told["examples"] if not example["passed"]]
    errors = [finding for finding in told["findings"] if finding["severity"] == "error"]
    warnings = len(told["findings"]) - len(errors)
    if told["publishable"]:
        n = len(told["examples"])
        st.success(words("Sin errores; {n} ejemplos en verde; {w} advertencias.", n=n, w=warnings))
    for finding in errors:
        st.error(f"{finding['place']}: {finding['en'] if words.language == 'en' else finding['es']}")
    for example in red:
        st.error(words("Ejemplo en rojo: {name}", name=example["name"]))
    return bool(told["publishable"])


def _in_flight(session: Session, proposal: Proposal) -> dict[str, Any]:
    """The accounts in flight by node, and what is to become of them; the choices people changed."""
    words = session.words
    st.subheader(words("2. Cuentas en curso"), anchor=False)
    lines = _preview(session, proposal, {})
    if not lines:
        st.caption(words("Ninguna cuenta está en esta estrategia."))
        return {}
    targets = {node.id: node.name or node.id for node in readable(proposal.document).nodes}
    choices: dict[str, Any] = {}
    for line in lines:
        choice = _choice(session, line, targets)
        if choice is not None:
            choices[line["node"]] = choice
    changed = {line["node"]: line for line in _preview(session, proposal, choices)} if choices else {}
    total = sum(line["accounts"] for line in (changed.values() or lines) if line["becomes"] == "exit")
    if total:
        st.warning(words("{n} cuentas salen de la estrategia.", n=figures.number(total, session.country)))
    return choices


def _preview(session: Session, proposal: Proposal, choices: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    body = {"document": proposal.document, "choices": dict(choices)}
    items: list[Mapping[str, Any]] = session.api.post(session.at("strategies", "in-flight"), body)["items"]
    return [line for line in items if line["accounts"]]


def _choice(session: Session, line: Mapping[str, Any], targets: Mapping[str, str]) -> dict[str, str] | None:
    """What becomes of the accounts at one node, ``None`` for what the service proposes."""
    words = session.words
    count = figures.number(line["accounts"], session.country)
    name, what, where = st.columns([4, 3, 3], vertical_alignment="center")
    name.markdown(f"**{targets.get(line['node'], line['node'])}** · {count}")
    key = f"choice-{line['version_id']}-{line['node']}"
    kinds = list(BECOMES)
    kind = what.selectbox(
        words("Qué pasa"),
        kinds,
        kinds.index(line["becomes"]),
        key=key,
        label_visibility="collapsed",
        format_func=lambda one: words(BECOMES[one]),
    )
    target = line["target"]
    if kind == "move":
        nodes = list(targets)
        at = nodes.index(target) if target in targets else 0
        target = where.selectbox(
            words("A"),
            nodes,
            at,
            key=f"{key}-to",
            label_visibility="collapsed",
            format_func=targets.__getitem__,
        )
    if (kind, target) == (line["becomes"], line["target"]):
        return None
    return {"kind": kind, "target": target if kind == "move" else ""}


def _request(session: Session, proposal: Proposal, choices: Mapping[str, Any]) -> None:
    words = session.words
    st.subheader(words("3. Pedir aprobación"), anchor=False)
    if not proposal.kept:
        st.info(words("Guarde antes un borrador en el lienzo."))
        return
    if not session.may("strategy.edit"):
        st.caption(words("Su rol no pide publicaciones."))
        return
    with st.form("request", border=False):
        note = st.text_area(words("Nota para quien aprueba"), key="request-note", height=80)
        on = st.date_input(
            words("Desde (vacío: al aprobar)"), value=None, key="request-on", format="DD/MM/YYYY"
        )
        if st.form_submit_button(words("Pedir aprobación"), type="primary"):
            body = {"note": note, "effective_on": on.isoformat() if on else None, "choices": dict(choices)}
            told = session.api.ask(
                "POST", _asked_at(session, proposal), json=body, if_match=proposal.etag
            ).body
            st.success(words("Pedido n.º {id}: otra persona debe aprobarlo.", id=told["id"]))


def _asked_at(session: Session, proposal: Proposal) -> str:
    if proposal.version:
        return session.at("strategies", proposal.key, "versions", str(proposal.version), "requests")
    return session.at("strategies", proposal.key, "requests")


def _changes(session: Session, proposal: Proposal) -> None:
    words = session.words
    st.subheader(words("Qué cambia"), anchor=False)
    told = _compared(session, proposal)
    if told["since"] is None:
        st.caption(words("Es la primera versión: no hay nada publicado con qué comparar."))
        return
    st.caption(words("Frente a la versión {n}, que está en vigor.", n=told["since"]))
    show_changes(session, told["changes"])


def show_changes(session: Session, changes: list[Mapping[str, Any]]) -> None:
    """The differences of two documents, a row each."""
    words = session.words
    rows = [
        {
            words("Qué"): words(CHANGES.get(change["kind"], change["kind"])),
            words("Paso"): change["node"],
            words("Dónde"): change["field"],
            words("Antes"): _value(change["before"]),
            words("Ahora"): _value(change["after"]),
        }
        for change in changes
    ]
    if rows:
        st.dataframe(rows, hide_index=True, width="stretch")
    else:
        st.caption(words("El significado es el mismo; solo cambian lugares o notas."))


def _compared(session: Session, proposal: Proposal) -> Mapping[str, Any]:
    """What is proposed beside the version in force."""
    at = session.at("strategies", proposal.key)
    if proposal.version:
        told: Mapping[str, Any] = session.api.get(
            f"{at}/versions/{proposal.version}/changes", since=proposal.since
        )
        return told
    drawn: Mapping[str, Any] = session.api.get(f"{at}/draft/changes")
    return drawn


def _value(value: object) -> str:
    return "—" if value is None else str(value)
