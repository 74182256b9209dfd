"""Turns a template and one person's facts into the words that are sent; loud when a fact is missing."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import zip_longest
from types import MappingProxyType

from jinja2 import Template, nodes
from jinja2 import TemplateError as JinjaError

from channels.port import Button
from channels.template_buttons import filled
from channels.template_language import HTML, TEXT
from channels.templates import CATALOGUE, CHANNEL_LIMITS, MessageTemplate, Translation, Value, Wording
from engine.errors import TemplateError

SEPARATOR = "\x1e"
LONGEST_SUBJECT = 200
NO_VARIABLES: Mapping[str, str] = MappingProxyType({})
WITHOUT_CONTROLS = {code: None for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\n\t"}
URLS = frozenset(variable.name for variable in CATALOGUE if variable.kind == "url")
AMOUNTS = frozenset(variable.name for variable in CATALOGUE if variable.kind == "money")


@dataclass(frozen=True, slots=True)
class Rendered:
    """The words of one message, as ``Outgoing`` wants them.

    ``template`` and ``variables`` are for WhatsApp: the name registered with Meta and the positional
    parameters in order, or named ones, and what its ``buttons`` need; ``text`` is always the whole message as
    the person reads it, in ``language``.
    """

    text: str
    subject: str
    html: str
    template: str
    variables: Mapping[str, str]
    language: str = ""
    buttons: tuple[Button, ...] = ()


def render(
    template: MessageTemplate,
    values: Mapping[str, object],
    *,
    country: str,
    verified: bool = True,
    language: str = "",
) -> Rendered:
    """The message for one person, or ``TemplateError`` naming the template and what is wrong.

    ``values`` are the catalogue's variables and the portfolio's own, strings and integers only (money in
    minor units, dates ISO); ``None`` and empty ones count as missing. ``country`` (ISO 3166) decides how
    amounts are written; ``verified`` says whether the contact point is a verified one of the debtor;
    ``language`` is the person's.
    """
    wording = template.wording(verified=verified, language=language)
    if wording is None:
        raise TemplateError(
            "the address is not verified and the template has no neutral wording",
            place=template.key,
            hint="add a neutral wording",
            code="template.neutral_missing",
        )
    facts = _facts(template.key, values, country)
    try:
        say = _for_whatsapp if template.channel == "whatsapp" else _for_reading
        rendered = say(template, wording, facts)
        return replace(rendered, language=template.language_for(language or template.language))
    except (JinjaError, ValueError, TypeError) as trouble:
        raise TemplateError(
            str(trouble), place=template.key, hint="give the value or a sin_dato fallback",
            code="template.cannot_render",
        ) from trouble  # fmt: skip


def fill(source: str, values: Mapping[str, object], *, country: str, place: str = "text") -> str:
    """A text outside of any template, filled as templates are; ``TemplateError`` when a value is missing."""
    try:
        return _text(source).render(_facts(place, values, country))
    except (JinjaError, ValueError, TypeError) as trouble:
        raise TemplateError(
            str(trouble), place=place, hint="give the value or a sin_dato fallback",
            code="template.cannot_render",
        ) from trouble  # fmt: skip


def whatsapp_body(source: str, *, named: bool = False) -> tuple[str, dict[str, str]]:
    """The body to register with Meta, ``{{1}}`` or a name in the place of each output, and the samples.

    >>> from channels.template_language import TEXT
    >>> whatsapp_body("Hola {{ nombre }}, te escribe {{ creditor }}.")[0]
    'Hola {{1}}, te escribe {{2}}.'
    >>> whatsapp_body("Hola {{ nombre }}.", named=True)
    ('Hola {{nombre}}.', {'nombre': 'Ana López'})
    """
    plan = _positional(source)
    samples: dict[str, Value] = {variable.name: variable.sample for variable in CATALOGUE}
    names = plan.names if named else plan.numbers
    marks = [f"{{{{{name}}}}}" for name in names]
    said = plan.outputs({**samples, "pais": "MX"})
    return _interleave(plan.words, marks), dict(zip(names, said, strict=True))


@dataclass(frozen=True, slots=True)
class _Positional:
    """A body cut at its outputs: one word piece more than outputs."""

    words: tuple[str, ...]
    template: Template
    names: tuple[str, ...]

    @property
    def numbers(self) -> tuple[str, ...]:
        """The places of the outputs, from 1."""
        return tuple(str(n) for n in range(1, len(self.words)))

    def outputs(self, facts: Mapping[str, Value]) -> list[str]:
        """The outputs in order, on one line each: Meta refuses line breaks in parameters."""
        if len(self.words) == 1:
            return []
        said = self.template.render(facts).split(SEPARATOR)
        return [" ".join(text.replace("\n", "; ").split()) for text in said]


def _for_whatsapp(template: MessageTemplate, wording: Wording, facts: Mapping[str, Value]) -> Rendered:
    plan = _positional(wording.body)
    outputs = plan.outputs(facts)
    text = _within_limit(template, _interleave(plan.words, outputs))
    names = plan.names if template.parameters == "named" else plan.numbers
    variables = dict(zip(names, outputs, strict=True))
    neutral = not isinstance(wording, MessageTemplate | Translation)
    buttons = filled(wording.buttons, facts)
    return Rendered(text, "", "", template.provider_name(neutral=neutral), variables, buttons=buttons)


def _for_reading(template: MessageTemplate, wording: Wording, facts: Mapping[str, Value]) -> Rendered:
    text = _within_limit(template, _text(wording.body).render(facts))
    subject = " ".join(_text(wording.subject).render(facts).split())[:LONGEST_SUBJECT]
    html = _html(wording.html).render(facts) if wording.html else ""
    return Rendered(text, subject, html, "", NO_VARIABLES)


def _facts(key: str, values: Mapping[str, object], country: str) -> dict[str, Value]:
    """Plain strings and integers without control characters; nothing a template could call."""
    facts: dict[str, Value] = {"pais": country}
    for name, value in values.items():
        if isinstance(value, str):
            if value:
                facts[name] = value.translate(WITHOUT_CONTROLS)
            if name in URLS and value and not value.startswith(("https://", "http://")):
                raise TemplateError("not a web address", place=key, hint=name, code="template.wrong_value")
        elif isinstance(value, int):
            facts[name] = value
        elif value is not None:
            raise TemplateError(
                f"{name} is a {type(value).__name__}, not a string or an integer",
                place=key,
                code="template.wrong_value",
            )
        if name in AMOUNTS and value != "" and not isinstance(value, int | None):
            raise TemplateError("not integer minor units", place=key, hint=name, code="template.wrong_value")
    return facts


def _within_limit(template: MessageTemplate, text: str) -> str:
    limit = CHANNEL_LIMITS[template.channel]
    if len(text) > limit:
        raise TemplateError(
            f"{len(text)} characters, {template.channel} takes {limit}",
            place=template.key,
            code="template.too_long",
        )
    return text


@lru_cache(4096)
def _text(source: str) -> Template:
    return TEXT.from_string(source)


@lru_cache(1024)
def _html(source: str) -> Template:
    return HTML.from_string(source)


@lru_cache(4096)
def _positional(source: str) -> _Positional:
    """Cut a body of words and outputs; ``ValueError`` when it has blocks, which Meta cannot hold."""
    words, outputs = [""], list[nodes.Expr]()
    for node in TEXT.parse(source).body:
        if not isinstance(node, nodes.Output):
            raise ValueError("a WhatsApp body holds words and outputs only")
        for piece in node.nodes:
            if isinstance(piece, nodes.TemplateData):
                words[-1] += piece.data
            else:
                outputs.append(piece)
                words.append("")
    return _Positional(tuple(words), _separated(outputs), _names(outputs))


def _names(outputs: list[nodes.Expr]) -> tuple[str, ...]:
    """The variable each output says, numbered from its second time on."""
    names: list[str] = []
    for output in outputs:
        found = output if isinstance(output, nodes.Name) else output.find(nodes.Name)
        name = found.name if found is not None else "valor"
        again = 1 + sum(each == name or each.startswith(f"{name}_") for each in names)
        names.append(name if again == 1 else f"{name}_{again}")
    return tuple(names)


def _separated(outputs: list[nodes.Expr]) -> Template:
    """One template that says all outputs with a separator no value can contain."""
    pieces: list[nodes.Expr] = []
    for output in outputs:
        pieces += [output, nodes.TemplateData(SEPARATOR, lineno=1)]
    tree = nodes.Template([nodes.Output(pieces[:-1], lineno=1)], lineno=1)
    tree.set_environment(TEXT)
    return TEXT.from_string(tree)


def _interleave(words: tuple[str, ...], outputs: list[str]) -> str:
    return "".join(word + output for word, output in zip_longest(words, outputs, fillvalue=""))
