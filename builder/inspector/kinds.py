"""The form of each kind of step; kinds without one of their own get it from the registry's model."""

from collections.abc import Callable, Mapping
from typing import Any, Literal, get_args, get_origin

import streamlit as st
from pydantic.fields import FieldInfo

from builder.inspector.conditions import ConditionBuilder
from builder.inspector.fallback import fallback
from builder.inspector.form import Form
from builder.inspector.lists import arms, branches, variants
from builder.inspector.waits import wait
from engine.strategy.nodes import NODE_KINDS

LABELS: Mapping[str, str] = {
    "notice": "Aviso",
    "channel": "Canal",
    "template": "Plantilla",
    "to": "A quién",
    "proof_days": "Días para la prueba de entrega",
    "term_days": "Plazo legal en días",
    "defer_days": "Días que puede diferirse",
    "priority": "Prioridad",
    "offer": "Oferta",
    "discount_percent": "Descuento en %",
    "instalments": "Cuotas",
    "valid_days": "Días de vigencia",
    "action": "Acción",
    "answer_days": "Días para responder",
    "label": "Marca",
    "strategy": "Estrategia",
    "outcome": "Resultado",
}

PURPOSES = ("collection", "reminder", "confirmation", "answer", "information")
CHANNELS = ("whatsapp", "sms", "email", "voice", "letter", "assisted")


def show_node(form: Form) -> None:
    """The whole form of a node; what could not be taken is told above it."""
    if form.trouble():
        st.error(form.words("No se guardó: {why}", why=form.trouble()))
    form.text(form.words("Nombre"), "name")
    _FORMS.get(form.node["kind"], plain_fields)(form)


def plain_fields(form: Form) -> None:
    """A widget per field of the kind's model, by its type and limits."""
    model = NODE_KINDS[form.node["kind"]]
    for name, info in model.model_fields.items():
        if name not in ("id", "kind", "name"):
            _field(form, name, info)


def _field(form: Form, name: str, info: FieldInfo) -> None:
    label = form.words(LABELS.get(name, name))
    if name == "template":
        _template(form, label, form.value("channel"), name)
    elif name == "strategy":
        form.choice(label, form.around.strategies, name, new=True)
    elif get_origin(info.annotation) is Literal:
        form.choice(label, [str(value) for value in get_args(info.annotation)], name)
    elif info.annotation is bool:
        form.truth(label, name)
    elif info.annotation is int:
        least, most = _limits(info)
        form.number(label, name, least=least, most=most)
    else:
        form.text(label, name)


def _limits(info: FieldInfo) -> tuple[int, int]:
    found: dict[str, Any] = {"ge": 0, "le": 100_000}
    for limit in info.metadata:
        found.update({name: getattr(limit, name) for name in found if hasattr(limit, name)})
    return int(found["ge"]), int(found["le"])


def _template(form: Form, label: str, channel: str, *path: str | int) -> None:
    form.choice(label, form.around.templates.get(channel, ()), *path, new=True)


def segment(form: Form) -> None:
    """Who enters, with which priority, and whether they may come back."""
    words = form.words
    ConditionBuilder(form, ("when",), words("Entra")).show()
    form.number(words("Prioridad"), "priority", most=1000)
    form.choice(words("Frente a otras estrategias"), ("lower_priority", "none"), "takes_over")
    form.choice(words("Puede volver a entrar"), ("new_episode", "after_days", "never"), "re_entry", "rule")
    if form.value("re_entry", "rule") == "after_days":
        form.number(words("Después de (días)"), "re_entry", "days", most=3650)


def channel(form: Form) -> None:
    """The message: channel, templates, hour, capacity, and what happens when it cannot go today."""
    words = form.words
    form.choice(words("Canal"), CHANNELS, "channel")
    variants(form)
    left, right = st.columns(2)
    with left:
        form.choice(words("Propósito"), PURPOSES, "purpose")
    with right:
        form.choice(words("A quién"), ("titular", "codeudor", "aval"), "to")
    form.choice(
        words("Hora de envío"),
        ("window_start", "best_hour", "08:00", "09:00", "10:00", "11:00", "14:00", "16:00"),
        "send_at",
        new=True,
        help=words("Una hora como 09:30, o una de las opciones."),
    )
    form.number(
        words("Si hoy no se puede, diferir hasta (días hábiles legales)"),
        "if_not_today",
        "defer_days",
        most=30,
    )
    form.limit(words("Mensajes al día, como máximo"), "max_per_day", "messages")
    form.limit(words("Gasto al día, como máximo (unidades menores)"), "max_per_day", "money")
    fallback(form, CHANNELS)
    form.number(words("Prioridad"), "priority", most=1000)


def escalate(form: Form) -> None:
    """Who takes the case, how many a day, by when, and which results come back."""
    words = form.words
    form.choice(words("A"), ("agent", "dialer", "agency", "legal", "webhook"), "target")
    form.choice(words("Cola"), form.around.queues, "queue", "name", new=True)
    form.text(words("Habilidad"), "queue", "skill")
    form.limit(words("Casos al día, como máximo"), "queue", "per_day")
    form.choice(words("Lo que exceda"), ("tomorrow", "cheaper_channel", "drop"), "queue", "overflow")
    if form.value("queue", "overflow") == "cheaper_channel":
        st.caption(words("Lo que excede sale por «excede la capacidad»: conéctelo a un envío más barato."))
    form.truth(words("Esperar el resultado"), "wait_for_result")
    if form.value("wait_for_result"):
        form.number(words("Plazo en días"), "sla_days", least=1, most=60)
        form.several(
            words("Resultados posibles"), ("promesa", "sin_contacto", "sin_acuerdo"), "results", new=True
        )
    form.number(words("Prioridad"), "priority", most=1000)


_FORMS: Mapping[str, Callable[[Form], None]] = {
    "segment": segment,
    "wait": wait,
    "channel": channel,
    "condition": branches,
    "split": arms,
    "escalate": escalate,
}
