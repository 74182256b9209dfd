"""Sends a template to the test list of a portfolio: the words a debtor would read, to people of the house."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import uuid4

from api.clock import Clock
from api.usecases.templates.preview_template import said_of
from channels.port import Accepted, NotAccepted, Outcome, Outgoing, Sender
from channels.rendering import render
from channels.templates import CATALOGUE, MessageTemplate, Value
from engine.errors import TemplateError
from engine.vocabulary import Channel
from storage.database import Database
from storage.ledger import append_line

MOST_ADDRESSES = 20
MARK = "[PRUEBA] "


@dataclass(frozen=True)
class Tried:
    """What became of one message to the test list."""

    to: str
    outcome: str


async def try_template(
    database: Database,
    clock: Clock,
    senders: Mapping[Channel, Sender],
    portfolio_key: str,
    template: MessageTemplate,
    number: str,
    *,
    by: str,
) -> tuple[Tried, ...]:
    """Post a template, filled in from a real account, to ``test_list`` of the portfolio's settings.

    Nobody of the book is written to, so the policy is not asked; the ledger says who sent what. The
    debtor's name is replaced by the sample. ``TemplateError`` when there is no list, number or provider.
    """
    channel = Channel(Channel.of(template.channel))
    portfolio_id, addresses, sender = _where(database, portfolio_key, channel)
    values: dict[str, Value] = {variable.name: variable.sample for variable in CATALOGUE}
    said, country = said_of(database, portfolio_id, number)
    words = render(template, values | {k: v for k, v in said.items() if k != "nombre"}, country=country)
    if channel not in senders:
        raise TemplateError(f"nothing sends by {channel.word}", place=template.key, code="test.no_provider")
    sent = []
    for address in addresses:
        outgoing = Outgoing(
            message_id=str(uuid4()),
            channel=channel,
            to=address,
            sender=sender,
            template=words.template,
            language=words.language,
            variables=words.variables,
            text=words.text if words.template else MARK + words.text,
            subject=MARK + words.subject if words.subject else "",
            html=words.html,
        )
        sent.append(Tried(address, _told(await senders[channel].send(outgoing))))
    with database.connection() as connection:
        body = {"by": by, "addresses": len(sent), "outcomes": [one.outcome for one in sent]}
        append_line(connection, clock.now(), "template.test_sent", f"template:{template.key}", body)
    return tuple(sent)


def _where(database: Database, portfolio_key: str, channel: Channel) -> tuple[int, list[str], str]:
    """The portfolio, its test addresses of a channel, and the number they are written from."""
    with database.connection() as connection:
        row = connection.execute(
            "SELECT f.id, f.settings->'test_list'->%s, (SELECT address FROM sender s"
            " WHERE s.portfolio_id = f.id AND s.channel = %s ORDER BY lane LIMIT 1)"
            " FROM portfolio f WHERE f.key = %s",
            [channel.word, int(channel), portfolio_key],
        ).fetchone()
    if row is None or not row[1] or row[2] is None:
        raise TemplateError(
            f"portfolio {portfolio_key!r} has no test list or no number for {channel.word}",
            place=portfolio_key, code="test.no_list", hint='settings: {"test_list": {"sms": ["+52..."]}}',
        )  # fmt: skip
    return int(row[0]), [str(address) for address in row[1]][:MOST_ADDRESSES], str(row[2])


def _told(outcome: Outcome) -> str:
    if isinstance(outcome, Accepted):
        return "accepted"
    return f"{outcome.code}: {outcome.reason}" if isinstance(outcome, NotAccepted) else "unknown"
