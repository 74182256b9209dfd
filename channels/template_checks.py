"""Everything wrong with a message template, said at the moment of saving; errors block it."""

import re
from collections.abc import Iterator

from channels.rendering import render, whatsapp_body
from channels.sms_text import measure, transliterate
from channels.template_language import check_template
from channels.templates import CATALOGUE, SENSITIVE, VARIABLES, MessageTemplate, Wording
from engine.errors import TemplateError
from engine.findings import Finding, Severity

COURT_LIKE = re.compile(
    r"juzgad|tribunal|embarg|citatori|notificaci[oó]n judicial|demanda judicial|orden judicial|"
    r"c[aá]rcel|delito|polic[ií]a|fiscal[ií]a",
    re.IGNORECASE,
)
CONSEQUENCE = re.compile(
    r"bur[oó] de cr[eé]dito|centrales? de riesgo|dicom|infocorp|reporte negativo|suspen[ds]|reconexi[oó]n",
    re.IGNORECASE,
)
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
    for place, wording in _wordings(template):
        found += _words(template, place, wording)
        found += _channel_rules(template, place, wording)
    return found or list(_trial(template, extra_variables))


def _wordings(template: MessageTemplate) -> Iterator[tuple[str, Wording]]:
    yield "", template
    if template.neutral:
        yield "neutral/", template.neutral


def _unsafe(template: MessageTemplate, extra: frozenset[str]) -> Iterator[Finding]:
    for prefix, wording in _wordings(template):
        for place, source in wording.parts().items():
            yield from check_template(source, VARIABLES | extra, prefix + place)


def _privacy(template: MessageTemplate) -> Iterator[Finding]:
    """Amounts, product and arrears only to verified contact points, and never in a subject."""
    insensitive = VARIABLES - SENSITIVE
    for prefix, wording in _wordings(template):
        if wording.subject and (told := Wording(body=wording.subject).variables() - insensitive):
            yield Finding(
                "template.sensitive_subject",
                f"{prefix}subject",
                f"El asunto no puede decir {', '.join(sorted(told))}",
                f"The subject cannot say {', '.join(sorted(told))}",
            )
    if template.neutral and (told := template.neutral.variables() - insensitive):
        yield Finding(
            "template.sensitive_neutral",
            "neutral",
            f"El texto neutro no puede decir {', '.join(sorted(told))}",
            f"The neutral wording cannot say {', '.join(sorted(told))}",
        )
    if template.neutral is None and template.variables() - insensitive:
        yield Finding(
            "template.neutral_missing",
            "neutral",
            "Falta el texto neutro para contactos sin verificar",
            "The neutral wording for unverified contact points is missing",
        )


def _words(template: MessageTemplate, prefix: str, wording: Wording) -> Iterator[Finding]:
    said = " ".join(wording.parts().values())
    if match := COURT_LIKE.search(said):
        yield Finding(
            "template.court_like",
            f"{prefix}body",
            f"«{match[0]}» suena a tribunal: la ley no lo permite en una cobranza",
            f"“{match[0]}” sounds like a court: the law forbids it in collections",
        )
    if (match := CONSEQUENCE.search(said)) and not template.names_consequence:
        yield Finding(
            "template.consequence_not_declared",
            f"{prefix}body",
            f"«{match[0]}» nombra una consecuencia: decláralo en la plantilla",
            f"“{match[0]}” names a consequence: declare it in the template",
            hint="names_consequence",
        )


def _channel_rules(template: MessageTemplate, prefix: str, wording: Wording) -> Iterator[Finding]:
    place = f"{prefix}body"
    if template.channel == "whatsapp":
        yield from _whatsapp_rules(place, wording.body)
    if template.channel == "email" and not wording.subject:
        yield Finding("template.subject_missing", place, "Falta el asunto", "The subject is missing")
    if template.channel != "email" and (wording.subject or wording.html):
        yield Finding(
            "template.email_parts",
            place,
            "Asunto y HTML son solo para correo",
            "Subject and HTML are for e-mail",
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
    """Render with the catalogue's samples: what fails here would fail for everybody."""
    values = {variable.name: variable.sample for variable in CATALOGUE} | dict.fromkeys(extra, "ejemplo")
    for verified in (True, False):
        try:
            text = render(template, values, country="MX", verified=verified).text
        except TemplateError as trouble:
            yield Finding(
                trouble.code,
                "body",
                f"No se puede armar: {trouble.message}",
                f"Cannot be rendered: {trouble}",
            )
            return
        size = measure(transliterate(text))
        if template.channel == "sms" and size.segments > SMS_SEGMENTS_ASKED:
            yield Finding(
                "template.sms_long",
                "body",
                f"Ocupa {size.segments} SMS ({size.encoding})",
                f"Takes {size.segments} segments ({size.encoding})",
                severity=Severity.WARNING,
            )
