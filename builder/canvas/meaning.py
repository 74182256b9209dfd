"""One line that says what a step does, and what each of its ways out is called."""

from collections.abc import Callable
from typing import cast

from builder.wording import Words
from engine.conditions import sentence
from engine.conditions.sentence import Language
from engine.facts import CATALOGUE, Catalogue
from engine.strategy.nodes import ChannelNode, EndNode, Node, NoticeNode, SegmentNode, SplitNode, WaitNode
from engine.strategy.nodes.account_action import AccountActionNode
from engine.strategy.nodes.condition import ConditionNode
from engine.strategy.nodes.escalate import EscalateNode
from engine.strategy.nodes.handover import HandoverNode
from engine.strategy.nodes.label import LabelNode
from engine.strategy.nodes.offer import OfferNode
from engine.strategy.nodes.wait import DateFact, DayOfMonth, Days, Event, LawfulWindow, Payday, Weekday
from engine.strategy.words import WORDS

_GOOD = {"payment", "promise", "accepted", "done", "delivered", "term_passed", "reply", "clicked", "read"}
_BAD = {"blocked", "failed", "refused", "not_delivered"}
_WARN = {"timeout", "expired"}


def word(value: str, words: Words) -> str:
    """A word of the document in the language of the screen.

    >>> word("timeout", Words("es")), word("sin_acuerdo", Words("es"))
    ('vence', 'sin acuerdo')
    """
    return words(WORDS[value]) if value in WORDS else value.replace("_", " ")


def main_port(node: Node) -> str:
    """The way most accounts are meant to take; a deleted step is bridged along it; empty for an end.

    >>> main_port(EndNode(id="x", kind="end", outcome="y"))
    ''
    """
    ports = node.ports()
    for wanted in ("next", "else", "timeout", "delivered", "done", "expired"):
        if wanted in ports:
            return wanted
    return ports[0] if ports else ""


def ports_of(node: Node, words: Words) -> list[dict[str, str]]:
    """Each way out with its label and its tone."""
    labels: dict[str, str] = {}
    if isinstance(node, ConditionNode):
        labels = {branch.port: branch.label or branch.port for branch in node.branches}
    if isinstance(node, SplitNode):
        labels = {arm.port: f"{arm.port} {arm.weight} %" for arm in node.arms}
    return [
        {"id": port, "label": labels.get(port) or word(port, words), "tone": _tone(node, port, index)}
        for index, port in enumerate(node.ports())
    ]


def _tone(node: Node, port: str, index: int) -> str:
    if isinstance(node, SplitNode) or (isinstance(node, ConditionNode) and port != "else"):
        return f"branch-{index % 5}"
    if port in _GOOD:
        return "good"
    if port in _BAD:
        return "bad"
    return "warn" if port in _WARN else "plain"


def line_of(node: Node, words: Words, catalogue: Catalogue = CATALOGUE) -> str:
    """What a step does, in one line.

    >>> wait = WaitNode(id="w", kind="wait", until=Days(type="days", days=3, business=True))
    >>> line_of(wait, Words("es"))
    '3 días hábiles'
    """
    if isinstance(node, SegmentNode | ConditionNode):
        return _conditional(node, words, catalogue)
    return _LINES[type(node)](node, words)


def _conditional(node: SegmentNode | ConditionNode, words: Words, catalogue: Catalogue) -> str:
    language = cast(Language, words.language)
    if isinstance(node, SegmentNode):
        return sentence(node.when, catalogue, language)
    return " · ".join(branch.label or sentence(branch.when, catalogue, language) for branch in node.branches)


def _wait(node: WaitNode, words: Words) -> str:
    until = node.until
    match until:
        case Days():
            if until.business:
                return words("{n} días hábiles", n=until.days)
            return words("1 día") if until.days == 1 else words("{n} días", n=until.days)
        case DateFact():
            return _around_a_date(until, words)
        case DayOfMonth():
            return words("Hasta el día {n} del mes", n=until.day)
        case Weekday():
            return words("Hasta el {day}", day=word(until.weekday, words))
        case Payday():
            return words("Hasta el día de pago de la persona")
        case LawfulWindow():
            return words("Hasta el próximo día permitido para {channel}", channel=word(until.channel, words))
        case Event():
            events = ", ".join(word(event, words) for event in until.events)
            said = events[:1].upper() + events[1:]
            if until.hours is not None:
                return words("{events}, o {n} horas", events=said, n=until.hours)
            return words("{events}, o {n} días", events=said, n=until.days)


def _around_a_date(until: DateFact, words: Words) -> str:
    promise = until.type == "promise_date"
    if not until.offset:
        return words("Hasta el día de la promesa") if promise else words("Hasta el vencimiento")
    date = words("de la promesa") if promise else words("del vencimiento")
    before = until.offset < 0
    if abs(until.offset) == 1:
        said = words("El día antes {date}") if before else words("El día después {date}")
    else:
        said = words("{n} días antes {date}") if before else words("{n} días después {date}")
    return said.format(n=abs(until.offset), date=date)


def _channel(node: ChannelNode, words: Words) -> str:
    hour = word(node.send_at, words)
    variants = node.variants[0].template
    if len(node.variants) > 1:
        variants = " / ".join(f"{'ABCDEFGH'[at]} {v.weight} %" for at, v in enumerate(node.variants))
    return f"{word(node.channel, words)} · {variants} · {hour}"


def _notice(node: NoticeNode, words: Words) -> str:
    return f"{word(node.notice, words)} · {word(node.channel, words)} · {node.template}"


def _split(node: SplitNode, words: Words) -> str:
    return " · ".join(f"{arm.port} {arm.weight} %" for arm in node.arms)


def _escalate(node: EscalateNode, words: Words) -> str:
    room = words("{n} al día", n=node.queue.per_day) if node.queue.per_day else words("sin tope")
    return f"{word(node.target, words)} · {node.queue.name} · {room}"


def _offer(node: OfferNode, words: Words) -> str:
    what = word(node.offer, words)
    if node.offer == "discount":
        what = f"{what} {node.discount_percent} %"
    if node.instalments > 1:
        what = f"{what} · " + words("{n} cuotas", n=node.instalments)
    return f"{what} · " + words("vence en {n} días", n=node.valid_days)


def _action(node: AccountActionNode, words: Words) -> str:
    return word(node.action, words).capitalize()


def _label(node: LabelNode, words: Words) -> str:
    said = words("Poner «{label}»") if node.action == "put" else words("Quitar «{label}»")
    return said.format(label=node.label)


def _handover(node: HandoverNode, words: Words) -> str:
    return words("A la estrategia «{key}»", key=node.strategy)


def _end(node: EndNode, words: Words) -> str:
    return word(node.outcome, words)


_LINES: dict[type[Node], Callable[..., str]] = {
    WaitNode: _wait,
    ChannelNode: _channel,
    NoticeNode: _notice,
    SplitNode: _split,
    EscalateNode: _escalate,
    OfferNode: _offer,
    AccountActionNode: _action,
    LabelNode: _label,
    HandoverNode: _handover,
    EndNode: _end,
}
