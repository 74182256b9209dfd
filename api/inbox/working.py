"""Works the inbox: stops first, then replies, statuses in large batches, and news of the providers' own.

Everything a batch does is committed with its rows, or not at all. A batch that raises is halved until the
row is alone that raises, and that one is set aside; without its database nothing is.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence

import psycopg
import structlog

from api.clock import Clock
from api.inbox.sources import PAYMENTS, SOURCES, read_payment
from api.usecases.replies.record_reply import record_reply
from api.usecases.sending.record_provider_news import record_moved, record_sender_news, record_template_news
from api.usecases.sending.record_statuses import record_statuses
from channels.port import InboundReply, Moved, SenderNews, StatusUpdate, TemplateNews, Webhook
from engine.errors import ServiceError
from engine.vocabulary import Channel
from storage.alerts import raise_alert
from storage.database import Database
from storage.held_connection import HeldConnection
from storage.inbox import InboxLane, Waiting, quarantine, settle, take
from storage.payment_checks import call_for
from storage.returned_mail import close_full_mailboxes

BATCH = {InboxLane.STOPS: 20, InboxLane.REPLIES: 20, InboxLane.STATUSES: 1000, InboxLane.OTHERS: 50}
"""Rows worked in one transaction; replies are few and their locks are many."""

POLL_S = 0.2
PATIENCE = "SET LOCAL idle_in_transaction_session_timeout = '60s'"
"""Replies are worked on a connection of their own while this one holds their rows: the first waits for a
classifier to be read, and a daily write may own the person's shard."""

log = structlog.get_logger()


class InboxWorker:
    """One worker; several may work at once, each on rows of its own.

    ``index_of`` is the installation's blind index, by which the address of a reply is found.
    """

    def __init__(
        self, database: Database, clock: Clock, index_of: Callable[[str], bytes] | None = None
    ) -> None:
        self._database = database
        self._clock = clock
        self._index_of = index_of
        self._connection = HeldConnection(database)

    async def run(self, stopping: asyncio.Event, on_worked: Callable[[], object] = lambda: None) -> None:
        """Work until told to stop; a lost database is waited for. ``on_worked`` follows each round."""
        while not stopping.is_set():
            try:
                worked = await asyncio.to_thread(self.round)
                if worked:
                    await asyncio.to_thread(on_worked)
            except ServiceError as trouble:
                log.warning("inbox.database", error=str(trouble))
                worked = 0
            if not worked:
                await asyncio.sleep(POLL_S)

    def work_all(self) -> int:
        """Work until nothing is left; how many rows."""
        total = 0
        while worked := self.round():
            total += worked
        return total

    def round(self) -> int:
        """One batch of the most urgent lane that has any; how many rows were worked or set aside.

        Statuses come in floods, so a round looks at every lane before it takes more of them.
        """
        return sum(self._work(lane, BATCH[lane]) for lane in InboxLane)

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()

    def _work(self, lane: InboxLane, most: int) -> int:
        """Work a batch; when it raises, smaller ones, until the row that raises is alone."""
        fault: Exception
        try:
            with self._connection.transaction() as connection:
                rows = take(connection, lane, most)
                if rows:
                    connection.execute(PATIENCE)
                    self._act(connection, rows)
                return len(rows)
        except (ServiceError, psycopg.OperationalError) as trouble:
            raise ServiceError("the inbox rests", hint=str(trouble)) from trouble
        except Exception as raised:
            fault = raised
        if most > 1:
            return self._work(lane, most // 2)
        with self._connection.transaction() as connection:
            for row in take(connection, lane, 1):
                self._set_aside(connection, row, fault)
        return 1

    def _act(self, connection: psycopg.Connection, rows: Sequence[Waiting]) -> None:
        now = self._clock.now()
        statuses: dict[Channel, list[StatusUpdate]] = defaultdict(list)
        kept = []
        for row in rows:
            if row.source in PAYMENTS:
                notice = read_payment(row)
                call_for(connection, notice.provider, notice.kind, notice.subject)
                continue
            source = SOURCES[row.source]
            for item in source.read(row):
                if isinstance(item, StatusUpdate):
                    statuses[source.channel].append(item)
                elif not self._act_on(connection, source.channel, item):
                    kept.append(row.id)
        for channel, updates in statuses.items():
            record_statuses(connection, channel, updates, now)
            if channel is Channel.EMAIL:
                soft = [one for one in updates if one.code.startswith("soft")]
                close_full_mailboxes(connection, [(o.message_id or o.provider_id, o.recipient) for o in soft])
        settle(connection, [row.id for row in rows if row.id not in kept])
        settle(connection, kept, "kept")

    def _act_on(self, connection: psycopg.Connection, channel: Channel, item: Webhook) -> bool:
        """Carry out one item; whether anybody acts on its kind."""
        now = self._clock.now()
        if isinstance(item, InboundReply):
            record_reply(self._database, self._clock, channel, item, self._index_of)
        elif isinstance(item, TemplateNews):
            record_template_news(connection, channel, item, now)
        elif isinstance(item, SenderNews):
            record_sender_news(connection, channel, item, now)
        elif isinstance(item, Moved):
            record_moved(connection, channel, item, now, self._index_of)
        else:
            return False
        return True

    def _set_aside(self, connection: psycopg.Connection, row: Waiting, fault: Exception) -> None:
        """The row is kept with what it raised, and somebody is told."""
        what = f"{type(fault).__name__}: {fault}"
        log.error("inbox.quarantined", row=row.id, source=row.source, kind=row.kind, fault=what[:200])
        quarantine(connection, row.id, what)
        said = (
            f"webhooks of {row.source} could not be worked and are set aside, the first of them row {row.id}"
        )
        raise_alert(connection, self._clock.now(), "inbox_quarantined", f"inbox:{row.source}", said)
