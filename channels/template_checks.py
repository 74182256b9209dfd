"""Everything wrong with a message template, said at the moment of saving; errors block it."""

import re
from collections.abc import Iterator

from channels import template_buttons
from channels.rendering import render, whatsapp_body
from channels.sms_text import measure, transliterate
from channels.template_buttons import trial_values, variables_of
from channels.template_language import check_template
from channels.template_lint import lint
from channels.templates import CATALOGUE, SENSITIVE, VARIABLES, MessageTemplate, Wording
from engine.errors import TemplateError
from engine.findings import Finding, Severity

ADJACENT_OUTPUTS = re.compile(r"\}\}\s*\{\{")
SMS_SEGMENTS_ASKED = 2


def check_message_template(
    template: MessageTemplate, extra_variables: frozenset[str] = frozenset()
) -> list[Finding]:
    """Findings of every wording: safety, privacy, the channel's own rules, words of courts, a trial run.

    ``extra_variables`` are the portfolio's own; they are treated as sensitive.
    """
    found = list(_unsafe(template, extra_variables))
    if found:
        return found
    found += _privacy(template)
    found += _languages(template)
    for place, wording, neutral in _wordings(template):
        found += lint(template, place, wording, neutral=neutral)
        found += _channel_rules(template, place, wording)
    if any(finding.blocks for finding in found):
        return found
    return found + list(_trial(template, extra_variables))


def _wordings(template: MessageTemplate) -> Iterator[tuple[str, Wording, bool]]:
    """Every wording with the prefix of its place and whether it is a neutral one."""
    for language, words in template.languages():
        prefix = f"{language}/" if language else ""
        yield prefix, words, False
        if words.neutral:
            yield f"{prefix}neutral/", words.neutral, True


def _languages(template: MessageTemplate) -> Iterator[Finding]:
    if template.language in template.translations:
        yield Finding(
            "template.language_twice",
            template.language,
            f"El idioma {template.language} está dos veces",
            f"The language {template.language} stands twice",
        )


def _unsafe(template: MessageTemplate, extra: frozenset[str]) -> Iterator[Finding]:
    for prefix, wording, _ in _wordings(template):
        for place, source in wording.parts().items():
            yield from check_template(source, VARIABLES | extra, prefix + place)
        for unknown in sorted(variables_of(wording.buttons) - VARIABLES - extra):
            yield Finding(
                "template.unknown_variable",
                f"{prefix}buttons",
                f"No existe la variable {unknown}",
                f"There is no variable {unknown}",
            )


def _privacy(template: MessageTemplate) -> Iterator[Finding]:
    """Amounts, product and arrears only to verified contact points, and never in a subject."""
    insensitive = VARIABLES - SENSITIVE
    for prefix, wording, neutral in _wordings(template):
        if wording.subject and (told := Wording(body=wording.subject).variables() - insensitive):
            yield Finding(
                "template.sensitive_subject",
                f"{prefix}subject",
                f"El asunto no puede decir {', '.join(sorted(told))}",
                f"The subject cannot say {', '.join(sorted(told))}",
            )
        if neutral and (told := wording.variables() - insensitive):
            yield Finding(
                "template.sensitive_neutral",
                prefix.rstrip("/"),
                f"El texto neutro no puede decir {', '.join(sorted(told))}",
                f"The neutral wording cannot say {', '.join(sorted(told))}",
            )
    for language, words in template.languages():
        if words.neutral is None and words.variables() - insensitive:
            yield Finding(
                "template.neutral_missing",
                f"{language}/neutral".lstrip("/"),
                "Falta el texto neutro para contactos sin verificar",
                "The neutral wording for unverified contact points is missing",
            )


def _channel_rules(template: MessageTemplate, prefix: str, wording: Wording) -> Iterator[Finding]:
    place = f"{prefix}body"
    if template.channel == "whatsapp":
        yield from _whatsapp_rules(place, wording.body)
        yield from template_buttons.check(wording.buttons, f"{prefix}buttons")
    elif wording.buttons:
        yield Finding(
            "template.cannot_press",
            f"{prefix}buttons",
            f"Por {template.channel} no hay botones",
            f"There are no buttons by {template.channel}",
        )
    titled = template.channel in ("email", "letter")
    if titled and not wording.subject:
        yield Finding("template.subject_missing", place, "Falta el asunto", "The subject is missing")
    if (wording.subject and not titled) or (wording.html and template.channel != "email"):
        yield Finding(
            "template.email_parts",
            place,
            "Asunto es para correo y carta, HTML solo para correo",
            "A subject is for e-mail and letters, HTML for e-mail only",
        )
    if template.attach and template.channel not in ("email", "whatsapp", "letter"):
        yield Finding(
            "template.cannot_attach",
            place,
            f"Por {template.channel} no viaja ningún documento",
            f"No document travels by {template.channel}",
        )


def _whatsapp_rules(place: str, body: str) -> Iterator[Finding]:
    """Meta's rules for variables: none first, none last, no two side by side, no blocks."""
    try:
        registered, _ = whatsapp_body(body)
    except (ValueError, TypeError) as trouble:
        yield Finding(
            "template.whatsapp_blocks",
            place,
            f"WhatsApp solo admite texto y variables: {trouble}",
            f"WhatsApp takes words and variables only: {trouble}",
        )
        return
    if registered.strip().startswith("{{") or registered.strip().endswith("}}"):
        yield Finding(
            "template.whatsapp_edge",
            place,
            "Una variable no puede abrir ni cerrar el texto",
            "A variable may not open or close the text",
        )
    if ADJACENT_OUTPUTS.search(registered):
        yield Finding(
            "template.whatsapp_adjacent",
            place,
            "Dos variables no pueden ir juntas",
            "Two variables may not stand side by side",
        )


def _trial(template: MessageTemplate, extra: frozenset[str]) -> Iterator[Finding]:
    """Render every language with the catalogue's samples: what fails here would fail for everybody."""
    values = {variable.name: variable.sample for variable in CATALOGUE} | dict.fromkeys(extra, "ejemplo")
    for language in (template.language, *template.translations):
        for verified in (True, False):
            words = template.wording(verified=verified, language=language)
            tried = values | trial_values(words.buttons if words else ())
            try:
                said = render(template, tried, country="MX", verified=verified, language=language)
            except TemplateError as trouble:
                yield Finding(
                    trouble.code,
                    "body",
                    f"No se puede armar: {trouble.message}",
                    f"Cannot be rendered: {trouble}",
                )
                return
            yield from _segments(template, said.text)


def _segments(template: MessageTemplate, text: str) -> Iterator[Finding]:
    size = measure(transliterate(text))
    if template.channel == "sms" and size.segments > SMS_SEGMENTS_ASKED:
        yield Finding(
            "template.sms_long",
            "body",
            f"Ocupa {size.segments} SMS ({size.encoding})",
            f"Takes {size.segments} segments ({size.encoding})",
            severity=Severity.WARNING,
        )
