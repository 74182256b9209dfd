"""What a refusal by a provider means beyond its message: addresses, opt-outs, templates and numbers held."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import psycopg

from engine.vocabulary import Channel, Consent, EventName
from storage.alerts import raise_alert
from storage.consents import write_consent
from storage.domain_events import DomainEvent, post
from storage.events import accounts_of_person, revise_enrolments
from storage.ledger import append_line
from storage.outbox import reasons
from storage.outbox.withdrawals import withdraw_person
from storage.personal import addresses_of
from storage.provider_templates import hold_template
from storage.windows import close_windows

BY_PROVIDER = "provider"
FIRST_REST = timedelta(hours=24)
"""How long a person is left alone on a channel after the provider's own cap; it doubles each time."""

LONGEST_DOUBLING = 5


@dataclass(frozen=True, slots=True)
class Consequence:
    """One thing to do because of one message; ``kind`` is a key of :data:`DOES`.

    ``template`` and ``language`` name the wording as the provider knows it. ``pause_s`` of a number: 0 until
    somebody resumes it.
    """

    kind: str
    message_id: UUID
    person_id: int
    channel: int
    lane: int
    template_id: int
    template: str
    language: str
    address: str
    reason: str
    pause_s: float = 0.0


def carry_out(connection: psycopg.Connection, consequences: Sequence[Consequence], now: datetime) -> None:
    """Do each once, however often it is asked; the persons are locked by the caller."""
    for one in sorted(consequences, key=lambda one: one.person_id):
        DOES[one.kind](connection, one, now)


def mark_unreachable(connection: psycopg.Connection, person_id: int, channel: int, address: str) -> None:
    """An address reaches nobody on a channel: its bit goes, and the person's if it was the last.

    One left without any channel is ``unreachable``, which no later file revives.
    """
    known = addresses_of(connection, [person_id])
    points = [one.id for one in known if one.value.lower() == address.lower()]
    connection.execute(
        "UPDATE contact_point SET channels = channels & ~(1::bigint << %(channel)s::int), status = CASE"
        " WHEN status = 'active' AND channels & ~(1::bigint << %(channel)s::int) = 0 THEN 'unreachable'"
        " ELSE status END WHERE id = ANY(%(points)s)",
        {"channel": channel, "points": points},
    )
    connection.execute(
        """
        UPDATE person p SET revision = revision + 1,
            reachable_channels = coalesce((SELECT bit_or(channels) FROM contact_point c
                WHERE c.person_id = p.id AND c.status = 'active'), 0)
        WHERE p.id = %s
        """,
        [person_id],
    )


def stop_channel(connection: psycopg.Connection, channel: int, reason: str, now: datetime) -> None:
    """Press the red button for a channel on the provider's word, once, and say so."""
    connection.execute(
        """
        INSERT INTO stop_switch (scope, value, stopped_by, reason)
        SELECT 'channel', %(value)s, %(by)s, %(reason)s WHERE NOT EXISTS (
            SELECT 1 FROM stop_switch WHERE scope = 'channel' AND value = %(value)s AND resumed_at IS NULL)
        """,
        {"value": str(channel), "by": BY_PROVIDER, "reason": reason},
    )
    word = Channel(channel).word
    said = f"{word} is stopped: the provider refuses the account ({reason})"
    raise_alert(connection, now, "channel_stopped", f"channel:{word}", said)


def _unreachable(connection: psycopg.Connection, one: Consequence, now: datetime) -> None:
    mark_unreachable(connection, one.person_id, one.channel, one.address)


def _opt_out(connection: psycopg.Connection, one: Consequence, now: datetime) -> None:
    """The person told the provider: the same as if they had told us, once per message."""
    accounts = accounts_of_person(connection, one.person_id)
    channels = {"channels": [Channel(one.channel).word]}
    event = DomainEvent(
        EventName.OPT_OUT, now, BY_PROVIDER, str(one.message_id), one.person_id, tuple(accounts),
        body=channels,
    )  # fmt: skip
    if not post(connection, event):
        return
    write_consent(connection, one.person_id, [one.channel], Consent.DENIED, one.reason, now)
    revise_enrolments(connection, accounts)
    withdrawn = withdraw_person(connection, one.person_id, [one.channel], reasons.OPTED_OUT, now)
    body = {**channels, "source": one.reason, "withdrawn": [str(message_id) for message_id in withdrawn]}
    append_line(connection, now, "person.opted_out", f"person:{one.person_id}", body)


