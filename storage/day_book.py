"""Everything an evaluation reads, loaded as columns: accounts, people, contacts and enrolments."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import Any

import adbc_driver_postgresql.dbapi as adbc
import numpy as np
from numpy.typing import NDArray

from engine.best_hour import UNKNOWN_HOUR
from engine.book import Book, Column, Mask
from engine.contact_policy import ContactHistory, Place
from engine.contacts import Addressees
from engine.days import day_of
from engine.facts import Catalogue, FactType
from engine.rows import distinct
from engine.vocabulary import SLOT_PURPOSES, EventKind, MessageState, Relation, Stop
from storage.custom_facts import typed
from storage.reading import Frame, Selection, fetch, positions
from storage.shard_tables import ShardTables

HISTORY_DAYS = 8
"""Contacts this old still count for a cap: an ISO week or seven rolling days."""

_PERSON_FACTS = frozenset(
    "customer_type risk_score payer_profile customer_since_on labels payday_calendar preferred_channel"
    " preferred_payment_method reachable_channels verified_channels consented_channels last_reply_on"
    " last_intent last_contact_on last_message_status".split()
)
_COMPUTED = frozenset("creditor country region relation protected on_hold contacts_7d".split())
_ALWAYS = (
    "id person_id creditor_id shard currency account_status amount_to_cure hold_kinds episode missing"
    " dispute_open complaint_open"
).split()
_BEST_HOUR = f"coalesce(best_hour, ({UNKNOWN_HOUR})::smallint) AS best_hour"
_PERSON_ALWAYS = [
    *"id place_id payday_calendar reachable_channels consented_channels denied_channels stops".split(),
    _BEST_HOUR,
]

DOES_NOT_COUNT = (MessageState.WITHDRAWN, MessageState.EXPIRED, MessageState.SHADOW)
"""Messages in these states are no contact and no attempt."""


@dataclass(frozen=True)
class Money:
    """A portfolio's money settings by currency word.

    ``minimum_worth`` is the minimum worth working in minor units; ``rates`` turn minor units of a
    currency into minor units of the reporting currency.
    """

    minimum_worth: Mapping[str, int]
    rates: Mapping[str, Fraction]


@dataclass(frozen=True)
class DayBook:
    """The columns of one selection: the engine's book, the people by relation, and what counts for caps."""

    book: Book
    people: Mapping[Relation, Addressees]
    history: ContactHistory

    @property
    def account_id(self) -> NDArray[np.int64]:
        """Account ids in the order of the book."""
        return self.book.columns["account_id"]


