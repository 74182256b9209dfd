"""`cadencia up`, `status` and `down`: everything on one machine."""

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from api.settings import load_settings
from api.status import Health, read_health
from api.supervisor import Supervisor, children_of, stop_everything


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("up")(up)
    app.command("status")(status)
    app.command("down")(down)


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


def _print_table(health: Health) -> None:
    table = Table(box=None, header_style="bold")
    for column in ("what", "state", "pid", "address", "restarts"):
        table.add_column(column)
    for part in health.parts:
        pid = str(part.pid) if part.pid else "-"
        table.add_row(part.name, part.state, pid, part.address or "-", str(part.restarts or "-"))
    Console(soft_wrap=True).print(table)
    print(health.sentence)
