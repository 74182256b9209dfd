"""Files into the book: looked at first, then loaded; what was refused is listed with its reason."""

from typing import Any

import streamlit as st

from builder import figures
from builder.frame import heading
from builder.session import Session

KINDS = {
    "accounts": "Cuentas",
    "persons": "Personas",
    "payments": "Pagos",
    "promises": "Promesas",
    "contacts": "Contactos hechos fuera",
}
FORMATS = ["csv", "xlsx", "parquet"]


def show_imports(session: Session) -> None:
    """One file at a time, and the loads before it."""
    words = session.words
    heading(
        words("Importar"),
        words("CSV, XLSX o Parquet, hasta 200 MB. Lo bueno entra; lo malo se explica fila por fila."),
    )
    kind_at, mapping_at = st.columns(2)
    kind = kind_at.selectbox(
        words("Qué trae"), list(KINDS), format_func=lambda one: words(KINDS[one]), key="import-kind"
    )
    mappings = session.api.get(session.at("mappings"))["items"]
    names = ["", *(one["name"] for one in mappings)]
    mapping = mapping_at.selectbox(
        words("Mapeo de columnas"),
        names,
        key="import-mapping",
        format_func=lambda one: one or words("reconocer las columnas"),
    )
    file = st.file_uploader(words("Archivo"), FORMATS, key="import-file")
    if file is not None:
        _look(session, file, {"kind": kind, "mapping": mapping})
    _loads(session)


def _look(session: Session, file: Any, said: dict[str, str]) -> None:
    words = session.words
    with st.spinner(words("Mirando el archivo…")):
        files = {
            "file": (file.name, file.getvalue()),
            **{name: (None, value) for name, value in said.items()},
        }
        told = session.api.ask("POST", session.at("look", "files"), files=files).body
    rows = figures.number(told["rows"], session.country)
    st.markdown(words("**{n}** filas, {c} columnas reconocidas.", n=rows, c=len(told["columns"])))
    if told["problem"]:
        st.error(told["problem"])
    pairs = [{words("Campo"): name, words("Columna"): header} for name, header in told["columns"].items()]
    left, right = st.columns(2)
    left.dataframe(pairs, hide_index=True, width="stretch", height=240)
    right.dataframe(told["sample"], hide_index=True, width="stretch", height=240)
    full = st.toggle(
        words("Es la cartera completa: lo que no viene queda marcado como ausente"), key="import-full"
    )
    if st.button(words("Cargar"), type="primary", key="import-go", disabled=bool(told["problem"])):
        with st.status(words("Cargando…")) as status:
            files["scope"] = (None, "full" if full else "delta")
            report = session.api.ask("POST", session.at("import", "files"), files=files).body
            status.update(label=words("Cargado"), state="complete")
        _report(session, report)


def _report(session: Session, report: dict[str, Any]) -> None:
    words = session.words
    accepted, refused = report.get("accepted", 0), report.get("refused", len(report["refusals"]))
    number = figures.number
    st.success(
        words(
            "{a} filas entraron; {r} no.",
            a=number(accepted, session.country),
            r=number(refused, session.country),
        )
    )
    if report["refusals"]:
        st.dataframe(_refusals(session, report["refusals"]), hide_index=True, width="stretch")


def _refusals(session: Session, refusals: list[dict[str, Any]]) -> list[dict[str, Any]]:
    words = session.words
    return [
        {
            words("Fila"): one["line"],
            words("Columna"): one["column"],
            words("Valor"): one["value"],
            words("Motivo"): one["reason"],
        }
        for one in refusals
    ]


def _loads(session: Session) -> None:
    words = session.words
    st.subheader(words("Cargas anteriores"), anchor=False)
    loads = session.api.get(session.at("loads"), limit=20)["items"]
    if not loads:
        st.caption(words("Ninguna todavía."))
        return
    rows = [
        {
            words("N.º"): one["load"],
            words("Qué"): words(KINDS.get(one["kind"], one["kind"])),
            words("Fecha de los datos"): figures.day(one["as_of"], words.language),
            words("Origen"): one["source"],
            words("Filas"): figures.number(one["rows"], session.country),
            words("Rechazadas"): figures.number(one["refused"], session.country),
            words("Estado"): one["state"],
        }
        for one in loads
    ]
    st.dataframe(rows, hide_index=True, width="stretch")
    with_refusals = [one["load"] for one in loads if one["refused"]]
    if with_refusals:
        load = st.selectbox(words("Ver rechazos de la carga"), with_refusals, index=None, key="refused-load")
        if load is not None:
            refusals = session.api.get(session.at("loads", str(load), "refusals"), limit=500)["items"]
            st.dataframe(_refusals(session, refusals), hide_index=True, width="stretch")
