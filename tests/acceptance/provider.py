"""What a provider says about messages, and hours that pass between two mornings.

provider = Provider(timeline)
provider.says(ana, "failed")          about the newest message that lists the debt
provider.passes(hours=4)              and everything that falls due meanwhile is worked
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from api.usecases.day.apply_outcomes import apply_outcomes
from api.usecases.day.evaluate_now import evaluate_new_events
from api.usecases.day.work_timers import work_timers
from api.usecases.sending.record_statuses import record_statuses
from channels.port import StatusUpdate
from engine.vocabulary import Channel, MessageState
from storage.outbox.sweep import close_unknown, expire
from tests.acceptance.timeline import Debt, Timeline


@dataclass(frozen=True)
class Sent:
    """One message that lists a debt, as the tables have it."""

    template: str
    channel: str
    leg: int
    state: str
    on: int
    message_id: UUID
    debts: int


@dataclass(frozen=True)
class Provider:
    """The provider of a timeline's messages."""

    timeline: Timeline

    def says(self, debt: Debt, state: str, code: str = "131026", *, leg: int = 0) -> None:
        """A status of the newest message (of a leg) that lists the debt comes in and is acted on."""
        self.says_unheard(debt, state, code, leg=leg)
        self.act()

    def says_unheard(self, debt: Debt, state: str, code: str = "131026", *, leg: int = 0) -> None:
        """A status comes in; nothing is looked at yet."""
        message = next(one for one in reversed(self.messages(debt)) if one.leg == leg)
        update = StatusUpdate(
            str(message.message_id), f"wamid.{message.message_id}", state,  # type: ignore[arg-type]
            at=self.timeline.clock.now().timestamp(), code=code if state == "failed" else "",
        )  # fmt: skip
        with self.timeline.database.connection() as connection:
            record_statuses(connection, Channel[message.channel.upper()], [update], self.timeline.clock.now())

    def passes(self, *, hours: float) -> None:
        """Time passes, and what falls due in it is worked."""
        self.timeline.clock.set(self.timeline.clock.now() + timedelta(hours=hours), speed=0.0)
        self.act()

    def act(self) -> None:
        """One sweep and what it rings for."""
        database, now = self.timeline.database, self.timeline.clock.now()
        with database.connection() as connection:
            expire(connection, now)
            close_unknown(connection, now)
        apply_outcomes(database, self.timeline.book.portfolio_id)
        evaluate_new_events(database)
        work_timers(database)

    def messages(self, debt: Debt) -> list[Sent]:
        """Every message that ever listed the debt, in the order they were decided."""
        rows = self.timeline.rows(
            """SELECT t.key, m.channel, m.leg, m.state, m.local_on - %s::date, m.id,
                      (SELECT count(*) FROM message_item o WHERE o.message_id = m.id)
               FROM message m JOIN message_item i ON i.message_id = m.id
               JOIN template t ON t.id = m.template_id WHERE i.account_id = %s
               ORDER BY m.decided_at, m.leg""",
            self.timeline.first, debt.account_id,
        )  # fmt: skip
        return [
            Sent(key, Channel(channel).word, leg, MessageState(state).word, on, message_id, debts)
            for key, channel, leg, state, on, message_id, debts in rows
        ]

    def legs(self, debt: Debt) -> list[tuple[str, int]]:
        """The fallbacks that listed the debt: template and day."""
        return [(one.template, one.on) for one in self.messages(debt) if one.leg]

    def result(self, debt: Debt) -> str:
        """What became of the debt's fallback: sent, why it was dropped, or empty while it waits."""
        rows = self.timeline.rows(
            "SELECT result FROM timer WHERE kind = 2 AND account_id = %s ORDER BY visit DESC, node DESC",
            debt.account_id,
        )
        assert rows, f"{debt.name}: no fallback was ever called"
        return str(rows[0][0])
