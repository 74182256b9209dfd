"""`cadencia up`, `status` and `down`: everything on one machine."""

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from api.settings import load_settings
from api.status import Health, database_answers, queue_answers, read_health
from api.supervisor import Supervisor, children_of, servers_of, stop_everything
from engine.errors import ServiceError


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("up")(up)
    app.command("status")(status)
    app.command("down")(down)
    app.command("migrate")(migrate)
    app.command("check")(check)


def up() -> None:
    """Run everything on this machine until Ctrl-C: servers, api, workers, scheduler, screens."""
    settings = load_settings()
    Supervisor(settings, children_of(settings)).run()


def status(
    as_json: Annotated[bool, typer.Option("--json", help="For machines: one JSON object.")] = False,
) -> None:
    """Say what runs: servers, processes, ports and whether they answer."""
    health = read_health(load_settings())
    if as_json:
        print(json.dumps(health.document(), indent=2))
        return
    _print_table(health)


def down() -> None:
    """Stop what `up` runs, and the embedded servers with it, whoever else uses them."""
    stopped = stop_everything(load_settings())
    print("Cadencia is stopped." if stopped else "Nothing was running.")


def migrate() -> None:
    """Bring the tables of the database up to date; safe while others do the same."""
    from storage.database import upgrade  # a second of imports the other commands here can do without

    with servers_of(load_settings()) as urls:
        upgrade(urls.database_url)
    print("The tables are up to date.")


def check() -> None:
    """Refuse (exit code 2) unless PostgreSQL and Valkey answer: the health check of a container."""
    settings = load_settings()
    answers = {
        "PostgreSQL": database_answers(settings.database_url),
        "Valkey": queue_answers(settings.redis_url),
    }
    silent = [name for name, answer in answers.items() if not answer]
    if silent:
        raise ServiceError(f"{' and '.join(silent)} cannot be reached", hint="see DATABASE_URL and REDIS_URL")
    print("PostgreSQL and Valkey answer.")


def _print_table(health: Health) -> None:
    table = Table(box=None, header_style="bold")
    for column in ("what", "state", "pid", "address", "restarts"):
        table.add_column(column)
    for part in health.parts:
        pid = str(part.pid) if part.pid else "-"
        table.add_row(part.name, part.state, pid, part.address or "-", str(part.restarts or "-"))
    Console(soft_wrap=True).print(table)
    for one in health.set_aside:
        print(f"set aside: {one.work} {one.key} (account {one.account_id}): {one.reason}")
    print(health.sentence)
