"""Verify the ledger: recompute the hash of every line, and hold the runs' snapshots against their lines."""

from dataclasses import dataclass

from storage.database import Database
from storage.ledger import changed_lines, count_lines
from storage.runs import shards_unlike_their_line


@dataclass(frozen=True)
class Verified:
    """How many lines were read, and what is wrong, each in a sentence that names the row."""

    lines: int
    wrong: tuple[str, ...]


def verify_ledger(database: Database) -> Verified:
    """Read the whole ledger. A line that was removed altogether is not noticed by this."""
    with database.connection() as connection:
        wrong = [
            f"line {line.id} of {line.at:%Y-%m-%d} ({line.kind}, {line.subject}) was changed"
            for line in changed_lines(connection)
        ]
        wrong += [
            f"shard {shard} of run {run_id} names a snapshot that its line does not"
            for run_id, shard in shards_unlike_their_line(connection)
        ]
        return Verified(count_lines(connection), tuple(wrong))
