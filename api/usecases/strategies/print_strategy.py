"""Print a strategy: a version or the draft, with its texts, its law and who approved, as PDF or Markdown."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

import psycopg

from api.strategy_context import read_context
from api.usecases.strategies.list_strategies import list_versions
from channels.strategy_print.markdown import strategy_markdown
from channels.strategy_print.pdf import strategy_pdf
from channels.strategy_print.sheet import LawNote, Signature, StrategySheet, Text, readable_text
from channels.templates import MessageTemplate
from engine.currencies import OF_COUNTRY
from engine.errors import StrategyError
from engine.strategy.document import Strategy
from engine.strategy.layers import draw
from engine.strategy.nodes.base import MessageNode
from engine.strategy.sentences import Tongue
from engine.strategy.telling import tell
from engine.strategy.words import spoken
from engine.validation import Context, validate
from storage import drafts
from storage.approvals import publication_notes
from storage.database import Database

Format = Literal["pdf", "markdown"]


@dataclass(frozen=True)
class Printed:
    """A file: its name, media type and bytes."""

    name: str
    media_type: str
    content: bytes


def print_strategy(
    database: Database, portfolio_key: str, key: str, version: int | None, printed_as: Format = "pdf"
) -> Printed:
    """A version (``None``: the draft) on paper; ``StrategyError`` where there is none.

    Nothing of the moment of printing is in it: the same version with the same texts gives the same bytes.
    """
    sheet = strategy_sheet(database, portfolio_key, key, version)
    name = f"{key}-{'borrador' if version is None else f'v{version}'}"
    if printed_as == "markdown":
        return Printed(f"{name}.md", "text/markdown; charset=utf-8", strategy_markdown(sheet).encode())
    return Printed(f"{name}.pdf", "application/pdf", strategy_pdf(sheet))


def strategy_sheet(database: Database, portfolio_key: str, key: str, version: int | None) -> StrategySheet:
    """Everything the paper says."""
    with database.connection() as connection:
        about = _portfolio(connection, portfolio_key, key)
    signatures = _signatures(database, about, key)
    with database.connection() as connection:
        strategy, state, at = _document(connection, about.id, key, version)
        context = read_context(connection, portfolio_key, key)
        texts = _texts(connection, strategy)
    findings = validate(strategy, context)
    tongue = Tongue(context.catalogue, OF_COUNTRY.get(about.country, ""))
    return StrategySheet(
        creditor=about.name or portfolio_key,
        portfolio=portfolio_key,
        country=about.country,
        key=key,
        name=strategy.name,
        state=state,
        on=_local(at, about.timezone),
        content_hash=strategy.content_hash(),
        told=tell(strategy, tongue),
        drawing=draw(strategy),
        texts=texts,
        law=_law(strategy, context),
        open_questions=_questions(strategy, context),
        warnings=[f"{finding.place}: {finding.message_es}" for finding in findings],
        signatures=[one for one in signatures if version is None or one.version <= version],
        about=_about(strategy, version, signatures),
    )


@dataclass(frozen=True)
class _Portfolio:
    id: int
    name: str
    country: str
    timezone: str


def _portfolio(connection: psycopg.Connection, portfolio_key: str, key: str) -> _Portfolio:
    row = connection.execute(
        "SELECT id, name, country, timezone FROM portfolio WHERE key = %s", [portfolio_key]
    ).fetchone()
    if row is None:
        raise StrategyError(f"there is no portfolio {portfolio_key!r}", place=key, code="portfolio.unknown")
    return _Portfolio(*row)


def _document(
    connection: psycopg.Connection, portfolio_id: int, key: str, version: int | None
) -> tuple[Strategy, str, datetime]:
    """The document, what it is, and when it was published or saved."""
    if version is None:
        draft = drafts.expect(connection, portfolio_id, key)
        return _readable(draft.body, key), f"Borrador, revisión {draft.revision}", draft.saved_at
    row = connection.execute(
        """SELECT v.body, v.published_at FROM strategy s JOIN strategy_version v ON v.strategy_id = s.id
           WHERE s.portfolio_id = %s AND s.key = %s AND v.number = %s""",
        [portfolio_id, key, version],
    ).fetchone()
    if row is None:
        raise StrategyError("there is no such published version", place=key, code="version.unknown")
    return _readable(row[0], key), f"Versión {version}", row[1]


def _readable(body: dict[str, Any], key: str) -> Strategy:
    try:
        return Strategy.model_validate(body)
    except ValueError as unreadable:
        raise StrategyError(
            "this document cannot be printed before it can be read",
            place=key,
            hint=str(unreadable).splitlines()[0],
            code="strategy.unreadable",
        ) from None


def _signatures(database: Database, about: _Portfolio, key: str) -> list[Signature]:
    with database.connection() as connection:
        notes = publication_notes(connection, about.id, key)
    return [
        Signature(
            version=line.number,
            on=_local(line.published_at, about.timezone),
            asked_by=line.published_by,
            approved_by=line.approved_by,
            content_hash=line.content_hash,
            note=notes.get(line.number, ""),
        )
        for line in list_versions(database, about.id, key)
    ]


def _about(strategy: Strategy, version: int | None, signatures: list[Signature]) -> list[tuple[str, str]]:
    lines = [("Clave", strategy.key), ("País", strategy.country or "el de cada deudor")]
    if strategy.campaign is not None:
        campaign = strategy.campaign
        lines.append(("Campaña", f"del {campaign.starts_on} al {campaign.ends_on}"))
    signed = next((one for one in signatures if one.version == version), None)
    if signed is None:
        return [*lines, ("Aprobación", "Sin aprobar: es un borrador")]
    return [*lines, ("Pidió", signed.asked_by), ("Aprobó", signed.approved_by)]


def _texts(connection: psycopg.Connection, strategy: Strategy) -> list[Text]:
    """The words that go out: the approved version of each template, else the newest, in the steps' order."""
    keys = list(
        dict.fromkeys(
            key for node in strategy.nodes if isinstance(node, MessageNode) for key in node.templates()
        )
    )
    rows = connection.execute(
        """SELECT DISTINCT ON (key) key, version, state, body FROM template WHERE key = ANY(%s)
           ORDER BY key, state = 'approved' DESC, version DESC""",
        [keys],
    ).fetchall()
    known = {
        key: _text(MessageTemplate.model_validate(body), version, state) for key, version, state, body in rows
    }
    return [known[key] for key in keys if key in known]


