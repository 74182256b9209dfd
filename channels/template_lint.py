"""What a collection message owes the person who reads it: who, how much, until when, how, and respect.

Rules go by stage (preventiva, mora, aviso), channel, verification and country. A wording for unverified
addresses says less on purpose: there only what could give the debt away is looked for.
"""

import re
from collections.abc import Iterator, Mapping

from channels.template_words import countries_with_rules, country_rules, words
from channels.templates import MessageTemplate, Wording
from engine.findings import Finding, Severity

SHOUTED = re.compile(r"\b[A-ZÁÉÍÓÚÑÜ]{4,}(?:[\s,¡!]+[A-ZÁÉÍÓÚÑÜ]{2,}){3,}")
OUTPUT = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}|<[^>]*>", re.DOTALL)
OWED: Mapping[str, tuple[frozenset[str], str, str]] = {
    "who": (frozenset({"creditor"}), "quién cobra ({{ creditor }})", "who collects ({{ creditor }})"),
    "amount": (frozenset({"monto", "cuentas", "saldo_total"}), "el monto", "the amount"),
    "deadline": (frozenset({"vencimiento"}), "la fecha límite", "the deadline"),
    "payment": (frozenset({"medios_pago", "link_pago", "enlace_del_portal"}), "cómo pagar", "how to pay"),
}
"""What a message of any stage says, as the variables one of which it must read."""


def lint(template: MessageTemplate, place: str, wording: Wording, *, neutral: bool) -> Iterator[Finding]:
    """Findings of one wording; ``place`` is the prefix of its parts."""
    said = OUTPUT.sub(" ", " ".join(wording.parts().values()))
    yield from _forbidden(template, place, said)
    yield from _consequences(template, place, said)
    if neutral:
        yield from _hints(place, said)
        yield from _owes(wording, place, ("who",) if template.stage != "free" else ())
        return
    if template.stage == "free":
        return
    yield from _owes(wording, place, tuple(OWED))
    yield from _subject(place, wording)
    if not words("already_paid").search(said):
        yield Finding(
            "template.already_paid_missing",
            f"{place}body",
            "Falta decir que quien ya pagó haga caso omiso",
            "It does not say that whoever has paid may disregard it",
            "si ya pagó, haga caso omiso",
        )
    yield from _way_out(template, place, said)


def _forbidden(template: MessageTemplate, place: str, said: str) -> Iterator[Finding]:
    topics = (
        ("court_like", "suena a tribunal: la ley no lo permite en una cobranza", Severity.ERROR,
         "sounds like a court: the law forbids it in collections"),
        ("disrespect", "falta al respeto", Severity.ERROR, "is disrespectful"),
        ("pressure", "presiona: diga la fecha límite en su lugar", Severity.WARNING,
         "puts pressure: say the deadline instead"),
    )  # fmt: skip
    for topic, es, severity, en in topics:
        if match := words(topic).search(said):
            yield Finding(
                f"template.{topic}",
                f"{place}body",
                f"«{match[0]}» {es}",
                f"“{match[0]}” {en}",
                severity=severity,
            )
    if match := SHOUTED.search(said):
        yield Finding(
            "template.shouting",
            f"{place}body",
            f"«{match[0]}» se lee como un grito",
            f"“{match[0]}” reads as a shout",
            severity=Severity.WARNING,
        )
    for country in template.countries or countries_with_rules():
        for rule in country_rules(country):
            if match := rule.words.search(said):
                yield Finding(
                    "template.forbidden_in_country",
                    f"{place}body",
                    f"«{match[0]}»: {rule.message_es} ({rule.source})",
                    f"“{match[0]}”: {rule.message_en} ({rule.source})",
                    rule.id,
                )


def _consequences(template: MessageTemplate, place: str, said: str) -> Iterator[Finding]:
    """Declared ones are held against the strategy, whose later steps must carry them out."""
    match = words("consequence").search(said)
    if template.stage == "preventiva" and (match or template.names_consequence):
        yield Finding(
            "template.consequence_in_preventiva",
            f"{place}body",
            "Antes del vencimiento no se nombran consecuencias",
            "Before the due date no consequence is named",
            match[0] if match else "",
        )
    elif match and not template.names_consequence:
        yield Finding(
            "template.consequence_not_declared",
            f"{place}body",
            f"«{match[0]}» nombra una consecuencia: decláralo en la plantilla",
            f"“{match[0]}” names a consequence: declare it in the template",
            hint="names_consequence",
        )


def _owes(wording: Wording, place: str, what: tuple[str, ...]) -> Iterator[Finding]:
    read = Wording(body=wording.body).variables()
    for name in what:
        variables, es, en = OWED[name]
        if not read & variables:
            yield Finding(
                f"template.{name}_missing",
                f"{place}body",
                f"Falta decir {es}",
                f"It does not say {en}",
                ", ".join(sorted(variables)),
            )


def _hints(place: str, said: str) -> Iterator[Finding]:
    if match := words("debt_hint").search(said):
        yield Finding(
            "template.neutral_hints",
            f"{place}body",
            f"«{match[0]}» deja ver una deuda a quien no es su titular",
            f"“{match[0]}” lets somebody else see that there is a debt",
        )


def _subject(place: str, wording: Wording) -> Iterator[Finding]:
    if match := words("debt_hint").search(OUTPUT.sub(" ", wording.subject)):
        yield Finding(
            "template.subject_tells_debt",
            f"{place}subject",
            f"El asunto se ve sin abrir el correo: no puede decir «{match[0]}»",
            f"A subject is seen without opening the mail: it cannot say “{match[0]}”",
        )


def _way_out(template: MessageTemplate, place: str, said: str) -> Iterator[Finding]:
    """How to refuse further messages: by law in the United States, and good manners in a text message."""
    by_law = "US" in template.countries and template.channel in ("sms", "whatsapp", "email", "assisted")
    if (by_law or template.channel == "sms") and not words("opt_out").search(said):
        yield Finding(
            "template.opt_out_missing",
            f"{place}body",
            "Falta decir cómo dejar de recibir mensajes (BAJA)",
            "It does not say how to stop further messages (BAJA)",
            "BAJA para no recibir",
            Severity.ERROR if by_law else Severity.WARNING,
        )
