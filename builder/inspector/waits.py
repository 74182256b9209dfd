"""The form of a wait: first what it waits for, then the details of that."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from builder.inspector.form import Form
from engine.strategy.nodes.wait import EVENTS

STARTS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "days": ("Unos días", {"type": "days", "days": 3}),
    "event": ("Un suceso, o un plazo", {"type": "event", "events": ["reply", "payment"], "days": 3}),
    "due_date": ("El vencimiento", {"type": "due_date", "offset": -3}),
    "promise_date": ("La fecha de la promesa", {"type": "promise_date", "offset": 1}),
    "payday": ("El día de pago de la persona", {"type": "payday"}),
    "day_of_month": ("Un día del mes", {"type": "day_of_month", "day": 20}),
    "weekday": ("Un día de la semana", {"type": "weekday", "weekday": "monday"}),
    "lawful_window": ("El próximo día permitido", {"type": "lawful_window", "channel": "whatsapp"}),
}
"""What can be waited for, as people call it, and how such a wait begins."""

UNITS: Mapping[str, str] = {"days": "días", "hours": "horas"}
"""What the deadline of an event is counted in."""

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def wait(form: Form) -> None:
    """The kind of wait and its own fields."""
    words = form.words
    now = form.value("until", "type")
    key = form.bind(("until", "type"), now)
    st.selectbox(
        words("Espera hasta"),
        list(STARTS),
        key=key,
        format_func=lambda kind: words(STARTS[kind][0]),
        on_change=lambda: _another(form, st.session_state[key]),
    )
    _DETAILS[now](form)


def _another(form: Form, kind: str) -> None:
    if kind != form.value("until", "type"):
        form.put(("until",), dict(STARTS[kind][1]), form.words("Espera hasta"))


def _days(form: Form) -> None:
    form.number(form.words("Días"), "until", "days", most=366)
    form.truth(form.words("Solo días hábiles del lugar del deudor"), "until", "business")


def _event(form: Form) -> None:
    words = form.words
    form.several(words("Sucesos"), EVENTS, "until", "events")
    unit = "days" if form.value("until", "hours") is None else "hours"
    key = form.bind(("until", "unit"), unit)
    left, right = st.columns(2, vertical_alignment="bottom")
    with left:
        most = 366 if unit == "days" else 168
        form.number(words("O hasta que pasen"), "until", unit, least=1, most=most)
    right.selectbox(
        words("Unidad"),
        list(UNITS),
        key=key,
        label_visibility="collapsed",
        format_func=lambda name: words(UNITS[name]),
        on_change=lambda: _counted_in(form, st.session_state[key]),
    )
    st.caption(words("Cada suceso es una salida; la otra es «vence»."))


def _counted_in(form: Form, unit: str) -> None:
    """The deadline in days or in hours, about as long as before; hours are kept to the minute."""
    until: dict[str, Any] = form.value("until")
    days, hours = until["days"], until["hours"]
    if unit == "hours" and hours is None:
        form.put(("until",), {**until, "days": None, "hours": min(168, 24 * days)}, form.words("plazo"))
    if unit == "days" and days is None:
        form.put(("until",), {**until, "days": max(1, round(hours / 24)), "hours": None}, form.words("plazo"))


def _date(form: Form) -> None:
    words = form.words
    form.number(words("Días después (negativo: antes)"), "until", "offset", least=-60, most=60)
    form.number(words("Sin esa fecha, esperar (días)"), "until", "max_days", least=1, most=366)


def _payday(form: Form) -> None:
    words = form.words
    form.number(words("Días después (negativo: antes)"), "until", "offset", least=-5, most=5)
    form.choice(words("Si cae en día no hábil"), ("anterior", "siguiente"), "until", "shift")
    form.number(words("A lo sumo (días)"), "until", "max_days", least=1, most=62)


def _day_of_month(form: Form) -> None:
    form.number(form.words("Día del mes"), "until", "day", least=1, most=31)


def _weekday(form: Form) -> None:
    form.choice(form.words("Día de la semana"), WEEKDAYS, "until", "weekday")


def _window(form: Form) -> None:
    channels = ("whatsapp", "sms", "email", "voice", "letter", "assisted")
    form.choice(form.words("Canal"), channels, "until", "channel")


_DETAILS = {
    "days": _days,
    "event": _event,
    "due_date": _date,
    "promise_date": _date,
    "payday": _payday,
    "day_of_month": _day_of_month,
    "weekday": _weekday,
    "lawful_window": _window,
}
