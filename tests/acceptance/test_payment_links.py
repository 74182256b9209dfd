"""Paying online: what a provider says of a payment is what stands in the book, however often it says it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from channels.simulator.faults import FaultKind
from engine.errors import BookError, ServiceError
from tests.acceptance.paths import end, enter, path, send, wait
from tests.acceptance.paying import Paying, paying, stand
from tests.acceptance.timeline import Timeline
from tests.channels.payment_worlds import ADAPTERS, HTTP


@pytest.fixture
def stage(timeline: Timeline, tmp_path: Path) -> Iterator[Paying]:
    with paying(timeline, "stripe", tmp_path) as stage:
        yield stage


@pytest.fixture(params=list(ADAPTERS))
def any_stage(request: pytest.FixtureRequest, timeline: Timeline, tmp_path: Path) -> Iterator[Paying]:
    with paying(timeline, str(request.param), tmp_path) as stage:
        yield stage


def test_a_payment_withdraws_the_queued_message_and_a_refund_opens_the_debt_again(any_stage: Paying) -> None:
    stage = any_stage
    timeline, day, ana = stage.timeline, stage.timeline.day, stage.timeline.debtor("Ana", owes="900.00")
    timeline.publish(path("mora", enter(), send("aviso"), wait(4), send("segundo"), wait(9), end()))
    day(0, deliver=False).expect(ana, sent="aviso")
    stand(stage)
    link = stage.link(ana)
    assert (link.amount, link.currency, link.state) == (900_00, "MXN", "live")
    assert stage.told(link).booked == 1
    day(0).expect(ana, nothing=True, left="exit")
    assert stage.owed(ana) == 0 and stage.kept() == 900_00 and stage.state(link) == "paid"

    while stage.world.heard or stage.world.simulator.payments.bell.waiting:
        stage.hear()  # PayPal tells of the capture besides
    stage.told(link, "refund")
    assert stage.owed(ana) == 900_00 and stage.kept() == 0 and stage.state(link) == "reversed"
    day(1).expect(ana, sent="aviso")


def test_a_webhook_told_thrice_is_one_payment(any_stage: Paying) -> None:
    ana = any_stage.timeline.debtor("Ana", owes="900.00")
    link = any_stage.link(ana)
    any_stage.told(link, times=3)
    any_stage.work()
    assert len(any_stage.payments()) == 1 and any_stage.owed(ana) == 0


def test_a_forged_webhook_moves_nothing(any_stage: Paying) -> None:
    ana = any_stage.timeline.debtor("Ana", owes="900.00")
    link = any_stage.link(ana)
    any_stage.act("forge", link)
    assert any_stage.hear() == [401]
    assert any_stage.work().answered == 0
    assert any_stage.timeline.rows("SELECT 1 FROM inbox") == [] and any_stage.owed(ana) == 900_00


def test_a_true_signature_over_a_payment_that_never_came_moves_nothing(stage: Paying) -> None:
    ana = stage.timeline.debtor("Ana", owes="900.00")
    link = stage.link(ana)
    house = stage.world.simulator.payments.stripe
    about = {"id": link.provider_id, "payment_status": "paid", "amount_total": 900_00}
    lie = house.signed("checkout.session.completed", about, house.secret)
    stage.world.simulator.payments.bell.ring(lie)
    assert stage.hear() == [200]
    assert stage.work().answered == 1 and stage.payments() == []


def test_an_old_webhook_played_again_moves_nothing(stage: Paying) -> None:
    ana = stage.timeline.debtor("Ana", owes="900.00")
    link = stage.link(ana)
    stage.act("pay", link)
    post = stage.world.post()
    stage.post(post)
    stage.work()
    stage.told(link, "refund")
    assert stage.owed(ana) == 900_00
    stage.post(post)
    stage.work()
    assert stage.owed(ana) == 900_00 and stage.kept() == 0


def test_webhooks_that_come_backwards_end_in_the_same_book(any_stage: Paying) -> None:
    stage = any_stage
    ana = stage.timeline.debtor("Ana", owes="900.00")
    link = stage.link(ana)
    stage.act("pay", link)
    first = stage.world.post()
    stage.providers.expect(stage.name).charges_of(link.provider_id, link.reference, take=True)
    while stage.world.heard or stage.world.simulator.payments.bell.waiting:
        stage.world.post()
    stage.act("refund", link, "300.00")
    assert stage.hear() == [200]
    stage.work()
    assert stage.kept() == 600_00 and stage.owed(ana) == 300_00
    assert stage.post(first) == 200
    stage.work()
    assert stage.kept() == 600_00 and stage.owed(ana) == 300_00


def test_a_payment_whose_webhook_was_lost_is_found_when_the_link_ends(stage: Paying) -> None:
    ana = stage.timeline.debtor("Ana", owes="900.00")
    link = stage.link(ana)
    stage.world.fails(FaultKind.LOST_WEBHOOK)
    stage.act("pay", link)
    assert stage.work().answered == 0 and stage.owed(ana) == 900_00
    stage.timeline.clock.set(link.expires_at, speed=0.0)
    assert stage.work().booked == 1
    assert stage.owed(ana) == 0 and stage.state(link) == "paid"


def test_a_partial_refund_leaves_the_rest_paid_and_thanks_once(stage: Paying) -> None:
    ana = stage.timeline.debtor("Ana", owes="900.00")
    link = stage.link(ana)
    stage.told(link)
    charge = stage.payments()[0][0]
    for given in ("200.00", "100.00"):
        stage.act("refund", link, given)
        stage.hear()
        stage.work()
    assert stage.payments() == [
        (charge, 900_00, True), (f"{charge}~1", 700_00, True), (f"{charge}~2", 600_00, False),
    ]  # fmt: skip
    assert stage.owed(ana) == 300_00 and stage.alerts() == []


def test_a_dispute_takes_the_money_back_and_winning_it_brings_it_again(stage: Paying) -> None:
    ana = stage.timeline.debtor("Ana", owes="900.00")
    link = stage.link(ana)
    stage.told(link)
    stage.told(link, "dispute")
    assert stage.owed(ana) == 900_00 and stage.state(link) == "reversed"
    stage.told(link, "win")
    assert stage.owed(ana) == 0 and stage.kept() == 900_00
    stage.told(link, "lose")
    assert stage.owed(ana) == 900_00 and stage.kept() == 0


def test_cash_that_is_promised_counts_when_it_comes(stage: Paying) -> None:
    ana = stage.timeline.debtor("Ana", owes="900.00")
    link = stage.link(ana)
    stage.told(link, "wait")
    assert stage.owed(ana) == 900_00
    stage.told(link, "settle")
    assert stage.owed(ana) == 0


def test_less_and_more_than_was_asked_for(stage: Paying) -> None:
    ana, eva = stage.timeline.debtor("Ana", owes="900.00"), stage.timeline.debtor("Eva", owes="500.00")
    less, more = stage.link(ana), stage.link(eva)
    stage.act("pay", less, "400.00")
    stage.hear()
    stage.work()
    assert stage.owed(ana) == 500_00 and stage.alerts() == []
    stage.act("pay", more, "650.00")
    stage.hear()
    stage.work()
    assert stage.owed(eva) == 0 and stage.kept() == 1_050_00 and stage.alerts() == ["payment_over"]


def test_money_in_another_currency_is_a_persons_to_decide(stage: Paying) -> None:
    ana = stage.timeline.debtor("Ana", owes="900.00")
    link = stage.link(ana)
    stage.world.simulator.payments.till.pages[link.provider_id].currency = "USD"
    stage.told(link)
    assert stage.payments() == [] and stage.owed(ana) == 900_00 and stage.alerts() == ["payment_currency"]


def test_one_link_pays_several_debts_of_a_person_in_their_order(stage: Paying) -> None:
    ana = stage.timeline.debtor("Ana", owes="900.00")
    second = stage.timeline.debt_of(ana, owes="300.00")
    link = stage.link(ana, second)
    assert link.amounts == [900_00, 300_00]
    stage.told(link)
    charge = stage.payments()[0][0]
    assert stage.payments() == [(charge, 900_00, False), (f"{charge}/1", 300_00, False)]
    assert stage.owed(ana) == stage.owed(second) == 0


def test_a_link_is_one_while_it_asks_for_the_right_amount(stage: Paying) -> None:
    ana = stage.timeline.debtor("Ana", owes="900.00")
    link = stage.link(ana)
    assert stage.link(ana) == link and stage.world.pages() == 1
    stage.timeline.do("UPDATE account SET amount_to_cure = 50000 WHERE id = %s", ana.account_id)
    other = stage.link(ana)
    assert (other.amount, stage.state(link)) == (500_00, "superseded")
    stage.work()
    assert HTTP.get(link.url).status_code == 410 and HTTP.get(other.url).status_code == 200


def test_a_link_that_asks_for_more_than_is_owed_by_now_is_closed(any_stage: Paying) -> None:
    stage = any_stage
    ana = stage.timeline.debtor("Ana", owes="900.00")
    link = stage.link(ana)
    stage.timeline.day(0).payment(ana, "400.00")
    stand(stage)
    stage.work()
    assert stage.state(link) == "superseded"
    stage.act("pay", link)
    stage.work()
    assert stage.kept() == 400_00 and stage.world.taken() == 0


def test_an_answer_that_got_lost_is_asked_for_again_and_makes_one_page(any_stage: Paying) -> None:
    stage = any_stage
    ana = stage.timeline.debtor("Ana", owes="900.00")
    stage.providers.expect(stage.name).charge("1")
    stage.world.fails(FaultKind.DROP_AFTER, next_n=1)
    with pytest.raises(ServiceError) as unknown:
        stage.link(ana)
    assert unknown.value.code == "service.payment_provider"
    link = stage.link(ana)
    assert link.state == "live" and stage.world.pages() == 1


def test_what_may_be_paid(stage: Paying) -> None:
    ana = stage.timeline.debtor("Ana", owes="900.00", minimum_payment=150_00, payoff_amount=2_000_00)
    assert stage.link(ana, pays="instalment").amount == 150_00
    assert stage.link(ana, pays="debt").amount == 2_000_00
    assert stage.link(ana, pays="amount", amount_minor=1_234_56).amount == 1_234_56
    for amount in (0, -5, 2_000_01):
        with pytest.raises(BookError) as refusal:
            stage.link(ana, pays="amount", amount_minor=amount)
        assert refusal.value.code == "payment_link.amount"


def test_what_may_not_be_paid_is_said_in_its_own_words(stage: Paying) -> None:
    timeline = stage.timeline
    ana, eva = timeline.debtor("Ana", owes="900.00"), timeline.debtor("Eva", owes="0.00")
    dollars = timeline.debt_of(ana, owes="10.00", currency="USD")
    sold = timeline.debt_of(ana, owes="10.00", account_status=6)
    bolivares = timeline.debtor("Luz", owes="10.00", currency="VES")
    for debts, code in (
        ((eva,), "payment_link.nothing_owed"), ((ana, eva), "payment_link.persons"),
        ((ana, dollars), "payment_link.currencies"), ((sold,), "payment_link.sold"),
        ((bolivares,), "payment_link.currency"), ((), "payment_link.accounts"),
    ):  # fmt: skip
        with pytest.raises((BookError, ServiceError)) as refusal:
            stage.link(*debts)
        assert refusal.value.code == code
    assert stage.world.pages() == 0 and timeline.rows("SELECT 1 FROM payment_link") == []


def test_a_provider_that_is_down_is_asked_again_and_again_and_somebody_hears_of_it(stage: Paying) -> None:
    ana = stage.timeline.debtor("Ana", owes="900.00")
    link = stage.link(ana)
    stage.act("pay", link)
    stage.hear()
    stage.world.fails(FaultKind.UNAVAILABLE)
    for _ in range(5):
        assert stage.work().answered == 0
        stage.timeline.do("UPDATE payment_check SET next_at = clock_timestamp()")
    assert stage.alerts() == ["payment_check"] and stage.owed(ana) == 900_00
    stage.world.simulator.faults.clear()
    assert stage.work().booked == 1 and stage.owed(ana) == 0
