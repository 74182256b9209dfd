"""The form of a message's other channel: what calls it, after how many hours, and what it says."""

import streamlit as st

from builder.inspector.form import Form
from engine.strategy.nodes.channel import REPORTED

NEXT = {"whatsapp": "sms", "sms": "email", "email": "sms", "voice": "sms", "letter": "sms", "assisted": "sms"}
CAUSES = {
    "failed": "si falla",
    "not_delivered": "si no se entrega a tiempo",
    "not_read": "si no se lee a tiempo",
}
"""What may call another channel; only what a channel's provider tells is offered."""


def fallback(form: Form, channels: tuple[str, ...]) -> None:
    """A switch, and behind it the other channel."""
    words, now = form.words, form.value("fallback")
    key = form.bind(("fallback", "wanted"), now is not None)
    label = words("Otro canal si este no llega")

    def taken() -> None:
        if st.session_state[key] != (now is not None):
            form.put(("fallback",), _first(form) if now is None else None, label)

    st.toggle(label, key=key, on_change=taken)
    if now is None:
        return
    own = form.value("channel")
    _cause(form)
    form.choice(words("Por"), [name for name in channels if name != own], "fallback", "channel")
    templates = form.around.templates.get(form.value("fallback", "channel"), ())
    form.choice(words("Plantilla"), templates, "fallback", "template", new=True)
    if form.value("fallback", "on") != "failed":
        form.number(words("Horas para que llegue o se lea"), "fallback", "hours", least=1, most=168)


def _cause(form: Form) -> None:
    words = form.words
    known = REPORTED[form.value("channel")]
    now = form.value("fallback", "on")
    offered = [cause for cause in CAUSES if cause in known or cause == now]
    key = form.bind(("fallback", "on"), now)
    st.selectbox(
        words("Cuándo"),
        offered,
        key=key,
        format_func=lambda cause: words(CAUSES[cause]),
        on_change=lambda: form.put(("fallback", "on"), st.session_state[key], words("Cuándo")),
    )


def _first(form: Form) -> dict[str, object]:
    """A first fallback: the next cheaper channel, with a template of it where there is one."""
    channel = NEXT[form.value("channel")]
    templates = form.around.templates.get(channel, ())
    template = templates[0] if templates else form.value("variants", 0, "template")
    return {"on": "failed", "channel": channel, "template": template, "hours": 4}
