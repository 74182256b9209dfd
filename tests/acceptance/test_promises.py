"""Promises to pay as a collections person tells them: made, recalled, kept, kept in part, broken (row D1)."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from api.agreements.promise_policy import PromiseRefused
from api.reactions.reacting import Reactor
from api.usecases.day.apply_outcomes import apply_outcomes
from api.usecases.day.evaluate_now import evaluate_new_events
from api.usecases.money.make_promise import PromiseIn, confirm_promise, make_promise, withdraw_promise
from api.usecases.money.record_payment import PaymentIn, record_payment
from api.usecases.money.reverse_payment import ReversalIn, reverse_payment
from engine.vocabulary import MessageState
from tests.acceptance.paths import end, enter, path, send, wait
from tests.acceptance.timeline import MORNING, Debt, Timeline, minor

SENT_BY_ITSELF = (
    "SELECT t.key, m.local_on - %s, m.state FROM message m JOIN template t ON t.id = m.template_id"
    " WHERE m.strategy_id = 0 AND m.person_id = %s ORDER BY m.local_on, t.key"
)


class Story:
    """The days of a portfolio, with promises, payments and the reactions to them."""

    def __init__(self, timeline: Timeline) -> None:
        self.timeline = timeline
        for key in ("promesa_confirmada_sms", "promesa_recordatorio_sms", "pago_gracias_sms"):
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
                wait(30, next="fin"),
                send("rota"),
                wait(9, next="fin"),
                end(),
                on_hold={"promise_broken": "rota"},
            )
        )

    def promises(self, debt: Debt, amount: str, day: int, due: int, **wish) -> int:
        self._at(day)
        taken = make_promise(
            self.timeline.database,
            self.timeline.clock,
            PromiseIn(debt.account_id, minor(amount), self.timeline.date(due), "portal", **wish),
        )
        return taken.promise.id

    def pays(self, debt: Debt, amount: str, day: int, reference: str = "p1") -> None:
        at = self._at(day)
        payment = PaymentIn(debt.account_id, "core", reference, minor(amount), at)
        record_payment(self.timeline.database, self.timeline.clock, payment)
        self.react()

    def reversed(self, day: int, reference: str = "p1") -> None:
        at = self._at(day)
        reverse_payment(self.timeline.database, self.timeline.clock, ReversalIn("core", reference, at))
        self.react()

    def react(self) -> None:
        Reactor(self.timeline.database, self.timeline.clock).work()
        apply_outcomes(self.timeline.database, self.timeline.book.portfolio_id)
        evaluate_new_events(self.timeline.database)

    def state(self, promise_id: int) -> tuple[str, int]:
        ((state, paid),) = self.timeline.rows("SELECT state, paid FROM promise WHERE id = %s", promise_id)
        return state, paid

    def told(self, debt: Debt) -> list[tuple[str, int]]:
        rows = self.timeline.rows(SENT_BY_ITSELF, self.timeline.first, debt.person_id)
        gone = (MessageState.WITHDRAWN, MessageState.EXPIRED)
        return [(key.removesuffix("_sms"), day) for key, day, state in rows if state not in gone]

    def _at(self, day: int) -> datetime:
        at = datetime.combine(self.timeline.date(day), MORNING, self.timeline.zone) + timedelta(hours=1)
        self.timeline.clock.set(at, speed=0.0)
        return at


@pytest.fixture
def story(timeline: Timeline) -> Iterator[Story]:
    yield Story(timeline)


def test_a_promise_is_confirmed_recalled_twice_and_thanked_for(story: Story, timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    day(0).expect(ana, sent="aviso")
    promise = story.promises(ana, "500.00", 1, due=4)
    assert story.told(ana) == [("promesa_confirmada", 1)]
    day(2).expect(ana, bucket="held")
    day(3), day(4)
    assert story.told(ana)[1:] == [("promesa_recordatorio", 3), ("promesa_recordatorio", 4)]
    story.pays(ana, "500.00", 4)
    assert story.state(promise) == ("kept", 500_00)
    assert ("pago_gracias", 4) in story.told(ana)
    day(5).expect(ana, at="espera-30", state="waiting")
    assert timeline.rows("SELECT promises_kept_90d, promise_open FROM account") == [(1, False)]


def test_nobody_is_reminded_of_a_promise_that_was_kept(story: Story, timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    day(0)
    story.promises(ana, "500.00", 0, due=3)
    day(1)
    story.pays(ana, "500.00", 1)
    day(3)
    assert ("promesa_recordatorio", 2) not in story.told(ana)


def test_a_reminder_already_queued_is_taken_back_by_the_payment(story: Story, timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    day(0)
    story.promises(ana, "500.00", 0, due=2)
    day(1, deliver=False)
    assert ("promesa_recordatorio", 1) in story.told(ana)
    story.pays(ana, "500.00", 1)
    assert ("promesa_recordatorio", 1) not in story.told(ana)


def test_a_promise_whose_date_passes_without_money_is_broken(story: Story, timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    day(0)
    promise = story.promises(ana, "500.00", 1, due=2)
    day(2).expect(ana, bucket="held")
    assert story.state(promise) == ("made", 0)
    day(3).expect(ana, sent="rota")
    assert story.state(promise) == ("broken", 0)
    assert timeline.rows("SELECT promises_broken_90d, promise_open FROM account") == [(1, False)]


def test_part_of_the_money_keeps_a_promise_in_part(story: Story, timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    day(0)
    promise = story.promises(ana, "500.00", 1, due=3)
    day(2)
    story.pays(ana, "200.00", 2)
    assert story.state(promise)[0] == "made"
    day(4).expect(ana, nothing=True, at="espera-30")
    assert story.state(promise) == ("partially_kept", 200_00)
    assert timeline.rows("SELECT name FROM domain_event ORDER BY id DESC LIMIT 1") == [
        ("promise_partially_kept",)
    ]


def test_days_of_grace_let_the_money_come_late(story: Story, timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    timeline.do("UPDATE portfolio SET settings = settings || %s", '{"promise_policy": {"grace_days": 2}}')
    day(0)
    promise = story.promises(ana, "500.00", 1, due=2)
    day(4).expect(ana, bucket="held")
    assert story.state(promise)[0] == "made"
    day(5)
    assert story.state(promise)[0] == "broken"


def test_a_payment_taken_back_opens_its_promise_again(story: Story, timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    day(0)
    promise = story.promises(ana, "500.00", 1, due=4)
    story.pays(ana, "500.00", 2)
    assert story.state(promise)[0] == "kept"
    story.reversed(3)
    assert story.state(promise) == ("made", 0)
    day(4).expect(ana, bucket="held")
    day(5)
    assert story.state(promise)[0] == "broken"


def test_a_payment_from_before_the_promise_does_not_keep_it(story: Story, timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    day(0)
    story.pays(ana, "300.00", 0)
    promise = story.promises(ana, "300.00", 1, due=2)
    day(3)
    assert story.state(promise) == ("broken", 0)


def test_a_proposed_promise_holds_nothing_until_it_is_confirmed(story: Story, timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    day(0)
    promise = story.promises(ana, "500.00", 1, due=4, confirmed=False)
    assert timeline.rows("SELECT hold_kinds, promise_open FROM account") == [(0, False)]
    confirm_promise(timeline.database, timeline.clock, promise, by="ana")
    confirm_promise(timeline.database, timeline.clock, promise, by="ana")
    assert story.state(promise)[0] == "made"
    assert timeline.rows("SELECT count(*) FROM hold") == [(1,)]


def test_a_promise_taken_back_by_agreement_is_no_broken_one(story: Story, timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    day(0)
    promise = story.promises(ana, "500.00", 1, due=9)
    withdraw_promise(timeline.database, timeline.clock, promise, by="ana", reason="otra fecha")
    assert timeline.rows("SELECT hold_kinds, promise_open, promises_broken_90d FROM account") == [
        (0, False, 0)
    ]
    story.promises(ana, "600.00", 1, due=3)


def test_the_same_promise_told_twice_is_one(story: Story, timeline: Timeline) -> None:
    ana = timeline.debtor("Ana")
    first = story.promises(ana, "500.00", 0, due=2, reference="r1")
    assert story.promises(ana, "500.00", 0, due=2, reference="r1") == first
    with pytest.raises(PromiseRefused, match="referencia"):
        story.promises(ana, "600.00", 0, due=2, reference="r1")


@pytest.mark.parametrize(
    ("amount", "due", "code"),
    [
        ("0.00", 2, "promise.nothing"),
        ("1500.00", 2, "promise.more_than_owed"),
        ("50.00", 2, "promise.too_little"),
        ("500.00", -1, "promise.date"),
        ("500.00", 16, "promise.date"),
    ],
)
def test_a_promise_outside_the_policy_is_refused(
    story: Story, timeline: Timeline, amount: str, due: int, code: str
) -> None:
    ana = timeline.debtor("Ana", owes="1000.00")
    with pytest.raises(PromiseRefused) as refused:
        story.promises(ana, amount, 0, due=due)
    assert refused.value.code == code
    assert timeline.rows("SELECT count(*) FROM promise") == [(0,)]


def test_who_broke_too_many_promises_is_not_believed_again(story: Story, timeline: Timeline) -> None:
    ana = timeline.debtor("Ana", promises_broken_90d=2)
    with pytest.raises(PromiseRefused) as refused:
        story.promises(ana, "500.00", 0, due=2)
    assert refused.value.code == "promise.broken_before"


def test_an_account_has_one_open_promise(story: Story, timeline: Timeline) -> None:
    ana = timeline.debtor("Ana")
    story.promises(ana, "500.00", 0, due=2)
    with pytest.raises(PromiseRefused) as refused:
        story.promises(ana, "300.00", 0, due=3)
    assert refused.value.code == "promise.open"
