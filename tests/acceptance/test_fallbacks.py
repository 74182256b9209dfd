"""When the first channel does not get through: another one, once, within the law (03, point 12)."""

import pytest

from tests.acceptance.conftest import Begin
from tests.acceptance.paths import end, enter, path, send, wait, wait_for
from tests.acceptance.provider import Provider
from tests.acceptance.timeline import Timeline


def by_sms(on: str = "failed", hours: int = 4) -> dict[str, object]:
    return {"on": on, "channel": "sms", "template": "recado", "hours": hours}


def mora(on: str = "failed", hours: int = 4, defer: int = 3) -> str:
    """A WhatsApp with its fallback by SMS, and five days; who gets neither leaves as ``sin-aviso``."""
    return path(
        "mora",
        enter(),
        send("aviso", blocked="sin-aviso", fallback=by_sms(on, hours), defer=defer),
        wait(5, next="fin"),
        end("sin-aviso"),
        end(),
    )


@pytest.fixture
def provider(timeline: Timeline) -> Provider:
    return Provider(timeline)


def test_whatsapp_reports_failed_after_it_was_accepted_and_an_sms_follows_the_same_day(
    timeline: Timeline, provider: Provider
) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    timeline.publish(mora())
    day(0).expect(ana, sent="aviso", at="espera-5", due=5)
    provider.says(ana, "failed")
    assert provider.legs(ana) == [("recado", 0)]
    timeline.deliver()
    day(0).expect(ana, at="espera-5", due=5)
    assert [one.state for one in provider.messages(ana)] == ["failed", "accepted"]
    assert timeline.rows("SELECT count(*) FROM slot") == [(1,)]


def test_a_refusal_at_the_send_waits_at_its_node_for_the_sms(timeline: Timeline, provider: Provider) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    timeline.publish(mora())
    day(0, deliver=False)
    timeline.deliver_as_failed("provider:131026")
    day(0).expect(ana, at="aviso", state="sending")
    assert provider.legs(ana) == [("recado", 0)]
    timeline.deliver()
    day(0).expect(ana, at="espera-5", due=5)


def test_when_the_sms_fails_too_the_account_leaves_by_blocked(timeline: Timeline, provider: Provider) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    timeline.publish(mora())
    day(0, deliver=False)
    timeline.deliver_as_failed("provider:131026")
    timeline.deliver_as_failed("provider:30005")
    day(0).expect(ana, left="sin-aviso")
    assert len(provider.legs(ana)) == 1


def test_not_delivered_in_four_hours_and_not_a_minute_sooner(timeline: Timeline, provider: Provider) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    timeline.publish(mora("not_delivered", 4))
    day(0)
    provider.passes(hours=3.99)
    assert provider.legs(ana) == []
    provider.passes(hours=0.02)
    assert provider.legs(ana) == [("recado", 0)]
    provider.passes(hours=0.5)
    provider.says(ana, "failed")
    assert len(provider.legs(ana)) == 1


def test_what_was_delivered_in_time_needs_no_other_channel(timeline: Timeline, provider: Provider) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    timeline.publish(mora("not_delivered", 4))
    day(0)
    provider.says(ana, "delivered")
    provider.passes(hours=5)
    assert (provider.legs(ana), provider.result(ana)) == ([], "arrived")


def test_delivered_and_not_read_calls_for_the_sms_read_does_not(
    timeline: Timeline, provider: Provider
) -> None:
    day, ana, luis = timeline.day, timeline.debtor("Ana"), timeline.debtor("Luis")
    timeline.publish(mora("not_read", 6))
    day(0)
    for each in (ana, luis):
        provider.says(each, "delivered")
    provider.says(luis, "read")
    provider.passes(hours=6)
    assert (len(provider.legs(ana)), provider.legs(luis)) == (1, [])


def test_who_answers_is_not_written_to_again(timeline: Timeline, provider: Provider) -> None:
    ana = timeline.debtor("Ana")
    timeline.publish(mora("not_read", 6))
    timeline.day(0).reply(ana)
    provider.passes(hours=6)
    assert provider.legs(ana) == []
    assert provider.result(ana) in ("replied", "held")


def test_who_pays_is_not_written_to_again(timeline: Timeline, provider: Provider) -> None:
    ana = timeline.debtor("Ana", owes="1000.00")
    timeline.publish(mora("not_read", 6))
    timeline.day(0).payment(ana, "1000.00").expect(ana, left="exit")
    provider.passes(hours=6)
    assert provider.legs(ana) == []


def test_a_held_account_gets_no_other_channel(timeline: Timeline, provider: Provider) -> None:
    ana = timeline.debtor("Ana")
    timeline.publish(mora())
    timeline.day(0).hold(ana, "manual", until=2)
    provider.says(ana, "failed")
    assert (provider.legs(ana), provider.result(ana)) == ([], "held")


def test_an_opt_out_of_the_other_channel_is_an_opt_out(timeline: Timeline, provider: Provider) -> None:
    ana = timeline.debtor("Ana")
    timeline.publish(mora())
    timeline.day(0).opt_out(ana, "sms")
    provider.says(ana, "failed")
    assert (provider.legs(ana), provider.result(ana)) == ([], "not_allowed")


