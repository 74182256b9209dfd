"""`cadencia export-person`, `erase-person` and `rotate-keys`: personal data out, destroyed, kept safe."""

import json
from pathlib import Path
from typing import Annotated

import typer

from api.settings import load_settings
from api.supervisor import servers_of

Account = Annotated[str, typer.Argument(help="Number of an account of the person.")]
Portfolio = Annotated[str, typer.Option("--portfolio", help="Key of its portfolio.")]
By = Annotated[str, typer.Option("--by", help="Who does it.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("export-person")(export)
    app.command("erase-person")(erase)
    app.command("rotate-keys")(rotate)


def export(
    account: Account,
    portfolio: Portfolio,
    by: By,
    to: Annotated[Path, typer.Option("--to", help="The file to write, readable by its owner alone.")],
) -> None:
    """Everything that is held about a person, in the clear, as one JSON file."""
    from api.clock import BusinessClock
    from api.usecases.people.export_person import export_person, person_of
    from storage.database import Database

    with servers_of(load_settings()) as urls:
        database = Database(urls.database_url)
        person_id = person_of(database, portfolio, account)
        held = export_person(database, BusinessClock(database), person_id, by=by)
    to.touch(mode=0o600)
    to.write_text(json.dumps(held, ensure_ascii=False, indent=1, default=str))
    print(f"Escrito: {to}")


def erase(
    account: Account,
    portfolio: Portfolio,
    by: By,
    reason: Annotated[str, typer.Option("--reason", help="Who asked for it, and how.")],
) -> None:
    """Destroy the key of a person's data; refused, with the reason, while a debt or the law needs them."""
    from api.clock import BusinessClock
    from api.usecases.people.erase_person import erase_person
    from api.usecases.people.export_person import person_of
    from storage.database import Database

    with servers_of(load_settings()) as urls:
        database = Database(urls.database_url)
        person_id = person_of(database, portfolio, account)
        done = erase_person(database, BusinessClock(database), person_id, by=by, reason=reason)
    print(f"Persona {done.person_id}: llave destruida, {done.addresses} direcciones borradas.")


def rotate(
    by: By,
    drop_old: Annotated[
        bool, typer.Option("--drop-old", help="Forget the old keys; after every process was started anew.")
    ] = False,
) -> None:
    """A new master key: the keys of all persons are wrapped anew while everything goes on."""
    from api import master_keys
    from api.clock import BusinessClock
    from api.usecases.upkeep.rotate_master_key import rotate_master_key
    from storage.database import Database

    settings = load_settings()
    with servers_of(settings) as urls:
        database = Database(urls.database_url)
        given = bool(settings.master_keys.get_secret_value())
        newest = master_keys.read_master_keys(settings).newest
        if not given and not drop_old:
            newest = master_keys.add_master_key(settings)
        keys = rotate_master_key(database, BusinessClock(database).now(), newest=newest, by=by)
        gone = master_keys.drop_old_master_keys(settings) if drop_old and not given else 0
    print(f"Llave maestra {newest}: {keys} llaves de personas envueltas, {gone} maestras viejas olvidadas.")
