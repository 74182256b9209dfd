"""Say that a backup was put back: nothing queued before it is sent again until a person has looked."""

from dataclasses import dataclass

from api.clock import Clock
from storage import restore_epoch
from storage.database import Database
from storage.ledger import append_line
from storage.restore_epoch import OldMessage


@dataclass(frozen=True)
class Restored:
    """The new epoch, and the messages of earlier ones that wait for review."""

    epoch: int
    for_review: list[OldMessage]


def note_restore(database: Database, clock: Clock, *, by: str) -> Restored:
    """Raise the restore epoch; say it before any sender is started over the restored tables."""
    with database.connection() as connection:
        epoch = restore_epoch.raise_epoch(connection)
        old = restore_epoch.on_their_way(connection)
        body = {"by": by, "epoch": epoch, "for_review": len(old)}
        append_line(connection, clock.now(), "installation.restored", "installation", body)
    return Restored(epoch, old)
