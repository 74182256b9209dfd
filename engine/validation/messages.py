"""Findings about what is sent: templates, missing words, capacity, terms that never come."""

from collections.abc import Iterable, Iterator

from engine.findings import Finding
from engine.strategy.nodes import ChannelNode, Node, NoticeNode, WaitNode
from engine.strategy.nodes.escalate import EscalateNode
from engine.strategy.nodes.wait import LawfulWindow
from engine.validation.bound_law import channel_is_closed, countries
from engine.validation.context import CapacityFigures, Context, TemplateFacts
from engine.validation.findings import error, warning
from engine.validation.graph import Graph


def used_templates(node: Node) -> list[tuple[str, str]]:
    """The template keys of a node, each with the channel it must be of.

    >>> used_templates(NoticeNode(id="n", kind="notice", notice="arrears", channel="email", template="aviso"))
    [('aviso', 'email')]
    """
    if isinstance(node, NoticeNode):
        return [(node.template, node.channel)]
    if not isinstance(node, ChannelNode):
        return []
    used = [(variant.template, str(node.channel)) for variant in node.variants]
    return used if node.fallback is None else [*used, (node.fallback.template, node.fallback.channel)]


def check_messages(graph: Graph, context: Context) -> Iterator[Finding]:
    """Everything about templates, terms and capacity."""
    for node in graph.strategy.nodes:
        for key, channel in used_templates(node):
            if context.templates is not None:
                yield from _template(node, key, channel, context.templates.get(key), context.language)
                yield from _stage(node, key, context.templates.get(key))
        yield from _term(node, graph, context)
    if context.capacity is not None:
        yield from _capacity(graph.strategy.nodes, context.capacity)


def _template(
    node: Node, key: str, channel: str, facts: TemplateFacts | None, language: str | None
) -> Iterator[Finding]:
    if facts is None:
        yield error(
            "template.missing",
            node.id,
            f"La plantilla «{key}» no existe.",
            f"The template {key!r} does not exist.",
        )
        return
    if not facts.approved:
        yield error(
            "template.not_approved",
            node.id,
            f"La plantilla «{key}» no está aprobada.",
            f"The template {key!r} is not approved.",
        )
    if facts.recategorised:
        yield warning(
            "template.recategorised",
            node.id,
            f"El proveedor tiene la plantilla «{key}» por {facts.recategorised}: cambian precio y topes.",
            f"The provider takes the template {key!r} for {facts.recategorised}: price and caps change.",
            facts.recategorised,
        )
    if facts.quality == "red":
        yield warning(
            "template.low_quality",
            node.id,
            f"La gente se queja de la plantilla «{key}»: el proveedor puede pausarla.",
            f"People complain about the template {key!r}: its provider may pause it.",
        )
    if facts.channel != channel:
        yield error(
            "template.channel",
            node.id,
            f"La plantilla «{key}» es de {facts.channel}, el envío es por {channel}.",
            f"The template {key!r} is for {facts.channel}, the message goes by {channel}.",
        )
    if language is not None and facts.language.split("_")[0] != language.split("_")[0]:
        yield error(
            "template.language",
            node.id,
            f"La plantilla «{key}» está en {facts.language}, la cartera habla {language}.",
            f"The template {key!r} is in {facts.language}, the portfolio speaks {language}.",
        )
    for variable in facts.unguarded:
        yield error(
            "template.variable",
            node.id,
            f"La plantilla «{key}» no dice nada si falta «{variable}»: use sin_dato.",
            f"The template {key!r} has no words for a missing {variable!r}: use sin_dato.",
            variable,
        )


_STAGES = {"collection": ("mora",), "reminder": ("preventiva", "mora"), "notice": ("aviso",)}
"""The stages a template's words must have been checked for, by purpose of the message."""


def _stage(node: Node, key: str, facts: TemplateFacts | None) -> Iterator[Finding]:
    """A collection message must owe its reader what collection owes: words checked for nothing do not."""
    purpose = "notice" if isinstance(node, NoticeNode) else getattr(node, "purpose", "")
    fit = _STAGES.get(purpose, ())
    if facts is None or not fit or facts.stage in ("", *fit):
        return
    yield warning(
        "template.stage",
        node.id,
        f"La plantilla «{key}» es de etapa «{facts.stage}»: para este envío sus palabras no se revisaron.",
        f"The template {key!r} is of stage {facts.stage!r}: its words were not checked for this message.",
        fit[0],
    )


def _term(node: Node, graph: Graph, context: Context) -> Iterator[Finding]:
    """A parking place must end: a window that never opens and a queue that takes nobody do not."""
    if isinstance(node, WaitNode) and isinstance(node.until, LawfulWindow):
        for country in countries(graph.strategy, context):
            if channel_is_closed(country, node.until.channel):
                yield error(
                    "node.no_term",
                    node.id,
                    f"En {country.key} nunca hay horario para {node.until.channel}: la espera no terminaría.",
                    f"There is no window for {node.until.channel} in {country.key}: the wait never ends.",
                )
    if isinstance(node, EscalateNode) and node.queue.per_day == 0:
        yield error(
            "node.no_term",
            node.id,
            f"La cola «{node.queue.name}» recibe 0 casos al día: nadie la atendería.",
            f"The queue {node.queue.name!r} takes 0 cases a day: nobody would work them.",
        )
    if isinstance(node, ChannelNode) and node.max_per_day.messages == 0:
        yield error(
            "node.no_term",
            node.id,
            "El envío tiene un tope de 0 mensajes al día: nunca enviaría.",
            "The message has a limit of 0 a day: it would never be sent.",
        )


def _capacity(nodes: Iterable[Node], figures: CapacityFigures) -> Iterator[Finding]:
    by_channel: dict[str, int] = {}
    for node in nodes:
        coming = figures.arrivals.get(node.id, 0)
        if isinstance(node, ChannelNode):
            by_channel[node.channel] = by_channel.get(node.channel, 0) + coming
            if node.max_per_day.messages is not None and coming > node.max_per_day.messages:
                yield _exceeded(node.id, coming, node.max_per_day.messages)
        elif isinstance(node, EscalateNode):
            limits = (node.queue.per_day, figures.queues.get(node.queue.name))
            known = [limit for limit in limits if limit is not None]
            if known and coming > min(known):
                yield _exceeded(node.id, coming, min(known))
    for channel, coming in by_channel.items():
        if channel in figures.channels and coming > figures.channels[channel]:
            yield _exceeded(channel, coming, figures.channels[channel])


def _exceeded(place: str, coming: int, limit: int) -> Finding:
    return warning(
        "capacity.exceeded",
        place,
        f"Se esperan {coming} casos al día y caben {limit}; el resto espera.",
        f"{coming} cases a day are expected and {limit} fit; the rest wait.",
        str(limit),
    )
