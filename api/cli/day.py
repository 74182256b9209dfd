"""`cadencia run-day`, `runs`, `release` and `explain`: the daily run and what it did."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from api.settings import load_settings
from api.supervisor import servers_of

PortfolioOption = Annotated[str, typer.Option("--portfolio", "-p", help="Key of the portfolio.")]
JsonOption = Annotated[bool, typer.Option("--json", help="For machines: one JSON object.")]
DateOption = Annotated[
    datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="Business date; default: today there.")
]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("run-day")(run_day)
    app.command("runs")(list_runs)
    app.command("release")(release)
    app.command("explain")(explain)


def run_day(
    portfolio: PortfolioOption,
    day: DateOption = None,
    shadow: Annotated[bool, typer.Option("--shadow", help="Decide everything, send nothing.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Run a business date to its close. The same date again only says how it closed.

    Exit code 0 when it closed, 2 when it was refused or does not balance, 3 when the fuse holds the release.
    """
    from api.day_workers import DayWorkers
    from api.delivery.crash_points import CrashPoints
    from api.usecases.day.run_day import expect_strategy
    from api.usecases.day.run_day import run_day as use_case
    from storage.database import Database

    settings = load_settings()
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        console=Console(stderr=True), disable=as_json,
    )  # fmt: skip
    with servers_of(settings) as urls, bar:
        task = bar.add_task("partes", total=None)
        database = Database(urls.database_url)
        expect_strategy(database, portfolio)
        workers = DayWorkers(database, urls.redis_url)
        progress = _progress(bar, task)
        closed = use_case(
            database,
            portfolio,
            day.date() if day else None,
            snapshots_url=settings.snapshots_address,
            shadow=shadow or None,
            work=(lambda run, shards: workers.work(run, shards, progress=progress))
            if workers.alive()
            else None,
            progress=progress,
            crash=CrashPoints(settings.crash_at),
        )
    if as_json:
        figures = [[bucket.word, reason, count] for bucket, reason, count in closed.figures]
        document = {"day": str(closed.day), "state": closed.state, "accounts": closed.accounts}
        print(json.dumps(document | {"figures": figures, "messages": closed.messages, "fuse": closed.fuse}))
    else:
        print(f"{closed.day}: {closed.sentence()}. {closed.messages} mensajes.")
        if closed.state == "held":
            print(f"El fusible retiene el envío: {closed.fuse}. `cadencia release` lo deja salir.")
    raise typer.Exit(3 if closed.state == "held" else 0)


def list_runs(portfolio: PortfolioOption, as_json: JsonOption = False) -> None:
    """The latest business dates and how they closed."""
    from api.usecases.day.list_runs import list_runs as use_case
    from storage.database import Database

    with servers_of(load_settings()) as urls:
        rows = use_case(Database(urls.database_url), portfolio)
    if as_json:
        print(json.dumps([row.document() for row in rows]))
        return
    for row in rows:
        print(f"{row.day}  {row.state:<8} {row.accounts:>9} cuentas  {row.messages:>8} mensajes")
        if row.delivered is not None:
            print(f"            {row.delivered.sentence()}")


def release(
    portfolio: PortfolioOption,
    day: Annotated[datetime, typer.Option("--date", formats=["%Y-%m-%d"], help="The date that is held.")],
    by: Annotated[str, typer.Option("--by", help="Who lets the messages go.")],
) -> None:
    """Let the messages of a date go that the volume fuse held."""
    from api.usecases.day.release_run import release_run
    from storage.database import Database

    with servers_of(load_settings()) as urls:
        count = release_run(Database(urls.database_url), portfolio, day.date(), by=by)
    print(f"{count} mensajes liberados por {by}.")


def explain(
    account: Annotated[str, typer.Argument(help="Number of the account.")],
    portfolio: PortfolioOption,
    day: Annotated[datetime, typer.Option("--date", formats=["%Y-%m-%d"], help="The business date.")],
    as_json: JsonOption = False,
) -> None:
    """Say in Spanish what a date did with one account and why, from what the run saw."""
    from api.usecases.day.explain_account import explain_account
    from storage.database import Database

    with servers_of(load_settings()) as urls:
        lines = explain_account(Database(urls.database_url), portfolio, account, day.date())
    if as_json:
        print(json.dumps([{"kind": line.kind, "text": line.text} for line in lines], ensure_ascii=False))
        return
    for line in lines:
        print(f"  {line.text}")


def _progress(bar: Progress, task: TaskID) -> Callable[[int, int], None]:
    def show(done: int, total: int) -> None:
        bar.update(task, completed=done, total=total)

    return show