class DayReader:
    """Reads the day books of one portfolio over one ADBC connection."""

    def __init__(
        self,
        connection: adbc.Connection,
        portfolio_id: int,
        catalogue: Catalogue,
        money: Money,
    ) -> None:
        self.connection = connection
        self.portfolio_id = portfolio_id
        self.catalogue = catalogue
        self.money = money
        self.place_ids, self.places = read_places(connection)
        self.vocabularies = _vocabularies(connection)

    def read(
        self, tables: ShardTables, day: int, facts: frozenset[str], relations: Sequence[Relation]
    ) -> DayBook:
        """The day book of a selection for a business date, with the columns the named facts need."""
        selection = tables.selection
        stored = self._sources(facts)
        accounts = tables.fetch("account", sorted((stored - _PERSON_FACTS) | set(_ALWAYS))).by_id()
        persons = tables.fetch("person", sorted((stored & _PERSON_FACTS) | set(_PERSON_ALWAYS)))
        of = positions(accounts["person_id"], persons["id"])
        place = positions(persons["place_id"].astype(np.int64), self.place_ids).astype(np.int16)[of]
        columns, known = self._columns(accounts, persons, of, place)
        contacts = self._contacts(selection, day)
        people, history = self._people(selection, day, relations, accounts, persons, of, place, contacts)
        titular = people[Relation.TITULAR]
        columns["contacts_7d"] = np.bincount(
            history.subject[history.local_day > day - 7], minlength=int(titular.subject.max(initial=-1)) + 1
        ).astype(np.int64)[titular.subject]
        book = Book(accounts.size, columns, known, self.vocabularies, self.catalogue)
        return DayBook(book, people, history)

    def _sources(self, facts: frozenset[str]) -> set[str]:
        named = {self.catalogue[name] for name in facts if name not in _COMPUTED}
        custom = [fact for fact in named if fact.custom]
        sources = {fact.source or fact.name for fact in named if not fact.custom}
        return sources | {f"{typed(fact)} AS {fact.name}" for fact in custom}

    def _columns(
        self, accounts: Frame, persons: Frame, of: NDArray[np.int64], place: NDArray[np.int16]
    ) -> tuple[dict[str, Column], dict[str, Mask]]:
        columns: dict[str, Column] = {}
        known: dict[str, Mask] = {}
        of_person = {"id", "place_id", "best_hour"}
        for frame, rows, skipped in ((accounts, None, {"id"}), (persons, of, of_person)):
            for name, values in frame.columns.items():
                if name not in skipped:
                    columns[name] = self._typed(name, values if rows is None else values[rows])
                    if name in frame.known:
                        known[name] = frame.known[name] if rows is None else frame.known[name][rows]
        columns["account_id"] = accounts["id"]
        columns["place"] = place
        columns["creditor"] = accounts["creditor_id"].astype(np.int16)
        columns["country"] = self._of_place("country")[place]
        columns["region"] = self._of_place("region")[place]
        columns["relation"] = np.full(accounts.size, Relation.TITULAR, np.int16)
        columns["protected"] = columns["stops"] != 0
        columns["on_hold"] = columns["hold_kinds"] != 0
        columns["creditor_id"] = accounts["creditor_id"].astype(np.int64)
        self._add_money(columns)
        known |= self._unnamed(columns)
        return columns, known

    def _unnamed(self, columns: Mapping[str, Column]) -> dict[str, Mask]:
        """Code 0 of an enum whose first word is empty means that nothing is known."""
        found: dict[str, Mask] = {}
        for name in columns.keys() & self.catalogue.keys():
            fact = self.catalogue[name]
            words = fact.values or self.vocabularies.get(name, ())
            if fact.type is FactType.ENUM and words and not words[0]:
                named = columns[name] != 0
                if not named.all():
                    found[name] = named
        return found

    def _typed(self, name: str, values: NDArray[Any]) -> Column:
        fact = self.catalogue.get(name)
        if fact is None:
            return values
        if fact.type in (FactType.NUMBER, FactType.MONEY, FactType.SET):
            return values.astype(np.int64, copy=False)
        return values

    def _of_place(self, what: str) -> NDArray[np.int16]:
        words = self.vocabularies[what]
        of = [place.country if what == "country" else place.subdivision or "" for place in self.places]
        return np.array([words.index(word) for word in of], np.int16)

    def _add_money(self, columns: dict[str, Column]) -> None:
        currencies = self.vocabularies.get("currency", ("",))
        floor = np.array([self.money.minimum_worth.get(word, 0) for word in currencies], np.int64)
        rates = [self.money.rates.get(word, Fraction(1)) for word in currencies]
        up = np.array([rate.numerator for rate in rates], np.int64)
        down = np.array([rate.denominator for rate in rates], np.int64)
        code = columns["currency"]
        columns["minimum_worth"] = floor[code]
        columns["amount_reporting"] = columns["amount_to_cure"] * up[code] // down[code]

    def _contacts(self, selection: Selection, day: int) -> Frame:
        since = day_of(day) - timedelta(days=HISTORY_DAYS)
        out = ", ".join(str(int(state)) for state in DOES_NOT_COUNT)
        slots = ", ".join(str(int(purpose)) for purpose in sorted(SLOT_PURPOSES))
        persons = selection.of_persons("m", "person_id") if selection.account_ids else selection.of_shard("m")
        outside = selection.of_persons("o", "person_id") if selection.account_ids else selection.of_shard("o")
        replies = selection.of_accounts("e") if selection.account_ids else selection.of_shard("e")
        return fetch(
            self.connection,
            f"""SELECT m.person_id, m.creditor_id::bigint AS creditor_id, m.local_on, m.channel,
                       false AS two_way, false AS outside
                FROM message m
                WHERE {persons} AND m.local_on BETWEEN '{since}' AND '{day_of(day)}'
                  AND m.purpose IN ({slots}) AND m.state NOT IN ({out})
                  AND NOT (m.state = {int(MessageState.FAILED)} AND m.provider_id IS NULL)
                UNION ALL
                SELECT o.person_id, o.creditor_id::bigint, o.local_on, o.channel, o.two_way, true
                FROM outside_contact o WHERE {outside} AND o.local_on BETWEEN '{since}' AND '{day_of(day)}'
                UNION ALL
                SELECT DISTINCT e.person_id, a.creditor_id::bigint,
                       coalesce((e.body->>'local_on')::date, e.at::date),
                       (e.body->>'channel')::smallint, true, false
                FROM account_event e JOIN account a ON a.id = e.account_id
                WHERE {replies} AND e.kind = {int(EventKind.REPLY)} AND e.body ? 'channel'
                  AND e.at >= '{since}'""",
        )

    def _people(
        self,
        selection: Selection,
        day: int,
        relations: Sequence[Relation],
        accounts: Frame,
        persons: Frame,
        of: NDArray[np.int64],
        place: NDArray[np.int16],
        contacts: Frame,
    ) -> tuple[dict[Relation, Addressees], ContactHistory]:
        slots = fetch(self.connection, _taken_slots(selection, day))["person_id"]
        account_stops = (
            accounts["dispute_open"] * int(Stop.DISPUTE)
            | accounts["complaint_open"] * int(Stop.COMPLAINT)
            | accounts["missing"] * int(Stop.MISSING)
        ).astype(np.int64)
        creditor = accounts["creditor_id"].astype(np.int64)
        rows = {Relation.TITULAR: (persons, of, place)}
        for relation in relations:
            if relation is not Relation.TITULAR:
                rows[relation] = self._parties(selection, relation, accounts["id"])
        person_ids = {
            relation: np.where(at >= 0, frame["id"][at] if frame.size else 0, 0)
            for relation, (frame, at, _) in rows.items()
        }
        subjects = distinct(np.concatenate([_pair(ids, creditor) for ids in person_ids.values()]))
        people = {
            relation: Addressees(
                person_id=person_ids[relation],
                place=where,
                reachable=_of(frame, "reachable_channels", at),
                consented=_of(frame, "consented_channels", at),
                denied=_of(frame, "denied_channels", at),
                stops=_of(frame, "stops", at) | account_stops,
                subject=np.searchsorted(subjects, _pair(person_ids[relation], creditor)),
                debt=np.arange(accounts.size),
                slot_taken=np.isin(person_ids[relation], slots),
                best_hour=_of(frame, "best_hour", at).astype(np.int8),
            )
            for relation, (frame, at, where) in rows.items()
        }
        return people, _history(contacts, subjects)

    def _parties(
        self, selection: Selection, relation: Relation, account_id: NDArray[np.int64]
    ) -> tuple[Frame, NDArray[np.int64], NDArray[np.int16]]:
        """Co-debtors or guarantors by account, only those whose debtor was told (03, People)."""
        frame = fetch(
            self.connection,
            f"""SELECT DISTINCT ON (t.account_id) t.account_id, p.id, p.place_id, p.reachable_channels,
                       p.consented_channels, p.denied_channels, p.stops, {_BEST_HOUR}
                FROM account_party t JOIN person p ON p.id = t.person_id JOIN account a ON a.id = t.account_id
                WHERE t.relation = {int(relation)} AND t.noticed_on IS NOT NULL
                  AND {selection.of_accounts("account").replace("account.", "a.")}
                ORDER BY t.account_id, p.id""",
        )
        at = positions(account_id, frame["account_id"])
        place = positions(frame["place_id"].astype(np.int64), self.place_ids).astype(np.int16)
        return frame, at, np.where(at >= 0, place[at] if frame.size else 0, 0).astype(np.int16)


