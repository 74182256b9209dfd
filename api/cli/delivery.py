"""`cadencia worker`, `stop` and `resume`: the processes that send, and the red button."""

import subprocess
import sys
from typing import Annotated

import typer

from api.settings import child_environment, load_settings
from api.supervisor import servers_of

RoleArgument = Annotated[str, typer.Argument(help="day, in, react, out, inbox or scheduler.")]
LanesOption = Annotated[str, typer.Option("--lanes", help="For out: only these lanes, as 1,2,3.")]
ByOption = Annotated[str, typer.Option("--by", help="Who does it.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("worker")(worker)
    app.command("stop")(stop)
    app.command("resume")(resume)


def worker(role: RoleArgument, lanes: LanesOption = "") -> int:
    """Run one worker process until Ctrl-C, on the embedded servers unless others are set."""
    command = [sys.executable, "-m", "api.worker", role, *(["--lanes", lanes] if lanes else [])]
    with servers_of(load_settings()) as urls:
        environment = child_environment(DATABASE_URL=urls.database_url, REDIS_URL=urls.redis_url)
        return subprocess.run(command, env=environment, check=False).returncode


def stop(
    scope: Annotated[
        str, typer.Option("--scope", help="all, country, channel, strategy or template.")
    ] = "all",
    value: Annotated[str, typer.Option("--value", help="CO, whatsapp, or a key.")] = "",
    by: ByOption = "",
    reason: Annotated[str, typer.Option("--reason", help="Why; it stands in the ledger.")] = "",
    show: Annotated[bool, typer.Option("--list", help="Only say what is stopped now.")] = False,
) -> None:
    """Red button: nothing of the scope leaves from the next message on, within a second."""
    from api.clock import BusinessClock
    from api.usecases.sending.stop_sending import list_stops, stop_sending
    from storage.database import Database

    with servers_of(load_settings()) as urls:
        database = Database(urls.database_url)
        if show:
            for switch in list_stops(database):
                what = f"{switch.scope} {switch.value}".strip()
                print(f"{switch.id}: {what}, by {switch.stopped_by}: {switch.reason}")
            return
        number = stop_sending(
            database, BusinessClock(database), scope=scope, value=value, by=by, reason=reason
        )
    print(f"Stopped: {scope} {value}".rstrip())
    print(f"A second person resumes it: cadencia resume --id {number} --by ...")


def resume(number: Annotated[int, typer.Option("--id", help="The stop's number.")], by: ByOption) -> None:
    """Lift a stop; the person who pressed it cannot."""
    from api.clock import BusinessClock
    from api.usecases.sending.resume_sending import resume_sending
    from storage.database import Database

    with servers_of(load_settings()) as urls:
        database = Database(urls.database_url)
        switch = resume_sending(database, BusinessClock(database), switch_id=number, by=by)
    print(f"Resumed: {switch.scope} {switch.value}".rstrip() + f", stopped by {switch.stopped_by}")
