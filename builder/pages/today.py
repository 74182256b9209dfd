"""Today at a glance: the close as one sentence, the day's messages, what needs a person, the red button."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from builder import figures
from builder.client import ApiProblemError, path
from builder.frame import heading
from builder.session import Session

BUCKETS = {
    "acted": "actuaron",
    "waiting": "esperan",
    "blocked": "bloqueadas",
    "deferred": "diferidas",
    "held": "retenidas",
    "holdout": "grupo de control",
    "ended_today": "salieron hoy",
    "paused": "en pausa",
    "not_eligible": "sin estrategia",
    "ended_before": "ya habían salido",
    "error": "con error",
}
SCOPES = {
    "all": "Todo",
    "country": "Un país",
    "channel": "Un canal",
    "strategy": "Una estrategia",
    "template": "Una plantilla",
}
LATE_S = 900


def show_today(session: Session) -> None:
    """The first page of a working day."""
    words = session.words
    now = session.api.get(session.at("today"))
    heading(
        words("Hoy"),
        words(
            "{day} en la cartera · {name}",
            day=figures.day(now["day"], words.language),
            name=session.portfolio,
        ),
    )
    for alarm in now["alarms"]:
        st.error(alarm, icon=":material/notifications:")
    runs = session.api.get(session.at("runs"), limit=2)["items"] if session.may("run.read") else []
    left, right = st.columns([2, 1], gap="large")
    with left:
        _close(session, runs)
        _messages(session, now["messages"])
    with right:
        _needs(session, now)
        _red_button(session)
        _heartbeats(session, now)


def _close(session: Session, runs: Sequence[Mapping[str, Any]]) -> None:
    words = session.words
    st.subheader(words("Cierre"), anchor=False)
    if not runs:
        st.info(words("Todavía no ha corrido ningún día. El primero corre a la hora fijada en la cartera."))
        return
    for place, run in enumerate(runs):
        told = session.api.get(session.at("runs", run["day"]))
        on = figures.day(run["day"], words.language)
        title = words("Último día: {on}", on=on) if place == 0 else words("Anterior: {on}", on=on)
        with st.container(border=True):
            st.markdown(f"**{title}**" + ("" if told["state"] != "open" else f" · {words('en curso')}"))
            if told["state"] == "open" and told["shards"]:
                st.progress(told["shards_done"] / told["shards"])
            st.markdown(close_sentence(told, session))
            if place == 0:
                _release(session, told)


def close_sentence(close: Mapping[str, Any], session: Session) -> str:
    """The close as one line: every account in exactly one of its parts."""
    counts: dict[str, int] = {}
    for line in close["close"]:
        counts[line["bucket"]] = counts.get(line["bucket"], 0) + line["accounts"]
    parts = [
        f"**{figures.number(counts[bucket], session.country)}** {session.words(BUCKETS[bucket])}"
        for bucket in BUCKETS
        if counts.get(bucket)
    ]
    total = figures.number(close["accounts"], session.country)
    return session.words("**{n}** cuentas: ", n=total) + " · ".join(parts)


def _release(session: Session, close: Mapping[str, Any]) -> None:
    words = session.words
    if close["state"] != "held":
        return
    st.warning(words("El fusible de volumen retiene los mensajes de este día: alguien debe mirarlos."))
    if session.may("run.release") and st.button(words("Liberar los mensajes"), key="release"):
        told = session.api.post(session.at("runs", close["day"], "release"))
        st.toast(words("{n} mensajes liberados.", n=told["messages"]))
        st.rerun()


def _messages(session: Session, counts: Sequence[Mapping[str, Any]]) -> None:
    words = session.words
    st.subheader(words("Mensajes de hoy"), anchor=False)
    if not counts:
        st.caption(words("Hoy no ha salido ni espera ningún mensaje."))
        return
    table: dict[str, dict[str, Any]] = {}
    for count in counts:
        row = table.setdefault(count["channel"], {words("Canal"): count["channel"]})
        row[count["state"]] = row.get(count["state"], 0) + count["messages"]
    st.dataframe(list(table.values()), hide_index=True, width="stretch")


def _needs(session: Session, now: Mapping[str, Any]) -> None:
    words = session.words
    st.subheader(words("Necesita una persona"), anchor=False)
    lines = (
        ("approvals", "aprobaciones esperan", ":material/fact_check:"),
        ("unknown_messages", "envíos sin respuesta del proveedor", ":material/help:"),
        ("waiting_events", "sucesos por atender", ":material/inbox:"),
        ("stops", "paradas en vigor", ":material/block:"),
    )
    shown = [f"{icon} **{now[name]}** {words(what)}" for name, what, icon in lines if now[name]]
    if now["oldest_queued_s"] > LATE_S:
        minutes = round(now["oldest_queued_s"] / 60)
        shown.append(words(":material/timer: el mensaje más antiguo espera hace **{n}** minutos", n=minutes))
    st.markdown("  \n".join(shown) if shown else words("Nada: todo sigue solo."))


def _red_button(session: Session) -> None:
    words = session.words
    stops = session.api.get(path("stops"))["items"]
    for stop in stops:
        with st.container(border=True):
            what = words(SCOPES[stop["scope"]])
            st.markdown(f":red[**{words('Detenido')}**: {what} {stop['value']}]")
            st.caption(f"{stop['reason']} · {stop['stopped_by']}")
            if session.may("stop.resume") and st.button(words("Reanudar"), key=f"lift-{stop['id']}"):
                _lift(session, stop["id"])
    if not session.may("stop.press"):
        return
    with st.popover(words("Botón rojo"), icon=":material/front_hand:", width="stretch"):
        st.caption(words("Desde el mensaje siguiente no sale nada de lo elegido. Lo reanuda otra persona."))
        scope = st.selectbox(
            words("Qué detener"), list(SCOPES), format_func=lambda one: words(SCOPES[one]), key="stop-scope"
        )
        value = "" if scope == "all" else st.text_input(words("Cuál"), key="stop-value")
        reason = st.text_input(words("Motivo"), key="stop-reason")
        if st.button(words("Detener ahora"), type="primary", key="stop-now", disabled=not reason):
            session.api.post(path("stops"), {"scope": scope, "value": value, "reason": reason})
            st.rerun()


def _lift(session: Session, number: int) -> None:
    try:
        session.api.post(path("stops", str(number), "resume"))
    except ApiProblemError as refused:
        if refused.code != "stop.same_person":
            raise
        st.error(session.words("Quien detuvo no reanuda: hace falta otra persona."))
        return
    st.rerun()


def _heartbeats(session: Session, now: Mapping[str, Any]) -> None:
    words = session.words
    late = [beat for beat in now["heartbeats"] if beat["late"]]
    told = words("{n} procesos con vida", n=len(now["heartbeats"]) - len(late))
    with st.expander(
        told if not late else words("{n} procesos callados", n=len(late)), icon=":material/monitor_heart:"
    ):
        for beat in now["heartbeats"]:
            mark = "🔴" if beat["late"] else "🟢"
            st.caption(f"{mark} {beat['name']}: {words('hace {n} s', n=round(beat['seconds_ago']))}")
