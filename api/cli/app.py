"""The `cadencia` command: its groups, and how a refusal or an accident is told."""

import sys
from typing import NoReturn

import typer

from api.cli import (
    audit,
    book,
    calendar,
    campaigns,
    channels,
    day,
    delivery,
    demo,
    personal,
    portal,
    providers,
    services,
    strategy,
    upkeep,
    users,
)
from api.logs import configure_logs, keep_unexpected
from api.master_keys import use_master_keys
from api.portal_links import use_portal_links
from api.settings import load_settings
from engine.errors import CadenciaError

UNEXPECTED = 1
REFUSED = 2

EXIT_CODES = """Exit codes: 0 done; 1 something nobody expected (a reference to the log is printed);
2 refused, for the reason printed (for a refusal of the service: code, place, message, hint in one line);
130 interrupted."""

app = typer.Typer(
    name="cadencia",
    help="Collection strategies, evaluated every day within the law.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

# Each file of this folder adds its own commands; a new one is named here.
for group in (
    demo, services, day, strategy, campaigns, calendar, delivery, channels, book, upkeep, users, audit,
    personal, portal, providers,
):  # fmt: skip
    group.register(app)


def main() -> NoReturn:
    """Run one command and leave with its exit code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """The exit code of one command; what went wrong stands as one line on stderr."""
    try:
        settings = load_settings()
        configure_logs(settings.log_level, settings.log_format)
        use_master_keys(settings)
        use_portal_links(settings)
        app(arguments, prog_name="cadencia")
        return 0
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else 0
    except CadenciaError as refusal:
        return _say(str(refusal), REFUSED)
    except Exception as accident:
        reference, file = keep_unexpected(accident, load_settings().data_dir)
        kind = type(accident).__name__
        return _say(f"unexpected {kind}, reference {reference}: the whole story is in {file}", UNEXPECTED)


def _say(line: str, code: int) -> int:
    print(f"cadencia: {' '.join(line.split())}", file=sys.stderr)
    return code
