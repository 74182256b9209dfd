"""What people and systems do between and during deliveries, written into the diary once it is committed."""

import time
from datetime import timedelta
from random import Random
from zoneinfo import ZoneInfo

from api.clock import BusinessClock
from api.usecases.money.record_payment import PaymentIn, record_payment
from api.usecases.people.record_opt_out import EVERY_CHANNEL, OptOut, record_opt_out
from engine.vocabulary import AccountStatus, Channel, HoldKind, Stop
from storage import holds
from storage.database import Database
from storage.events import revise_enrolments
from storage.outbox.withdrawals import withdraw_accounts
from storage.person_lock import lock_persons
from tests.ledger.diary import Debt
from tests.ledger.population import Population, words_of
from tests.ledger.templates import CHANNELS


class Happenings:
    """One random thing at a time, by its use case where there is one, else as another service writes it."""

    def __init__(
        self, database: Database, clock: BusinessClock, chance: Random, population: Population
    ) -> None:
        self.database, self.clock, self.chance = database, clock, chance
        self.population, self.diary = population, population.diary
        self._payments = 0

    def happen(self) -> None:
        """Something happens to somebody."""
        debt = self.chance.choice(self.diary.debts)
        kinds = (self._payment, self._part_payment, self._opt_out, self._hold, self._promise, self._status,
                 self._dispute, self._stop, self._outside)  # fmt: skip
        self.chance.choices(kinds, (6, 2, 4, 2, 2, 1, 1, 1, 4))[0](debt)

    def _payment(self, debt: Debt) -> None:
        if self._pay(debt, self._owed(debt)):
            debt.silent.becomes("paid", time.time())

    def _part_payment(self, debt: Debt) -> None:
        self._pay(debt, self._owed(debt) // 2)

    def _pay(self, debt: Debt, amount: int) -> bool:
        self._payments += 1
        if amount <= 0:
            return False
        payment = PaymentIn(debt.account_id, "core", f"pago-{self._payments}", amount, self.clock.now())
        return record_payment(self.database, self.clock, payment).amount_to_cure == 0

    def _opt_out(self, debt: Debt) -> None:
        one = Channel[self.chance.choice(CHANNELS).upper()]
        chosen = (one,) if self.chance.random() < 0.7 else EVERY_CHANNEL
        record_opt_out(self.database, self.clock, OptOut(debt.debtor.id, chosen, "portal"))
        now = time.time()
        for channel in chosen:
            if channel.word in debt.debtor.consents:
                debt.debtor.consents[channel.word].becomes("denied", now)

    def _hold(self, debt: Debt) -> None:
        """A conversation holds everything of the person with the creditor."""
        mine = [d for d in self.diary.debts_of(debt.debtor) if d.creditor == debt.creditor]
        self._held(debt, HoldKind.CONVERSATION, mine)

    def _promise(self, debt: Debt) -> None:
        self._held(debt, HoldKind.PROMISE, [debt])

    def _held(self, debt: Debt, kind: HoldKind, bound: list[Debt]) -> None:
        zone = ZoneInfo(self.diary.portfolios[debt.portfolio][1])
        today = self.clock.now().astimezone(zone).date()
        until = today + timedelta(days=self.chance.randint(1, 4))
        accounts = [each.account_id for each in bound]
        with self.database.connection() as connection:
            lock_persons(connection, [debt.debtor.id])
            holds.place(
                connection, kind, person_id=debt.debtor.id,
                creditor_id=self.population.creditors[debt.creditor], account_ids=accounts,
                since=today, until=until, by="prueba",
            )  # fmt: skip
            withdraw_accounts(connection, accounts, "hold", self.clock.now())
        now = time.time()
        for each in bound:
            each.held.append((now, until))

    def _status(self, debt: Debt) -> None:
        """The core says that the debt is before a judge now: no strategy writes about it."""
        status = self.chance.choice((AccountStatus.JUDICIAL, AccountStatus.SOLD, AccountStatus.DECEASED))
        self._account(debt, "account_status", int(status))
        debt.silent.becomes(status.word, time.time())

    def _dispute(self, debt: Debt) -> None:
        self._account(debt, "dispute_open", True)
        debt.silent.becomes("disputed", time.time())

    def _account(self, debt: Debt, column: str, value: object) -> None:
        with self.database.connection() as connection:
            lock_persons(connection, [debt.debtor.id])
            connection.execute(
                f"UPDATE account SET {column} = %s, revision = revision + 1 WHERE id = %s",
                [value, debt.account_id],
            )
            revise_enrolments(connection, [debt.account_id])

    def _stop(self, debt: Debt) -> None:
        """Compliance protects the person."""
        with self.database.connection() as connection:
            lock_persons(connection, [debt.debtor.id])
            connection.execute(
                "UPDATE person SET stops = stops | %s, revision = revision + 1 WHERE id = %s",
                [int(Stop.VULNERABLE), debt.debtor.id],
            )
        known = debt.debtor.stops.at(time.time())
        debt.debtor.stops.becomes(known | words_of(Stop.VULNERABLE), time.time())

    def _outside(self, debt: Debt) -> None:
        """A call or message of somebody else, told at once; at noon, so that it is one date in every zone."""
        zone = ZoneInfo(debt.debtor.place.zones[0])
        noon = self.clock.now().astimezone(zone).replace(hour=12, minute=0)
        channel = self.chance.choice((Channel.VOICE, Channel.WHATSAPP, Channel.EMAIL))
        self.population.outside(debt.debtor, channel, noon)

    def _owed(self, debt: Debt) -> int:
        with self.database.connection() as connection:
            row = connection.execute(
                "SELECT amount_to_cure FROM account WHERE id = %s", [debt.account_id]
            ).fetchone()
        return int(row[0]) if row else 0
