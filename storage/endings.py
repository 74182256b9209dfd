"""Ends open enrolments at once, outside the daily run; what they queued is withdrawn by the caller.

The caller holds the locks of the persons (:mod:`storage.person_lock`).
"""

from collections.abc import Sequence

import psycopg

from engine.vocabulary import EnrolmentState
from storage.terms import codes

_ENDED = int(EnrolmentState.ENDED)


def end_enrolments(connection: psycopg.Connection, account_ids: Sequence[int], outcome: str) -> list[int]:
    """End the accounts' open enrolments with an outcome, on the newest opened date; ids of those ended."""
    code = codes(connection, "outcome", [outcome])[outcome]
    connection.execute(
        f"SELECT id FROM enrolment WHERE account_id = ANY(%s) AND state <> {_ENDED} ORDER BY id FOR UPDATE",
        [list(account_ids)],
    )
    rows = connection.execute(
        f"""UPDATE enrolment e SET state = {_ENDED}, outcome = %(code)s, due_on = NULL, signal = NULL,
                revision = e.revision + 1, ended_on = coalesce((SELECT max(r.business_date) FROM run r
                    WHERE r.portfolio_id = e.portfolio_id AND r.state <> 'skipped'), e.arrived_on)
            WHERE e.account_id = ANY(%(accounts)s) AND e.state <> {_ENDED} RETURNING e.id""",
        {"code": code, "accounts": list(account_ids)},
    ).fetchall()
    return sorted(enrolment_id for (enrolment_id,) in rows)
