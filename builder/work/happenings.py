"""What happened with an account, each thing in a few words with its icon; the words said stand in bubbles."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from builder import figures
from builder.canvas.meaning import word
from builder.session import Session
from builder.wording import Words

What = Mapping[str, Any]

HOLDS: Mapping[object, str] = {
    1: "conversación", 2: "queja", 3: "protección", 4: "promesa", 5: "convenio", 6: "disputa",
    7: "dice que ya pagó", 8: "manual", 9: "no vino en la carga",
    "conversation": "conversación", "complaint": "queja", "protection": "protección", "promise": "promesa",
    "plan": "convenio", "dispute": "disputa", "paid_claim": "dice que ya pagó", "manual": "manual",
    "missing": "no vino en la carga",
}  # fmt: skip
"""Holds by the number a table keeps and by the word the API says."""

PROMISES: Mapping[str, str] = {
    "kept": "cumplida", "partially_kept": "cumplida en parte", "broken": "incumplida",
    "withdrawn": "retirada", "proposed": "propuesta", "made": "vigente",
}  # fmt: skip

OUTCOMES: Mapping[str, str] = {
    "resolved": "resuelta", "promise": "con promesa", "plan": "con convenio", "paid": "pagó",
    "dispute": "en disputa", "complaint": "en queja", "no_answer": "no respondió", "other": "otro",
    "handed_back": "devuelta a la estrategia",
}  # fmt: skip

DISPUTES: Mapping[str, str] = {
    "reply": "por su mensaje",
    "no_reconoce": "No reconoce la deuda",
    "monto": "No está de acuerdo con el monto",
    "ya_pagada": "Dice que ya estaba pagada",
    "otra_persona": "Es de otra persona",
    "otro": "Otro motivo",
}
"""Why a debt is disputed."""

REASONS: Mapping[str, str] = {
    "reply": "respuesta por leer", "dispute": "disputa", "complaint": "queja",
    "paid_claim": "dice que ya pagó",
    "humano": "pide una persona", "saldo": "pregunta su saldo", "como_pagar": "pregunta cómo pagar",
    "ya_pague": "dice que ya pagó", "disputa": "disputa", "promesa": "habla de pagar",
    "numero_equivocado": "número equivocado", "baja": "no quiere mensajes", "deceased": "dice que falleció",
    "legal": "habla de abogados", "protection": "persona protegida",
}  # fmt: skip
"""Why a conversation was opened, where the word itself says too little."""

CHANNELS = ("", "whatsapp", "sms", "email", "voice", "letter", "assisted", "visit")


@dataclass(frozen=True)
class Told:
    """One happening: a Material icon, a sentence, and a tone of the style sheet (good, warn, bad or none)."""

    icon: str
    text: str
    tone: str = ""


def told(kind: str, what: What, session: Session, currency: str) -> Told:
    """A happening in words; one this screen does not know yet is told by its kind."""
    teller = _TELLERS.get(kind)
    if teller is None:
        return Told("circle", kind.replace(".", " · ").replace("_", " "))
    return teller(what, session, lambda amount: figures.exact_money(amount, currency, session.country))


Money = Callable[[int], str]
Teller = Callable[[What, Session, Money], Told]


def reason(value: str, words: Words) -> str:
    """Why a conversation was opened.

    >>> reason("humano", Words("es")), reason("otra_cosa", Words("es"))
    ('pide una persona', 'otra cosa')
    """
    return words(REASONS[value]) if value in REASONS else value.replace("_", " ")


def _day(value: object, session: Session) -> str:
    return figures.day(str(value), session.words.language)


def _promise(what: What, session: Session, money: Money) -> Told:
    on = _day(what["due_on"], session)
    return Told(
        "handshake", session.words("Promesa de {money} para el {on}", money=money(what["amount"]), on=on)
    )


def _promise_closed(what: What, session: Session, money: Money) -> Told:
    words = session.words
    state = words(PROMISES.get(what["state"], what["state"]))
    paid = words("Promesa {state}: llegaron {money}", state=state, money=money(what["paid"]))
    return Told("handshake", paid, {"kept": "good", "broken": "bad"}.get(what["state"], "warn"))


def _payment(what: What, session: Session, money: Money) -> Told:
    return Told("payments", session.words("Pago de {money}", money=money(what["amount"])), "good")


def _reversed(what: What, session: Session, money: Money) -> Told:
    return Told("undo", session.words("Pago de {money} revertido", money=money(what["amount"])), "bad")


def _hold(what: What, session: Session, _: Money) -> Told:
    words = session.words
    why, on = words(HOLDS.get(what["hold"], str(what["hold"]))), _day(what["until"], session)
    return Told("pause_circle", words("Retenida hasta el {on}: {why}", on=on, why=why), "warn")


def _released(what: What, session: Session, _: Money) -> Told:
    why = session.words(HOLDS.get(what["hold"], str(what["hold"])))
    return Told("play_circle", session.words("Termina la retención: {why}", why=why))


def _dispute(what: What, session: Session, _: Money) -> Told:
    why = session.words(DISPUTES.get(what["reason"], str(what["reason"]).replace("_", " ")))
    return Told("gavel", session.words("Disputa abierta: {reason}", reason=why), "warn")


def _dispute_closed(what: What, session: Session, _: Money) -> Told:
    words = session.words
    state = {"accepted": words("a favor de la persona"), "rejected": words("no procede")}
    return Told("gavel", words("Disputa cerrada: {state}", state=state.get(what["state"], what["state"])))


def _complaint(what: What, session: Session, _: Money) -> Told:
    return Told(
        "report", session.words("Queja {number}: {cause}", number=what["number"], cause=what["cause"]), "warn"
    )


def _complaint_closed(what: What, session: Session, _: Money) -> Told:
    said = session.words("Queja {number} cerrada: {outcome}", number=what["number"], outcome=what["outcome"])
    return Told("report", said)


def _outside(what: What, session: Session, _: Money) -> Told:
    words = session.words
    channel = what["channel"]
    name = word(CHANNELS[channel] if isinstance(channel, int) else str(channel), words)
    answered = words("con respuesta") if what["two_way"] else words("sin respuesta")
    said = words("{channel} de {by}, {answered}", channel=name, by=what["by"], answered=answered)
    return Told("call", f"{said} · {what['result'].replace('_', ' ')}" if what.get("result") else said)


def _entered(what: What, session: Session, _: Money) -> Told:
    name, number = what["strategy"], what["version"]
    return Told("login", session.words("Entra a «{name}» v{number}", name=name, number=number))


def _ended(what: What, session: Session, _: Money) -> Told:
    return Told("logout", session.words("Sale de «{name}»", name=what["strategy"]))


def _verdict(what: What, session: Session, _: Money) -> Told:
    words = session.words
    why = str(what["reason"]).replace("_", " ")
    if what.get("until"):
        return Told(
            "schedule",
            words("Contacto diferido al {on}: {reason}", on=_day(what["until"], session), reason=why),
        )
    return Told("block", words("No se contactó: {reason}", reason=why))


def _opened(what: What, session: Session, _: Money) -> Told:
    why = reason(str(what.get("reason") or ""), session.words)
    return Told("forum", session.words("Se abrió la conversación: {reason}", reason=why))


def _assigned(what: What, session: Session, _: Money) -> Told:
    to = what.get("to") or what.get("by") or ""
    return Told("person", session.words("En manos de {to}", to=to))


def _freed(what: What, session: Session, _: Money) -> Told:
    return Told("person_off", session.words("{by} la dejó sin asignar", by=what.get("by", "")))


def _closed(what: What, session: Session, _: Money) -> Told:
    words = session.words
    outcome = words(OUTCOMES.get(what.get("outcome", ""), str(what.get("outcome", ""))))
    said = words("Cerrada por {by}: {outcome}", by=what.get("by", ""), outcome=outcome)
    return Told("task_alt", f"{said} · {what['note']}" if what.get("note") else said)


_TELLERS: Mapping[str, Teller] = {
    "promise.made": _promise, "promise.closed": _promise_closed, "payment": _payment,
    "payment.reversed": _reversed, "hold": _hold, "hold.released": _released, "dispute.opened": _dispute,
    "dispute.closed": _dispute_closed, "complaint.opened": _complaint, "complaint.closed": _complaint_closed,
    "outside_contact": _outside, "enrolment.entered": _entered, "enrolment.ended": _ended,
    "verdict": _verdict, "conversation.opened": _opened, "conversation.assigned": _assigned,
    "conversation.taken": _assigned, "conversation.released": _freed, "conversation.closed": _closed,
    "conversation.handed_back": _closed,
}  # fmt: skip
