"""Rotate the master key: the keys of all persons are wrapped anew, a batch at a time, while work goes on."""

from datetime import datetime

from storage.database import Database
from storage.ledger import append_line
from storage.master_keys import masters
from storage.person_keys import rewrap


def rotate_master_key(database: Database, now: datetime, *, newest: str, by: str) -> int:
    """Wrap every key by the newest master; how many were wrapped by another.

    ``newest`` names the master that must wrap them: this process reads its keys until it knows it.
    """
    ring, total = masters(newest), 0
    while True:
        with database.connection() as connection:
            done = rewrap(connection)
            total += done
            if not done:
                append_line(
                    connection,
                    now,
                    "vault.rotated",
                    "installation",
                    {"by": by, "master": ring.newest, "keys": total},
                )
                return total
