"""What each entry of an account's history says, in Spanish: sentences for the evidence and the screens."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from channels.formats import money, short_date
from engine.vocabulary import (
    Channel,
    EventKind,
    HoldKind,
    MessageState,
    Outcome,
    Purpose,
)

CHANNELS = {
    Channel.WHATSAPP: "WhatsApp", Channel.SMS: "SMS", Channel.EMAIL: "correo", Channel.VOICE: "llamada",
    Channel.LETTER: "carta", Channel.ASSISTED: "mensaje asistido", Channel.VISIT: "visita",
}  # fmt: skip
PURPOSES = {
    Purpose.COLLECTION: "cobranza", Purpose.REMINDER: "recordatorio", Purpose.NOTICE: "aviso",
    Purpose.CONFIRMATION: "confirmación", Purpose.ANSWER: "respuesta", Purpose.INFORMATION: "información",
}  # fmt: skip
STATES = {
    MessageState.QUEUED: "en cola", MessageState.LEASED: "en cola", MessageState.SENDING: "en envío",
    MessageState.ACCEPTED: "aceptado por el proveedor", MessageState.DELIVERED: "entregado",
    MessageState.READ: "leído", MessageState.FAILED: "no entregado", MessageState.UNKNOWN: "sin confirmar",
    MessageState.WITHDRAWN: "retirado antes de salir", MessageState.EXPIRED: "vencido sin salir",
    MessageState.SHADOW: "decidido en modo sombra, no salió",
}  # fmt: skip
HOLDS = {
    HoldKind.CONVERSATION: "conversación", HoldKind.COMPLAINT: "queja", HoldKind.PROTECTION: "protección",
    HoldKind.PROMISE: "promesa", HoldKind.PLAN: "convenio", HoldKind.DISPUTE: "aclaración",
    HoldKind.PAID_CLAIM: "dice que ya pagó", HoldKind.MANUAL: "manual",
    HoldKind.MISSING: "no vino en la carga",
}  # fmt: skip
EVENTS = {
    EventKind.REPLY: "La persona respondió", EventKind.CLICKED: "La persona abrió el enlace",
    EventKind.RESULT: "Un gestor anotó un resultado", EventKind.PLAN_BROKEN: "Se incumplió el convenio",
}  # fmt: skip
"""The events that stand in no table of their own."""
PROMISES = {
    "kept": "cumplida", "partially_kept": "cumplida en parte", "broken": "incumplida",
    "withdrawn": "retirada", "proposed": "propuesta", "made": "vigente",
}  # fmt: skip
LINES = {
    "payment.recorded": "Se registró un pago", "payment.reversed": "Se revirtió un pago",
    "payment.claimed": "La persona dice que ya pagó", "promise.made": "Se registró una promesa de pago",
    "promise.withdrawn": "Se retiró una promesa de pago", "dispute.opened": "Se abrió una aclaración",
    "dispute.closed": "Se cerró una aclaración", "complaint.opened": "Se recibió una queja",
    "complaint.closed": "Se cerró una queja", "person.protected": "Se protegió a la persona",
    "person.unprotected": "Se levantó la protección de la persona",
    "person.opted_out": "La persona pidió no recibir más mensajes",
    "contact_point.wrong": "Un número o correo resultó ser de otra persona",
    "plan.offered": "Se ofreció un convenio", "plan.accepted": "Se aceptó un convenio",
    "plan.withdrawn": "Se retiró la oferta de un convenio", "plan.cancelled": "Se canceló un convenio",
    "plan.broken": "Se dio por incumplido un convenio",
    "evidence.taken": "Se entregó esta bitácora",
    "contact.outside": "Contacto fuera del sistema", "reply.received": "Se recibió una respuesta",
}  # fmt: skip
"""What a kind of ledger line is called; others are shown by their own name."""


def sentence(kind: str, what: Mapping[str, Any], currency: str, country: str) -> str:
    """One happening (storage.account_history) in a sentence without names, phones or words of the person.

    >>> sentence("payment", {"amount": 125000, "source": "core", "reference": "7"}, "MXN", "MX")
    'Pago de $1,250 (core, 7).'
    """
    return _SAID[kind](what, lambda amount: money(amount, currency, country))


def line_sentence(kind: str, body: Mapping[str, Any]) -> str:
    """One line of the ledger; made from the line alone, so that whoever checks the line can make it too.

    >>> line_sentence("person.opted_out", {"source": "portal", "channels": ["sms"]})
    'Se asentó: La persona pidió no recibir más mensajes (por: portal).'
    """
    what = LINES.get(kind, f"«{kind}»")
    who = body.get("by") or body.get("source") or body.get("via")
    return f"Se asentó: {what}{f' (por: {who})' if who else ''}."


_Money = Callable[[int], str]


def _day(iso: object) -> str:
    return short_date(str(iso)[:10])


def _instant(iso: object) -> str:
    return datetime.fromisoformat(str(iso)).astimezone(UTC).strftime("%d/%m/%Y %H:%M UTC")


def _message(what: Mapping[str, Any], amount: _Money) -> str:
    channel, purpose = CHANNELS[Channel(what["channel"])], PURPOSES[Purpose(what["purpose"])]
    parts = [f"Mensaje de {purpose} por {channel} («{what['template'] or 'sin plantilla'}»,"]
    parts.append(f"por {amount(what['amount'])}): {STATES[MessageState(what['state'])]}")
    if what["reason"]:
        parts.append(f"({what['reason']})")
    said = " ".join(parts)
    for name, word in (("delivered_at", "entregado"), ("read_at", "leído")):
        if what[name]:
            said += f"; {word} el {_instant(what[name])}"
    return said + "."


def _verdict(what: Mapping[str, Any], _: _Money) -> str:
    if what["outcome"] == Outcome.BLOCKED:
        return f"No se contactó el {_day(what['business_date'])}: {what['reason']}."
    until = f" al {_day(what['until'])}" if what["until"] else ""
    return f"El contacto del {_day(what['business_date'])} se difirió{until}: {what['reason']}."


def _outside(what: Mapping[str, Any], _: _Money) -> str:
    kind = "con respuesta" if what["two_way"] else "sin respuesta"
    result = f": {what['result']}" if what["result"] else ""
    return f"Contacto por {CHANNELS[Channel(what['channel'])]} de {what['by']}, {kind}{result}."


def _entered(what: Mapping[str, Any], _: _Money) -> str:
    held = " en el grupo de control (no se le contacta)" if what["holdout"] else ""
    return f"Entra a la estrategia «{what['strategy']}», versión {what['version']}{held}."


_SAID: dict[str, Callable[[Mapping[str, Any], _Money], str]] = {
    "enrolment.entered": _entered,
    "enrolment.ended": lambda what, _: f"Sale de la estrategia «{what['strategy']}».",
    "message": _message,
    "verdict": _verdict,
    "event": lambda what, _: f"{EVENTS[EventKind(what['event'])]} ({what['source']}).",
    "promise.made": lambda what, amount: (
        f"Promesa de pagar {amount(what['amount'])} hasta el {_day(what['due_on'])} (por {what['via']})."
    ),
    "promise.closed": lambda what, amount: (
        f"Promesa de {amount(what['amount'])} {PROMISES[what['state']]}: llegaron {amount(what['paid'])}."
    ),
    "payment": lambda what, amount: (
        f"Pago de {amount(what['amount'])} ({what['source']}, {what['reference']})."
    ),
    "payment.reversed": lambda what, amount: (
        f"Se revirtió el pago de {amount(what['amount'])} ({what['source']}, {what['reference']})."
    ),
    "hold": lambda what, _: (
        f"Retención por {HOLDS[HoldKind(what['hold'])]} hasta el {_day(what['until'])} ({what['by']})."
    ),
    "hold.released": lambda what, _: f"Termina la retención por {HOLDS[HoldKind(what['hold'])]}.",
    "dispute.opened": lambda what, _: f"Aclaración abierta: {what['reason']} (por {what['via']}).",
    "dispute.closed": lambda what, _: f"Aclaración cerrada: {what['state']} ({what['by']}).",
    "complaint.opened": lambda what, _: f"Queja {what['number']} por {what['channel']}: {what['cause']}.",
    "complaint.closed": lambda what, _: f"Queja {what['number']} cerrada: {what['outcome']} ({what['by']}).",
    "outside_contact": _outside,
}
