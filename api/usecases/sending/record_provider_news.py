"""Records what a provider says of its own: templates approved or paused, limits, trouble, changed numbers."""

from collections.abc import Callable
from datetime import UTC, datetime

import psycopg

from channels.port import Action, Moved, SenderNews, TemplateNews
from engine.vocabulary import Channel
from storage.alerts import raise_alert
from storage.contact_points import persons_at, variants
from storage.ledger import append_line
from storage.outbox.consequences import mark_unreachable, stop_channel
from storage.outbox.waking import wake_held
from storage.person_lock import lock_persons
from storage.provider_templates import APPROVED, Registered, Told, note_told, siblings
from storage.sender_numbers import note_quality, note_tier


def record_template_news(
    connection: psycopg.Connection, channel: Channel, news: TemplateNews, now: datetime
) -> None:
    """Write what was told; wake what waited for an approval, raise an alert for what can no longer go."""
    told = Told(
        channel.word, news.name, news.language, news.provider_id, news.state or "", news.category,
        news.quality, news.reason,
    )  # fmt: skip
    at = datetime.fromtimestamp(news.at, UTC) if news.at else now
    before, after = note_told(connection, told, at)
    if after is None:
        return
    body = {
        "state": after.state, "category": after.category, "quality": after.quality, "reason": news.reason,
        "language": after.language,
    }  # fmt: skip
    append_line(connection, now, "template.told", f"template:{news.name}", body)
    if after.state == APPROVED and (before is None or before.state != APPROVED) and after.template_id:
        wake_held(connection, after.template_id, now)
    if before is not None:
        _alert_changes(connection, before, after, now)
    if news.quality == "red":
        said = f"people complain about {news.name}: its quality is low and it may be paused"
        raise_alert(connection, now, "template_quality", f"template:{news.name}", said)


def _alert_changes(
    connection: psycopg.Connection, before: Registered, after: Registered, now: datetime
) -> None:
    subject = f"template:{after.name}"
    if before.state == APPROVED and after.state != APPROVED:
        stands_in = after.template_id and siblings(connection, [after.template_id])
        goes = "another template of its stage stands in" if stands_in else "its messages take another channel"
        said = f"{after.name} is {after.state} ({after.reason}); {goes}"
        raise_alert(connection, now, "template_held", subject, said)
    if before.category and after.category != before.category:
        said = f"{after.name} was {before.category} and is {after.category} now: price and limits change"
        raise_alert(connection, now, "template_category", subject, said)


def record_sender_news(
    connection: psycopg.Connection, channel: Channel, news: SenderNews, now: datetime
) -> None:
    """Write limits and quality; trouble with the account stops the channel."""
    if news.tier is not None:
        note_tier(connection, channel, news.tier)
    if news.quality:
        note_quality(connection, channel, news.sender, news.quality)
    body = {"kind": news.kind, "tier": news.tier, "quality": news.quality, "reason": news.reason}
    subject = f"sender:{news.sender}" if news.sender else f"channel:{channel.word}"
    append_line(connection, now, "sender.told", subject, body)
    if news.action is Action.STOP_CHANNEL:
        stop_channel(connection, channel, news.reason, now)
    elif news.quality == "red":
        said = f"people complain about {news.sender}: its limit may be lowered"
        raise_alert(connection, now, "sender_quality", subject, said)


def record_moved(
    connection: psycopg.Connection,
    channel: Channel,
    moved: Moved,
    now: datetime,
    index_of: Callable[[str], bytes] | None = None,
) -> None:
    """A number was given up: nothing more goes there on this channel; the new one waits for their word."""
    indexes = [index_of(spelling) for spelling in variants(moved.from_)] if index_of else []
    persons = persons_at(connection, moved.from_, indexes)
    lock_persons(connection, persons)
    for person_id in persons:
        for address in variants(moved.from_):
            mark_unreachable(connection, person_id, channel, address)
        append_line(
            connection, now, "person.moved", f"person:{person_id}", {"provider_id": moved.provider_id}
        )
        said = "a person changed their number at the provider: ask for the new one"
        details = {"provider_id": moved.provider_id, "channel": channel.word}
        raise_alert(connection, now, "number_changed", f"person:{person_id}", said, details)
