"""`cadencia users`: add and change users, give machines their keys, and say who may what."""

from typing import TYPE_CHECKING, Annotated

import typer

from api.settings import load_settings
from api.supervisor import servers_of

if TYPE_CHECKING:
    from api.usecases.access.save_user import RoleIn

users = typer.Typer(name="users", help="Users, their roles, and the keys of machines.", no_args_is_help=True)

LoginArgument = Annotated[str, typer.Argument(help="The name they sign in by.")]
ByOption = Annotated[str, typer.Option("--by", help="Who does it; it is kept in the ledger.")]
RoleOption = Annotated[
    list[str] | None,
    typer.Option("--role", "-r", help="A role, in all portfolios or in one: strategist@tarjetas."),
]
PasswordOption = Annotated[
    str, typer.Option("--password", prompt=True, hide_input=True, confirmation_prompt=True)
]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.add_typer(users)


@users.command("add")
def add(
    login: LoginArgument,
    password: PasswordOption,
    by: ByOption = "console",
    name: Annotated[str, typer.Option(help="Their name; default: the login.")] = "",
    role: RoleOption = None,
) -> None:
    """Add a user who signs in by a password."""
    from api.clock import BusinessClock
    from api.usecases.access.save_user import add_user
    from storage.database import Database

    with servers_of(load_settings()) as urls:
        database = Database(urls.database_url)
        user = add_user(
            database,
            BusinessClock(database),
            login=login,
            name=name or login,
            password=password,
            roles=_roles(role),
            by=by,
        )
    print(f"{user.login}: {', '.join(user.roles) or 'sin roles todavía'}")


@users.command("change")
def change(
    login: LoginArgument,
    by: ByOption = "console",
    role: RoleOption = None,
    off: Annotated[bool, typer.Option("--off", help="Let them sign in no more.")] = False,
    on: Annotated[bool, typer.Option("--on", help="Let them sign in again.")] = False,
    password: Annotated[bool, typer.Option("--password", help="Ask for a new password.")] = False,
) -> None:
    """Change a user: roles (all of them anew), password, or whether they may sign in."""
    from api.clock import BusinessClock
    from api.usecases.access.save_user import change_user
    from storage.database import Database

    new = typer.prompt("Password", hide_input=True, confirmation_prompt=True) if password else None
    with servers_of(load_settings()) as urls:
        database = Database(urls.database_url)
        user = change_user(
            database,
            BusinessClock(database),
            login,
            by=by,
            password=new,
            active=False if off else True if on else None,
            roles=None if role is None else _roles(role),
        )
    print(f"{user.login}: {'activo' if user.active else 'apagado'}, {', '.join(user.roles) or 'sin roles'}")


@users.command("list")
def show() -> None:
    """Who there is, and what they may do where."""
    from storage.access import list_users
    from storage.database import Database

    with servers_of(load_settings()) as urls, Database(urls.database_url).connection() as connection:
        keys: dict[int, str] = dict(connection.execute("SELECT id, key FROM portfolio").fetchall())
        for user in list_users(connection, "", 10_000):
            held = [f"{role}@{keys.get(number, '*')}" for number, role in user.grants]
            print(f"{user.login}  {'' if user.active else '(apagado) '}{' '.join(held)}")


@users.command("key")
def key(
    label: Annotated[str, typer.Argument(help="What the key is for.")],
    scope: Annotated[list[str], typer.Option("--scope", "-s", help="A permission; several times.")],
    by: ByOption = "console",
    portfolio: Annotated[str, typer.Option("--portfolio", "-p", help="One portfolio; default: all.")] = "",
    days: Annotated[int, typer.Option(help="After so many days it opens nothing.")] = 365,
) -> None:
    """Give a machine a key; its text is printed once."""
    from api.clock import BusinessClock
    from api.usecases.access.give_key import give_key
    from storage.book_in.owners import portfolio_id_of
    from storage.database import Database

    with servers_of(load_settings()) as urls:
        database = Database(urls.database_url)
        portfolio_id = None
        if portfolio:
            with database.connection() as connection:
                portfolio_id = portfolio_id_of(connection, portfolio)
        given = give_key(
            database,
            BusinessClock(database),
            label=label,
            scopes=scope,
            portfolio_id=portfolio_id,
            days=days,
            by=by,
        )
    print(given.text)


@users.command("revoke")
def revoke(
    prefix: Annotated[str, typer.Argument(help="The ten signs after cad_.")], by: ByOption = "console"
) -> None:
    """Shut a key for ever."""
    from api.clock import BusinessClock
    from api.usecases.access.give_key import revoke_key
    from storage.database import Database

    with servers_of(load_settings()) as urls:
        database = Database(urls.database_url)
        revoke_key(database, BusinessClock(database), prefix, by=by)
    print(f"{prefix} ya no abre nada.")


@users.command("roles")
def list_roles() -> None:
    """Every role and what it may."""
    from api.access.roles import roles

    for role in roles().values():
        print(f"{role.key} ({role.es}): {', '.join(sorted(role.may))}")


def _roles(said: list[str] | None) -> "list[RoleIn]":
    from api.usecases.access.save_user import EVERY_PORTFOLIO, RoleIn

    parts = [each.partition("@") for each in said or ()]
    return [RoleIn(role, portfolio or EVERY_PORTFOLIO) for role, _, portfolio in parts]
