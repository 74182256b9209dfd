"""Lets a person into the portal who proves who they are: few tries, and one answer for every mistake."""

import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Literal

import psycopg

from api.clock import Clock
from channels.portal_link import PortalToken
from engine.vocabulary import EventKind
from storage import portal
from storage.database import Database
from storage.events import note_event, revise_enrolments
from storage.ledger import append_line
from storage.person_lock import lock_persons
from storage.personal import addresses_of
from storage.portal import Visitor
from storage.vault import BlindIndex, identity_of

SOURCE = "portal"
SETTING = "portal_identity"
"""What a portfolio asks for: ``document`` (the whole number) or ``phone`` (four digits, which is weaker)."""

TYPES_SETTING = "portal_id_types"
"""Further types of document a portfolio's file names its people by."""

MOST_WRONG = 5
LOCK = timedelta(hours=24)
MOST_IN_ALL = 20
"""Wrong answers after which a link stays shut until somebody gives a new one."""

FOR_GOOD = timedelta(days=3650)
LAST_DIGITS = 4

DOCUMENTS: Mapping[str, tuple[str, ...]] = {
    "MX": ("RFC", "CURP", "INE"),
    "CO": ("CC", "CE", "NIT", "TI", "PPT", "PAS"),
    "CL": ("RUT", "RUN", "PAS"),
    "PE": ("DNI", "RUC", "CE", "PAS"),
    "EC": ("CI", "RUC", "PAS"),
    "AR": ("DNI", "CUIL", "CUIT"),
    "BR": ("CPF", "CNPJ"),
    "US": ("SSN",),
}
"""The documents a country's people may be known by, the usual one first."""
ANYWHERE = ("ID", "DOC", "CLIENTE")

Question = Literal["document", "phone"]


class Entry(Enum):
    """What came of an answer."""

    IN = "in"
    WRONG = "wrong"
    LOCKED = "locked"


def question_of(settings: Mapping[str, Any]) -> Question:
    """What the portfolio asks a person for.

    >>> question_of({}), question_of({"portal_identity": "phone"})
    ('document', 'phone')
    """
    return "phone" if settings.get(SETTING) == "phone" else "document"


def document_of(country: str) -> str:
    """The usual document of a country.

    >>> document_of("CO"), document_of("HN")
    ('CC', 'ID')
    """
    return (DOCUMENTS.get(country) or ANYWHERE)[0]


def enter_portal(
    database: Database, clock: Clock, index: BlindIndex, link: PortalToken, answer: str
) -> Entry:
    """Judge one answer. The right one is noted as the person's click, once for each link.

    ``MOST_WRONG`` wrong ones in a row shut the door for a day, ``MOST_IN_ALL`` until a new link is given.
    """
    now = clock.now()
    who = (link.person_id, link.creditor_id)
    with database.connection() as connection:
        lock_persons(connection, [link.person_id])
        visitor = portal.visitor_of(connection, *who)
        if visitor is None:
            return Entry.WRONG
        door = portal.door_of(connection, *who, lock=True)
        if door.locked_until is not None and door.locked_until > now:
            return Entry.LOCKED
        if not _proves(connection, visitor, index, answer):
            return _count_wrong(connection, who, door.wrong + 1, now)
        portal.note_entry(connection, *who, now)
        _note_click(connection, link, now)
        return Entry.IN


def _proves(connection: psycopg.Connection, visitor: Visitor, index: BlindIndex, answer: str) -> bool:
    """Every candidate is compared, whichever fits: the time taken tells nothing."""
    given = "".join(sign for sign in answer if sign.isalnum())
    if question_of(visitor.settings) == "phone":
        phones = [one.value for one in addresses_of(connection, [visitor.person_id]) if one.kind == "phone"]
        right = [phone[-LAST_DIGITS:].encode() for phone in phones]
        return _any_equal(right, given.encode()) and len(given) == LAST_DIGITS
    types = dict.fromkeys((*_own_types(visitor), *DOCUMENTS.get(visitor.country, ()), *ANYWHERE))
    tried = [index.of(identity_of(kind, given)) for kind in types]
    return _any_equal(tried, visitor.identity_index) and bool(given)


def _own_types(visitor: Visitor) -> tuple[str, ...]:
    said = visitor.settings.get(TYPES_SETTING, ())
    return tuple(map(str, said)) if isinstance(said, list) else ()


def _any_equal(candidates: Sequence[bytes], wanted: bytes) -> bool:
    return sum(hmac.compare_digest(each, wanted) for each in candidates) > 0


def _count_wrong(connection: psycopg.Connection, who: tuple[int, int], wrong: int, now: datetime) -> Entry:
    until = now + LOCK if wrong % MOST_WRONG == 0 else None
    if wrong >= MOST_IN_ALL:
        until = now + FOR_GOOD
    portal.note_wrong(connection, *who, wrong, until)
    if until is None:
        return Entry.WRONG
    append_line(connection, now, "portal.locked", f"person:{who[0]}", {"creditor": who[1], "wrong": wrong})
    return Entry.LOCKED


def _note_click(connection: psycopg.Connection, link: PortalToken, now: datetime) -> None:
    accounts = [each.account_id for each in portal.debts_of(connection, link.person_id, link.creditor_id)]
    issued = f"{link.issued_at:%Y%m%d%H%M}"
    reference = f"{link.person_id}-{link.creditor_id}-{issued}"
    clicked = note_event(connection, accounts, EventKind.CLICKED, now, SOURCE, reference, {"link": issued})
    revise_enrolments(connection, clicked)
    told = {"creditor": link.creditor_id, "link": issued}
    append_line(connection, now, "portal.entered", f"person:{link.person_id}", told)