def read_places(connection: adbc.Connection) -> tuple[NDArray[np.int64], tuple[Place, ...]]:
    """Ids and places of the installation, in the order the engine's place codes follow."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id::bigint, country, subdivision, zones FROM place ORDER BY id")
        rows = cursor.fetch_arrow_table().to_pylist()
    ids = np.array([row["id"] for row in rows], np.int64)
    return ids, tuple(Place(row["country"], row["subdivision"] or None, tuple(row["zones"])) for row in rows)


def _vocabularies(connection: adbc.Connection) -> dict[str, tuple[str, ...]]:
    """Words by code of every open vocabulary; creditors, countries and regions are vocabularies too."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT kind, code::int AS code, word FROM term"
            " UNION ALL SELECT 'creditor', id, key FROM creditor"
        )
        rows = cursor.fetch_arrow_table().to_pylist()
        cursor.execute("SELECT DISTINCT country, subdivision FROM place ORDER BY 1, 2")
        places = cursor.fetch_arrow_table().to_pylist()
    words: dict[str, list[str]] = {"label": []}
    for row in rows:
        known = words.setdefault(row["kind"], [])
        known.extend([""] * (row["code"] + 1 - len(known)))
        known[row["code"]] = row["word"]
    words["country"] = sorted({place["country"] for place in places})
    words["region"] = sorted({place["subdivision"] or "" for place in places})
    found = {kind: tuple(known) for kind, known in words.items()}
    found["labels"] = found.pop("label")
    found["last_intent"] = found.pop("intent", ("",))
    return {"currency": ("",), "product": ("",), **found}


