"""`provider-templates`, `numbers`, `alerts`, `inbox` and the levers beside them: what providers say of us."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from api.settings import load_settings
from api.supervisor import servers_of
from storage.database import Database

ByOption = Annotated[str, typer.Option("--by", help="Who does it.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("provider-templates")(provider_templates)
    app.command("numbers")(numbers)
    app.command("alerts")(alerts)
    app.command("inbox")(inbox)
    app.command("whatsapp-policy")(whatsapp_policy)


def provider_templates(
    send: Annotated[
        bool, typer.Option("--register", help="Ask Meta to approve what it was not given.")
    ] = False,
    sync: Annotated[bool, typer.Option("--sync", help="Take over how they stand at Meta now.")] = False,
    delete: Annotated[str, typer.Option("--delete", help="A registered name to delete at Meta.")] = "",
    by: ByOption = "",
) -> None:
    """Say how our templates stand at the provider: state, category, quality and reason."""
    from api.clock import BusinessClock
    from api.usecases.templates.register_templates import (
        delete_template,
        open_templates,
        register_templates,
        sync_templates,
    )
    from storage.provider_templates import registered

    async def act(database: Database) -> None:
        desk, clock = open_templates(load_settings()), BusinessClock(database)
        try:
            if delete:
                await delete_template(database, clock, desk, delete, by)
            if send:
                done = await register_templates(database, clock, desk)
                print(f"{len(done.given)} given to Meta, {len(done.refused)} refused")
                for name, why in done.refused:
                    print(f"  {name}: {why}")
            if sync:
                print(f"{await sync_templates(database, clock, desk)} listed by Meta")
        finally:
            await desk.close()

    with _database() as database:
        if send or sync or delete:
            asyncio.run(act(database))
        with database.connection() as connection:
            for one in registered(connection):
                how = f"{one.state} {one.category} {one.quality} {one.reason}".rstrip()
                print(f"{one.name} {one.language}: {how}")


def numbers(
    resume: Annotated[int, typer.Option("--resume", help="End the pause of this number (its lane).")] = 0,
    by: ByOption = "",
) -> None:
    """Say how our sending numbers stand: pace, daily tier, quality, pause; or end a pause."""
    from api.clock import BusinessClock
    from api.usecases.sending.resume_number import resume_sending_number
    from storage.sender_numbers import sender_states

    with _database() as database:
        if resume:
            resume_sending_number(database, BusinessClock(database), resume, by)
        with database.connection() as connection:
            for one in sender_states(connection):
                tier = one.tier or "no limit"
                pause = (
                    f", paused until {one.paused_until:%Y-%m-%d %H:%M} ({one.pause_reason})"
                    if one.paused_until
                    else ""
                )
                print(
                    f"{one.lane}: {one.address} {one.per_second}/s, {tier} persons a day {one.quality}{pause}"
                )


def alerts(
    clear: Annotated[int, typer.Option("--clear", help="The number of an alert that was looked at.")] = 0,
    by: ByOption = "",
) -> None:
    """List what a person must look at, or clear one."""
    from api.clock import BusinessClock
    from storage.alerts import clear_alert, open_alerts

    with _database() as database, database.connection() as connection:
        if clear:
            clear_alert(connection, clear, by, BusinessClock(database).now())
        for one in open_alerts(connection):
            print(f"{one.id}: {one.said} ({one.times} times since {one.raised_at:%Y-%m-%d %H:%M})")


def inbox(
    again: Annotated[str, typer.Option("--again", help="Rows to work once more, as 17,18.")] = "",
) -> None:
    """Say how the inbox stands: rows not worked, set aside, kept; or give rows another chance."""
    from storage.inbox import inbox_state, work_again

    with _database() as database, database.connection() as connection:
        if again:
            print(f"{work_again(connection, [int(row) for row in again.split(',') if row.strip()])} again")
        state = inbox_state(connection)
        print(f"{state.new} new, the oldest {state.lag_s:.1f} s old; "
              f"{state.quarantined} set aside, {state.kept} kept")  # fmt: skip


def whatsapp_policy(
    creditor: Annotated[str, typer.Option("--creditor", help="Key of the creditor.")],
    policy: Annotated[str, typer.Option("--policy", help="own_debts, agency or agency_approved.")],
    by: ByOption = "",
) -> None:
    """Say whether a creditor collects its own debts by WhatsApp, or an agency does, with Meta's approval."""
    from api.clock import BusinessClock
    from api.usecases.sending.set_whatsapp_policy import set_whatsapp_policy

    with _database() as database:
        set_whatsapp_policy(database, BusinessClock(database), creditor, policy, by)
    print(f"{creditor}: {policy}")


@contextmanager
def _database() -> Iterator[Database]:
    with servers_of(load_settings()) as urls:
        yield Database(urls.database_url)
