"""May this person be contacted now? The guard's own policy asked beforehand, for whoever is about to.

What it says is what the guard would say at this instant; the guard is asked again when a message leaves.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from api.delivery.policy_guard import Ask, verdict_on
from api.delivery.reference import Reference
from engine.vocabulary import (
    SLOT_PURPOSES,
    STOPPED_STATUSES,
    Channel,
    EventKind,
    HoldKind,
    Outcome,
    Purpose,
    Relation,
)
from storage.outbox import reasons
from storage.outbox.guarded import HeldMessage, read_history
from storage.personal import Address, addresses_of
from storage.stops import NOT_STOPPED
from storage.windows import WINDOW

BY_MESSAGE = (Channel.WHATSAPP, Channel.SMS, Channel.EMAIL)
EVERY_WAY = (*BY_MESSAGE, Channel.VOICE)
_NOBODY = UUID(int=0)
_TALKING = 1 << HoldKind.CONVERSATION

SAID = {
    reasons.STOP_SWITCH: "el botón rojo está pulsado",
    reasons.OPTED_OUT: "la persona pidió no recibir mensajes por este canal",
    reasons.NO_CONTACT_POINT: "no hay una dirección activa para este canal",
    reasons.DISPUTE: "hay una disputa o queja abierta",
    reasons.ACCOUNT_STOPPED: "el estado de la cuenta no permite cobrar",
    reasons.PROMISE: "hay una promesa de pago en curso",
    reasons.HOLD: "la cuenta está retenida",
}
"""Why it may not be, besides the law, in the words of screens."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom it is about: a person, the debts to one creditor, in whose portfolio."""

    person_id: int
    creditor_id: int
    portfolio_id: int
    account_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Lawful:
    """The answer for one channel; ``code`` is a reason of the outbox or the id of the rule that says no.

    ``mode``: ``free`` (any words) or ``template`` (an approved one); ``purpose`` is what the contact would
    be; ``until`` when it may be made, where that is known.
    """

    channel: Channel
    may: bool
    mode: str
    purpose: Purpose
    code: str = ""
    reason: str = ""
    law: str = ""
    article: str = ""
    until: datetime | None = None
    window_until: datetime | None = None
    address: str = ""
    kind: str = ""
    verified: bool = False


def ask_lawful(
    connection: psycopg.Connection,
    subject: Subject,
    now: datetime,
    channels: Sequence[Channel] = EVERY_WAY,
    purposes: Mapping[Channel, Purpose] | None = None,
) -> list[Lawful]:
    """The answer for each channel, in order.

    The purpose is *respuesta* on a channel the person wrote by within 24 hours, else a collection contact,
    unless ``purposes`` says otherwise. Writes nothing.
    """
    scene = _Scene(connection, subject, _person(connection, subject), now, Reference())
    wrote = _wrote(connection, subject, now)
    windows = _windows(connection, subject.person_id, now)
    points = addresses_of(connection, [subject.person_id])
    answers = []
    for channel in channels:
        answering = channel in wrote
        purpose = (purposes or {}).get(channel) or (Purpose.ANSWER if answering else Purpose.COLLECTION)
        point = _point(points, channel, windows, purpose)
        until = windows.get(point.id) if point and channel is Channel.WHATSAPP else None
        free = channel is Channel.VOICE or (until is not None if channel is Channel.WHATSAPP else answering)
        told = Lawful(
            channel, True, "free" if free else "template", purpose, window_until=until,
            address=point.value if point else "", kind=point.kind if point else "",
            verified=bool(point and point.verified),
        )  # fmt: skip
        answers.append(_judged(scene, told))
    return answers


@dataclass(frozen=True)
class _Scene:
    """What one question is asked with."""

    connection: psycopg.Connection
    subject: Subject
    person: Mapping[str, object]
    now: datetime
    reference: Reference


def _judged(scene: _Scene, told: Lawful) -> Lawful:
    """The same with a refusal, if anything or the law refuses it."""
    message = _held(scene, told)
    code = _at_once(scene, told, message)
    if code:
        return _refused(told, code, SAID[code])
    scene.reference.prepare(scene.connection, [message])
    law = scene.reference.law(scene.subject.portfolio_id)
    history = read_history(scene.connection, [message], law.reach_days)
    verdicts, until = verdict_on(Ask(message, ()), history, scene.reference, scene.now)
    if verdicts.outcome[0] == Outcome.ALLOWED:
        return told
    rule = verdicts.rule_of(0)
    if rule is None:
        return _refused(told, reasons.BLOCKED, "la política de contacto no lo permite", until=until)
    return _refused(told, rule.id, rule.text_es, rule.law, rule.article, until)


def _refused(
    told: Lawful, code: str, reason: str, law: str = "", article: str = "", until: datetime | None = None
) -> Lawful:
    return Lawful(
        told.channel, False, told.mode, told.purpose, code, reason, law, article, until, told.window_until,
        told.address, told.kind, told.verified,
    )  # fmt: skip


