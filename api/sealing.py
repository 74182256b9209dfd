"""Seals the ledger's new lines every few seconds, and keeps the chain's head outside the database.

The head is a small file and a line of the log. A file whose head is not on the chain is never replaced:
it is the proof that the chain was cut, or that a backup was put back (``cadencia restored``).
"""

import asyncio
import json
import os
from pathlib import Path

import structlog

from api.clock import BusinessClock, Clock
from api.settings import Settings
from engine.errors import ServiceError
from storage import seals
from storage.database import Database
from storage.seals import Seal

SEAL_S = 5.0
FILE = "ledger-head.json"

log = structlog.get_logger()


async def seal_ledger(settings: Settings) -> None:
    """Seal every ``SEAL_S`` until cancelled."""
    database = Database(settings.database_url)
    clock, file = BusinessClock(database), settings.data_dir / FILE
    while True:
        try:
            await asyncio.to_thread(seal_once, database, clock, file)
        except (ServiceError, OSError) as trouble:
            log.warning("ledger.seal", error=str(trouble))
        await asyncio.sleep(SEAL_S)


def seal_once(database: Database, clock: Clock, file: Path) -> Seal | None:
    """Seal all lines that wait; the newest seal made. ``ServiceError`` when ``file`` is of another chain."""
    newest = None
    while True:
        with database.connection() as connection:
            seal = seals.seal_waiting(connection, clock.now())
        if seal is None:
            break
        newest = seal
        log.info("ledger.sealed", seal=seal.id, lines=seal.total, head=seal.hash.hex())
    if newest is not None:
        export_head(database, file)
    return newest


def export_head(database: Database, file: Path) -> Seal | None:
    """Write the head to a file, in place of an older head of the same chain; ``None`` without any seal."""
    before = read_head(file)
    with database.connection() as connection:
        head = seals.head(connection)
        there = seals.one(connection, before.id) if before else None
    if before is not None and (there is None or there.hash != before.hash):
        raise ServiceError(
            f"the chain does not hold seal {before.id}, whose head was exported",
            place=str(file),
            code="ledger.cut",
            hint="cadencia verify; after a backup was put back: cadencia restored",
        )
    if head is not None:
        draft = file.with_suffix(f".{os.getpid()}")
        draft.write_text(json.dumps(head.as_json() | {"hash": head.hash.hex()}, indent=1) + "\n")
        draft.replace(file)
    return head


def read_head(file: Path) -> Seal | None:
    """The head in a file; ``None`` without one. ``ServiceError`` when it is not readable."""
    if not file.exists():
        return None
    try:
        return Seal.from_json(json.loads(file.read_text()))
    except (ValueError, KeyError, TypeError) as error:
        raise ServiceError("this is no head of a ledger", place=str(file), code="ledger.head") from error


def set_head_aside(file: Path, epoch: int) -> None:
    """Keep the head of before a backup was put back under another name: the chain goes on from the backup."""
    if file.exists():
        file.replace(file.with_suffix(f".epoch-{epoch}.json"))
