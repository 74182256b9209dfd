"""A random population: people in six countries and awkward time zones, their debts and past contacts."""

import time as real_time
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from api.clock import BusinessClock
from api.usecases.people.record_outside_contact import OutsideContactIn, record_outside_contact
from engine.contact_policy import Place, SpecialDay
from engine.vocabulary import Channel, Relation, Stop
from storage.database import Database
from tests.factories.book import ZONES, BookFactory
from tests.ledger.diary import Debt, Debtor, Diary, Holdout, Outside, Since
from tests.ledger.templates import CHANNELS

PLACES = (
    Place("MX", "CMX", ("America/Mexico_City",)),
    Place("MX", "BCN", ("America/Tijuana",)),
    Place("MX", "ROO", ("America/Cancun",)),
    Place("MX", None, ("America/Cancun", "America/Mexico_City", "America/Tijuana")),
    Place("CO", "DC", ("America/Bogota",)),
    Place("CO", None, ("America/Bogota",)),
    Place("CL", "RM", ("America/Santiago",)),
    Place("CL", "MA", ("America/Punta_Arenas",)),
    Place("CL", None, ("America/Punta_Arenas", "America/Santiago", "Pacific/Easter")),
    Place("EC", "P", ("America/Guayaquil",)),
    Place("EC", None, ("America/Guayaquil", "Pacific/Galapagos")),
    Place("PE", "LMA", ("America/Lima",)),
    Place("AR", "C", ("America/Argentina/Buenos_Aires",)),
)
PREFIX = {"MX": "+5255", "CO": "+5730", "CL": "+5699", "EC": "+5939", "PE": "+5199", "AR": "+5411"}
CURRENCY = {"MX": "MXN", "CO": "COP", "CL": "CLP", "PE": "PEN"}
OUTSIDE_CHANNELS = (Channel.VOICE, Channel.WHATSAPP, Channel.SMS, Channel.LETTER)
STOPS = (Stop.VULNERABLE, Stop.DECEASED, Stop.LEGAL_REPRESENTATION, Stop.OPTED_OUT)
SEED = "grupo-de-control"


