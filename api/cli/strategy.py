"""`cadencia validate`, `publish`, `print-strategy`, `move-accounts`, `pause`, `resume-strategy` and so on."""

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from api.settings import load_settings
from api.supervisor import servers_of

FileArgument = Annotated[
    Path, typer.Argument(help="The strategy document (JSON).", exists=True, dir_okay=False)
]
PortfolioOption = Annotated[str, typer.Option("--portfolio", "-p", help="Key of the portfolio.")]
StrategyArgument = Annotated[str, typer.Argument(help="Key of the strategy.")]
ByOption = Annotated[str, typer.Option("--by", help="Who does it; it is kept in the ledger.")]
JsonOption = Annotated[bool, typer.Option("--json", help="For machines: one JSON document.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("validate")(validate)
    app.command("publish")(publish)
    app.command("undo-publication")(undo)
    app.command("move-accounts")(move_accounts)
    app.command("pause")(pause)
    app.command("resume-strategy")(resume)
    app.command("templates")(templates)
    app.command("print-strategy")(print_strategy)


def validate(file: FileArgument, as_json: JsonOption = False) -> None:
    """Say everything that is wrong with a strategy document, and play its examples; needs no database.

    Exit code 0 when it may be published as far as the document alone tells, else 2.
    """
    from engine.examples import run
    from engine.strategy.document import read_strategy
    from engine.validation import validate as find

    strategy = read_strategy(file.read_bytes())
    findings = find(strategy)
    wrong = [finding for finding in findings if finding.blocks]
    examples = [] if wrong else run(strategy)
    if as_json:
        told = [
            {"code": f.code, "place": f.place, "severity": f.severity, "es": f.message_es} for f in findings
        ]
        played = [{"name": result.name, "passed": result.passed} for result in examples]
        print(json.dumps({"findings": told, "examples": played}, ensure_ascii=False))
    else:
        for finding in findings:
            print(f"{'error' if finding.blocks else 'aviso'}  {finding.place}: {finding.message_es}")
        for result in examples:
            print(f"{'bien ' if result.passed else 'mal  '}  ejemplo «{result.name}»")
        print("Sin errores." if not wrong else f"{len(wrong)} errores.")
    raise typer.Exit(2 if wrong or not all(result.passed for result in examples) else 0)


def publish(
    file: FileArgument,
    portfolio: PortfolioOption,
    by: ByOption,
    approved_by: Annotated[str, typer.Option("--approved-by", help="The second person who approves.")],
    takes_effect: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], help="Date it takes effect with; default: at once."),
    ] = None,
    move: Annotated[
        bool, typer.Option("--move", help="With --from: that morning accounts of older versions move too.")
    ] = False,
) -> None:
    """Validate a strategy and publish it as an immutable version."""
    from api.usecases.strategies.publish_strategy import publish_strategy
    from storage.database import Database

    with servers_of(load_settings()) as urls:
        done = publish_strategy(
            Database(urls.database_url),
            portfolio,
            file.read_bytes(),
            by=by,
            approved_by=approved_by,
            takes_effect_on=takes_effect.date() if takes_effect else None,
            choices={} if takes_effect and move else None,
        )
    for warning in done.warnings:
        print(f"aviso  {warning.place}: {warning.message_es}")
    since = f", rige desde el {takes_effect.date()}" if takes_effect else ""
    print(f"Versión {done.number} {'publicada' if done.fresh else 'ya estaba publicada'}{since}.")


def undo(strategy: StrategyArgument, portfolio: PortfolioOption, by: ByOption) -> None:
    """Take the newest publication back, until the next date opens; accounts go back where they stood."""
    from api.usecases.strategies.undo_publication import undo_publication
    from storage.database import Database

    with servers_of(load_settings()) as urls:
        done = undo_publication(Database(urls.database_url), portfolio, strategy, by=by)
    back = "ninguna versión" if done.back_to is None else f"la versión {done.back_to}"
    print(f"Versión {done.number} deshecha: rige {back}; {done.restored} cuentas volvieron a su lugar.")
    for account in done.stay:
        print(f"  {account.account} siguió adelante y se queda en «{account.node}»")


