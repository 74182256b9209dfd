"""`cadencia retain` and `restored`: what an installation needs now and then."""

import json
from typing import Annotated

import typer

from api.settings import load_settings
from api.supervisor import servers_of

JsonOption = Annotated[bool, typer.Option("--json", help="For machines: one JSON object.")]
SHOWN = 20


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("retain")(retain)
    app.command("restored")(restored)


def retain(
    months: Annotated[int, typer.Option("--months", help="Whole months to keep besides the present one.")],
    ledger_months: Annotated[
        int | None, typer.Option("--ledger-months", help="Drop older months of the ledger too.")
    ] = None,
) -> None:
    """Drop messages, attempts, slots and verdicts older than so many months; the ledger stays."""
    from api.clock import BusinessClock
    from api.usecases.upkeep.retain_months import retain_months
    from storage.database import Database

    with servers_of(load_settings()) as urls:
        database = Database(urls.database_url)
        done = retain_months(database, BusinessClock(database), months, evidence_months=ledger_months)
    print(f"Se conserva desde el {done.keep_from:%d-%m-%Y}.")
    print(f"Se borraron {len(done.partitions)} particiones y {done.items} partes de mensajes terminados.")
    for name in done.partitions:
        print(f"  {name}")


def restored(
    by: Annotated[str, typer.Option("--by", help="Who put the backup back.")],
    as_json: JsonOption = False,
) -> None:
    """Say, before anything is started, that a backup was put back: nothing queued in it is sent again."""
    from api import sealing
    from api.clock import BusinessClock
    from api.usecases.upkeep.note_restore import note_restore
    from storage.database import Database

    with servers_of(load_settings()) as urls:
        database = Database(urls.database_url)
        done = note_restore(database, BusinessClock(database), by=by)
        sealing.set_head_aside(load_settings().data_dir / sealing.FILE, done.epoch)
    if as_json:
        old = [
            {"id": str(one.id), "portfolio": one.portfolio, "day": str(one.local_on)}
            for one in done.for_review
        ]
        print(json.dumps({"epoch": done.epoch, "for_review": old}))
        return
    print(f"Época {done.epoch}: {len(done.for_review)} mensajes de antes quedan en revisión y no saldrán.")
    for one in done.for_review[:SHOWN]:
        print(f"  {one.portfolio}  {one.local_on}  {one.id}")
    if len(done.for_review) > SHOWN:
        print(f"  … y {len(done.for_review) - SHOWN} más (--json los da todos)")
