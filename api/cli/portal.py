"""`cadencia portal-link`: the link of an account's person, for operators and tests."""

from typing import Annotated

import typer

from api.settings import load_settings
from api.supervisor import servers_of


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("portal-link")(portal_link)


def portal_link(
    account: Annotated[str, typer.Argument(help="Number of an account of the person.")],
    portfolio: Annotated[str, typer.Option("--portfolio", "-p", help="Key of its portfolio.")],
    by: Annotated[str, typer.Option("--by", help="Who asks for it.")] = "operador",
    replace: Annotated[
        bool, typer.Option("--replace", help="Shut every older link and unlock the identity step.")
    ] = False,
) -> None:
    """The person's link to the portal: it opens after they prove who they are, until it expires."""
    from api.clock import BusinessClock
    from api.portal_links import open_portal_links
    from api.usecases.people.give_portal_link import give_portal_link
    from storage.database import Database

    settings = load_settings()
    with servers_of(settings) as urls:
        database = Database(urls.database_url)
        given = give_portal_link(
            database,
            BusinessClock(database),
            open_portal_links(settings),
            portfolio,
            account,
            by=by,
            replace=replace,
        )
    print(given.address)
