"""Stops mails to a person by the one click of a mail's head: the token of one of our messages is enough."""

from uuid import UUID

from api.clock import Clock
from api.usecases.people.record_opt_out import OptOut, refuse_channels
from channels.one_click import OneClick
from engine.errors import TemplateError
from engine.vocabulary import Channel
from storage.database import Database
from storage.person_lock import lock_persons

SOURCE = "one_click"


def whose_mail(database: Database, one_click: OneClick, token: str) -> tuple[int, str]:
    """The person a token's message went to, and the creditor it was for; ``TemplateError`` for another token.

    Looking changes nothing: scanners of mail open every link.
    """
    message_id = one_click.message_of(token)
    with database.connection() as connection:
        row = connection.execute(
            "SELECT m.person_id, c.name FROM message m JOIN creditor c ON c.id = m.creditor_id"
            " WHERE m.id = %s AND m.channel = %s",
            [UUID(message_id), int(Channel.EMAIL)],
        ).fetchone()
    if row is None:
        raise TemplateError("the mail of this link is gone", code="one_click.gone")
    return int(row[0]), str(row[1])


def unsubscribe(database: Database, clock: Clock, one_click: OneClick, token: str) -> tuple[UUID, ...]:
    """Refuse e-mail for the person; how many unsent mails were taken back. A second click changes nothing."""
    person_id, _ = whose_mail(database, one_click, token)
    with database.connection() as connection:
        lock_persons(connection, [person_id])
        said = connection.execute(
            "SELECT (denied_channels >> %s) & 1 FROM person WHERE id = %s", [int(Channel.EMAIL), person_id]
        ).fetchone()
        if said is not None and said[0]:
            return ()
        now = clock.now()
        opt_out = OptOut(person_id, (Channel.EMAIL,), SOURCE)
        return refuse_channels(connection, opt_out, now, now)
