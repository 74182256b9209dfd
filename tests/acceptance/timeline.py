"""Days of a small portfolio as a collections person tells them, played by the real use cases.

ana = timeline.debtor("Ana", owes="1500.00", days_past_due=3)
timeline.publish(path("mora", enter(), send("aviso"), wait(3), send("segundo"), end()))
day(0).expect(ana, sent="aviso")
day(2).payment(ana, "1500.00")
day(3).expect(ana, left="exit")

Each day opens at 9 in the morning of the portfolio; the clock stands still in between. What a day
releases is accepted by the provider before anything else happens, unless the day is told otherwise.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

from api.clock import BusinessClock
from api.usecases.day.apply_outcomes import apply_outcomes
from api.usecases.day.close_day import Closed
from api.usecases.day.evaluate_now import evaluate_now
from api.usecases.day.run_day import run_day
from api.usecases.money.record_payment import PaymentIn, record_payment
from api.usecases.money.reverse_payment import PaymentReversed, ReversalIn, reverse_payment
from api.usecases.people.record_opt_out import OptOut, record_opt_out
from api.usecases.people.record_outside_contact import OutsideContactIn, record_outside_contact
from api.usecases.replies.record_reply import record_reply
from api.usecases.strategies.migrate_enrolments import migrate_enrolments
from api.usecases.strategies.publish_strategy import publish_strategy
from api.usecases.strategies.undo_publication import Undone, undo_publication
from channels.port import InboundReply
from engine.strategy.document import read_strategy
from engine.strategy.migrate import Choice
from engine.strategy.nodes.base import MessageNode
from engine.strategy.nodes.channel import ChannelNode
from engine.vocabulary import Bucket, Channel, EnrolmentState, EventKind, HoldKind, MessageState
from storage import holds
from storage.database import Database
from storage.outbox import withdrawals
from storage.outbox.outcomes import PostOutcome, record
from storage.relocating import Relocated
from storage.runs import RELEASED
from tests.factories.book import ZONES, BookFactory

MORNING = time(9, 0)


@dataclass(frozen=True)
class Debt:
    """One account of one person."""

    name: str
    person_id: int
    account_id: int


@dataclass
class Timeline:
    """A portfolio, its debtors and its days, counted from day 0."""

    url: str
    folder: Path
    country: str = "MX"
    start: str = "2026-11-23"
    settings: dict[str, object] = field(default_factory=dict)
    holdout_share_bp: int = 0

    def __post_init__(self) -> None:
        self.database = Database(self.url)
        self.first = date.fromisoformat(self.start)
        self.zone = ZoneInfo(ZONES[self.country])
        self.clock = BusinessClock(self.database)
        self.book = BookFactory(
            self.database,
            country=self.country,
            currency={"MX": "MXN", "CO": "COP", "CL": "CLP", "PE": "PEN"}[self.country],
            as_of=self.first,
            settings=self.settings,
            holdout_share_bp=self.holdout_share_bp,
        )
        self.played: dict[int, Closed] = {}
        self.last_payment = ""
        self._events = 0
        self._stand_at(0)

    # -- the portfolio ---------------------------------------------------------------------------

    def debtor(self, name: str = "Ana", **account: Any) -> Debt:
        """A person with one debt; columns of the person go in ``person={...}``."""
        person = account.pop("person", {})
        person_id = self.book.person(name, **{"consents": ("whatsapp", "sms", "email"), **person})
        return self.debt_of(Debt(name, person_id, 0), **account)

    def debt_of(self, someone: Debt, *, owes: str = "1000.00", **account: Any) -> Debt:
        """One more debt of the same person."""
        account_id = self.book.account(someone.person_id, owes=minor(owes), **account)
        return Debt(someone.name, someone.person_id, account_id)

    def publish(self, document: str, *, from_day: int | None = None, **options: Any) -> None:
        """Approve the templates a strategy names, and publish it: at once, or from a day on."""
        for node in read_strategy(document).nodes:
            if isinstance(node, MessageNode):
                self._approve(node)
        date_of = None if from_day is None else self.date(from_day)
        publish_strategy(
            self.database,
            self.book_key,
            document,
            by="ana",
            approved_by="beto",
            takes_effect_on=date_of,
            **options,
        )

    def move_accounts(self, strategy: str, **choices: Choice) -> Relocated:
        """Bring the accounts of older versions to the one in force."""
        return migrate_enrolments(self.database, self.book_key, strategy, choices, by="ana", rate=1.0)

    def undo(self, strategy: str) -> Undone:
        """Take the newest publication back."""
        return undo_publication(self.database, self.book_key, strategy, by="ana")

    @property
    def book_key(self) -> str:
        """The key of the portfolio."""
        return "prueba"

    # -- the days --------------------------------------------------------------------------------

    def day(self, number: int, *, deliver: bool = True, **run: Any) -> "Day":
        """Play every day up to this one that was not played, and stand in its morning.

        Without ``deliver`` what the day releases stays queued.
        """
        for each in range(max(self.played, default=-1) + 1, number + 1):
            self._play(each, run if each == number else {})
            if deliver or each < number:
                self.deliver()
        return Day(self, number)

    def miss(self, *numbers: int) -> None:
        """Days on which nothing runs."""
        for number in numbers:
            self.played[number] = self.played[number - 1]

    def run_again(self, number: int) -> Closed:
        """Run a date once more."""
        return run_day(self.database, self.book_key, self.date(number), snapshots_url=str(self.folder))

    def date(self, number: int) -> date:
        """The date of a day."""
        return self.first + timedelta(days=number)

    def deliver(self, state: MessageState = MessageState.ACCEPTED, reason: str = "") -> int:
        """The provider takes (or refuses) all that is released; how many messages."""
        now = self.clock.now()
        with self.database.connection() as connection:
            rows = connection.execute(
                "UPDATE message m SET state = %s, fence = fence + 1, sending_at = %s"
                f" WHERE state = %s AND {RELEASED} AND expires_at > %s"
                " RETURNING id, local_on, fence, person_id",
                [int(MessageState.SENDING), now, int(MessageState.QUEUED), now],
            ).fetchall()
            provider = None if state is MessageState.FAILED else "p"
            record(
                connection,
                [
                    PostOutcome(id, local_on, fence, person_id, state, provider, reason)
                    for id, local_on, fence, person_id in rows
                ],
                now,
            )
        apply_outcomes(self.database, self.book.portfolio_id)
        return len(rows)

    def deliver_during(self, happening: Callable[[], object]) -> None:
        """Messages are handed to the provider; before it says what became of them, something happens."""
        self.do(
            "UPDATE message SET state = %s WHERE state = %s",
            int(MessageState.SENDING),
            int(MessageState.QUEUED),
        )
        happening()
        self.do(
            "UPDATE message SET state = %s WHERE state = %s",
            int(MessageState.QUEUED),
            int(MessageState.SENDING),
        )
        self.deliver()

    def deliver_as_failed(self, reason: str) -> int:
        """The provider refuses all that is released."""
        return self.deliver(MessageState.FAILED, reason)

    def deliver_as_unknown(self) -> int:
        """The line breaks after each message was handed over."""
        return self.deliver(MessageState.UNKNOWN, "lease_over")

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows of the tables, for what a sentence cannot say."""
        with self.database.connection() as connection:
            return connection.execute(query, values).fetchall()

    def do(self, statement: str, *values: Any) -> None:
        """Change the tables as somebody else would."""
        with self.database.connection() as connection:
            connection.execute(statement, values)

    def reference(self) -> str:
        """A number of its own for each thing that happens."""
        self._events += 1
        return str(self._events)

    # -- inside ----------------------------------------------------------------------------------

    def _play(self, number: int, run: dict[str, Any]) -> None:
        self._stand_at(number)
        self.played[number] = run_day(
            self.database, self.book_key, self.date(number), snapshots_url=str(self.folder), **run
        )

    def _stand_at(self, number: int) -> None:
        self.clock.set(datetime.combine(self.date(number), MORNING, self.zone), speed=0.0)

    def _approve(self, node: MessageNode) -> None:
        fallback = node.fallback if isinstance(node, ChannelNode) else None
        own = {key: int(node.wish().channel) for key in node.templates()}
        if fallback is not None:
            own[fallback.template] = Channel[fallback.channel.upper()]
        for key, channel in own.items():
            self.do(
                "INSERT INTO template (key, version, channel, language) VALUES (%s, 1, %s, 'es')"
                " ON CONFLICT DO NOTHING",
                key, channel,
            )  # fmt: skip


