"""Tasks of people: listed, taken by one person at a time, released, ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from storage.personal import Opener, names_of

Kind = Literal["escalation", "paid_claim", "dispute", "complaint", "promise_echo", "callback"]
View = Literal["open", "mine", "done"]

TAKEN_FOR = timedelta(minutes=60)
"""How long a task is somebody's before it is open again."""

OTHERS_AFTER = timedelta(hours=4)
"""How long a callback waits for the agent it was promised by before anybody may make it."""


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One task; ``value`` in minor units of the ISO ``currency``."""

    id: int
    source: str
    portfolio_id: int
    kind: Kind
    queue: str
    skill: str
    state: str
    person_id: int
    creditor_id: int
    account_id: int | None
    account: str
    person: str
    value: int
    currency: str
    priority: int
    due_at: datetime
    not_before: datetime | None
    for_agent: str
    taken_by: str | None
    taken_at: datetime | None
    result: str
    created_at: datetime
    ended_at: datetime | None
    about: dict[str, Any]


_TASK = """SELECT t.id, t.source, t.portfolio_id, t.kind, t.queue, t.skill, t.state, t.person_id,
       t.creditor_id, t.account_id, coalesce(a.number, '') AS account, p.name AS person, t.value,
       coalesce(c.word, '') AS currency, t.priority, t.due_at, t.not_before, t.for_agent, t.taken_by,
       t.taken_at, t.result, t.created_at, t.ended_at, t.about
FROM task t JOIN person p ON p.id = t.person_id LEFT JOIN account a ON a.id = t.account_id
LEFT JOIN term c ON c.kind = 'currency' AND c.code = t.currency"""

_READY = """(not_before IS NULL OR not_before <= %(now)s)
    AND (for_agent = '' OR for_agent = %(login)s OR not_before + %(others)s <= %(now)s)"""

_ORDER = "t.for_agent = %(login)s AND coalesce(t.not_before <= %(now)s, false)"


def find_task(connection: psycopg.Connection, task_id: int) -> TaskRow | None:
    """A task by its number."""
    found = _read(connection, f"{_TASK} WHERE t.id = %(id)s", {"id": task_id})
    return found[0] if found else None


def hold_task(connection: psycopg.Connection, task_id: int) -> TaskRow | None:
    """The same with its row held until the transaction ends; its person's lock comes before."""
    connection.execute("SELECT id FROM task WHERE id = %s FOR UPDATE", [task_id])
    return find_task(connection, task_id)


def list_tasks(
    connection: psycopg.Connection,
    portfolio_id: int,
    view: View,
    *,
    login: str,
    kind: str | None,
    queue: str | None,
    after: tuple[int, int, int] | None,
    most: int,
    now: datetime,
) -> list[TaskRow]:
    """Tasks by priority and value, the highest first, from behind (priority, value, id); done: the newest."""
    narrow = {
        "open": "(t.state = 'open' OR t.state = 'taken' AND t.taken_by = %(login)s)",
        "mine": "t.state = 'taken' AND t.taken_by = %(login)s",
        "done": "t.state = 'done'",
    }[view]
    place = "(0, -floor(extract(epoch FROM t.ended_at))::bigint, t.id)" if view == "done" else (
        "(-t.priority, -t.value, t.id)"
    )  # fmt: skip
    priority, value, last = after or (-(2**31), -(2**62), 0)
    values = {
        "portfolio": portfolio_id, "login": login, "kind": kind, "queue": queue, "now": now,
        "priority": priority, "value": value, "id": last, "most": most,
    }  # fmt: skip
    query = f"""{_TASK} WHERE t.portfolio_id = %(portfolio)s AND {narrow}
        AND (%(kind)s::text IS NULL OR t.kind = %(kind)s) AND (%(queue)s::text IS NULL OR t.queue = %(queue)s)
        AND {place} > (%(priority)s, %(value)s, %(id)s) ORDER BY {place} LIMIT %(most)s"""
    return _read(connection, query, values)


def take_next(
    connection: psycopg.Connection,
    portfolio_id: int,
    *,
    login: str,
    skills: Sequence[str],
    kinds: Sequence[str],
    queues: Sequence[str],
    now: datetime,
) -> int | None:
    """Take the most urgent open task in the same breath as finding it; no two callers get the same.

    Empty ``skills``, ``kinds`` and ``queues`` mean any.
    """
    row = connection.execute(
        f"""UPDATE task SET state = 'taken', taken_by = %(login)s, taken_at = %(now)s,
                taken_until = %(now)s + %(taken_for)s
            WHERE id = (
                SELECT t.id FROM task t WHERE t.portfolio_id = %(portfolio)s AND t.state = 'open' AND {_READY}
                  AND (t.skill = '' OR cardinality(%(skills)s::text[]) = 0 OR t.skill = ANY(%(skills)s))
                  AND (cardinality(%(kinds)s::text[]) = 0 OR t.kind = ANY(%(kinds)s))
                  AND (cardinality(%(queues)s::text[]) = 0 OR t.queue = ANY(%(queues)s))
                ORDER BY {_ORDER} DESC, t.priority DESC, t.value DESC, t.due_at, t.id
                LIMIT 1 FOR UPDATE OF t SKIP LOCKED)
            RETURNING id""".encode(),
        {
            "portfolio": portfolio_id, "login": login, "skills": list(skills), "kinds": list(kinds),
            "queues": list(queues), "now": now, "taken_for": TAKEN_FOR, "others": OTHERS_AFTER,
        },
    ).fetchone()  # fmt: skip
    return None if row is None else int(row[0])


