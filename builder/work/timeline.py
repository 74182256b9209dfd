"""The timeline of a person: what was said both ways as bubbles, what happened between them as lines."""

from collections.abc import Mapping, Sequence
from datetime import date
from html import escape
from typing import Any

import streamlit as st

from builder import figures
from builder.canvas.meaning import word
from builder.session import Session
from builder.work import instants
from builder.work.happenings import told

STATES = {
    "queued": "en cola", "leased": "en cola", "sending": "saliendo", "accepted": "enviado",
    "delivered": "entregado", "read": "leído", "failed": "no entregado", "unknown": "sin confirmar",
    "withdrawn": "retirado", "expired": "venció sin salir", "shadow": "modo sombra: no salió",
}  # fmt: skip
MIDNIGHT = "00:00"
"""What happened on a date, without an hour, is told without one."""
MARKS = {"accepted": "✓", "delivered": "✓✓", "read": "✓✓", "failed": "✕", "queued": "◷", "sending": "◷"}


def show_timeline(session: Session, entries: Sequence[Mapping[str, Any]], currency: str) -> None:
    """All entries, the newest last and in sight."""
    if not entries:
        st.caption(session.words("Todavía no ha pasado nada con esta persona."))
        return
    lines: list[str] = []
    shown: date | None = None
    for entry in entries:
        on = instants.instant(entry["at"]).astimezone(session.zone).date()
        if on != shown:
            lines.append(f'<div class="day">{escape(figures.day(on, session.words.language))}</div>')
            shown = on
        lines.append(_entry(session, entry, currency))
    st.html(f'<div class="timeline" role="log">{"".join(lines)}</div>')


def _entry(session: Session, entry: Mapping[str, Any], currency: str) -> str:
    what = entry["what"]
    hour = f"{instants.instant(entry['at']).astimezone(session.zone):%H:%M}".removeprefix(MIDNIGHT)
    if entry["kind"] == "message_in":
        return _heard(session, what, hour)
    if entry["kind"] == "message_out":
        return _sent(session, what, hour)
    line = told(entry["kind"], what, session, currency)
    when = escape(" · ".join(part for part in (hour, entry["account"]) if part))
    return (
        f'<div class="happened {line.tone}"><span class="icon" aria-hidden="true">{line.icon}</span>'
        f"<span>{escape(line.text)}</span><span class='when'>{when}</span></div>"
    )


def _heard(session: Session, what: Mapping[str, Any], hour: str) -> str:
    words = session.words
    text = str(what["text"]) or (words("[archivo]") if what.get("media_id") else "—")
    foot = f"{escape(word(what['channel'], words))} · {hour}"
    if what.get("intent"):
        foot += f' <span class="intent">{escape(what["intent"].replace("_", " "))}</span>'
    return f'<div class="bubble in"><p>{_lines(text)}</p><div class="foot">{foot}</div></div>'


def _sent(session: Session, what: Mapping[str, Any], hour: str) -> str:
    words = session.words
    text = str(what["text"]) or words("Plantilla «{name}»", name=what["template"])
    state = what["state"]
    at = (
        what.get("read_at") if state == "read" else what.get("delivered_at") if state == "delivered" else None
    )
    tone = {"read": "read", "failed": "bad", "expired": "bad", "unknown": "warn"}.get(state, "")
    mark = f"{MARKS.get(state, '')} {words(STATES.get(state, state))}"
    if at:
        mark += f" {instants.instant(at).astimezone(session.zone):%H:%M}"
    if what.get("reason"):
        mark += f" ({str(what['reason']).replace('_', ' ')})"
    buttons = "".join(f"<span class='choice'>{escape(each)}</span>" for each in what.get("buttons") or ())
    author = escape(what["by"]) if what.get("by") else words("estrategia")
    foot = f"{escape(word(what['channel'], words))} · {author} · {hour}"
    foot += f' <span class="state {tone}">{escape(mark.strip())}</span>'
    kind = "out" if what["text"] else "out template"
    return f'<div class="bubble {kind}"><p>{_lines(text)}</p>{buttons}<div class="foot">{foot}</div></div>'


def _lines(text: str) -> str:
    return escape(text).replace("\n", "<br>")