def _at_once(scene: _Scene, told: Lawful, message: HeldMessage) -> str:
    """What the guard refuses without the law: the red button, an opt-out, no address, a debt at rest."""
    if message.stopped:
        return reasons.STOP_SWITCH
    if (message.denied >> message.channel) & 1 and told.purpose != Purpose.ANSWER:
        return reasons.OPTED_OUT
    if not told.address:
        return reasons.NO_CONTACT_POINT
    if told.purpose not in SLOT_PURPOSES:
        return ""
    return debts_at_rest(scene.connection, scene.subject.account_ids)


def debts_at_rest(connection: psycopg.Connection, account_ids: Sequence[int]) -> str:
    """Why none of some debts may be collected now; empty when one may. A conversation's own hold is none."""
    rows = connection.execute(
        "SELECT account_status, dispute_open OR complaint_open, promise_open, hold_kinds & ~%s::bigint"
        " FROM account WHERE id = ANY(%s)",
        [_TALKING, list(account_ids)],
    ).fetchall()
    found = [
        reasons.ACCOUNT_STOPPED if status in STOPPED_STATUSES
        else reasons.DISPUTE if disputed
        else reasons.PROMISE if promised
        else reasons.HOLD if held
        else ""
        for status, disputed, promised, held in rows
    ]  # fmt: skip
    return found[0] if found and all(found) else ""


def _held(scene: _Scene, told: Lawful) -> HeldMessage:
    """The contact as if it stood at the guard."""
    subject, person, now = scene.subject, scene.person, scene.now
    stopped = scene.connection.execute(
        f"SELECT NOT ({NOT_STOPPED}) FROM (SELECT %s::text AS country, %s::int AS channel, 0 AS strategy_id,"
        " 0 AS template_id, %s::bigint AS person_id) AS m".encode(),
        [person["country"], int(told.channel), subject.person_id],
    ).fetchone()
    assert stopped is not None
    return HeldMessage(
        id=_NOBODY, local_on=now.date(), fence=0, lane=0, portfolio_id=subject.portfolio_id,
        creditor_id=subject.creditor_id, person_id=subject.person_id, channel=int(told.channel),
        purpose=int(told.purpose), relation=int(Relation.TITULAR), template_id=0, variant=0, strategy_id=0,
        country=str(person["country"]), leg=0, tries=0, send_at=now, expires_at=now, sender="",
        stopped=bool(stopped[0]), of_this_epoch=True, holds_slot=True, moot="", name="",
        place_id=_number(person["place_id"]), language=str(person["language"]),
        consented=_number(person["consented"]), denied=_number(person["denied"]),
        stops=_number(person["stops"]), contact_value=told.address or None, contact_verified=told.verified,
    )  # fmt: skip


def number_to_dial(connection: psycopg.Connection, person_id: int) -> str:
    """The telephone a call to a person goes to; empty when there is none."""
    point = _point(addresses_of(connection, [person_id]), Channel.VOICE, {}, Purpose.COLLECTION)
    return point.value if point else ""


def _number(value: object) -> int:
    assert isinstance(value, int)
    return value


def _person(connection: psycopg.Connection, subject: Subject) -> Mapping[str, object]:
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(
            "SELECT p.place_id, p.language, coalesce(place.country, '') AS country,"
            " p.consented_channels AS consented, p.denied_channels AS denied, p.stops"
            " FROM person p LEFT JOIN place ON place.id = p.place_id WHERE p.id = %s",
            [subject.person_id],
        ).fetchone()
    assert row is not None
    return row


def _wrote(connection: psycopg.Connection, subject: Subject, now: datetime) -> set[Channel]:
    """The channels by which the person wrote about these debts within the window."""
    rows = connection.execute(
        "SELECT DISTINCT source FROM account_event WHERE account_id = ANY(%s) AND kind = %s"
        " AND at > %s AND at <= %s",
        [list(subject.account_ids), int(EventKind.REPLY), now - WINDOW, now],
    ).fetchall()
    return {channel for channel in BY_MESSAGE if (channel.word,) in rows}


def _windows(connection: psycopg.Connection, person_id: int, now: datetime) -> dict[int, datetime]:
    """Until when each address may be written free words by WhatsApp."""
    rows = connection.execute(
        "SELECT id, wrote_at FROM contact_point WHERE person_id = %s AND status = 'active' AND wrote_at > %s",
        [person_id, now - WINDOW],
    ).fetchall()
    return {point: wrote_at + WINDOW for point, wrote_at in rows}


def _point(
    points: Sequence[Address], channel: Channel, windows: Mapping[int, datetime], purpose: Purpose
) -> Address | None:
    """The address the guard would take: of an answer the one that wrote last, then verified, then oldest."""
    usable = [one for one in points if one.status == "active" and (one.channels >> channel) & 1]
    if not usable:
        return None
    answering = purpose is Purpose.ANSWER

    def order(one: Address) -> tuple[float, bool, int]:
        wrote = windows[one.id].timestamp() if answering and one.id in windows else 0.0
        return -wrote, not one.verified, one.id

    return min(usable, key=order)
