"""The packs as a table people read: docs/contact-law.md holds it, and the policies page may too."""

from collections.abc import Iterable
from typing import Literal

from engine.contact_policy.pack import Pack
from engine.contact_policy.rules import (
    ALL_CHANNELS,
    CapRule,
    ChannelLockRule,
    ConsentRule,
    GapRule,
    LawRule,
    Week,
    WindowRule,
)

Language = Literal["es", "en"]

_HEADINGS: dict[Language, str] = {
    "es": "| Paquete | Estado | Regla | Ley, artículo | Qué dice | En vigor | Conf. |",
    "en": "| Pack | Status | Rule | Law, article | What it says | In force | Conf. |",
}


def pack_table(packs: Iterable[Pack], language: Language = "en") -> str:
    """Every rule of some packs as one Markdown table, with the parameters in force.

    >>> from engine.contact_policy import load_pack
    >>> print(pack_table([load_pack("CO")]).splitlines()[2])
    | CO 2026.11.1 | ready | `co-hours` | Ley 2300 de 2023, art. 3 | Monday to Friday 7 to 19, \
Saturday 8 to 15; neither Sundays nor holidays. | mon-fri 07:00-19:00, sat 08:00-15:00 | S |
    """
    lines = [_HEADINGS[language], "|---|---|---|---|---|---|---|"]
    for pack in packs:
        for rule in pack.rules:
            said = rule.text_es if language == "es" else rule.text_en
            cells = (
                f"{pack.key} {pack.version}",
                pack.status,
                f"`{rule.id}`",
                f"{rule.law}, {rule.article}",
                said,
                parameters(rule),
                rule.confidence,
            )
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def parameters(rule: LawRule) -> str:
    """The parameters of a rule in short, with the channels it binds when they are not all.

    >>> from engine.contact_policy import load_pack
    >>> parameters(load_pack("CL").rules[2])
    '2 attempts, iso week; whatsapp, sms, email, letter, assisted'
    """
    said = _numbers(rule)
    if set(rule.channels) != set(ALL_CHANNELS):
        said = "; ".join(filter(None, (said, ", ".join(rule.channels))))
    return said or "-"


def _numbers(rule: LawRule) -> str:
    if isinstance(rule, WindowRule):
        return _hours(rule.hours)
    if isinstance(rule, CapRule):
        period = f"{rule.days} rolling days" if rule.days else rule.period.replace("_", " ")
        what = "two-way contacts" if rule.counts == "two_way" else "attempts"
        return f"{rule.max} {what}, {period}{', per channel' if rule.per_channel else ''}"
    if isinstance(rule, GapRule):
        return f"{rule.days_apart} days after {_trigger(rule)}"
    if isinstance(rule, ChannelLockRule):
        return f"locks after {_trigger(rule)}"
    if isinstance(rule, ConsentRule):
        return "unknown suffices" if rule.unknown_suffices else "consent needed"
    return ""


def _trigger(rule: GapRule | ChannelLockRule) -> str:
    return "a two-way contact" if rule.counts == "two_way" else "an attempt"


def _hours(week: Week) -> str:
    """Weekdays with the same hours said together, closed ones left out."""
    names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    spans: list[tuple[list[str], str]] = []
    for name in names:
        hours = getattr(week, name)
        said = "-".join(hours) if hours else ""
        if spans and spans[-1][1] == said:
            spans[-1][0].append(name)
        else:
            spans.append(([name], said))
    return ", ".join(f"{_range(days)} {said}" for days, said in spans if said)


def _range(days: list[str]) -> str:
    return days[0] if len(days) == 1 else f"{days[0]}-{days[-1]}"
