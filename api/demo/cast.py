"""Who plays which part: the first candidate of each who is not in the control group."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import psycopg

from engine.assignment import holdout
from engine.errors import RunError
from storage.database import Database
from storage.personal import addresses_of, names_of


@dataclass(frozen=True)
class Part:
    """One person of the story and their accounts."""

    person_id: int
    name: str
    phone: str
    account_ids: tuple[int, ...]
    numbers: tuple[str, ...]


Cast = Mapping[str, Part]
"""Parts by role: three_debts, outside_contacts, payer, opt_out, promise, replier, read_only."""


def choose_cast(database: Database, candidates: Mapping[str, Sequence[Sequence[str]]]) -> Cast:
    """Cast every role; ``RunError`` when all candidates of one are in the control group."""
    with database.connection() as connection:
        return {role: _cast(connection, role, people) for role, people in candidates.items()}


def _cast(connection: psycopg.Connection, role: str, people: Sequence[Sequence[str]]) -> Part:
    for numbers in people:
        part, share_bp, seed = _part(connection, numbers)
        control = holdout(np.array([part.person_id], np.int64), seed, share_bp / 10_000)
        if not control[0]:
            return part
    raise RunError(f"nobody can play {role!r}", code="demo.cast", hint="the demo book has changed")


def _part(connection: psycopg.Connection, numbers: Sequence[str]) -> tuple[Part, int, str]:
    row = connection.execute(
        """SELECT p.id, p.name,
                  (SELECT c.id FROM contact_point c WHERE c.person_id = p.id AND c.kind = 'phone'
                   ORDER BY c.verified DESC, c.id LIMIT 1),
                  array_agg(a.id ORDER BY a.id), array_agg(a.number ORDER BY a.id),
                  max(k.holdout_share_bp), max(k.holdout_seed)
           FROM account a JOIN person p ON p.id = a.person_id JOIN creditor k ON k.id = a.creditor_id
           WHERE a.number = ANY(%s) GROUP BY p.id""",
        [list(numbers)],
    ).fetchall()[0]
    (name,) = names_of(connection, [(row[0], row[1])])
    phones = {one.id: one.value for one in addresses_of(connection, [row[0]])}
    return Part(row[0], name, phones.get(row[2], ""), tuple(row[3]), tuple(row[4])), row[5], row[6]
