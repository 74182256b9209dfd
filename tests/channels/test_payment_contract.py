"""What every provider of payments promises, tried on each adapter; the simulator's till is the judge."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from channels.payments.port import PaymentRefused, PaymentUnknown, RefundWish
from channels.simulator.faults import FaultKind
from engine.errors import ServiceError
from tests.channels.payment_worlds import ADAPTERS, HTTP, PaymentWorld, payment_world


@pytest.fixture(params=list(ADAPTERS))
def world(request: pytest.FixtureRequest) -> Iterator[PaymentWorld]:
    with payment_world(str(request.param)) as stage:
        yield stage


def test_a_link_leads_to_a_page_that_asks_for_the_amount(world: PaymentWorld) -> None:
    made = world.provider.create(world.wish())
    page = HTTP.get(made.url)
    assert page.status_code == 200 and "MXN 1,500.50" in page.text
    assert "Financiera Aurora" in page.text and world.taken() == 0


def test_the_same_wish_twice_is_one_page(world: PaymentWorld) -> None:
    wish = world.wish()
    assert world.provider.create(wish) == world.provider.create(replace(wish, repeated=True))
    assert world.pages() == 1


@pytest.mark.parametrize("fault", [FaultKind.DROP_AFTER, FaultKind.ERROR_AFTER, FaultKind.GARBAGE])
def test_an_answer_that_got_lost_is_unknown_and_asked_again_makes_no_second_page(
    world: PaymentWorld, fault: FaultKind
) -> None:
    wish = world.wish()
    world.provider.charge("1")  # signed in already, so that the fault strikes the link
    world.fails(fault, next_n=1)
    with pytest.raises(PaymentUnknown) as unknown:
        world.provider.create(wish)
    assert unknown.value.code == "service.payment_provider"
    made = world.provider.create(replace(wish, repeated=True))
    assert world.pages() == 1 and HTTP.get(made.url).status_code == 200


@pytest.mark.parametrize("fault", [FaultKind.TOO_MANY_REQUESTS, FaultKind.UNAVAILABLE, FaultKind.DROP_BEFORE])
def test_a_busy_provider_is_asked_again(world: PaymentWorld, fault: FaultKind) -> None:
    world.provider.charge("1")
    world.fails(fault, next_n=1)
    with pytest.raises(PaymentUnknown):
        world.provider.create(world.wish())
    assert world.pages() == 0


def test_a_refusal_is_certain_and_names_no_key(world: PaymentWorld) -> None:
    world.provider.charge("1")
    world.fails(FaultKind.REFUSE, next_n=1)
    with pytest.raises(PaymentRefused) as refusal:
        world.provider.create(world.wish())
    assert refusal.value.code == "payment_link.refused"
    for secret in ("TEST-token", "sk_test_key", "secreto"):
        assert secret not in str(refusal.value)


def test_a_payment_is_told_by_a_signed_post_and_read_from_the_provider(world: PaymentWorld) -> None:
    wish = world.wish()
    made = world.provider.create(wish)
    world.act("pay", made)
    (notice,) = world.provider.hear(world.post()) or ()
    assert notice.provider == world.provider.name and notice.event_id
    if notice.kind == "charge":
        charge = world.provider.charge(notice.subject)
    else:
        assert notice.subject == made.provider_id
        (charge,) = world.provider.charges_of(notice.subject, wish.reference, take=True)
    assert charge is not None
    assert (charge.state, charge.amount, charge.currency, charge.refunded, charge.net) == (
        "paid", 150_050, "MXN", 0, 150_050,
    )  # fmt: skip
    assert charge.reference == wish.reference and world.taken() == Decimal("1500.50")


def test_a_payment_is_found_without_any_post(world: PaymentWorld) -> None:
    wish = world.wish()
    made = world.provider.create(wish)
    assert not world.provider.charges_of(made.provider_id, wish.reference, take=True)
    charge_id = world.paid(wish, made)
    assert world.provider.charge(charge_id) == next(
        iter(world.provider.charges_of(made.provider_id, wish.reference, take=True))
    )


def test_a_forged_post_is_not_believed(world: PaymentWorld) -> None:
    made = world.provider.create(world.wish())
    world.act("forge", made)
    assert world.provider.hear(world.post()) is None


def test_a_post_changed_on_its_way_is_not_believed(world: PaymentWorld) -> None:
    made = world.provider.create(world.wish())
    world.act("pay", made)
    post = world.post()
    assert world.provider.hear(post)
    if world.provider.name == "mercadopago":  # what it signs is the id in the address
        changed = replace(post, query={**post.query, "data.id": "70000000099"})
    else:
        changed = replace(post, body=post.body.replace(b'"id"', b'"di"', 1))
    assert world.provider.hear(changed) is None
    assert world.provider.hear(replace(post, headers={})) is None


def test_an_adapter_without_its_secret_believes_nobody(world: PaymentWorld) -> None:
    made = world.provider.create(world.wish())
    world.act("pay", made)
    stranger = ADAPTERS[world.provider.name](world.simulator.url, secret="OTHER")
    assert stranger.hear(world.post()) is None
    stranger.close()


def test_money_given_back_is_given_once_per_key(world: PaymentWorld) -> None:
    wish = world.wish()
    charge_id = world.paid(wish, world.provider.create(wish))
    part = RefundWish(charge_id, 50_050, "MXN", "refund-7", is_whole=False)
    world.provider.refund(part)
    world.provider.refund(part)
    charge = world.provider.charge(charge_id)
    assert charge is not None and (charge.refunded, charge.net) == (50_050, 100_000)
    assert world.taken() == Decimal("1000.00")
    world.provider.refund(RefundWish(charge_id, 100_000, "MXN", "refund-8", is_whole=False))
    charge = world.provider.charge(charge_id)
    assert charge is not None and charge.net == 0 and world.taken() == 0
    with pytest.raises(PaymentRefused):
        world.provider.refund(RefundWish(charge_id, 1_00, "MXN", "refund-9", is_whole=False))


def test_a_whole_refund_leaves_nothing(world: PaymentWorld) -> None:
    wish = world.wish()
    charge_id = world.paid(wish, world.provider.create(wish))
    world.provider.refund(RefundWish(charge_id, 150_050, "MXN", "refund-1", is_whole=True))
    charge = world.provider.charge(charge_id)
    assert charge is not None and charge.net == 0 and world.taken() == 0


def test_what_the_payers_bank_took_back_is_not_ours_until_it_is_decided_so(world: PaymentWorld) -> None:
    wish = world.wish()
    made = world.provider.create(wish)
    charge_id = world.paid(wish, made)
    world.act("dispute", made)
    disputed = world.provider.charge(charge_id)
    assert disputed is not None and (disputed.state, disputed.net) == ("disputed", 0)
    world.act("win", made)
    won = world.provider.charge(charge_id)
    assert won is not None and won.net == 150_050
    world.act("lose", made)
    lost = world.provider.charge(charge_id)
    assert lost is not None and lost.net == 0


def test_a_refund_and_a_dispute_are_told_as_something_to_look_at(world: PaymentWorld) -> None:
    wish = world.wish()
    made = world.provider.create(wish)
    charge_id = world.paid(wish, made)
    while world.heard or world.simulator.payments.bell.waiting:
        world.post()
    for act in ("refund", "dispute", "win"):
        world.act(act, made, "100" if act == "refund" else None)
        (notice,) = world.provider.hear(world.post()) or ()
        assert (notice.kind, notice.subject) == ("charge", charge_id)


def test_money_that_waits_is_no_money_yet(world: PaymentWorld) -> None:
    wish = world.wish()
    made = world.provider.create(wish)
    world.act("wait", made)
    (pending,) = world.provider.charges_of(made.provider_id, wish.reference, take=True)
    assert (pending.state, pending.net) == ("pending", 0)
    world.act("settle", made)
    (paid,) = world.provider.charges_of(made.provider_id, wish.reference, take=True)
    assert (paid.charge_id, paid.net) == (pending.charge_id, 150_050)


def test_a_link_that_was_closed_takes_no_money(world: PaymentWorld) -> None:
    wish = world.wish()
    made = world.provider.create(wish)
    world.provider.close_link(made.provider_id, datetime.now(UTC))
    if world.provider.name == "paypal":  # an approved order is simply never captured
        world.act("pay", made)
        assert not world.provider.charges_of(made.provider_id, wish.reference, take=False)
    else:
        assert HTTP.get(made.url).status_code == 410
        assert world.act("pay", made).status_code == 422
    world.provider.close_link(made.provider_id, datetime.now(UTC))
    assert world.taken() == 0


def test_a_link_ends_by_itself(world: PaymentWorld) -> None:
    life = timedelta(minutes=40)
    made = world.provider.create(world.wish(expires_at=datetime.now(UTC) + life))
    clock = world.simulator.clock.setting
    world.simulator.clock.setting = clock.model_copy(update={"business_epoch": 4 * 3600.0})
    assert HTTP.get(made.url).status_code == 410


def test_a_currency_the_provider_does_not_take_is_said_before_it_is_asked(world: PaymentWorld) -> None:
    with pytest.raises(ServiceError) as refusal:
        world.provider.create(world.wish(currency="VES"))
    assert refusal.value.code == "payment_link.currency" and refusal.value.place == "VES"
    assert "MXN" in refusal.value.hint and world.pages() == 0


def test_silence_is_unknown() -> None:
    with payment_world("stripe", timeout_s=0.3) as world:
        world.fails(FaultKind.LATENCY, seconds=(2.0, 2.0))
        with pytest.raises(PaymentUnknown):
            world.provider.create(world.wish())


def test_an_address_that_is_nobodys_is_a_refusal() -> None:
    with payment_world("stripe") as world:
        stranger = ADAPTERS["stripe"](world.simulator.url + "/nowhere")
        with pytest.raises(PaymentRefused):
            stranger.create(world.wish())
        stranger.close()
