"""Verify the ledger: every line against the chain of seals, the chain against heads exported before."""

from collections.abc import Sequence
from dataclasses import dataclass

from storage.database import Database
from storage.ledger import count_lines
from storage.runs import shards_unlike_their_line
from storage.seal_check import wrong_against, wrong_in_chain
from storage.seals import Seal, head


@dataclass(frozen=True)
class Verified:
    """How many lines were read, the chain's head, and what is wrong, each naming its row."""

    lines: int
    wrong: tuple[str, ...]
    head: Seal | None = None


def verify_ledger(database: Database, exported: Sequence[Seal] = ()) -> Verified:
    """Read the whole ledger and its chain; the end of both can only be missed beside an exported head."""
    with database.connection() as connection:
        wrong = [*wrong_in_chain(connection)]
        wrong += [sentence for seal in exported for sentence in wrong_against(connection, seal)]
        wrong += [
            f"shard {shard} of run {run_id} names a snapshot that its line does not"
            for run_id, shard in shards_unlike_their_line(connection)
        ]
        return Verified(count_lines(connection), tuple(wrong), head(connection))
