"""`cadencia import`, `generate`, `portfolio` and `mapping`: the book coming in."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from api.settings import load_settings
from api.supervisor import servers_of

if TYPE_CHECKING:
    from api.importing.mapping import ColumnMapping
    from api.usecases.book.import_book import ImportReport
    from storage.database import Database

PortfolioOption = Annotated[str, typer.Option("--portfolio", "-p", help="Key of the portfolio.")]
AsOfOption = Annotated[
    datetime | None,
    typer.Option("--as-of", formats=["%Y-%m-%d"], help="Date of the data; default: today there."),
]
KindOption = Annotated[
    str,
    typer.Option(
        help="accounts, payments, reversals, invoices, promises, outside_contacts, protections, consents."
    ),
]
SHOWN = 20
REFUSED = 2
"""Exit code of a file of which no row landed."""

mapping_app = typer.Typer(help="Column mappings of a portfolio's files.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("import")(import_file)
    app.command("receipt")(read_receipts)
    app.command("generate")(generate)
    app.command("portfolio")(portfolio)
    app.add_typer(mapping_app, name="mapping")


def import_file(
    file: Annotated[Path, typer.Argument(help="CSV, XLSX or Parquet.")],
    portfolio: PortfolioOption,
    mapping: Annotated[str, typer.Option(help="Name of a saved mapping, or a JSON file.")] = "",
    kind: KindOption = "accounts",
    scope: Annotated[
        str, typer.Option(help="full: absent accounts are held as missing; or delta.")
    ] = "delta",
    as_of: AsOfOption = None,
    totals: Annotated[str, typer.Option(help="rows=300,outstanding_balance=1234567.89")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="For machines: one JSON object.")] = False,
) -> None:
    """Bring a file into the book: good rows land, bad ones are listed with line, column and reason.

    Exit code 0 when rows landed, 2 when none did, or the file was refused as a whole.
    """
    from api.importing.totals import parse_totals
    from api.index_key import index_key
    from api.usecases.book.import_book import ImportOrder, expect_scope, import_book
    from storage.database import Database

    settings, control = load_settings(), parse_totals(totals) if totals else None
    bar = Progress(
        SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(),
        console=Console(stderr=True), disable=as_json,
    )  # fmt: skip
    with servers_of(settings) as urls, bar:
        task = bar.add_task("abriendo", total=None)
        database = Database(urls.database_url)
        order = ImportOrder(
            path=file,
            portfolio=portfolio,
            mapping=_mapping(database, portfolio, mapping, kind),
            as_of=as_of.date() if as_of else _today(database, portfolio),
            scope=expect_scope(scope),
            totals=control,
        )
        report = import_book(
            database,
            order,
            index_key=index_key(settings),
            on_stage=lambda stage: bar.update(task, description=stage),
        )
    if as_json:
        print(json.dumps(report.document(), ensure_ascii=False))
    else:
        _print_report(file.name, report)
    raise typer.Exit(0 if report.accepted else REFUSED)


def read_receipts(
    files: Annotated[list[Path], typer.Argument(help="XML of CFDI 4.0 with the payment complement 2.0.")],
    portfolio: PortfolioOption,
) -> None:
    """Read payment receipts (CFDI): each invoice they name is paid in its account, once for each UUID.

    Exit code 0 when every invoice was found, 2 when one was refused; an unreadable file stops the command.
    """
    from api.clock import BusinessClock
    from api.usecases.money.read_payment_receipt import read_payment_receipt
    from storage.database import Database

    refused = 0
    with servers_of(load_settings()) as urls:
        database = Database(urls.database_url)
        for file in files:
            done = read_payment_receipt(
                database, BusinessClock(database), portfolio, file.read_bytes(), by="cadencia receipt"
            )
            print(f"{file.name}: {done.sentence()}")
            for one in done.refused:
                print(f"  línea {one.line}, {one.document}: {one.reason} ({one.hint})")
            refused += len(done.refused)
    raise typer.Exit(REFUSED if refused else 0)


def generate(
    accounts: Annotated[int, typer.Option(min=1, help="How many.")],
    portfolio: PortfolioOption = "carga",
    as_of: AsOfOption = None,
) -> None:
    """Generate load: accounts like the demo book's, straight into an empty portfolio."""
    from api.clock import BusinessClock
    from api.index_key import index_key
    from api.usecases.book.generate_book import generate_book
    from storage.database import Database, upgrade

    settings = load_settings()
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=Console(stderr=True)
    )
    with servers_of(settings) as urls, bar:
        upgrade(urls.database_url)
        database = Database(urls.database_url)
        task = bar.add_task("generando", total=accounts)
        generated = generate_book(
            database,
            accounts=accounts,
            portfolio=portfolio,
            as_of=as_of.date() if as_of else BusinessClock(database).now().date(),
            index_key=index_key(settings),
            progress=lambda count: bar.advance(task, count),
        )
    print(f"{generated.accounts} cuentas de {generated.persons} personas en el portafolio «{portfolio}».")


