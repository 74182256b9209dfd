"""Works the events that wait: facts under lock, the engine's reactions, their commands, one transaction.

A chunk holds one event of each person. When one of them raises, the chunk is rolled back and each is
tried alone; an event that ends the process itself is tried alone after its lease, and set aside as a
dead letter when its tries are spent.
"""

from collections.abc import Iterable, Mapping, Sequence

import psycopg
import structlog

from api.clock import Clock
from api.reactions.carrying_out import Bound, Scene, carry_out
from api.reactions.rulebooks import Rulebook, read_rulebooks
from api.reactions.states import States, read_states
from engine.reactions import Command, CommandKind, Event, react
from storage import domain_events
from storage.database import Database
from storage.domain_events import DomainEvent
from storage.ledger import append_line
from storage.outgoing_webhooks import fan_out
from storage.person_lock import lock_persons

CHUNK = 50
_STRICTNESS = {kind: place for place, kind in enumerate(CommandKind)}

log = structlog.get_logger()


class Reactor:
    """Reacts to waiting events; any number of processes may do so at once."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def work(self) -> int:
        """React to everything that waits now; how many events were reacted to."""
        done = 0
        while True:
            with self._database.connection() as connection:
                self._bury(connection)
                chunk = domain_events.claim(connection, CHUNK) or domain_events.claim(
                    connection, 1, alone=True
                )
            if not chunk:
                return done
            done += self._work_chunk(chunk)

    def _work_chunk(self, chunk: Sequence[DomainEvent]) -> int:
        try:
            self._react(chunk)
        except Exception as accident:  # whatever it was, the other events must not wait for it
            if len(chunk) > 1:
                return sum(self._work_chunk([event]) for event in chunk)
            self._give_back(chunk[0], accident)
            return 0
        return len(chunk)

    def _react(self, chunk: Sequence[DomainEvent]) -> None:
        """One transaction: lock the people, read the facts, decide, carry out, mark."""
        now = self._clock.now()
        with self._database.connection() as connection:
            bound = _bound(connection, {each for event in chunk for each in event.account_ids})
            persons = {account.person_id for account in bound.values()}
            lock_persons(connection, persons | {event.person_id for event in chunk if event.person_id})
            rulebooks = read_rulebooks(connection, sorted({each.portfolio_id for each in bound.values()}))
            states = self._states(connection, rulebooks, bound.values(), now)
            for event in chunk:
                self._react_to(Scene(connection, event, rulebooks, now), bound, states)
            domain_events.finish(connection, [event.id for event in chunk])

    def _states(
        self,
        connection: psycopg.Connection,
        rulebooks: Mapping[int, Rulebook],
        bound: Iterable[Bound],
        now: object,
    ) -> States:
        states: States = {}
        by_portfolio: dict[int, list[int]] = {}
        for account in bound:
            by_portfolio.setdefault(account.portfolio_id, []).append(account.id)
        for portfolio_id, accounts in by_portfolio.items():
            rulebook = rulebooks[portfolio_id]
            day = rulebook.day(self._clock.now())
            states |= read_states(self._database, connection, rulebook, sorted(accounts), day)
        return states

    def _react_to(self, scene: Scene, bound: Mapping[int, Bound], states: States) -> None:
        event = scene.event
        accounts = [bound[each] for each in event.account_ids if each in bound]
        orders = orders_of(event, accounts, scene.rulebooks, states)
        done = carry_out(scene, orders)
        fan_out(scene.connection, event, {account.portfolio_id for account in accounts})
        subject = f"person:{event.person_id}" if event.person_id else f"event:{event.id}"
        body = {"event": event.id, "accounts": list(event.account_ids), "done": done}
        append_line(scene.connection, scene.now, f"reaction.{event.name.value}", subject, body)

    def _give_back(self, event: DomainEvent, accident: Exception) -> None:
        reason = f"{type(accident).__name__}: {accident}"[:500]
        log.warning(
            "reaction.failed", number=event.id, name=event.name.value, tries=event.tries, error=reason
        )
        with self._database.connection() as connection:
            domain_events.give_back(connection, event.id, reason)

    def _bury(self, connection: psycopg.Connection) -> None:
        for event in domain_events.bury(connection):
            log.error("reaction.dead_letter", number=event.id, name=event.name.value, tries=event.tries)
            body = {"event": event.id, "name": event.name.value, "tries": event.tries}
            append_line(connection, self._clock.now(), "reaction.dead_letter", f"event:{event.id}", body)


def orders_of(
    event: DomainEvent,
    accounts: Sequence[Bound],
    rulebooks: Mapping[int, Rulebook],
    states: States,
) -> list[tuple[Command, list[Bound]]]:
    """The commands of an event and the accounts each is for, the strictest first.

    Every account is asked about by itself, under the rules of its portfolio; an event of no account is
    asked about once, knowing nothing but itself.
    """
    asked = Event(event.name, event.amount, event.channel, event.intent or None, event.settled)
    about: dict[Command, list[Bound]] = {}
    for account in accounts:
        rulebook = rulebooks[account.portfolio_id]
        for command in react(asked, states.get(account.id, {}), rulebook.custom, rulebook.facts):
            about.setdefault(command, []).append(account)
    if not accounts:
        about = {command: [] for command in react(asked, {})}
    return sorted(about.items(), key=lambda one: _strictness(one[0]))


def _strictness(command: Command) -> tuple[int, int, int]:
    return _STRICTNESS[command.kind], command.hold or 0, command.channel or 0


def _bound(connection: psycopg.Connection, account_ids: Iterable[int]) -> dict[int, Bound]:
    rows = connection.execute(
        "SELECT id, person_id, creditor_id, portfolio_id FROM account WHERE id = ANY(%s)",
        [sorted(account_ids)],
    ).fetchall()
    return {row[0]: Bound(*row) for row in rows}
