"""Every kind of step as a Spanish sentence that says all of it: for paper, where nobody can click."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.conditions import sentence
from engine.currencies import decimals_of, decimals_shown
from engine.facts import CATALOGUE, Catalogue
from engine.strategy.nodes import ChannelNode, EndNode, Node, NoticeNode, SegmentNode, SplitNode, WaitNode
from engine.strategy.nodes.account_action import AccountActionNode
from engine.strategy.nodes.channel import Fallback
from engine.strategy.nodes.condition import ConditionNode
from engine.strategy.nodes.escalate import EscalateNode
from engine.strategy.nodes.handover import HandoverNode
from engine.strategy.nodes.label import LabelNode
from engine.strategy.nodes.offer import OfferNode
from engine.strategy.nodes.wait import DateFact, DayOfMonth, Days, Event, LawfulWindow, Payday, Weekday
from engine.strategy.words import spoken


@dataclass(frozen=True)
class Tongue:
    """What sentences are said with: the facts of the portfolio and its currency."""

    catalogue: Catalogue = field(default_factory=lambda: CATALOGUE)
    currency: str = ""

    def money(self, minor_units: int) -> str:
        """An amount as conditions write it, with its currency: ``COP 1,500``."""
        shown = decimals_shown(minor_units, self.currency)
        return f"{self.currency} {minor_units / 10 ** decimals_of(self.currency):,.{shown}f}".strip()


def sentence_of(node: Node, tongue: Tongue | None = None) -> str:
    """What a step does, whole.

    >>> wait = WaitNode(id="w", kind="wait", until=Days(type="days", days=3, business=True))
    >>> sentence_of(wait)
    'Espera 3 días hábiles del lugar del deudor.'
    """
    return _SENTENCES[type(node)](node, tongue or Tongue())


def _days(count: int, kind: str = "") -> str:
    """``1 día``, ``3 días hábiles``."""
    plural = "" if count == 1 else "s"
    adjective = f" {kind}{plural and 'es'}" if kind.endswith("l") else f" {kind}{plural}" if kind else ""
    return f"{count} día{plural}{adjective}"


def _segment(node: SegmentNode, tongue: Tongue) -> str:
    back = {
        "never": "no vuelve a entrar",
        "after_days": f"puede volver a entrar {_days(node.re_entry.days)} después de salir",
        "new_episode": "puede volver a entrar con un nuevo episodio de mora",
    }[node.re_entry.rule]
    return (
        f"Entra toda cuenta que cumple: {sentence(node.when, tongue.catalogue, 'es', tongue.currency)}. "
        f"Prioridad {node.priority}; {spoken(node.takes_over)}; quien sale {back}."
    )


def _wait(node: WaitNode, _: Tongue) -> str:
    return f"Espera {_until(node)}."


def _until(node: WaitNode) -> str:
    until = node.until
    match until:
        case Days():
            return f"{until.days} días hábiles del lugar del deudor" if until.business else _days(until.days)
        case DateFact():
            return _around(until)
        case DayOfMonth():
            return f"hasta el día {until.day} del mes, o el último si el mes es más corto"
        case Weekday():
            return f"hasta el {spoken(until.weekday)}"
        case Payday():
            moved = f" ({_moved(until.offset)})" if until.offset else ""
            return (
                f"hasta el día de pago de la persona{moved}; si no es hábil, {spoken(until.shift)}; "
                f"a lo sumo {_days(until.max_days)}"
            )
        case LawfulWindow():
            return f"hasta el próximo día en que la ley permite contactar por {_OVER[until.channel]}"
        case Event():
            return f"{_listed([_EVENTS[event] for event in until.events])}, a lo sumo {_term(until)}"


def _term(until: Event) -> str:
    """The deadline of an event: days, or hours kept to the minute."""
    hours = until.hours
    if hours is None:
        return _days(until.days or 0)
    return "1 hora" if hours == 1 else f"{hours} horas"


_EVENTS: Mapping[str, str] = {
    "reply": "una respuesta", "promise": "una promesa", "payment": "un pago", "delivered": "la entrega",
    "read": "la lectura", "failed": "un fallo del envío", "clicked": "que abra el enlace",
}  # fmt: skip


def _moved(offset: int) -> str:
    return f"{_days(abs(offset))} {'antes' if offset < 0 else 'después'}"


def _around(until: DateFact) -> str:
    date = "de la promesa" if until.type == "promise_date" else "del vencimiento"
    when = f"hasta {_moved(until.offset)} {date}" if until.offset else f"hasta la fecha {date}"
    return f"{when}; sin esa fecha, {_days(until.max_days)}"


def _listed(said: list[str]) -> str:
    """``a, b o c``."""
    return said[0] if len(said) == 1 else f"{', '.join(said[:-1])} o {said[-1]}"


def _channel(node: ChannelNode, tongue: Tongue) -> str:
    hour = spoken(node.send_at) if ":" not in node.send_at else f"a las {node.send_at}"
    parts = [
        f"Envía {_PURPOSES[node.purpose]} por {_OVER[node.channel]} al {spoken(node.to)} {hour}, "
        f"{_variants(node)}"
    ]
    days = node.if_not_today.defer_days
    parts.append(
        f"Si ese día no se puede, espera hasta {_days(days, 'lícito')}"
        if days
        else "Si ese día no se puede, no se envía"
    )
    room = node.max_per_day
    if room.messages is not None:
        parts.append(f"Como máximo {room.messages} mensajes al día")
    if room.money is not None:
        parts.append(f"Gasta como máximo {tongue.money(room.money)} al día")
    if node.fallback is not None:
        parts.append(_fallback(node.fallback))
    return ". ".join([*parts, f"Prioridad {node.priority}"]) + "."


_OVER: Mapping[str, str] = {
    "whatsapp": "WhatsApp", "sms": "SMS", "email": "correo", "voice": "llamada", "letter": "carta",
    "assisted": "WhatsApp asistido",
}  # fmt: skip

_PURPOSES: Mapping[str, str] = {
    "collection": "un mensaje de cobranza", "reminder": "un recordatorio", "confirmation": "una confirmación",
    "answer": "una respuesta", "information": "la información pedida",
}  # fmt: skip


def _variants(node: ChannelNode) -> str:
    if len(node.variants) == 1:
        return f"con la plantilla «{node.variants[0].template}»"
    arms = [
        f"{'ABCDEFGH'[at]} {variant.weight} % «{variant.template}»"
        for at, variant in enumerate(node.variants)
    ]
    return f"en prueba A/B «{node.experiment or node.id}»: {', '.join(arms)}"


def _fallback(fallback: Fallback) -> str:
    within = f" en {fallback.hours} horas" if fallback.on != "failed" else ""
    causes = {"failed": "falla", "not_delivered": "no se entrega", "not_read": "no se lee"}
    return (
        f"Si el mensaje {causes[fallback.on]}{within}, va otro por {_OVER[fallback.channel]} "
        f"con la plantilla «{fallback.template}»"
    )


def _notice(node: NoticeNode, _: Tongue) -> str:
    term = f"; con la prueba corre un plazo legal de {_days(node.term_days)}" if node.term_days else ""
    return (
        f"Manda el aviso de {spoken(node.notice)} que la ley exige por {_OVER[node.channel]} al "
        f"{spoken(node.to)} con la plantilla «{node.template}», también al grupo de control. "
        f"Puede diferirse {_days(node.defer_days)}; espera {_days(node.proof_days)} la prueba de "
        f"entrega{term}."
    )


def _condition(node: ConditionNode, _: Tongue) -> str:
    return "Decide por la primera rama que se cumple, en este orden; sin dato no se cumple."


def _split(node: SplitNode, _: Tongue) -> str:
    arms = ", ".join(f"{arm.port} {arm.weight} %" for arm in node.arms)
    return (
        f"Reparte a las personas en la prueba «{node.experiment}»: {arms}. El primero es el campeón; cada "
        "persona queda siempre en el mismo camino."
    )


def _escalate(node: EscalateNode, _: Tongue) -> str:
    queue = node.queue
    skill = f" (habilidad: {queue.skill})" if queue.skill else ""
    said = f"Deriva el caso a {_TARGETS[node.target]}, cola «{queue.name}»{skill}"
    if queue.per_day is not None:
        said += f", a lo sumo {queue.per_day} al día; lo que excede {_OVERFLOW[queue.overflow]}"
    if not node.wait_for_result:
        return f"{said}. Sigue sin esperar el resultado."
    results = f": {', '.join(spoken(each) for each in node.results)}" if node.results else ""
    return f"{said}. Espera el resultado {_days(node.sla_days)}{results}."


_TARGETS: Mapping[str, str] = {
    "agent": "un gestor", "dialer": "el marcador", "agency": "un despacho externo", "legal": "jurídico",
    "webhook": "otro sistema",
}  # fmt: skip
_OVERFLOW: Mapping[str, str] = {
    "tomorrow": "pasa a mañana", "drop": "sigue sin gestión", "cheaper_channel": "va a un canal más barato",
}  # fmt: skip


def _offer(node: OfferNode, _: Tongue) -> str:
    what = {
        "discount": f"un descuento del {node.discount_percent} %",
        "extension": "una prórroga",
        "plan": "un convenio",
        "restructuring": "una reestructura",
    }[node.offer]
    parts = f" en {node.instalments} cuotas" if node.instalments > 1 else ""
    return f"Ofrece {what}{parts}, con {_days(node.valid_days)} para aceptar."


def _action(node: AccountActionNode, _: Tongue) -> str:
    return f"Pide al core {spoken(node.action)} y espera su respuesta {_days(node.answer_days)}."


def _label(node: LabelNode, _: Tongue) -> str:
    return f"{'Pone' if node.action == 'put' else 'Quita'} la marca «{node.label}»."


def _handover(node: HandoverNode, _: Tongue) -> str:
    return f"Entrega la cuenta a la estrategia «{node.strategy}» el mismo día."


def _end(node: EndNode, _: Tongue) -> str:
    return f"Termina el camino con el resultado «{spoken(node.outcome)}»."


_SENTENCES: Mapping[type[Node], Callable[[Any, Tongue], str]] = {
    SegmentNode: _segment,
    WaitNode: _wait,
    ChannelNode: _channel,
    NoticeNode: _notice,
    ConditionNode: _condition,
    SplitNode: _split,
    EscalateNode: _escalate,
    OfferNode: _offer,
    AccountActionNode: _action,
    LabelNode: _label,
    HandoverNode: _handover,
    EndNode: _end,
}