def _text(template: MessageTemplate, version: int, state: str) -> Text:
    states = {"approved": "aprobada", "draft": "por aprobar", "rejected": "rechazada", "paused": "en pausa"}
    return Text(
        key=template.key,
        name=template.name,
        channel=spoken(template.channel),
        state=f"versión {version}, {states.get(state, state)}",
        subject=readable_text(template.subject),
        body=readable_text(template.body),
        neutral=readable_text(template.neutral.body) if template.neutral else "",
    )


def _packs(strategy: Strategy, context: Context) -> list[Any]:
    """The packs that bind: of the strategy's country, else of every country the debtors live in."""
    packs = context.packs or {}
    return [pack for key, pack in sorted(packs.items()) if strategy.country in (None, key)]


def _law(strategy: Strategy, context: Context) -> list[LawNote]:
    return [
        LawNote(f"{pack.name_es} ({pack.version})", rule.law, rule.article, rule.text_es)
        for pack in _packs(strategy, context)
        for rule in pack.rules
    ]


def _questions(strategy: Strategy, context: Context) -> list[str]:
    return [asked.text_es for pack in _packs(strategy, context) for asked in pack.open_questions]


def _local(at: datetime, timezone: str) -> date:
    return at.astimezone(ZoneInfo(timezone)).date()
