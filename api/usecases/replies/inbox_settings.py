"""How a portfolio's inbox answers by itself: welcome, away, hours of people, and the assistant."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import psycopg
from psycopg.types.json import Jsonb
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.clock import Clock
from channels.replies.words_checked import check_source
from engine.errors import CadenciaError
from engine.findings import Finding
from storage.database import Database
from storage.ledger import append_line

SETTING = "inbox"
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Minute = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(_[A-Z]{2})?$")]
Text = Annotated[str, Field(max_length=1024)]


class Assistant(BaseModel):
    """Whether facts are answered without a person, and how often a day at most."""

    model_config = ConfigDict(extra="forbid")

    on: bool = True
    most_per_day: int = Field(default=3, ge=1, le=20)


class InboxSettings(BaseModel):
    """Texts by language, hours by weekday in the portfolio's zone (``null``: nobody; none: always)."""

    model_config = ConfigDict(extra="forbid")

    welcome: dict[Language, Text] = Field(default={}, examples=[{"es": "Hola {{ nombre }}, le leemos."}])
    away: dict[Language, Text] = Field(default={}, examples=[{"es": "Le contestamos mañana."}])
    hours: dict[str, tuple[Minute, Minute] | None] = Field(default={}, examples=[{"mon": ["09:00", "18:00"]}])
    assistant: Assistant = Assistant()

    def somebody_answers(self, at: datetime) -> bool:
        """Whether people answer at a local instant; without hours they always do."""
        if not self.hours:
            return True
        opening = self.hours.get(DAYS[at.weekday()])
        if opening is None:
            return False
        return time.fromisoformat(opening[0]) <= at.time() < time.fromisoformat(opening[1])


class SettingsRefused(CadenciaError):
    """Texts of the inbox that may not be said; ``findings`` say what is wrong with each."""

    code = "inbox.words"

    def __init__(self, message: str, findings: list[Finding], *, place: str = "", code: str = "") -> None:
        super().__init__(message, place=place, code=code or self.code)
        self.findings = tuple(findings)


@dataclass(frozen=True)
class Inbox:
    """The settings of a portfolio with its zone and country."""

    settings: InboxSettings
    zone: ZoneInfo
    country: str


def read_inbox(connection: psycopg.Connection, portfolio_id: int) -> Inbox:
    """The settings of a portfolio's inbox; what nobody set is the house's."""
    row = connection.execute(
        "SELECT settings->%s, timezone, country FROM portfolio WHERE id = %s", [SETTING, portfolio_id]
    ).fetchone()
    assert row is not None
    return Inbox(InboxSettings.model_validate(row[0] or {}), ZoneInfo(row[1]), row[2])


def save_inbox(
    database: Database, clock: Clock, portfolio_id: int, settings: InboxSettings, *, by: str
) -> None:
    """Write the settings; ``SettingsRefused`` for a text that may not be said, or hours of no day."""
    strange = sorted(settings.hours.keys() - set(DAYS))
    if strange:
        raise SettingsRefused(f"no es un día: {strange[0]}", [], place="hours", code="inbox.hours")
    with database.connection() as connection:
        country = read_inbox(connection, portfolio_id).country
        _expect_words({**_placed("welcome", settings.welcome), **_placed("away", settings.away)}, country)
        connection.execute(
            "UPDATE portfolio SET settings = jsonb_set(settings, %s, %s) WHERE id = %s",
            [[SETTING], Jsonb(settings.model_dump(mode="json")), portfolio_id],
        )
        body: dict[str, Any] = {"by": by, "assistant": settings.assistant.model_dump()}
        append_line(connection, clock.now(), "inbox.settings", f"portfolio:{portfolio_id}", body)


def text_for(texts: Mapping[str, str], language: str) -> str:
    """The text in a person's language: theirs, one of the same tongue, else the first; empty without any.

    >>> text_for({"es": "Hola", "en": "Hello"}, "en_US"), text_for({"es": "Hola"}, "pt"), text_for({}, "es")
    ('Hello', 'Hola', '')
    """
    tongue = language.partition("_")[0]
    alike = [key for key in texts if key.partition("_")[0] == tongue]
    chosen = language if language in texts else next(iter(alike), next(iter(texts), ""))
    return texts.get(chosen, "")


def _placed(name: str, texts: Mapping[str, str]) -> dict[str, str]:
    return {f"{name}.{language}": text for language, text in texts.items()}


def _expect_words(texts: Mapping[str, str], country: str) -> None:
    for place, text in texts.items():
        findings = check_source(text, country) if text.strip() else []
        if not text.strip() or any(finding.blocks for finding in findings):
            worst = findings[0].message_es if findings else "falta el texto"
            raise SettingsRefused(worst, findings, place=place)
