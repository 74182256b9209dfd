"""Registers our WhatsApp templates with Meta, takes over how they stand there, and takes them off."""

from collections.abc import Sequence
from dataclasses import dataclass

from api.clock import Clock
from api.settings import Settings
from api.usecases.sending.record_provider_news import record_template_news
from channels.port import TemplateNews
from channels.templates import MessageTemplate
from channels.whatsapp_templates import Registration, WhatsAppTemplates, registrations
from engine.errors import ServiceError, TemplateError
from engine.vocabulary import Channel
from storage.database import Database
from storage.ledger import append_line
from storage.provider_templates import Told, drop_registered, note_registered, registered

PROVIDER = Channel.WHATSAPP.word
LOST = "not listed by the provider any more"


@dataclass(frozen=True)
class Registered:
    """What a registration came to: wordings given to Meta, and those it or we refused, each with why."""

    given: tuple[TemplateNews, ...]
    refused: tuple[tuple[str, str], ...]


def open_templates(settings: Settings) -> WhatsAppTemplates:
    """The account's template desk; ``ServiceError`` when its settings are missing."""
    token = settings.whatsapp_token.get_secret_value()
    if not token or not settings.whatsapp_account_id:
        raise ServiceError(
            "no WhatsApp Business account is set", code="settings.missing",
            hint="CADENCIA_WHATSAPP_ACCOUNT_ID and CADENCIA_WHATSAPP_TOKEN",
        )  # fmt: skip
    return WhatsAppTemplates(settings.whatsapp_url, settings.whatsapp_account_id, token)


async def register_templates(database: Database, clock: Clock, desk: WhatsAppTemplates) -> Registered:
    """Ask for the approval of every approved wording that Meta has not been given; each is written down."""
    given: list[TemplateNews] = []
    refused: list[tuple[str, str]] = []
    wanted, wrong = _wanted(database)
    for template_id, one in wanted:
        try:
            news = await desk.create(one)
        except ServiceError as trouble:
            refused.append((f"{one.name} ({one.language})", f"{trouble.code}: {trouble.message}"))
            continue
        told = Told(
            PROVIDER, news.name, news.language, news.provider_id, news.state or "pending", news.category
        )
        with database.connection() as connection:
            note_registered(connection, told, template_id, one.neutral, clock.now())
            body = {"language": news.language, "state": news.state, "category": news.category}
            append_line(connection, clock.now(), "template.registered", f"template:{news.name}", body)
        given.append(news)
    return Registered(tuple(given), (*wrong, *refused))


async def sync_templates(database: Database, clock: Clock, desk: WhatsAppTemplates) -> int:
    """Take over how every template stands at Meta now; how many it lists. What it lost is disabled."""
    listed = await desk.list_all()
    there = {(news.name, news.language) for news in listed}
    with database.connection() as connection:
        known = {(one.name, one.language): one for one in registered(connection, PROVIDER)}
        for news in listed:
            before = known.get((news.name, news.language))
            if before is None or _differs(before.state, before.category, before.quality, news):
                record_template_news(connection, Channel.WHATSAPP, news, clock.now())
        for (name, language), one in known.items():
            if (name, language) not in there and one.state != "disabled":
                lost = TemplateNews(name, language, state="disabled", reason=LOST)
                record_template_news(connection, Channel.WHATSAPP, lost, clock.now())
    return len(listed)


async def delete_template(
    database: Database, clock: Clock, desk: WhatsAppTemplates, name: str, by: str
) -> None:
    """Delete a registered name in every language, at Meta and here."""
    await desk.delete(name)
    with database.connection() as connection:
        drop_registered(connection, PROVIDER, name)
        append_line(connection, clock.now(), "template.deleted", f"template:{name}", {"by": by})


def _wanted(
    database: Database,
) -> tuple[Sequence[tuple[int, Registration]], tuple[tuple[str, str], ...]]:
    """Wordings of the newest approved version of each key that Meta does not know, and those it cannot."""
    with database.connection() as connection:
        known = {(one.name, one.language) for one in registered(connection, PROVIDER)}
        rows = connection.execute(
            "SELECT DISTINCT ON (key) id, version, body FROM template"
            " WHERE channel = %s AND state = 'approved' ORDER BY key, version DESC",
            [int(Channel.WHATSAPP)],
        ).fetchall()
    wanted, wrong = [], []
    for template_id, version, body in rows:
        template = MessageTemplate.model_validate(body | {"version": version})
        try:
            wordings = registrations(template)
        except TemplateError as trouble:
            wrong.append((trouble.place, trouble.message))
            continue
        wanted += [(template_id, one) for one in wordings if (one.name, one.language) not in known]
    return wanted, tuple(wrong)


def _differs(state: str, category: str, quality: str, news: TemplateNews) -> bool:
    told = (news.state or state, news.category or category, news.quality or quality)
    return told != (state, category, quality)
