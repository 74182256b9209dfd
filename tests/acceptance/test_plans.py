"""Payment plans as a collections person tells them: offered, accepted, missed, broken, kept (row D2)."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from api.agreements.plan_policy import PlanPolicy, PlanRefused
from api.agreements.plan_terms import Cut, PlanWish
from api.reactions.reacting import Reactor
from api.usecases.day.apply_outcomes import apply_outcomes
from api.usecases.day.evaluate_now import evaluate_new_events
from api.usecases.money.accept_plan import accept_option, accept_plan
from api.usecases.money.end_plan import end_plan
from api.usecases.money.make_promise import PromiseIn, make_promise
from api.usecases.money.offer_plan import AboveAuthority, offer_plan
from api.usecases.money.plan_options import plan_options
from api.usecases.money.record_payment import PaymentIn, record_payment
from api.usecases.money.reverse_payment import ReversalIn, reverse_payment
from engine.vocabulary import MessageState
from tests.acceptance.conftest import Begin
from tests.acceptance.paths import end, enter, path, send, wait
from tests.acceptance.timeline import MORNING, Day, Debt, Timeline, minor


class Desk:
    """The days of a portfolio, with plans, payments and the reactions to them."""

    def __init__(self, timeline: Timeline, *, roles: tuple[str, ...] = ("supervisor",)) -> None:
        self.timeline, self.roles = timeline, roles
        for key in ("convenio_confirmado_sms", "convenio_recordatorio_sms", "pago_gracias_sms"):
            timeline.do("INSERT INTO template (key, version, channel, language) VALUES (%s, 1, 2, 'es')", key)
        timeline.do(
            "INSERT INTO sender (lane, channel, portfolio_id, address) VALUES (1, 2, %s, 'CAD')",
            timeline.book.portfolio_id,
        )
        timeline.publish(
            path(
                "mora",
                enter(),
                send("aviso"),
                wait(40, next="fin"),
                send("roto"),
                wait(9, next="fin"),
                end(),
                on_hold={"plan_broken": "roto"},
            )
        )

    def offers(self, *debts: Debt, day: int, first: int, **wish) -> int:
        """A plan is offered on a day, its first instalment due on another; the offer stands that day only."""
        self.at(day)
        terms = PlanWish(
            tuple(debt.account_id for debt in debts),
            first_due_on=self.timeline.date(first),
            valid_until=self.timeline.date(day),
            every="week",
            **wish,
        )
        done = offer_plan(self.timeline.database, self.timeline.clock, terms, roles=self.roles, by="ana")
        return done.plan.id

    def accepts(self, plan: int, *, day: int) -> None:
        self.at(day)
        accept_plan(self.timeline.database, self.timeline.clock, plan, by="debtor", via="portal")
        self.react()

    def agrees(self, *debts: Debt, day: int, first: int, **wish) -> int:
        plan = self.offers(*debts, day=day, first=first, **wish)
        self.accepts(plan, day=day)
        return plan

    def pays(self, debt: Debt, amount: str, day: int, reference: str = "p1") -> None:
        payment = PaymentIn(debt.account_id, "core", reference, minor(amount), self.at(day))
        record_payment(self.timeline.database, self.timeline.clock, payment)
        self.react()

    def takes_back(self, day: int, reference: str = "p1") -> None:
        at = self.at(day)
        reverse_payment(self.timeline.database, self.timeline.clock, ReversalIn("core", reference, at))
        self.react()

    def opens(self, day: int) -> Day:
        """A day opens after some on which nothing ran."""
        last = max(self.timeline.played)
        self.timeline.miss(*range(last + 1, day))
        return self.timeline.day(day)

    def react(self) -> None:
        Reactor(self.timeline.database, self.timeline.clock).work()
        apply_outcomes(self.timeline.database, self.timeline.book.portfolio_id)
        evaluate_new_events(self.timeline.database)

    def state(self, plan: int) -> str:
        ((state,),) = self.timeline.rows("SELECT state FROM plan WHERE id = %s", plan)
        return str(state)

    def instalments(self, plan: int) -> list[tuple[int, int, int]]:
        """Day, amount and what came in of each instalment."""
        return self.timeline.rows(
            "SELECT due_on - %s, amount, paid FROM plan_instalment WHERE plan_id = %s ORDER BY number",
            self.timeline.first, plan,
        )  # fmt: skip

    def told(self, debt: Debt) -> list[tuple[str, int]]:
        """What was sent by itself: template and day."""
        rows = self.timeline.rows(
            "SELECT t.key, m.local_on - %s, m.state FROM message m JOIN template t ON t.id = m.template_id"
            " WHERE m.strategy_id = 0 AND m.person_id = %s ORDER BY m.local_on, t.key",
            self.timeline.first, debt.person_id,
        )  # fmt: skip
        gone = (MessageState.WITHDRAWN, MessageState.EXPIRED)
        return [(key.removesuffix("_sms"), day) for key, day, state in rows if state not in gone]

    def events(self) -> list[str]:
        """The names of the domain events about plans, in their order."""
        rows = self.timeline.rows("SELECT name FROM domain_event WHERE starts_with(name, 'plan') ORDER BY id")
        return [name for (name,) in rows]

    def account(self, debt: Debt) -> tuple[int, int, bool, int]:
        """To cure, balance, on a plan, instalments missed."""
        (row,) = self.timeline.rows(
            "SELECT amount_to_cure, outstanding_balance, on_plan, plan_instalments_missed FROM account"
            " WHERE id = %s",
            debt.account_id,
        )
        return row

    def at(self, day: int) -> datetime:
        at = datetime.combine(self.timeline.date(day), MORNING, self.timeline.zone) + timedelta(hours=1)
        self.timeline.clock.set(at, speed=0.0)
        return at


@pytest.fixture
def desk(timeline: Timeline) -> Iterator[Desk]:
    yield Desk(timeline)


def test_an_accepted_plan_holds_its_debt_and_takes_back_what_was_queued(
    desk: Desk, timeline: Timeline
) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    day(0, deliver=False).expect(ana, sent="aviso")
    plan = desk.agrees(ana, day=0, first=7, instalments=2)
    day(0).expect(ana, sent="convenio_confirmado_sms")
    assert desk.told(ana) == [("convenio_confirmado", 0)]
    assert desk.account(ana) == (1000_00, 1000_00, True, 0)
    day(1).expect(ana, bucket="held")
    assert desk.state(plan) == "accepted"
    assert desk.events() == ["plan_offered", "plan_accepted"]


def test_an_instalment_is_recalled_before_and_on_its_day_and_not_once_it_is_paid(
    desk: Desk, timeline: Timeline
) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    day(0)
    desk.agrees(ana, day=0, first=3, instalments=2)
    desk.opens(2), day(3)
    desk.pays(ana, "500.00", 3)
    assert [told for told in desk.told(ana) if told[0] == "convenio_recordatorio"] == [
        ("convenio_recordatorio", 2),
        ("convenio_recordatorio", 3),
    ]
    desk.pays(ana, "500.00", 3, "p2")
    desk.opens(10)
    assert [day for key, day in desk.told(ana) if key == "convenio_recordatorio"] == [2, 3]


def test_a_reminder_that_waits_is_taken_back_when_the_plan_ends(desk: Desk, timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    day(0)
    plan = desk.agrees(ana, day=0, first=2, instalments=2)
    day(1, deliver=False)
    assert ("convenio_recordatorio", 1) in desk.told(ana)
    end_plan(timeline.database, timeline.clock, plan, "cancelled", by="ana", reason="acuerdo")
    assert ("convenio_recordatorio", 1) not in desk.told(ana)
    assert desk.account(ana)[2] is False
    assert desk.events()[-1] == "plan_cancelled"


def test_money_pays_the_oldest_instalment_first_and_the_discount_settles_the_account(
    desk: Desk, timeline: Timeline
) -> None:
    day = timeline.day
    ana = timeline.debtor("Ana", owes="1000.00", interest_past_due=200_00, fees_past_due=100_00)
    day(0).expect(ana, sent="aviso")
    plan = desk.agrees(
        ana,
        day=0,
        first=7,
        instalments=2,
        covers="balance",
        interest=Cut(0.5),
        fees=Cut(1),
        down_payment=100_00,
    )
    assert desk.instalments(plan) == [(0, 100_00, 0), (7, 350_00, 0), (14, 350_00, 0)]
    desk.pays(ana, "300.00", 1)
    assert desk.instalments(plan) == [(0, 100_00, 100_00), (7, 350_00, 200_00), (14, 350_00, 0)]
    assert desk.account(ana) == (700_00, 700_00, True, 0)
    desk.pays(ana, "500.00", 2, "p2")
    assert desk.state(plan) == "kept"
    assert desk.account(ana) == (0, 0, False, 0)
    assert desk.events() == ["plan_offered", "plan_accepted", "plan_kept"]
    desk.opens(3).expect(ana, left="exit")
    assert sum(day(3).counted().values()) == day(3).closed.accounts == 1


def test_a_settled_account_rests_until_the_core_has_applied_the_discount(
    desk: Desk, timeline: Timeline
) -> None:
    day, ana = timeline.day, timeline.debtor("Ana", owes="1000.00", interest_past_due=200_00)
    day(0)
    desk.agrees(ana, day=0, first=7, covers="balance", interest=Cut(0.5))
    desk.pays(ana, "900.00", 1)
    day(1).bill(ana, "100.00")  # the core's next file does not know the discount yet
    desk.opens(5).expect(ana, nothing=True, bucket="held")


def test_an_instalment_nobody_pays_is_missed_after_its_grace_and_two_break_the_plan(
    desk: Desk, timeline: Timeline
) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    day(0)
    plan = desk.agrees(ana, day=0, first=3, instalments=4)
    desk.opens(6)
    assert desk.account(ana)[2:] == (True, 0)
    day(7)
    assert desk.account(ana)[2:] == (True, 1)
    assert timeline.rows(
        "SELECT amount, body->>'number' FROM domain_event WHERE name = 'plan_instalment_missed'"
    ) == [(250_00, "1")]
    desk.opens(14).expect(ana, sent="roto")
    assert desk.state(plan) == "broken"
    assert desk.account(ana) == (1000_00, 1000_00, False, 0)
    assert desk.events()[-2:] == ["plan_instalment_missed", "plan_broken"]


def test_a_missed_instalment_paid_late_counts_no_longer(desk: Desk, timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    day(0)
    plan = desk.agrees(ana, day=0, first=2, instalments=2)
    desk.opens(6)
    assert desk.account(ana)[3] == 1
    desk.pays(ana, "500.00", 6)
    assert desk.account(ana)[3] == 0
    desk.opens(13)
    assert desk.state(plan) == "broken", "the last date and its grace passed without all the money"


def test_a_payment_taken_back_makes_a_kept_plan_stand_again_with_its_debt(
    desk: Desk, timeline: Timeline
) -> None:
    day, ana = timeline.day, timeline.debtor("Ana", owes="1000.00", interest_past_due=200_00)
    day(0)
    plan = desk.agrees(ana, day=0, first=7, covers="balance", interest=Cut(0.5))
    desk.pays(ana, "900.00", 1)
    assert desk.state(plan) == "kept"
    desk.takes_back(2)
    assert desk.state(plan) == "accepted"
    assert desk.account(ana) == (1000_00, 1000_00, True, 0)
    desk.opens(3).expect(ana, bucket="held", nothing=True)
    desk.opens(11)
    assert desk.state(plan) == "broken"


def test_one_plan_about_two_debts_of_one_person(desk: Desk, timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana", owes="600.00")
    other = timeline.debt_of(ana, owes="300.00")
    day(0)
    plan = desk.agrees(ana, other, day=0, first=7, instalments=2, covers="balance")
    assert desk.instalments(plan) == [(7, 450_00, 0), (14, 450_00, 0)]
    desk.pays(ana, "600.00", 1)
    desk.pays(other, "300.00", 1, "p2")
    assert desk.state(plan) == "kept"
    assert [desk.account(debt)[0] for debt in (ana, other)] == [0, 0]


def test_a_plan_takes_the_place_of_a_promise_and_nobody_broke_it(desk: Desk, timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    day(0)
    desk.at(0)
    make_promise(
        timeline.database, timeline.clock, PromiseIn(ana.account_id, 500_00, timeline.date(2), "portal")
    )
    desk.agrees(ana, day=0, first=7, instalments=2)
    desk.opens(4)
    assert timeline.rows("SELECT state FROM promise") == [("withdrawn",)]
    assert timeline.rows("SELECT promises_broken_90d, promise_open FROM account") == [(0, False)]
    day(4).expect(ana, bucket="held")


def test_an_offer_expires_and_can_no_longer_be_accepted(desk: Desk, timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    day(0)
    plan = desk.offers(ana, day=0, first=7)
    with pytest.raises(PlanRefused) as refused:
        desk.accepts(plan, day=1)
    assert refused.value.code == "plan.expired"
    day(1)
    assert desk.state(plan) == "withdrawn"


def test_an_offer_about_a_debt_that_shrank_meanwhile_is_refused(desk: Desk, timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    day(0)
    plan = desk.offers(ana, day=0, first=7)
    desk.pays(ana, "100.00", 0)
    with pytest.raises(PlanRefused) as refused:
        desk.accepts(plan, day=0)
    assert refused.value.code == "plan.stale"


def test_an_agent_offers_within_their_authority_and_not_beyond(timeline: Timeline) -> None:
    desk, ana = Desk(timeline, roles=("agent",)), timeline.debtor("Ana", interest_past_due=200_00)
    timeline.day(0)
    assert desk.state(desk.offers(ana, day=0, first=7, instalments=6)) == "offered"
    for beyond in ({"instalments": 7}, {"instalments": 2, "interest": Cut(0.1)}):
        with pytest.raises(AboveAuthority):
            desk.offers(ana, day=0, first=7, **beyond)
    with pytest.raises(PlanRefused) as nobody:
        desk.offers(ana, day=0, first=7, capital=Cut(0.9))
    assert nobody.value.code == "plan.ceiling"


def test_a_debtor_takes_a_plan_of_the_menu_and_one_that_was_offered(desk: Desk, timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    day(0)
    plan = desk.offers(ana, day=0, first=7, instalments=4)
    with timeline.database.connection() as connection:
        options = plan_options(connection, ana.account_id, PlanPolicy(), today=timeline.date(0))
    assert [(one.key, one.terms.instalments, one.terms.total) for one in options] == [
        (f"oferta-{plan}", 4, 1000_00),
        ("2-pagos", 2, 1000_00),
        ("3-pagos", 3, 1000_00),
    ]
    desk.at(0)
    taken = accept_option(
        timeline.database, timeline.clock, ana.account_id, "3-pagos", by="debtor", via="portal"
    )
    again = accept_option(
        timeline.database, timeline.clock, ana.account_id, "3-pagos", by="debtor", via="portal"
    )
    assert taken.state == "accepted" and again.id == taken.id
    assert [amount for _, amount, _ in desk.instalments(taken.id)] == [333_34, 333_33, 333_33]
    assert desk.state(plan) == "withdrawn"


def test_colombian_pesos_are_split_into_whole_pesos(timeline_in: Begin) -> None:
    timeline = timeline_in("CO")
    desk, ana = Desk(timeline), timeline.debtor("Ana", owes="100000.50")
    timeline.day(0)
    plan = desk.offers(ana, day=0, first=8, instalments=3)
    amounts = [amount for _, amount, _ in desk.instalments(plan)]
    assert amounts == [33_334_00, 33_333_00, 33_333_50] and sum(amounts) == 100_000_50