def take(connection: psycopg.Connection, task_id: int, login: str, now: datetime) -> bool:
    """Take one task; false when it is over or somebody else's."""
    return bool(
        connection.execute(
            "UPDATE task SET state = 'taken', taken_by = %(login)s, taken_at = coalesce(taken_at, %(now)s),"
            " taken_until = %(now)s + %(taken_for)s WHERE id = %(id)s"
            " AND (state = 'open' OR state = 'taken' AND taken_by = %(login)s)",
            {"login": login, "now": now, "taken_for": TAKEN_FOR, "id": task_id},
        ).rowcount
    )


def give_back(connection: psycopg.Connection, task_id: int) -> None:
    """Open a taken task again."""
    connection.execute(
        "UPDATE task SET state = 'open', taken_by = NULL, taken_at = NULL, taken_until = NULL"
        " WHERE id = %s AND state = 'taken'",
        [task_id],
    )


def end_task(
    connection: psycopg.Connection, task_id: int, result: str, note: str, by: str, now: datetime
) -> bool:
    """End a task with its result; ``note`` is sealed already. Whether it was not over before."""
    return bool(
        connection.execute(
            "UPDATE task SET state = 'done', result = %s, note = %s, ended_by = %s, ended_at = %s,"
            " taken_until = NULL WHERE id = %s AND state IN ('open', 'taken')",
            [result, note, by, now, task_id],
        ).rowcount
    )


def put_off(connection: psycopg.Connection, task_id: int, at: datetime, login: str) -> None:
    """Open a task again that comes back at an hour, to the same agent first."""
    connection.execute(
        "UPDATE task SET state = 'open', taken_by = NULL, taken_at = NULL, taken_until = NULL,"
        " not_before = %s, for_agent = %s WHERE id = %s AND state IN ('open', 'taken')",
        [at, login, task_id],
    )


def add_callback(
    connection: psycopg.Connection,
    origin: TaskRow,
    number: int,
    *,
    at: datetime,
    due_at: datetime,
    login: str,
    note: str,
    now: datetime,
) -> int:
    """A task for the same agent at an hour, about what another one was about; its number."""
    about = {"origin": origin.source, "number": number, "enrolment": origin.about.get("enrolment")}
    about |= {"results": origin.about.get("results", []), "note": note}
    row = connection.execute(
        """INSERT INTO task (source, portfolio_id, kind, queue, skill, person_id, creditor_id, account_id,
               value, currency, priority, due_at, not_before, for_agent, created_at, about)
           SELECT 'callback:' || id || ':' || %(number)s, portfolio_id, 'callback', 'llamadas', skill,
               person_id, creditor_id, account_id, value, currency, greatest(priority, 500), %(due)s, %(at)s,
               %(login)s, %(now)s, %(about)s
           FROM task WHERE id = %(id)s RETURNING id""",
        {"number": number, "due": due_at, "at": at, "login": login, "now": now, "about": Jsonb(about),
         "id": origin.id},
    ).fetchone()  # fmt: skip
    assert row is not None
    return int(row[0])


@dataclass(frozen=True, slots=True)
class QueueFigures:
    """How much waits in one queue, in one currency."""

    kind: str
    queue: str
    open: int
    taken: int
    overdue: int
    value: int
    currency: str


def queue_figures(connection: psycopg.Connection, portfolio_id: int, now: datetime) -> list[QueueFigures]:
    """The queues of a portfolio by kind; amounts of two currencies are two lines."""
    with connection.cursor(row_factory=class_row(QueueFigures)) as cursor:
        return cursor.execute(
            """SELECT t.kind, t.queue, count(*) FILTER (WHERE t.state = 'open') AS open,
                   count(*) FILTER (WHERE t.state = 'taken') AS taken,
                   count(*) FILTER (WHERE t.due_at <= %(now)s) AS overdue,
                   sum(t.value)::bigint AS value, coalesce(c.word, '') AS currency
               FROM task t LEFT JOIN term c ON c.kind = 'currency' AND c.code = t.currency
               WHERE t.portfolio_id = %(portfolio)s AND t.state IN ('open', 'taken')
               GROUP BY t.kind, t.queue, c.word ORDER BY t.kind, t.queue, c.word""",
            {"portfolio": portfolio_id, "now": now},
        ).fetchall()


def _read(connection: psycopg.Connection, query: str, values: Mapping[str, Any]) -> list[TaskRow]:
    with connection.cursor(row_factory=class_row(TaskRow)) as cursor:
        found = cursor.execute(query.encode(), values).fetchall()
    names = names_of(connection, [(one.person_id, one.person) for one in found])
    named = [replace(one, person=name) for one, name in zip(found, names, strict=True)]
    noted = [one.person_id for one in named if one.about.get("note")]
    opener = Opener.of(connection, noted) if noted else None
    return [_opened(one, opener) for one in named]


def _opened(task: TaskRow, opener: Opener | None) -> TaskRow:
    note = str(task.about.get("note") or "")
    if not note or opener is None:
        return task
    return replace(task, about=task.about | {"note": opener.words(task.person_id, note)})
