"""Why: replays one enrolment through the same code and says the path, the values read, the verdict."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np

from engine.best_hour import UNKNOWN_HOUR
from engine.conditions.sentence import sentence
from engine.contacts import BEST_HOUR
from engine.day import Decision, Question, evaluate
from engine.days import day_of
from engine.decided import CAPACITY, DEFERRAL_SPENT, Advance, Passage, Want
from engine.facts import Fact, FactType
from engine.strategy.nodes import ChannelNode, SegmentNode
from engine.strategy.nodes.condition import ConditionNode
from engine.vocabulary import EnrolmentState, Outcome

_OWN_REASONS = {
    DEFERRAL_SPENT: "Se acabaron los días que el paso podía esperar.",
    CAPACITY: "No cabe en la capacidad del día.",
}


@dataclass(frozen=True)
class Line:
    """One step of an explanation: a sentence and its kind.

    Kinds: facts, entry, path, message, verdict, close, and window, which is about now.
    """

    kind: str
    text: str


def explain(question: Question) -> list[Line]:
    """What the evaluation of the question's only account decides, as Spanish sentences in order.

    The question must hold one account; arbitration then sees only its own person's one account.
    """
    return explain_decision(evaluate(question))


def explain_decision(decision: Decision) -> list[Line]:
    """The same for a decision about one account that was taken already."""
    question = decision.question
    lines = [Line("facts", text) for text in _facts(question)]
    for part in decision.parts:
        lines += _path(question, part.advance, part.known == 0)
    lines += _messages(decision)
    bucket, reason, _ = next(decision.close.figures())
    why = f" ({reason})" if reason else ""
    lines.append(
        Line("close", f"En el cierre del {day_of(question.facts.day)} cuenta como «{bucket.word}»{why}.")
    )
    return lines


def _facts(question: Question) -> Iterator[str]:
    """The facts the plans read, with their values."""
    names = sorted(frozenset[str]().union(*(plan.facts() for plan in question.plans)))
    for name in names:
        fact = question.facts.book.catalogue[name]
        yield f"{fact.label_es}: {_value(question, fact)}"


def _value(question: Question, fact: Fact) -> str:
    values, known = question.facts.read(fact.name)
    if known is not None and not known[0]:
        return "sin dato"
    value = values[0]
    words = question.facts.book.words(fact)
    if fact.type is FactType.ENUM:
        return words[value] if 0 <= value < len(words) else str(value)
    if fact.type is FactType.SET:
        return ", ".join(word for code, word in enumerate(words) if value >> code & 1) or "ninguno"
    if fact.type is FactType.BOOLEAN:
        return "sí" if value else "no"
    if fact.type is FactType.DATE:
        return str(day_of(int(value)))
    if fact.type is FactType.MONEY:
        return f"{int(value):,} (unidades menores)".replace(",", ".")
    return str(int(value))


def _path(question: Question, decided: Advance, entered: bool) -> Iterator[Line]:
    name = decided.plan.strategy.name
    if entered and len(decided.after):
        segment = decided.plan.segment
        said = sentence(segment.when, question.facts.book.catalogue, "es")
        yield Line("entry", f"Entra hoy a «{name}» porque {said}.")
    for passage in decided.passages:
        if len(passage.rows) and not isinstance(passage.step.node, SegmentNode):
            yield Line("path", _passage(question, passage))
    for refusal in decided.refusals:
        rule = question.desk.policy.rules[refusal.rule[0]] if refusal.rule[0] >= 0 else None
        law = f"{rule.law}, {rule.article}: {rule.text_es}" if rule else _OWN_REASONS[refusal.reason]
        node = refusal.step.node.name or refusal.step.node.id
        if refusal.outcome is Outcome.BLOCKED:
            yield Line("verdict", f"«{node}» no se puede enviar. {law}")
        else:
            yield Line("verdict", f"«{node}» se difiere al {day_of(int(refusal.until_day[0]))}. {law}")
    for word in decided.outcomes:
        yield Line("path", f"Sale de «{name}» con resultado «{word}».")
    yield from _parked(decided)


def _passage(question: Question, passage: Passage) -> str:
    node = passage.step.node
    name = node.name or node.id
    if isinstance(node, ConditionNode):
        for branch in node.branches:
            if branch.port == passage.port:
                said = sentence(branch.when, question.facts.book.catalogue, "es")
                return f"«{name}»: toma «{branch.label or branch.port}» porque {said}."
        return f"«{name}»: ninguna rama se cumple, sigue por «si no»."
    return f"Pasa por «{name}» y sale por «{passage.port}»."


def _parked(decided: Advance) -> Iterator[Line]:
    after = decided.after
    for row in np.flatnonzero(after.state != EnrolmentState.ENDED):
        node = decided.plan.steps[after.step[row]].node
        name = node.name or node.id
        if decided.held[row]:
            yield Line("path", f"Está retenida en «{name}»: no se mueve hasta que termine la retención.")
        elif after.state[row] in (EnrolmentState.WAITING, EnrolmentState.DEFERRED):
            yield Line("path", f"Espera en «{name}» hasta el {day_of(int(after.due_on[row]))}.")


def _messages(decision: Decision) -> Iterator[Line]:
    ballot = decision.ballot
    for row, leader in enumerate(ballot.leader):
        want = ballot.wants[ballot.want[row]][1]
        if leader < 0:
            yield Line("message", "Otro mensaje ocupa hoy el turno de la persona: este espera a mañana.")
            continue
        template = want.wish.variants[ballot.variant[row]].template
        arm = ""
        if isinstance(want.step.node, ChannelNode) and len(want.wish.variants) > 1:
            arm = f" (variante {chr(65 + int(ballot.variant[row]))} del experimento «{want.wish.experiment}»)"
        yield Line("message", f"Se envía «{template}» por {want.wish.channel.word}{arm}.")
        if want.wish.send_at == BEST_HOUR:
            yield Line("message", _hour(decision, row, want))


def _hour(decision: Decision, row: int, want: Want) -> str:
    """At which hour a message for the person's best hour goes out, and why then."""
    account = decision.ballot.account[[row]]
    desk = decision.question.desk
    hour = int(desk.people[want.wish.to].hours(account)[0])
    if hour == UNKNOWN_HOUR:
        return "Todavía no hay datos suficientes de a qué hora responde: sale al abrir el horario."
    zones = desk.policy.places[desk.people[want.wish.to].place[account[0]]].zones
    local = datetime.fromtimestamp(int(decision.ballot.send_at[row]), ZoneInfo(zones[0]) if zones else UTC)
    if local.hour == hour:
        return f"Sale a las {hour}:00, la hora a la que la persona suele leer y responder."
    return f"Suele responder a las {hour}:00, fuera del horario de hoy: sale a las {local:%H:%M}."