def _hold_template(connection: psycopg.Connection, one: Consequence, now: datetime) -> None:
    _hold(connection, one, "paused", "is held until the provider approves it again", now)


def _block_template(connection: psycopg.Connection, one: Consequence, now: datetime) -> None:
    _hold(connection, one, "faulty", "is blocked: its parameters do not fit what was registered", now)


def _hold(connection: psycopg.Connection, one: Consequence, state: str, said: str, now: datetime) -> None:
    """A wording without a registered name of its own (text messages) is held as a whole."""
    if not one.template:
        connection.execute(
            "UPDATE template SET state = 'paused' WHERE id = %s AND state = 'approved'", [one.template_id]
        )
        name = f"template:{one.template_id}"
    else:
        provider = Channel(one.channel).word
        hold_template(
            connection, provider, one.template, one.language, one.template_id, state, one.reason, now
        )
        name = f"template:{one.template}"
    raise_alert(connection, now, "template_held", name, f"{name} {said} ({one.reason})")


def _stop(connection: psycopg.Connection, one: Consequence, now: datetime) -> None:
    stop_channel(connection, one.channel, one.reason, now)


def _pause_sender(connection: psycopg.Connection, one: Consequence, now: datetime) -> None:
    """The number sends nothing for a while, or until somebody resumes it."""
    connection.execute(
        "UPDATE sender SET pause_reason = %(reason)s, paused_until = greatest(paused_until, CASE"
        " WHEN %(pause)s > 0 THEN clock_timestamp() + make_interval(secs => %(pause)s)"
        " ELSE '9999-12-31Z'::timestamptz END) WHERE lane = %(lane)s",
        {"reason": one.reason, "pause": one.pause_s, "lane": one.lane},
    )
    said = f"sending number {one.lane} is paused ({one.reason})"
    raise_alert(connection, now, "sender_paused", f"sender:{one.lane}", said)


def _rest(connection: psycopg.Connection, one: Consequence, now: datetime) -> None:
    """The provider's own cap per person: nothing to this address for a day, then two, four..."""
    connection.execute(
        "UPDATE contact_point SET rests = rests + 1,"
        " rest_until = greatest(rest_until, %(now)s + %(first)s * (2 ^ least(rests, %(most)s)))"
        " WHERE id = (SELECT id FROM contact_point WHERE person_id = %(person)s AND status = 'active'"
        " AND (channels >> %(channel)s::int) & 1 = 1 ORDER BY verified DESC, id LIMIT 1)"
        " AND (rest_until IS NULL OR rest_until <= %(now)s)",
        {
            "now": now, "first": FIRST_REST, "most": LONGEST_DOUBLING, "person": one.person_id,
            "channel": one.channel,
        },
    )  # fmt: skip


def _close_window(connection: psycopg.Connection, one: Consequence, now: datetime) -> None:
    close_windows(connection, [one.message_id])


def _tell_author(connection: psycopg.Connection, one: Consequence, now: datetime) -> None:
    said = f"messages are refused as wrong ({one.reason}), the first of them {one.message_id}"
    subject = f"template:{one.template or one.template_id}"
    raise_alert(connection, now, "message_refused", f"{subject}:{one.reason}", said)


DOES: Mapping[str, Callable[[psycopg.Connection, Consequence, datetime], None]] = {
    "unreachable": _unreachable,
    "opt_out": _opt_out,
    "hold_template": _hold_template,
    "block_template": _block_template,
    "stop_channel": _stop,
    "pause_sender": _pause_sender,
    "rest": _rest,
    "close_window": _close_window,
    "tell_author": _tell_author,
}
"""What each kind of consequence does."""
