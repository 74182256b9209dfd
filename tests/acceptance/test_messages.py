"""What happens to a message: accepted, put off, refused, expired (03, point 5)."""

from tests.acceptance.conftest import Begin
from tests.acceptance.paths import end, enter, path, send, wait
from tests.acceptance.timeline import Timeline


def mora() -> str:
    """A message and three days; who cannot be written to leaves as ``sin-aviso``."""
    return path(
        "mora", enter(), send("aviso", blocked="sin-aviso"), wait(3, next="fin"), end("sin-aviso"), end()
    )


def test_channel_is_passed_when_the_message_is_accepted_and_the_wait_counts_from_that_day(
    timeline: Timeline,
) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    timeline.publish(mora())
    day(0, deliver=False).expect(ana, sent="aviso", state="sending", at="aviso", bucket="acted")
    timeline.deliver()
    day(0).expect(ana, state="waiting", at="espera-3", due=3)


def test_unknown_is_passed_too_and_nobody_writes_again(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    timeline.publish(mora())
    day(0, deliver=False)
    timeline.deliver_as_unknown()
    day(0).expect(ana, at="espera-3", due=3)
    day(1).expect(ana, nothing=True)


def test_a_refusal_that_no_day_lifts_leaves_by_blocked(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    timeline.publish(mora())
    day(0, deliver=False)
    timeline.deliver_as_failed("provider:131026")
    day(0).expect(ana, left="sin-aviso")


def test_three_days_of_refusals_use_up_the_patience_of_a_node(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    timeline.publish(mora())
    for number in range(3):
        day(number, deliver=False).expect(ana, sent="aviso")
        timeline.deliver_as_failed("rate_limit")
        day(number).expect(ana, state="deferred", due=number + 1)
    day(3, deliver=False)
    timeline.deliver_as_failed("rate_limit")
    day(3).expect(ana, left="sin-aviso")


def test_nothing_is_open_at_the_next_run_what_nobody_sent_has_expired(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    timeline.publish(mora())
    day(0, deliver=False).expect(ana, sent="aviso", state="sending")
    day(1, deliver=False).expect(ana, sent="aviso", state="sending")
    assert timeline.rows("SELECT attempt FROM message_item") == [(2,)]


def test_on_the_holiday_mexico_is_put_off_to_the_next_day(timeline_in: Begin) -> None:
    timeline = timeline_in("MX", "2026-11-16")
    day, ana = timeline.day, timeline.debtor("Ana")
    timeline.publish(mora())
    day(0).expect(ana, nothing=True, state="deferred", due=1, bucket="deferred", reason="mx-hours")
    day(1).expect(ana, sent="aviso", at="espera-3", due=4)


def test_on_the_holiday_colombia_is_put_off_to_the_next_day(timeline_in: Begin) -> None:
    timeline = timeline_in("CO", "2026-11-16")
    day, ana = timeline.day, timeline.debtor("Ana")
    timeline.publish(mora())
    day(0).expect(ana, nothing=True, state="deferred", due=1, reason="co-hours")
    day(1).expect(ana, sent="aviso")


def test_chile_has_no_holiday_that_day_and_is_written_to(timeline_in: Begin) -> None:
    timeline = timeline_in("CL", "2026-11-16")
    day, ana = timeline.day, timeline.debtor("Ana")
    timeline.publish(mora())
    day(0).expect(ana, sent="aviso")


def test_a_long_weekend_uses_up_no_day_of_a_node_that_waits_for_none(timeline_in: Begin) -> None:
    timeline = timeline_in("MX", "2026-11-14")  # Saturday, Sunday, and Monday is a holiday
    day, ana = timeline.day, timeline.debtor("Ana")
    timeline.publish(path("mora", enter(), send("aviso", defer=0), wait(3), end()))
    day(0).expect(ana, nothing=True, state="deferred", due=3)
    day(2).expect(ana, nothing=True)
    day(3).expect(ana, sent="aviso")


def test_nobody_may_be_written_to_without_consent_where_the_law_asks_for_it(timeline_in: Begin) -> None:
    timeline = timeline_in("CO", "2026-11-17")
    day, ana = timeline.day, timeline.debtor("Ana", person={"consents": ()})
    timeline.publish(mora())
    day(0).expect(ana, nothing=True, left="sin-aviso", reason="co-authorised-channels")


def test_a_template_the_provider_paused_stops_its_messages_not_the_day(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    timeline.publish(mora())
    timeline.do("UPDATE template SET state = 'paused'")
    day(0, deliver=False).expect(ana, sent="aviso", state="sending")
