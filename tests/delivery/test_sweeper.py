"""What a dead worker left: leased goes back to the queue, sending becomes unknown, late expires."""

import pytest

from api.delivery.sweeper import Sweeper
from engine.vocabulary import MessageState
from storage.outbox.outcomes import PostOutcome, record
from storage.queue import Doorbell
from tests.delivery.test_guard import guard, lease
from tests.delivery.world import CLOSING, NOON, StillClock, World


@pytest.fixture
def sweeper(world: World, redis_url: str) -> Sweeper:
    return Sweeper(world.database, StillClock(), Doorbell(redis_url))


def let_leases_end(world: World) -> None:
    world.do(
        "UPDATE message SET leased_until = clock_timestamp() - interval '1 second' WHERE state IN (2, 3)"
    )


def test_leased_goes_back_to_the_queue_and_its_old_holder_clears_nothing(
    world: World, sweeper: Sweeper
) -> None:
    (message,) = world.debtors(1)
    old = lease(world)
    let_leases_end(world)
    sweeper.sweep()
    assert world.state(message)[0] is MessageState.QUEUED
    new = lease(world)
    assert new[0].fence == old[0].fence + 1
    assert guard(world, old).cleared == ()
    assert len(guard(world, new).cleared) == 1


def test_sending_becomes_unknown_and_is_never_leased_again(world: World, sweeper: Sweeper) -> None:
    (message,) = world.debtors(1)
    guard(world, lease(world))
    let_leases_end(world)
    swept = sweeper.sweep()
    assert swept is not None
    assert swept.unknown == 1
    assert world.state(message) == (MessageState.UNKNOWN, "lease_over")
    assert lease(world) == []


@pytest.mark.parametrize(
    ("answer", "after"),
    [(MessageState.ACCEPTED, MessageState.ACCEPTED), (MessageState.QUEUED, MessageState.UNKNOWN)],
)
def test_late_outcome_settles_an_unknown_message_but_never_queues_it(
    world: World, sweeper: Sweeper, answer: MessageState, after: MessageState
) -> None:
    (message,) = world.debtors(1)
    ((cleared),) = guard(world, lease(world)).cleared
    let_leases_end(world)
    sweeper.sweep()
    held = cleared.message
    with world.connection() as connection:
        record(connection, [PostOutcome(held.id, held.local_on, held.fence, held.person_id, answer)], NOON)
    assert world.state(message)[0] is after


def test_outcome_under_an_old_fence_changes_nothing(world: World) -> None:
    (message,) = world.debtors(1)
    ((cleared),) = guard(world, lease(world)).cleared
    held = cleared.message
    stale = PostOutcome(held.id, held.local_on, held.fence - 1, held.person_id, MessageState.FAILED)
    with world.connection() as connection:
        assert record(connection, [stale], NOON) == 0
    assert world.state(message)[0] is MessageState.SENDING


def test_message_whose_window_has_passed_expires(world: World, redis_url: str) -> None:
    (message,) = world.debtors(1)
    Sweeper(world.database, StillClock(CLOSING), Doorbell(redis_url)).sweep()
    assert world.state(message) == (MessageState.EXPIRED, "expired")


def test_messages_of_before_a_restore_are_marked_for_review(world: World, sweeper: Sweeper) -> None:
    (message,) = world.debtors(1)
    world.do("UPDATE installation SET restore_epoch = 1")
    sweeper.sweep()
    assert world.state(message) == (MessageState.QUEUED, "review")


def test_sweep_rings_for_outcomes_nobody_has_applied(world: World, sweeper: Sweeper) -> None:
    world.debtors(1)
    world.do("UPDATE message SET state = 4")
    swept = sweeper.sweep()
    assert swept is not None
    assert swept.unapplied_portfolios == (world.portfolio_id,)


def test_sweep_goes_on_without_the_queue(world: World) -> None:
    world.debtors(1)
    swept = Sweeper(world.database, StillClock(), Doorbell("redis://127.0.0.1:1/0")).sweep()
    assert swept is not None
    assert swept.due_lanes == (1,)
