"""`cadencia special-day`: a date that is like no other in a country or region."""

from datetime import datetime
from typing import Annotated

import typer

from api.settings import load_settings
from api.supervisor import servers_of

DayArgument = Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], help="The date.")]
CountryOption = Annotated[str, typer.Option("--country", help="ISO 3166 code of the country.")]
KindOption = Annotated[str, typer.Option("--kind", help="mourning, disaster, election or holiday.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why; it is kept in the ledger.")]
ByOption = Annotated[str, typer.Option("--by", help="Who declares it; it is kept in the ledger.")]
RegionOption = Annotated[str, typer.Option("--region", help="Subdivision; without it the whole country.")]


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("special-day")(special_day)


def special_day(
    day: DayArgument,
    country: CountryOption,
    kind: KindOption,
    reason: ReasonOption,
    by: ByOption,
    region: RegionOption = "",
) -> None:
    """Declare a day of mourning, disaster, election or a decreed holiday: the law says what it closes."""
    from api.clock import BusinessClock
    from api.usecases.book.declare_special_day import Declared, declare_special_day
    from storage.database import Database

    with servers_of(load_settings()) as urls:
        database = Database(urls.database_url)
        declared = Declared(country, day.date(), kind, reason, by, region)
        new = declare_special_day(database, BusinessClock(database), declared)
    print("Declarado." if new else "Ya estaba declarado así.")