@dataclass(frozen=True)
class Day:
    """One day of a timeline: what is to be seen in it, and what people do in it, an hour after its run."""

    timeline: Timeline
    number: int

    @property
    def date(self) -> date:
        """The date of the day."""
        return self.timeline.date(self.number)

    # -- what is to be seen ----------------------------------------------------------------------

    def expect(
        self,
        debt: Debt,
        *,
        sent: str | None = None,
        nothing: bool = False,
        at: str | None = None,
        state: str | None = None,
        due: int | None = None,
        left: str | None = None,
        bucket: str | None = None,
        reason: str | None = None,
    ) -> "Day":
        """Hold the day to its story: a message of today, a node, a parking state, an outcome, a reason."""
        if sent is not None:
            assert self.sent(debt) == [sent], f"day {self.number}: {debt.name} got {self.sent(debt)}"
        if nothing:
            assert self.sent(debt) == [], f"day {self.number}: {debt.name} got {self.sent(debt)}"
        if reason is not None:
            assert reason in self.reasons(debt), f"day {self.number}: {debt.name}: {self.reasons(debt)}"
        stands = self.enrolment(debt)
        for name, wanted in (("node", at), ("state", state), ("outcome", left)):
            if wanted is not None:
                assert stands[name] == wanted, f"day {self.number}: {debt.name} stands so: {stands}"
        if due is not None:
            assert stands["due_on"] == self.timeline.date(due), f"day {self.number}: {stands}"
        if bucket is not None:
            assert self.counted() == {bucket: self.closed.accounts}, f"day {self.number}: {self.counted()}"
        return self

    def sent(self, debt: Debt) -> list[str]:
        """Templates of the messages decided today that list the debt and were not taken back."""
        rows = self.timeline.rows(
            """SELECT t.key FROM message m JOIN message_item i ON i.message_id = m.id
               JOIN template t ON t.id = m.template_id
               WHERE i.account_id = %s AND m.local_on = %s AND i.alive AND m.state <> ALL(%s) ORDER BY 1""",
            debt.account_id, self.date, [int(MessageState.WITHDRAWN), int(MessageState.EXPIRED)],
        )  # fmt: skip
        return [key for (key,) in rows]

    def reasons(self, debt: Debt) -> list[str]:
        """Why a wanted contact was not made today."""
        rows = self.timeline.rows(
            "SELECT reason FROM verdict WHERE account_id = %s AND decided_on = %s", debt.account_id, self.date
        )
        return [reason for (reason,) in rows]

    def enrolment(self, debt: Debt, strategy: str | None = None) -> dict[str, Any]:
        """How the debt's newest passage stands: strategy, node, state, due_on, visit, outcome and more."""
        rows = self.timeline.rows(
            """SELECT s.key, n.node_id, e.state, e.due_on, e.visit, e.entry_no, e.holdout, t.word, e.id
               FROM enrolment e JOIN strategy s ON s.id = e.strategy_id
               JOIN strategy_node n ON n.strategy_id = s.id AND n.code = e.node
               LEFT JOIN term t ON t.kind = 'outcome' AND t.code = e.outcome
               WHERE e.account_id = %s AND (s.key = %s OR %s::text IS NULL) ORDER BY e.id DESC LIMIT 1""",
            debt.account_id, strategy, strategy,
        )  # fmt: skip
        assert rows, f"day {self.number}: {debt.name} is in no strategy"
        names = "strategy node state due_on visit entry_no holdout outcome id".split()
        stands = dict(zip(names, rows[0], strict=True))
        return stands | {"state": EnrolmentState(stands["state"]).word}

    def passages(self, debt: Debt) -> list[str]:
        """The strategies the debt has been in, the oldest first."""
        rows = self.timeline.rows(
            "SELECT s.key FROM enrolment e JOIN strategy s ON s.id = e.strategy_id WHERE account_id = %s"
            " ORDER BY e.id",
            debt.account_id,
        )
        return [key for (key,) in rows]

    @property
    def closed(self) -> Closed:
        """How the day closed."""
        return self.timeline.played[self.number]

    def counted(self) -> dict[str, int]:
        """Accounts by bucket."""
        counted: dict[str, int] = {}
        for bucket, _, accounts in self.closed.figures:
            counted[Bucket(bucket).word] = counted.get(Bucket(bucket).word, 0) + accounts
        return counted

    # -- what people do --------------------------------------------------------------------------

    def payment(self, debt: Debt, amount: str) -> "Day":
        """Money arrives; the account is looked at again."""
        self.timeline.last_payment = self.timeline.reference()
        record_payment(
            self.timeline.database,
            self._later(),
            PaymentIn(debt.account_id, "banco", self.timeline.last_payment, minor(amount), self._now()),
        )
        return self._look_again(debt)

    def payment_taken_back(self, owes: str | None = None) -> PaymentReversed:
        """The newest payment is reversed; the core may say what is owed now."""
        said = {} if owes is None else {"amount_to_cure": minor(owes)}
        reversal = ReversalIn("banco", self.timeline.last_payment, self._now(), said)
        return reverse_payment(self.timeline.database, self._later(), reversal)

    def bill(self, debt: Debt, amount: str, days_past_due: int = 1) -> "Day":
        """A new instalment is past due: another episode begins."""
        due_on = self.date - timedelta(days=days_past_due)
        self.timeline.do(
            "UPDATE account SET amount_to_cure = %s, effective_due_on = %s, due_on = %s,"
            " episode = episode + 1 WHERE id = %s",
            minor(amount), due_on, due_on, debt.account_id,
        )  # fmt: skip
        return self

    def next_instalment(self, debt: Debt, amount: str, due: int) -> "Day":
        """A new instalment falls due on a day to come."""
        due_on = self.timeline.date(due)
        self.timeline.do(
            "UPDATE account SET amount_to_cure = %s, effective_due_on = %s, due_on = %s WHERE id = %s",
            minor(amount), due_on, due_on, debt.account_id,
        )  # fmt: skip
        return self

    def reply(self, debt: Debt, text: str = "¿Cuánto debo?", channel: str = "whatsapp") -> "Day":
        """The person writes back, and the account is looked at again."""
        return self.reply_unheard(debt, text, channel)._look_again(debt)

    def reply_unheard(
        self, debt: Debt, text: str = "¿Cuánto debo?", channel: str = "whatsapp", payload: str = ""
    ) -> "Day":
        """The person writes, and nothing is looked at before the next morning."""
        phone = self.timeline.rows("SELECT value FROM contact_point WHERE person_id = %s", debt.person_id)[0][
            0
        ]
        reply = InboundReply(
            provider_id=self.timeline.reference(),
            from_=phone,
            to="",
            at=self._now().timestamp(),
            kind="button" if payload else "text",
            text=text,
            payload=payload,
        )
        record_reply(self.timeline.database, self._later(), Channel[channel.upper()], reply)
        return self

    def promise(self, debt: Debt, amount: str, due: int) -> "Day":
        """The person promises to pay by a day; the account is held until the day after."""
        with self.timeline.database.connection() as connection:
            connection.execute(
                "UPDATE account SET promise_open = true, promise_amount = %s, promise_due_on = %s"
                " WHERE id = %s",
                [minor(amount), self.timeline.date(due), debt.account_id],
            )
            self._event(connection, debt, EventKind.PROMISE)
        return self.hold(debt, "promise", until=due + 1)

    def break_promise(self, debt: Debt) -> "Day":
        """The day of the promise has passed without its money."""
        with self.timeline.database.connection() as connection:
            connection.execute(
                "UPDATE account SET promise_open = false, promises_broken_90d = promises_broken_90d + 1"
                " WHERE id = %s",
                [debt.account_id],
            )
            self._event(connection, debt, EventKind.PROMISE_BROKEN)
        return self

    def opt_out(self, debt: Debt, channel: str = "whatsapp") -> "Day":
        """The person wants no more on a channel."""
        record_opt_out(
            self.timeline.database, self._later(), OptOut(debt.person_id, (Channel[channel.upper()],))
        )
        return self._settle()

    def outside_contact(self, debt: Debt, channel: str, *, two_way: bool = False) -> "Day":
        """Somebody else reached the person: a dialer, a branch, an agency."""
        contact = OutsideContactIn(
            debt.person_id, self.timeline.book.creditor_id, Channel[channel.upper()], self._now(), "despacho",
            "gestiones", self.timeline.reference(), two_way,
        )  # fmt: skip
        record_outside_contact(self.timeline.database, self._later(), contact)
        return self

    def hold(self, debt: Debt, kind: str, *, until: int, accounts: Sequence[Debt] = ()) -> "Day":
        """Something must be waited for; what was queued is taken back."""
        with self.timeline.database.connection() as connection:
            named = [each.account_id for each in accounts or (debt,)]
            holds.place(
                connection,
                HoldKind[kind.upper()],
                person_id=debt.person_id,
                creditor_id=self.timeline.book.creditor_id,
                account_ids=named,
                since=self.date,
                until=self.timeline.date(until),
                by="prueba",
            )
            withdrawals.withdraw_accounts(connection, named, "hold", self._now())
        return self._settle()

    def answer(self, debt: Debt, port: str) -> "Day":
        """An agent, the core or an offer gives its result."""
        self.timeline.do("UPDATE enrolment SET signal = %s WHERE id = %s", port, self.enrolment(debt)["id"])
        return self._look_again(debt)

    def delivered(self, debt: Debt, after: timedelta = timedelta(minutes=5)) -> "Day":
        """The provider says that the newest message arrived."""
        self.timeline.do(
            "UPDATE message m SET state = %s, delivered_at = %s FROM message_item i"
            " WHERE i.message_id = m.id AND i.account_id = %s AND m.local_on = %s",
            int(MessageState.DELIVERED), self.timeline.clock.now() + after, debt.account_id, self.date,
        )  # fmt: skip
        return self

    def _event(self, connection: psycopg.Connection, debt: Debt, kind: EventKind) -> None:
        connection.execute(
            "INSERT INTO account_event (account_id, person_id, shard, kind, at, source, reference)"
            " SELECT id, person_id, shard, %s, %s, 'prueba', %s FROM account WHERE id = %s",
            [int(kind), self._now(), self.timeline.reference(), debt.account_id],
        )

    def _now(self) -> datetime:
        """An hour after the run of the day."""
        return datetime.combine(self.date, MORNING, self.timeline.zone) + timedelta(hours=1)

    def _later(self) -> BusinessClock:
        """The clock, put an hour after the run."""
        self.timeline.clock.set(self._now(), speed=0.0)
        return self.timeline.clock

    def _look_again(self, debt: Debt) -> "Day":
        self._settle()
        self._later()
        evaluate_now(self.timeline.database, [debt.account_id])
        return self

    def _settle(self) -> "Day":
        apply_outcomes(self.timeline.database, self.timeline.book.portfolio_id)
        return self


def minor(amount: str) -> int:
    """Minor units of an amount with two decimals.

    >>> minor("40.00")
    4000
    """
    whole, _, cents = amount.partition(".")
    return int(whole) * 100 + int(cents.ljust(2, "0"))
