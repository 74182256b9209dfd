"""What a strategy is held against before it is published in a portfolio, read from the tables."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psycopg

from api.catalogue import catalogue_of
from api.clock import steady
from engine.contact_policy import load_packs, pack_keys
from engine.errors import StrategyError
from engine.strategy.document import Strategy
from engine.validation import Context, TemplateFacts
from engine.vocabulary import Channel
from storage.provider_templates import USABLE

MAY_BE_MISSING = ("nombre", "medios_pago")
"""Variables a message may lack for some person; the others come with every debt that has a due date."""


RECENT_S = 60.0
"""While somebody draws, what is asked of a whole book may be so old, unless accounts or people came."""


@dataclass(frozen=True)
class Population:
    """What a validator asks of everybody in a book: where they live, the channels someone consented to."""

    countries: tuple[str, ...]
    consents: frozenset[str] | None


_recent: dict[tuple[object, ...], tuple[float, Population]] = {}


def read_context(
    connection: psycopg.Connection, portfolio_key: str, own_key: str, *, recent: bool = False
) -> Context:
    """Templates, law of the debtors' countries, other published strategies and recorded consents.

    ``recent``: places and consents may be those of a minute ago, for they are asked of every person.
    Raises ``StrategyError`` when there is no such portfolio.
    """
    row = connection.execute(
        "SELECT id, country, settings FROM portfolio WHERE key = %s", [portfolio_key]
    ).fetchone()
    if row is None:
        raise StrategyError(
            f"there is no portfolio {portfolio_key!r}", place=own_key, code="portfolio.unknown"
        )
    portfolio_id, country, settings = row
    everybody = (_recently if recent else _population)(connection, portfolio_id, country)
    return Context(
        catalogue=catalogue_of(settings),
        templates=_templates(connection),
        language=settings.get("language"),
        packs=load_packs(everybody.countries),
        others=_others(connection, portfolio_id, own_key),
        consent_sources=everybody.consents,
        prices={word: int(price) for word, price in settings.get("message_prices", {}).items()},
    )


def _population(connection: psycopg.Connection, portfolio_id: int, country: str) -> Population:
    countries = tuple(_countries(connection, portfolio_id, country))
    return Population(countries, _consents(connection, portfolio_id))


def _recently(connection: psycopg.Connection, portfolio_id: int, country: str) -> Population:
    """The same as it was read up to a minute ago, as long as nobody new came and nothing was loaded."""
    stamp = connection.execute(
        "SELECT (SELECT max(id) FROM account), (SELECT max(id) FROM person), (SELECT max(id) FROM load)"
    ).fetchall()[0]
    info = connection.info
    asked = (info.host, info.port, info.dbname, portfolio_id, country)
    key, now = (*asked, *stamp), steady()
    read_at, found = _recent.get(key, (-RECENT_S, None))
    if found is None or now - read_at >= RECENT_S:
        found = _population(connection, portfolio_id, country)
        for older in [each for each in list(_recent) if each[: len(asked)] == asked]:
            _recent.pop(older, None)
        _recent[key] = (now, found)
    return found


def _countries(connection: psycopg.Connection, portfolio_id: int, country: str) -> list[str]:
    rows = connection.execute(
        """SELECT DISTINCT p.country FROM place p
           WHERE EXISTS (SELECT 1 FROM person o JOIN account a ON a.person_id = o.id
                         WHERE o.place_id = p.id AND a.portfolio_id = %s)""",
        [portfolio_id],
    ).fetchall()
    return sorted({country, *(word for (word,) in rows)} & set(pack_keys()))


def _templates(connection: psycopg.Connection) -> dict[str, TemplateFacts]:
    """The newest version of each template that may be sent, else its newest; with its provider's word."""
    rows = connection.execute(
        f"""SELECT DISTINCT ON (t.key) t.key, t.channel, t.language, t.body, {USABLE},
                   coalesce(p.category, ''), coalesce(p.quality, '')
            FROM template t LEFT JOIN provider_template p
                 ON p.template_id = t.id AND NOT p.neutral AND p.language = t.language
            ORDER BY t.key, {USABLE} DESC, t.state = 'approved' DESC, t.version DESC"""
    ).fetchall()
    return {
        key: TemplateFacts(
            channel=Channel(channel).word,
            language=language,
            approved=usable,
            names_consequence=bool(body.get("names_consequence")),
            unguarded=unguarded(body),
            recategorised=category if category and category != body.get("category", category) else "",
            quality=quality,
            stage=str(body.get("stage", "")),
        )
        for key, channel, language, body, usable, category, quality in rows
    }


def unguarded(body: Mapping[str, Any]) -> tuple[str, ...]:
    """Variables that may be missing and that some wording says without a fallback text.

    >>> unguarded(
    ...     {"body": "Hola {{ nombre | nombre_propio }}, paga con {{ medios_pago | sin_dato('efectivo') }}"}
    ... )
    ('nombre',)
    """
    wordings = [body, body.get("neutral") or {}]
    said = " ".join(
        str(wording.get(part, "")) for wording in wordings for part in ("body", "subject", "html")
    )
    outputs = re.findall(r"\{\{(.*?)\}\}", said, re.DOTALL)
    bare = [output for output in outputs if "sin_dato" not in output]
    return tuple(name for name in MAY_BE_MISSING if any(re.match(rf"\s*{name}\b", each) for each in bare))


def _others(connection: psycopg.Connection, portfolio_id: int, own_key: str) -> list[Strategy]:
    rows = connection.execute(
        "SELECT v.body FROM strategy s JOIN strategy_version v ON v.id = s.active_version_id"
        " WHERE s.portfolio_id = %s AND s.key <> %s ORDER BY s.key",
        [portfolio_id, own_key],
    ).fetchall()
    return [Strategy.model_validate(body) for (body,) in rows]


def _consents(connection: psycopg.Connection, portfolio_id: int) -> frozenset[str] | None:
    """The channels someone of the portfolio has consented to; ``None`` while it holds nobody."""
    row = connection.execute(
        """SELECT bit_or(p.consented_channels) FROM person p
           WHERE EXISTS (SELECT 1 FROM account a WHERE a.person_id = p.id AND a.portfolio_id = %s)""",
        [portfolio_id],
    ).fetchone()
    if row is None or row[0] is None:
        return None
    return frozenset(channel.word for channel in Channel if row[0] >> channel & 1)
