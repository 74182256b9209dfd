"""Message templates: read, written, checked while written, seen with a real account, sent to approval."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from builder.canvas.meaning import word
from builder.frame import heading
from builder.session import Session

STATES = {"draft": "borrador", "approved": "aprobada"}


def show_templates(session: Session) -> None:
    """The list at the left, one template at the right."""
    words = session.words
    heading(words("Plantillas"), words("Lo que las personas leen, revisado antes de salir."))
    told = session.api.get(session.at("templates"))
    lines = told["items"]
    if not lines:
        st.info(words("No hay plantillas. Cargue las que vienen con `cadencia templates`."))
        return
    left, right = st.columns([3, 5], gap="large")
    with left:
        chosen = _choose(session, lines)
    with right:
        _template(session, chosen, told["variables"])


def _choose(session: Session, lines: list[Mapping[str, Any]]) -> str:
    words = session.words
    asked = st.text_input(words("Buscar"), key="template-search").strip().lower()
    shown = [
        line for line in lines if asked in f"{line['key']} {line['name']} {line['channel']}".lower()
    ] or lines
    keys = [line["key"] for line in shown]
    names = {line["key"]: _line(session, line) for line in shown}
    return str(
        st.radio(
            words("Plantilla"),
            keys,
            format_func=names.__getitem__,
            key="template-key",
            label_visibility="collapsed",
        )
    )


def _line(session: Session, line: Mapping[str, Any]) -> str:
    words = session.words
    state = words(STATES.get(line["state"], line["state"]))
    return f"{line['name']} · {word(line['channel'], words)} · v{line['version']} {state}"


def _template(session: Session, key: str, variables: list[Mapping[str, Any]]) -> None:
    words = session.words
    answer = session.api.ask("GET", session.at("templates", key))
    template = dict(answer.body["template"])
    may_edit = session.may("template.edit")
    with st.container(border=True):
        st.markdown(f"**{template['name']}** · `{key}` · {word(template['channel'], words)}")
        if template["channel"] == "email":
            template["subject"] = st.text_input(
                words("Asunto"), template.get("subject") or "", key=f"subject-{key}", disabled=not may_edit
            )
        body = st.text_area(
            words("Texto"), template["body"], height=170, key=f"body-{key}", disabled=not may_edit
        )
        template["body"] = body
        _variables(session, variables)
    _findings(session, template)
    _preview(session, template)
    if may_edit:
        _save(session, key, template, answer.body["template"], answer.etag)


def _variables(session: Session, variables: list[Mapping[str, Any]]) -> None:
    words = session.words
    with st.popover(words("Variables")):
        for each in variables:
            meaning = each["en"] if words.language == "en" else each["es"]
            st.markdown(f"`{{{{ {each['name']} }}}}` {meaning} — *{each['sample']}*")


def _findings(session: Session, template: Mapping[str, Any]) -> None:
    words = session.words
    findings = session.api.post(session.at("templates", "check"), dict(template))["findings"]
    for finding in findings:
        told = finding["en"] if words.language == "en" else finding["es"]
        (st.error if finding["severity"] == "error" else st.warning)(told)
    if not findings:
        st.caption(words("Revisada: sin hallazgos."))


def _preview(session: Session, template: Mapping[str, Any]) -> None:
    """The words a real account would read; masked unless the role sees personal data."""
    words = session.words
    number = st.text_input(words("Vista previa con la cuenta n.º"), key="preview-account")
    verified = st.toggle(
        words("La dirección está verificada como del deudor"), value=True, key="preview-verified"
    )
    if not number.strip():
        return
    body = {"template": dict(template), "account": number.strip(), "verified": verified}
    told = session.api.post(session.at("templates", "preview"), body)
    with st.container(border=True):
        if told["subject"]:
            st.markdown(f"**{told['subject']}**")
        st.text(told["text"])
        if told["segments"]:
            st.caption(words("{n} segmentos de SMS", n=told["segments"]))


def _save(
    session: Session, key: str, template: Mapping[str, Any], before: Mapping[str, Any], etag: str
) -> None:
    words = session.words
    with st.container(horizontal=True):
        if st.button(words("Guardar borrador"), key="save-template", disabled=template == before):
            session.api.ask("PUT", session.at("templates", key), json=dict(template), if_match=etag)
            st.rerun()
        if st.button(words("Pedir aprobación"), key="ask-template", disabled=template != before):
            told = session.api.ask(
                "POST", session.at("templates", key, "requests"), json={"note": ""}, if_match=etag
            )
            st.success(words("Pedido n.º {id}: otra persona debe aprobarlo.", id=told.body["id"]))