def move_accounts(
    strategy: StrategyArgument,
    portfolio: PortfolioOption,
    by: ByOption,
    exits: Annotated[list[str] | None, typer.Option("--exit", help="Node whose accounts leave.")] = None,
    stays: Annotated[list[str] | None, typer.Option("--stay", help="Node whose accounts stay.")] = None,
    moves: Annotated[
        list[str] | None, typer.Option("--move", help="Node whose accounts go to another: from=to.")
    ] = None,
    do: Annotated[bool, typer.Option("--do", help="Do it; without it only the counts are told.")] = False,
) -> None:
    """Move the accounts of older versions to the published one: first the counts per node, then --do."""
    from api.usecases.strategies.migrate_enrolments import migrate_enrolments, preview_migration
    from engine.strategy.migrate import Choice
    from storage.database import Database

    choices = {node: Choice("exit") for node in exits or ()} | {node: Choice("stay") for node in stays or ()}
    for pair in moves or ():
        source, _, target = pair.partition("=")
        choices[source] = Choice("move", target)
    with servers_of(load_settings()) as urls:
        database = Database(urls.database_url)
        for line in preview_migration(database, portfolio, strategy, choices):
            to = f" a «{line.move.target}»" if line.move.target else ""
            print(
                f"versión {line.version_id} «{line.node}»: {line.accounts} cuentas, {line.move.kind}{to}"
                f" ({line.in_flight} con un mensaje en camino)"
            )
        if not do:
            print("Nada ha cambiado: añade --do para hacerlo.")
            return
        done = migrate_enrolments(database, portfolio, strategy, choices, by=by)
    print(
        f"{done.moved} movidas, {done.ended} salieron,"
        f" {done.in_flight} seguirán solas cuando se sepa de su mensaje."
    )


def pause(strategy: StrategyArgument, portfolio: PortfolioOption, by: ByOption) -> None:
    """Pause a strategy: nobody enters, moves or is written to, and nobody is lost."""
    from api.usecases.strategies.pause_strategy import pause_strategy
    from storage.database import Database

    with servers_of(load_settings()) as urls:
        count = pause_strategy(Database(urls.database_url), portfolio, strategy, by=by)
    print(f"{count} cuentas en pausa.")


def resume(
    strategy: StrategyArgument,
    portfolio: PortfolioOption,
    by: ByOption,
    how: Annotated[
        str, typer.Option("--how", help="skip_expired, next_only or from_today (03, pausing).")
    ] = "from_today",
) -> None:
    """Let a paused strategy go on."""
    from api.usecases.strategies.resume_strategy import HOW, resume_strategy
    from engine.errors import StrategyError
    from storage.database import Database

    chosen = next((word for word in HOW if word == how), None)
    if chosen is None:
        raise StrategyError(f"unknown way to resume {how!r}", hint=", ".join(HOW), code="strategy.resume")
    with servers_of(load_settings()) as urls:
        count = resume_strategy(Database(urls.database_url), portfolio, strategy, chosen, by=by)
    print(f"{count} cuentas siguen.")


def templates() -> None:
    """Save the ready message templates (a new version only where the text has changed)."""
    from api.usecases.templates.save_templates import save_templates
    from channels.templates import ready_templates
    from storage.database import Database

    with servers_of(load_settings()) as urls:
        saved = save_templates(Database(urls.database_url), ready_templates().values())
    print(f"{saved} plantillas nuevas.")


def print_strategy(
    strategy: StrategyArgument,
    portfolio: PortfolioOption,
    to: Annotated[Path, typer.Option("--to", help="The file to write: .pdf or .md.", dir_okay=False)],
    version: Annotated[
        int | None, typer.Option("--version", help="A version; default: the one in force.")
    ] = None,
    draft: Annotated[bool, typer.Option("--draft", help="The draft instead of a version.")] = False,
) -> None:
    """Print a strategy with its picture, steps in sentences, texts, law, examples and who approved."""
    from api.usecases.book.find_portfolio import find_portfolio
    from api.usecases.strategies.list_strategies import read_version
    from api.usecases.strategies.print_strategy import print_strategy as put_on_paper
    from storage.database import Database

    with servers_of(load_settings()) as urls:
        database = Database(urls.database_url)
        if not draft and version is None:
            with database.connection() as connection:
                portfolio_id = find_portfolio(connection, portfolio).id
                version, _ = read_version(connection, portfolio_id, strategy)
        printed = put_on_paper(
            database,
            portfolio,
            strategy,
            None if draft else version,
            "markdown" if to.suffix == ".md" else "pdf",
        )
    to.write_bytes(printed.content)
    print(f"{to}: {len(printed.content):,} bytes.".replace(",", "."))
