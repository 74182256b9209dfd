"""A strategy as one Markdown document: picture, steps, texts, law, examples and who approved."""

import re
from collections.abc import Iterator, Sequence

from channels.formats import long_date
from channels.strategy_print.sheet import COUNSEL, StrategySheet, Text, ways_of
from engine.strategy.telling import ToldExample, ToldStep


def strategy_markdown(sheet: StrategySheet) -> str:
    """The document; the same sheet gives the same text."""
    parts = [
        _head(sheet),
        _picture(sheet),
        _steps(sheet),
        _texts(sheet),
        _law(sheet),
        _examples(sheet),
        _signatures(sheet),
    ]
    return "\n\n".join("\n".join(part) for part in map(list, parts) if part) + "\n"


def _head(sheet: StrategySheet) -> Iterator[str]:
    yield f"# {_plain(sheet.name)}"
    yield ""
    on = long_date(sheet.on.isoformat())
    yield f"{_plain(sheet.creditor)} · cartera {sheet.portfolio} · {sheet.state}, {on}"
    yield ""
    yield from _table(("", ""), [*sheet.about, ("Huella del contenido", f"`{sheet.content_hash}`")])
    yield ""
    yield f"**La cuenta sale cuando** {_plain(sheet.told.exit)}."
    for line in sheet.told.on_hold:
        yield f"{line}"


def _picture(sheet: StrategySheet) -> Iterator[str]:
    """The graph in Mermaid's words; readers without it see the same in the list of steps."""
    yield "## Dibujo"
    yield ""
    yield "```mermaid"
    yield "flowchart TD"
    for step in sheet.told.steps:
        yield f'  n{step.number}["{step.number}. {_quoted(step.name)}"]'
    for step in sheet.told.steps:
        for label, _, target in ways_of(step):
            if target is not None:
                yield f'  n{step.number} -->|"{_quoted(label)}"| n{target}'
    yield "```"


def _steps(sheet: StrategySheet) -> Iterator[str]:
    yield "## Pasos"
    for step in sheet.told.steps:
        yield ""
        yield f"### {step.number}. {_plain(step.name)}"
        yield ""
        yield f"*{step.title}.* {_plain(step.said)}"
        yield from _ways(step, sheet)


def _ways(step: ToldStep, sheet: StrategySheet) -> Iterator[str]:
    ways = ways_of(step)
    if ways:
        yield ""
    for label, conditions, target in ways:
        when = f" ({_plain(conditions[0])})" if conditions else ""
        where = "a ninguna parte" if target is None else f"{target}. {_plain(sheet.steps[target].name)}"
        yield f"- {_plain(label)}{when} → {where}"


def _texts(sheet: StrategySheet) -> Iterator[str]:
    if sheet.texts:
        yield "## Textos de los mensajes"
    for text in sheet.texts:
        yield ""
        yield from _text(text)


def _text(text: Text) -> Iterator[str]:
    yield f"### {_plain(text.name)} (`{text.key}`)"
    yield ""
    yield f"{text.channel}, {text.state}."
    if text.subject:
        yield f"Asunto: {_plain(text.subject)}"
    yield ""
    yield _cited(text.body)
    if text.neutral:
        yield ""
        yield "A una dirección sin verificar:"
        yield ""
        yield _cited(text.neutral)


def _law(sheet: StrategySheet) -> Iterator[str]:
    yield "## Base legal"
    yield ""
    yield COUNSEL
    yield ""
    rows = [(note.pack, f"{note.law}, {note.article}", note.said) for note in sheet.law]
    yield from _table(("País", "Norma", "Qué dice"), rows)
    for question in sheet.open_questions:
        yield f"- Por confirmar: {_plain(question)}"
    for warning in sheet.warnings:
        yield f"- Advertencia de la revisión: {_plain(warning)}"


def _examples(sheet: StrategySheet) -> Iterator[str]:
    if sheet.told.examples:
        yield "## Ejemplos"
    for example in sheet.told.examples:
        yield ""
        yield from _example(example)


def _example(example: ToldExample) -> Iterator[str]:
    yield f"### {_plain(example.name)}"
    yield ""
    yield f"{example.about}."
    yield ""
    rows = [(str(day), known, wanted) for day, known, wanted in example.days]
    yield from _table(("Día", "Se sabe", "Se espera"), rows)


def _signatures(sheet: StrategySheet) -> Iterator[str]:
    if not sheet.signatures:
        return
    yield "## Aprobaciones"
    yield ""
    rows = [
        (f"v{s.version}", s.on.isoformat(), s.asked_by, s.approved_by, f"`{s.content_hash[:12]}`", s.note)
        for s in sheet.signatures
    ]
    yield from _table(("Versión", "Fecha", "Pidió", "Aprobó", "Huella", "Nota"), rows)


def _table(titles: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(titles)} |"
    yield f"|{'---|' * len(titles)}"
    for row in rows:
        yield f"| {' | '.join(_plain(cell).replace('|', '/') for cell in row)} |"


def _plain(text: str) -> str:
    """Words people chose, on one line and without the signs that would become markup or HTML."""
    flat = " ".join(text.split())
    return re.sub(r"([\\*_\[\]<>#])", r"\\\1", flat) if not flat.startswith("`") else flat


def _quoted(text: str) -> str:
    """Words inside a Mermaid label."""
    return " ".join(text.split()).replace('"', "'").translate(str.maketrans("<>[]{}|`", "()()()//"))


def _cited(text: str) -> str:
    """The words of a message, line by line, as a quotation."""
    return "\n".join(f"> {_plain(line)}".rstrip() for line in text.splitlines() or [""])
