"""Templates as providers register them: each wording's state, category and quality, and who may stand in.

The house approves a template (``template.state``), the provider each wording of it under its own name. A
template without rows here was never registered through us: then the house's word alone counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg.rows import class_row

from engine.vocabulary import Channel

APPROVED = "approved"
NEUTRAL = "_neutral"
"""How the name of a neutral wording ends."""

USABLE = """(t.state = 'approved' AND NOT EXISTS (
    SELECT 1 FROM provider_template pt
    WHERE pt.template_id = t.id AND NOT pt.neutral AND pt.state <> 'approved'))"""
"""A condition on a template ``t``: the house and every provider that knows it let it be sent."""


@dataclass(frozen=True, slots=True)
class Registered:
    """One wording as a provider has it; empty texts were never told."""

    provider: str
    name: str
    language: str
    template_id: int | None
    neutral: bool
    provider_id: str
    state: str
    category: str
    quality: str
    reason: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """What a provider says of a wording; what is empty was not said."""

    provider: str
    name: str
    language: str
    provider_id: str = ""
    state: str = ""
    category: str = ""
    quality: str = ""
    reason: str = ""


def registered(connection: psycopg.Connection, provider: str = "") -> list[Registered]:
    """Every registered wording by name, of one provider or all."""
    with connection.cursor(row_factory=class_row(Registered)) as cursor:
        return cursor.execute(
            "SELECT provider, name, language, template_id, neutral, provider_id, state, category, quality,"
            " reason, changed_at FROM provider_template WHERE %(p)s = '' OR provider = %(p)s"
            " ORDER BY provider, name, language",
            {"p": provider},
        ).fetchall()


def note_registered(
    connection: psycopg.Connection, told: Told, template_id: int | None, neutral: bool, at: datetime
) -> None:
    """A wording of ours was given to a provider."""
    connection.execute(
        """
        INSERT INTO provider_template
            (provider, name, language, template_id, neutral, provider_id, state, category, reason, changed_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        ON CONFLICT (provider, name, language) DO UPDATE SET template_id = EXCLUDED.template_id,
            neutral = EXCLUDED.neutral, provider_id = EXCLUDED.provider_id, state = EXCLUDED.state,
            category = EXCLUDED.category, reason = EXCLUDED.reason, changed_at = EXCLUDED.changed_at
        """,
        [
            told.provider, told.name, told.language, template_id, neutral, told.provider_id,
            told.state or "pending", told.category, told.reason, at,
        ],
    )  # fmt: skip


def note_told(
    connection: psycopg.Connection, told: Told, at: datetime
) -> tuple[Registered | None, Registered | None]:
    """Write what a provider says; the wording before and after, the first ``None`` when it was unknown.

    A state told late (``at``) does not undo a later one. A name of ours that was registered elsewhere is
    known by its spelling.
    """
    before = _find(connection, told)
    connection.execute(
        """
        INSERT INTO provider_template AS p
            (provider, name, language, template_id, neutral, provider_id, state, category, quality, reason,
             changed_at)
        VALUES (%(provider)s, %(name)s, %(language)s,
                (SELECT id FROM template WHERE channel = %(whatsapp)s
                 AND key || CASE WHEN version > 1 THEN '_v' || version ELSE '' END = %(base)s LIMIT 1),
                %(name)s <> %(base)s, %(id)s, coalesce(nullif(%(state)s, ''), 'approved'),
                %(category)s, %(quality)s, %(reason)s, %(at)s)
        ON CONFLICT (provider, name, language) DO UPDATE SET
            provider_id = coalesce(nullif(EXCLUDED.provider_id, ''), p.provider_id),
            state = coalesce(nullif(%(state)s, ''), p.state),
            category = coalesce(nullif(%(category)s, ''), p.category),
            quality = coalesce(nullif(%(quality)s, ''), p.quality),
            reason = CASE WHEN %(state)s <> '' OR %(reason)s <> '' THEN %(reason)s ELSE p.reason END,
            changed_at = CASE WHEN %(state)s <> '' THEN EXCLUDED.changed_at ELSE p.changed_at END
        WHERE %(state)s = '' OR p.changed_at <= EXCLUDED.changed_at
        """,
        {
            "provider": told.provider, "name": told.name, "language": told.language,
            "id": told.provider_id, "state": told.state, "category": told.category,
            "quality": told.quality, "reason": told.reason, "at": at, "whatsapp": int(Channel.WHATSAPP),
            "base": told.name.removesuffix(NEUTRAL),
        },
    )  # fmt: skip
    return before, _find(connection, told)


def hold_template(
    connection: psycopg.Connection, provider: str, name: str, language: str, template_id: int, told: str,
    reason: str, at: datetime,
) -> bool:  # fmt: skip
    """A send was refused because of its template: believe it; whether it was thought to be good."""
    return bool(
        connection.execute(
            """
            INSERT INTO provider_template AS p
                (provider, name, language, template_id, neutral, state, reason, changed_at)
            VALUES (%(provider)s, %(name)s, %(language)s, %(template)s, %(name)s LIKE '%%\\_neutral',
                    %(state)s, %(reason)s, %(at)s)
            ON CONFLICT (provider, name, language) DO UPDATE
                SET state = EXCLUDED.state, reason = EXCLUDED.reason, changed_at = EXCLUDED.changed_at
                WHERE p.state = 'approved'
            """,
            {
                "provider": provider, "name": name, "language": language, "template": template_id,
                "state": told, "reason": reason, "at": at,
            },
        ).rowcount
    )  # fmt: skip


def drop_registered(connection: psycopg.Connection, provider: str, name: str) -> int:
    """Forget a name that was deleted at the provider; how many languages it had."""
    return connection.execute(
        "DELETE FROM provider_template WHERE provider = %s AND name = %s", [provider, name]
    ).rowcount


@dataclass(frozen=True, slots=True)
class Standing:
    """How one wording stands at its provider, and the id it goes by there."""

    state: str
    provider_id: str


def standing(connection: psycopg.Connection) -> dict[tuple[str, str], Standing]:
    """Every registered wording by its name and language."""
    rows = connection.execute("SELECT name, language, state, provider_id FROM provider_template").fetchall()
    return {(name, language): Standing(state, known_as) for name, language, state, known_as in rows}


def siblings(
    connection: psycopg.Connection, template_ids: Sequence[int], *, without_file: bool = False
) -> dict[int, int]:
    """Who stands in for templates: an older version, else its twin (a, b), else one of the same stage.

    Of the same channel, language, category and countries, approved by the house and by the provider;
    ``without_file``: one that sends no document.
    """
    rows = connection.execute(
        f"""
        SELECT DISTINCT ON (held.id) held.id, t.id
        FROM template held JOIN template t ON t.id <> held.id AND t.channel = held.channel
            AND t.language = held.language AND t.body->>'category' IS NOT DISTINCT FROM held.body->>'category'
            AND (t.key = held.key OR held.body->>'stage' <> 'free'
                 AND t.body->>'stage' = held.body->>'stage'
                 AND coalesce(t.body->'countries', '[]') = coalesce(held.body->'countries', '[]')
                 AND t.body->>'names_consequence' IS NOT DISTINCT FROM held.body->>'names_consequence')
        WHERE held.id = ANY(%s) AND {USABLE} AND (NOT %s OR coalesce(t.body->>'attach', '') = '')
        ORDER BY held.id, t.key = held.key DESC, left(t.key, -1) = left(held.key, -1) DESC, t.key,
            t.version DESC
        """,
        [list(template_ids), without_file],
    ).fetchall()
    return dict(rows)


def _find(connection: psycopg.Connection, told: Told) -> Registered | None:
    with connection.cursor(row_factory=class_row(Registered)) as cursor:
        return cursor.execute(
            "SELECT provider, name, language, template_id, neutral, provider_id, state, category, quality,"
            " reason, changed_at FROM provider_template WHERE (provider, name, language) = (%s, %s, %s)",
            [told.provider, told.name, told.language],
        ).fetchone()
