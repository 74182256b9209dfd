"""`cadencia calls`, `letters`, `assisted`, `opt-out`, `pilot` and others: what people do, refuse or try."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from api.settings import load_settings
from api.supervisor import servers_of
from storage.database import Database

PortfolioOption = Annotated[str, typer.Option("--portfolio", help="Key of the portfolio.")]
ByOption = Annotated[str, typer.Option("--by", help="Who does it.")]
MostOption = Annotated[int, typer.Option("--most", min=1, max=100, help="How many at once.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("calls")(calls)
    app.command("call-results")(call_results)
    app.command("letters")(letters)
    app.command("assisted")(assisted)
    app.command("opt-out")(opt_out)
    app.command("wrong-number")(wrong_number)
    app.command("pilot")(pilot)
    app.command("try-template")(try_template)
    app.command("sms-size")(sms_size)


def calls(
    portfolio: PortfolioOption,
    into: Annotated[Path, typer.Option("--into", help="CSV file to write.")],
    by: ByOption = "dialer",
    most: MostOption = 100,
) -> None:
    """Hand out a list of calls: each passes the contact policy now, and counts from now on."""
    from api.clock import BusinessClock
    from api.usecases.sending.hand_out_calls import hand_out_calls

    with _database() as database:
        listed = hand_out_calls(database, BusinessClock(database), portfolio, handed_to=by, most=most)
    into.write_text(listed.csv(), "utf-8", newline="")
    print(f"{listed.batch}: {len(listed.calls)} calls in {into}, {listed.refused} not lawful now")


def call_results(
    file: Annotated[Path, typer.Argument(help="CSV: referencia, resultado, fecha, nota.", exists=True)],
) -> None:
    """Take back what became of calls; a file with a wrong line is refused whole."""
    from api.clock import BusinessClock
    from api.index_key import address_index
    from api.usecases.sending.record_call_results import record_call_results
    from channels.calls import read_results_csv

    results = read_results_csv(file.read_text("utf-8"))
    with _database() as database:
        clock = BusinessClock(database)
        taken = record_call_results(database, clock, results, address_index(load_settings()))
    print(f"{taken.new} new, {taken.known} known, {len(taken.strange)} of calls nobody handed out")


def letters(
    portfolio: PortfolioOption,
    into: Annotated[Path, typer.Option("--into", help="Folder in which the batch makes its own.")],
    by: ByOption = "print shop",
    most: MostOption = 100,
) -> None:
    """Print the letters that are due: PDFs for window envelopes and a manifest."""
    from api.clock import BusinessClock
    from api.usecases.sending.print_letters import print_letters

    with _database() as database:
        batch = print_letters(database, BusinessClock(database), portfolio, into, by=by, most=most)
    print(f"{batch.folder}: {batch.letters} letters, {batch.refused} not now, {batch.failed} do not fit")


def assisted(
    portfolio: PortfolioOption,
    sender: Annotated[str, typer.Option("--sender", help="The number the person writes from.")],
    by: ByOption,
    sent: Annotated[str, typer.Option("--sent", help="Mark this message as sent by hand.")] = "",
) -> None:
    """Show a person's WhatsApp messages to send by hand, or mark one as sent."""
    from api.clock import BusinessClock
    from api.usecases.sending.assist_messages import mark_assisted, show_assisted

    with _database() as database:
        clock = BusinessClock(database)
        if sent:
            marked = mark_assisted(database, clock, portfolio, UUID(sent), by=by, sender=sender)
            print("marked" if marked.lawful else f"marked, but it was not lawful any more: {marked.reason}")
            return
        queue = show_assisted(database, clock, portfolio, by=by, sender=sender)
    for one in queue.messages:
        print(f"{one.message_id}  {one.person}\n  {one.link}")
    print(f"{queue.sent_today} sent today, {queue.left_today} left")