def test_never_after_unknown_even_when_it_is_proved_failed(timeline: Timeline, provider: Provider) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    timeline.publish(mora("not_delivered", 4))
    day(0, deliver=False)
    timeline.deliver_as_unknown()
    provider.passes(hours=5)
    provider.says(ana, "sent")
    provider.says(ana, "failed")
    provider.passes(hours=5)
    assert provider.legs(ana) == []


def test_a_later_message_makes_the_fallback_of_the_first_pointless(
    timeline: Timeline, provider: Provider
) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    timeline.publish(
        path(
            "mora",
            enter(),
            send("aviso", fallback=by_sms("not_read", 24)),
            wait(1),
            send("segundo"),
            wait(9),
            end(),
        )
    )
    day(0)
    day(1).expect(ana, sent="segundo")
    provider.passes(hours=1)
    assert (provider.legs(ana), provider.result(ana)) == ([], "later_item")


def test_on_a_later_date_it_needs_the_slot_of_that_date(timeline: Timeline, provider: Provider) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    timeline.publish(mora("not_read", 24))
    day(0)
    day(1)
    provider.passes(hours=1)
    assert provider.legs(ana) == [("recado", 1)]
    assert timeline.rows("SELECT count(*) FROM slot") == [(2,)]


def test_after_closing_time_it_waits_for_the_next_lawful_date(timeline: Timeline, provider: Provider) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    timeline.publish(mora("not_delivered", 14))
    day(0)
    provider.passes(hours=14)  # 23:00; Mexico's window ends at 22:00
    assert (provider.legs(ana), provider.result(ana)) == ([], "")
    provider.passes(hours=5)
    assert provider.legs(ana) == []
    day(1)
    provider.act()
    assert provider.legs(ana) == [("recado", 1)]


def test_only_the_winner_has_a_fallback_and_it_lists_the_debts_still_alive(
    timeline: Timeline, provider: Provider
) -> None:
    day, ana = timeline.day, timeline.debtor("Ana", owes="900.00")
    small = timeline.debt_of(ana, owes="500.00")
    other = timeline.debt_of(ana, owes="400.00")
    timeline.publish(mora())
    day(0).payment(other, "400.00")
    provider.says(ana, "failed")
    assert provider.legs(ana) == provider.legs(small) == [("recado", 0)]
    assert provider.legs(other) == []
    assert [one.debts for one in provider.messages(small) if one.leg] == [2]


def test_without_its_winner_a_message_has_no_fallback(timeline: Timeline, provider: Provider) -> None:
    day, ana = timeline.day, timeline.debtor("Ana", owes="900.00")
    small = timeline.debt_of(ana, owes="500.00")
    timeline.publish(mora())
    day(0).payment(ana, "900.00")
    provider.says(small, "failed")
    assert provider.legs(small) == []


def test_a_locked_channel_puts_it_off_and_patience_ends_it(timeline_in: Begin) -> None:
    timeline = timeline_in("CO", "2026-11-17")
    provider, day, ana = Provider(timeline), timeline.day, timeline.debtor("Ana")
    timeline.publish(mora(defer=1))
    day(0).expect(ana, sent="aviso")
    provider.says(ana, "failed")
    assert (provider.legs(ana), provider.result(ana)) == ([], "not_allowed")
    assert any(reason.startswith("co-") or reason == "deferral_spent" for reason in day(0).reasons(ana))


def test_what_the_provider_never_took_locks_no_channel(timeline_in: Begin) -> None:
    timeline = timeline_in("CO", "2026-11-17")
    provider, day, ana = Provider(timeline), timeline.day, timeline.debtor("Ana")
    timeline.publish(mora())
    day(0, deliver=False)
    timeline.deliver_as_failed("provider:131026")
    assert provider.legs(ana) == [("recado", 0)]


def test_an_sms_nobody_sent_in_time_comes_again_the_next_day(timeline: Timeline, provider: Provider) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    timeline.publish(mora())
    day(0)
    provider.says(ana, "failed")
    provider.passes(hours=14)
    assert [one.state for one in provider.messages(ana) if one.leg] == ["expired"]
    day(1, deliver=False)
    provider.act()
    assert provider.legs(ana)[-1] == ("recado", 1)
    assert timeline.rows("SELECT attempt FROM message_item WHERE leg = 1") == [(2,)]


def test_one_that_leaves_takes_its_fallback_along(timeline: Timeline, provider: Provider) -> None:
    day, ana = timeline.day, timeline.debtor("Ana", owes="1000.00")
    timeline.publish(mora())
    day(0)
    provider.says(ana, "failed")
    timeline.do("UPDATE account SET amount_to_cure = 0")
    provider.passes(hours=0.1)
    Provider(timeline).timeline.day(0)._look_again(ana).expect(ana, left="exit")
    assert [one.state for one in provider.messages(ana) if one.leg] == ["withdrawn"]


def test_a_wait_for_failed_and_a_fallback_both_hear_of_the_failure(
    timeline: Timeline, provider: Provider
) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    timeline.publish(
        path(
            "mora",
            enter(),
            send("aviso", fallback=by_sms()),
            wait_for("failed", "read", days=3, failed="llamar", read="fin", timeout="fin"),
            end("llamar"),
            end(),
        )
    )
    day(0)
    provider.says(ana, "failed")
    day(0).expect(ana, left="llamar")
