"""`cadencia demo`: the product at work, on this machine, in a minute."""

from typing import Annotated

import typer

from api.settings import load_settings


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("demo")(demo)
    app.command("demo-screens")(demo_screens)


def demo(
    accounts: Annotated[
        int | None, typer.Option(help="Only so many accounts of the demo book; default: all 30,000.")
    ] = None,
) -> None:
    """Load a real portfolio, publish the ready strategies, play 13 to 17 November 2026 and tell it."""
    from api.demo.play import play

    play(print, accounts=accounts, started_at=load_settings().started_at)


def demo_screens() -> None:
    """Open the screens over what the demo left, until Ctrl-C; nothing is run and nothing is sent."""
    from api.demo.screens import show_screens

    show_screens(load_settings(), print)