def opt_out(
    person: Annotated[int, typer.Option("--person", help="Number of the person.")],
    channel: Annotated[
        list[str], typer.Option("--channel", help="whatsapp, sms...; left out: every one.")
    ] = [],  # noqa: B006
    words: Annotated[str, typer.Option("--words", help="What the person said.")] = "",
    by: ByOption = "operator",
) -> None:
    """Record that a person wants no more messages: effective before the next one."""
    from api.clock import BusinessClock
    from api.usecases.people.record_opt_out import EVERY_CHANNEL, OptOut, record_opt_out
    from engine.vocabulary import Channel

    channels = tuple(Channel(Channel.of(word)) for word in channel) or EVERY_CHANNEL
    with _database() as database:
        refusal = OptOut(person, channels, f"by:{by}", words)
        withdrawn = record_opt_out(database, BusinessClock(database), refusal)
    print(f"{len(withdrawn)} messages taken back")


def wrong_number(
    address: Annotated[str, typer.Argument(help="Telephone (+52...) or mailbox.")], by: ByOption = "operator"
) -> None:
    """Close an address that belongs to somebody else, for every person and account."""
    from api.clock import BusinessClock
    from api.index_key import address_index
    from api.usecases.people.record_wrong_number import WrongNumber, record_wrong_number

    with _database() as database:
        wrong = WrongNumber(address, f"by:{by}")
        clock = BusinessClock(database)
        done = record_wrong_number(database, clock, wrong, address_index(load_settings()))
    print(f"closed for {len(done.persons)} persons, {len(done.withdrawn)} messages taken back")


def pilot(
    template: Annotated[str, typer.Argument(help="Key of the template; left out: what runs.")] = "",
    share: Annotated[float, typer.Option("--share", help="Start: 0.1 writes to a tenth first.")] = 0.0,
    end: Annotated[bool, typer.Option("--end", help="Let the rest follow.")] = False,
    by: ByOption = "",
) -> None:
    """Write to a share of a template's people first, and let the rest follow later."""
    from api.clock import BusinessClock
    from api.usecases.templates.pilot_template import end_pilot, start_pilot
    from storage.pilots import running

    with _database() as database:
        clock = BusinessClock(database)
        if template and end:
            end_pilot(database, clock, template, by=by)
        elif template:
            start_pilot(database, clock, template, share, by=by)
        with database.connection() as connection:
            for one in running(connection):
                print(f"{one.template_key}: {one.share_bp / 100:g} % since {one.started_at:%d-%m %H:%M}")


def try_template(
    portfolio: PortfolioOption,
    template: Annotated[str, typer.Argument(help="Key of the template.")],
    account: Annotated[str, typer.Option("--account", help="Number of the account it is filled in from.")],
    by: ByOption,
) -> None:
    """Send a template, filled in from a real account, to the portfolio's test list."""
    from api.clock import BusinessClock
    from api.delivery.providers import open_senders
    from api.usecases.templates import try_template as tried
    from api.usecases.templates.list_templates import expect_template

    async def act(database: Database) -> None:
        senders = open_senders(load_settings())
        _, _, document = expect_template(database, template)
        clock = BusinessClock(database)
        try:
            sent = await tried.try_template(database, clock, senders, portfolio, document, account, by=by)
        finally:
            for sender in senders.values():
                await sender.close()
        for one in sent:
            print(f"{one.to}: {one.outcome}")

    with _database() as database:
        asyncio.run(act(database))


def sms_size(text: Annotated[str, typer.Argument(help="The words.")]) -> None:
    """Say how many segments a text message takes, and how many without costly accents."""
    from channels.sms_text import measure, transliterate

    for label, words in (("as written", text), ("without accents", transliterate(text))):
        size = measure(words)
        outside = f", because of {size.outside}" if size.outside else ""
        print(f"{label}: {size.segments} × {size.encoding}, {size.units} units{outside}")


@contextmanager
def _database() -> Iterator[Database]:
    with servers_of(load_settings()) as urls:
        yield Database(urls.database_url)