class Population:
    """Fills an empty database and writes down in the diary what it did."""

    def __init__(self, database: Database, clock: BusinessClock, chance: Random, start: date) -> None:
        self.database, self.clock, self.chance, self.start = database, clock, chance, start
        self.diary = Diary()
        home = chance.choice(tuple(CURRENCY))
        self.book = BookFactory(
            database, country=home, currency=CURRENCY[home], as_of=start, key="uno", holdout_share_bp=1500
        )
        self.creditors = {"Banco Uno": self.book.creditor_id}
        self.portfolios = {"uno": self.book.portfolio_id}
        self.home = {"Banco Uno": "uno"}
        self.diary.portfolios["uno"] = (home, ZONES[home])

    def settle(self, people: int) -> Diary:
        """Creditors, people, debts, special days and the contacts of the last eight days."""
        self._more_creditors()
        for number in range(people):
            debtor = self._person(number)
            for _ in range(self.chance.choices((1, 2, 3), (6, 3, 1))[0]):
                self._debt(debtor)
            if self.chance.random() < 0.5:
                self._past_of(debtor)
        for debt in self.diary.debts:
            if self.chance.random() < 0.15:
                self._other(debt, self.chance.choice(self.diary.debtors))
        self._special_days()
        with self.database.connection() as connection:
            connection.execute("UPDATE consent SET at = '2020-01-01'")
        return self.diary

    def _more_creditors(self) -> None:
        """A second creditor in the same portfolio, a third one with a portfolio of its own."""
        away = self.chance.choice(tuple(CURRENCY))
        with self.database.connection() as connection:
            connection.execute("UPDATE creditor SET name = 'Banco Uno', holdout_seed = %s", [SEED])
            for key, country in (("dos", self.book.country), ("tres", away)):
                self.creditors[f"Banco {key.title()}"] = connection.execute(
                    "INSERT INTO creditor (key, name, country, reporting_currency, holdout_seed)"
                    " VALUES (%s, %s, %s, %s, '') RETURNING id",
                    [key, f"Banco {key.title()}", country, CURRENCY[country]],
                ).fetchall()[0][0]
            self.portfolios["tres"] = connection.execute(
                "INSERT INTO portfolio (key, name, country, timezone) VALUES ('tres', 'Tres', %s, %s)"
                " RETURNING id",
                [away, ZONES[away]],
            ).fetchall()[0][0]
        self.home |= {"Banco Dos": "uno", "Banco Tres": "tres"}
        self.diary.portfolios["tres"] = (away, ZONES[away])
        self.diary.holdouts = {name: Holdout("", 0) for name in self.creditors}
        self.diary.holdouts["Banco Uno"] = Holdout(SEED, 1500)

    def _person(self, number: int) -> Debtor:
        place = self.chance.choice(PLACES)
        said = {
            word: self.chance.choices(("granted", "unknown", "denied"), (8, 1, 1))[0] for word in CHANNELS
        }
        stop = self.chance.choice(STOPS) if self.chance.random() < 0.06 else Stop.NONE
        debtor = Debtor(
            id=0,
            name=f"Persona {number}",
            place=place,
            phone=f"{PREFIX[place.country]}{number:07}",
            email=f"persona{number}@correo.example",
            verified=self.chance.random() < 0.85,
            consents={word: Since.ever(state) for word, state in said.items()},
            stops=Since.ever(words_of(stop)),
        )
        debtor.id = self.book.person(
            debtor.name,
            consents=[word for word, state in said.items() if state == "granted"],
            denied=[word for word, state in said.items() if state == "denied"],
            phone=debtor.phone,
            email=debtor.email,
            verified=debtor.verified,
            country=place.country,
            subdivision=place.subdivision or "",
            zones=place.zones,
            stops=int(stop),
        )
        self.diary.debtors.append(debtor)
        return debtor

    def _debt(self, debtor: Debtor) -> None:
        creditor = self.chance.choices(tuple(self.creditors), (5, 3, 2))[0]
        digits = f"{1000 + len(self.diary.debts)}"
        account_id = self.book.account(
            debtor.id,
            owes=self.chance.randint(10, 3000) * 100,
            days_past_due=self.chance.randint(1, 90),
            number=f"TC-{digits}",
            creditor_id=self.creditors[creditor],
            portfolio_id=self.portfolios[self.home[creditor]],
        )
        self.diary.debts.append(Debt(digits, account_id, debtor, creditor, self.home[creditor]))

    def _other(self, debt: Debt, debtor: Debtor) -> None:
        """A co-debtor whose debtor was told; only people with a verified address."""
        if debtor is debt.debtor or not debtor.verified:
            return
        with self.database.connection() as connection:
            connection.execute(
                "INSERT INTO account_party (account_id, person_id, relation, noticed_on)"
                " VALUES (%s, %s, %s, %s)",
                [debt.account_id, debtor.id, int(Relation.CODEUDOR), self.start - timedelta(days=9)],
            )
        debt.others[debtor.id] = Relation.CODEUDOR.word

    def _past_of(self, debtor: Debtor) -> None:
        for days_ago in self.chance.sample(range(9), self.chance.randint(1, 3)):
            on = self.start - timedelta(days=days_ago)
            at = datetime.combine(on, time(12), ZoneInfo(debtor.place.zones[0]))
            self.outside(debtor, self.chance.choice(OUTSIDE_CHANNELS), at)

    def outside(self, debtor: Debtor, channel: Channel, at: datetime) -> None:
        """Somebody else reached the person about one of their debts."""
        debt = self.chance.choice(self.diary.debts_of(debtor))
        two_way = self.chance.random() < 0.5
        contact = OutsideContactIn(
            person_id=debtor.id, creditor_id=self.creditors[debt.creditor], channel=channel, at=at,
            by="despacho", source="gestiones", reference=str(len(self.diary.outside)), two_way=two_way,
        )  # fmt: skip
        record_outside_contact(self.database, self.clock, contact)
        on = at.astimezone(ZoneInfo(debtor.place.zones[0])).date()
        self.diary.outside.append(
            Outside(debtor.id, debt.creditor, channel.word, on, two_way, real_time.time())
        )

    def _special_days(self) -> None:
        for place in self.chance.sample(PLACES, 2):
            day = self.start + timedelta(days=self.chance.randint(0, 6))
            special = SpecialDay(place.country, place.subdivision, day, "mourning", "duelo")
            self.diary.special_days.append(special)
            with self.database.connection() as connection:
                connection.execute(
                    "INSERT INTO special_day (country, subdivision, day, reason) VALUES (%s, %s, %s, 'duelo')"
                    " ON CONFLICT DO NOTHING",
                    [place.country, place.subdivision or "", day],
                )


def words_of(stop: Stop) -> frozenset[str]:
    """The words of some stops."""
    return frozenset(each.name.lower() for each in Stop if each and each in stop and each.name)