def _pair(person_id: NDArray[np.int64], creditor: NDArray[np.int64]) -> NDArray[np.int64]:
    return (person_id << 20) | creditor


def _of(frame: Frame, name: str, at: NDArray[np.int64]) -> NDArray[np.int64]:
    """A person's column beside the book; 0 where there is nobody."""
    if not frame.size:
        return np.zeros(len(at), np.int64)
    return np.where(at >= 0, frame[name][at].astype(np.int64), 0)


def _taken_slots(selection: Selection, day: int) -> str:
    """Whose slot of the date is taken. A shard's are found by its messages: the month's slots are many.

    A co-debtor's slot may be taken from another shard: then the message of this one is too late when its
    slot is written, and its accounts are looked at again.
    """
    if selection.account_ids is not None:
        return (
            "SELECT s.person_id FROM slot s JOIN person p ON p.id = s.person_id"
            f" WHERE s.local_on = '{day_of(day)}' AND {selection.of_persons('p')}"
        )
    return (
        "SELECT s.person_id FROM message m JOIN slot s ON s.person_id = m.person_id"
        " AND s.local_on = m.local_on AND s.message_id = m.id"
        f" WHERE m.local_on = '{day_of(day)}' AND {selection.of_shard('m')}"
    )


def _history(contacts: Frame, subjects: NDArray[np.int64]) -> ContactHistory:
    """The contacts of these subjects; those with other creditors do not count."""
    keys = _pair(contacts["person_id"], contacts["creditor_id"])
    at = np.minimum(np.searchsorted(subjects, keys), max(len(subjects) - 1, 0))
    ours = np.flatnonzero(subjects[at] == keys) if len(subjects) else np.empty(0, np.int64)
    return ContactHistory(
        subject=at[ours],
        debt=np.full(len(ours), -1, np.int64),
        local_day=contacts["local_on"][ours].astype(np.int32),
        channel=contacts["channel"][ours].astype(np.int8),
        two_way=contacts["two_way"][ours],
        outside=contacts["outside"][ours],
    )