def portfolio(
    key: Annotated[str, typer.Argument(help="Short name, used in commands.")],
    country: Annotated[str, typer.Option(help="MX, CO, CL, PE, EC, AR ...")],
    currency: Annotated[str, typer.Option(help="ISO 4217, e.g. MXN.")],
    timezone: Annotated[str, typer.Option(help="e.g. America/Mexico_City.")],
    creditor: Annotated[str, typer.Option(help="Name of who the debts are owed to.")],
) -> None:
    """Make a portfolio with its creditor, or change their names."""
    from api.usecases.book.save_portfolio import PortfolioOrder, save_portfolio
    from storage.database import Database, upgrade

    with servers_of(load_settings()) as urls:
        upgrade(urls.database_url)
        save_portfolio(
            Database(urls.database_url), PortfolioOrder(key, country, currency, timezone, creditor)
        )
    print(f"Portafolio «{key}» listo.")


@mapping_app.command("save")
def save_mapping(
    name: Annotated[str, typer.Argument(help="Name to keep it under.")],
    file: Annotated[Path, typer.Argument(help="JSON file.")],
    portfolio: PortfolioOption,
) -> None:
    """Keep a column mapping of a portfolio."""
    from api.usecases.book.save_mapping import read_mapping, save_mapping
    from storage.database import Database

    mapping = read_mapping(file)
    with servers_of(load_settings()) as urls:
        save_mapping(Database(urls.database_url), portfolio, name, mapping)
    print(f"Mapeo «{name}» guardado.")


@mapping_app.command("show")
def show_mapping(
    portfolio: PortfolioOption, name: Annotated[str, typer.Argument(help="Empty: all of them.")] = ""
) -> None:
    """Print the saved mappings of a portfolio as JSON."""
    from api.usecases.book.save_mapping import saved_mappings
    from storage.database import Database

    with servers_of(load_settings()) as urls:
        kept = saved_mappings(Database(urls.database_url), portfolio)
    shown = {key: mapping.model_dump() for key, mapping in kept.items() if name in ("", key)}
    print(json.dumps(shown, indent=2, ensure_ascii=False))


@mapping_app.command("guess")
def guess_mapping(
    file: Annotated[Path, typer.Argument(help="CSV, XLSX or Parquet.")], kind: KindOption = "accounts"
) -> None:
    """Print the mapping that would be used for a file, to correct and save."""
    from api.importing.mapping import find_columns, parse_mapping
    from api.importing.reading import read_file

    mapping = parse_mapping({"kind": kind})
    columns = find_columns(mapping, read_file(file, mapping).headers)
    print(json.dumps({"kind": kind, "columns": columns}, indent=2, ensure_ascii=False))


def _mapping(database: "Database", portfolio: str, name: str, kind: str) -> "ColumnMapping":
    """A JSON file, a saved mapping, or without either a guess from the headers."""
    from api.importing.mapping import parse_mapping
    from api.usecases.book.save_mapping import expect_mapping, read_mapping

    if not name:
        return parse_mapping({"kind": kind})
    return read_mapping(Path(name)) if name.endswith(".json") else expect_mapping(database, portfolio, name)


def _today(database: "Database", portfolio: str) -> date:
    """The business date in the portfolio's time zone."""
    from api.clock import BusinessClock
    from api.usecases.book.save_portfolio import zone_of

    return BusinessClock(database).now().astimezone(ZoneInfo(zone_of(database, portfolio))).date()


def _print_report(file: str, report: "ImportReport") -> None:
    if report.refusals.height:
        _print_refusals(file, report.refusals.head(SHOWN).rows(), report.refusals.height)
    if report.missing:
        some = ", ".join(report.missing[:SHOWN])
        print(f"Faltan en el archivo y quedan retenidas {len(report.missing)}: {some}")
    print(report.sentence())


def _print_refusals(file: str, rows: list[tuple[int, str, str, str]], total: int) -> None:
    table = Table(title=f"{file}: {total} avisos", box=None, header_style="bold", title_justify="left")
    for column in ("línea", "columna", "valor", "motivo"):
        table.add_column(column)
    for line, column, value, reason in rows:
        table.add_row(str(line), column, value, reason)
    Console(soft_wrap=True).print(table)
    if total > len(rows):
        print(f"... y {total - len(rows)} más, en la tabla refusal de esta carga.")
