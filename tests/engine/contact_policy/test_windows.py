"""Lawful windows over clocks that change, several zones and special rows of the calendar."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from engine.contact_policy import ContactPolicy, Place, SpecialDay, load_packs
from engine.contact_policy.windows import HORIZON
from engine.vocabulary import Channel, Purpose
from tests.engine.contact_policy.asking import ask, ask_at, instant, policy_for

ECUADOR = ("America/Guayaquil", "Pacific/Galapagos")


def hours(policy: ContactPolicy, day: str) -> tuple[str, str]:
    window = policy.window(0, Channel.WHATSAPP, Purpose.COLLECTION, date.fromisoformat(day))
    assert window is not None
    return tuple(f"{datetime.fromtimestamp(at, UTC):%H:%M}" for at in window)  # type: ignore[return-value]


def test_two_candidate_zones_are_intersected():
    # Galapagos is an hour behind: 07:00 there is 08:00 in Guayaquil, which closes first at 20:00.
    assert ask(policy_for("EC", zones=ECUADOR)).local_hours("America/Guayaquil") == ("08:00", "20:00")


def test_an_instant_lawful_in_one_zone_only_is_refused():
    policy = policy_for("EC", zones=ECUADOR)
    half_past_seven = instant("America/Guayaquil", "2026-11-18T07:30:00")
    assert ask_at(policy_for("EC"), half_past_seven).outcome == "allowed"
    assert ask_at(policy, half_past_seven).until == "2026-11-18"


def test_the_local_date_must_hold_in_every_zone():
    # Friday 23:30 in Galapagos is Saturday 00:30 in Guayaquil.
    policy = policy_for("EC", zones=ECUADOR)
    got = ask_at(policy, instant("Pacific/Galapagos", "2026-11-20T23:30:00"))
    assert (got.outcome, got.until) == ("deferred", "2026-11-23")


def test_zones_with_no_common_hour_leave_no_window():
    far_apart = policy_for("CL", zones=("America/Santiago", "Asia/Tokyo"))
    got = ask(far_apart)
    assert (got.outcome, got.rule, got.until) == ("deferred", "cl-hours", None)


def test_a_place_without_zones_takes_all_zones_of_its_country():
    chile = policy_for("CL", zones=[])
    assert chile.places[0].zones == load_packs(["CL"])["CL"].zones
    assert ask(chile).local_hours("America/Santiago") == ("10:00", "20:00")  # Easter Island: 2 h behind


def test_the_window_follows_the_clock_when_chile_changes_to_summer_time():
    santiago = policy_for("CL")
    assert hours(santiago, "2026-09-05") == ("12:00", "00:00")  # -04
    assert hours(santiago, "2026-09-07") == ("11:00", "23:00")  # -03 since Sunday the 6th


def test_the_window_follows_the_clock_in_tijuana_but_not_in_mexico_city():
    tijuana, capital = policy_for("MX", zones=["America/Tijuana"]), policy_for("MX")
    assert hours(tijuana, "2026-03-06") == ("15:00", "06:00")
    assert hours(tijuana, "2026-03-09") == ("14:00", "05:00")
    assert hours(capital, "2026-03-06") == hours(capital, "2026-03-09") == ("13:00", "04:00")


@pytest.mark.parametrize(
    ("day", "length"), [("2026-03-07", 24), ("2026-03-08", 23), ("2026-11-01", 25), ("2026-11-02", 24)]
)
def test_a_free_local_day_has_the_hours_the_clock_gives_it(day, length):
    new_york = policy_for("US")
    window = new_york.window(0, Channel.WHATSAPP, Purpose.ANSWER, date.fromisoformat(day))
    assert window is not None and (window[1] - window[0]) == length * 3600


@pytest.mark.parametrize("day", ["2026-03-08", "2026-11-01"])
def test_the_law_hours_keep_their_length_on_the_day_the_clock_changes(day):
    new_york = policy_for("US")
    window = new_york.window(0, Channel.VOICE, Purpose.COLLECTION, date.fromisoformat(day))
    local = [datetime.fromtimestamp(at, ZoneInfo("America/New_York")).hour for at in window or ()]
    assert local == [8, 21]


def test_no_lawful_day_within_the_horizon_is_said_openly():
    first = date(2026, 11, 18).toordinal()
    closed = [SpecialDay("MX", None, date.fromordinal(first + n), "disaster") for n in range(HORIZON + 2)]
    got = ask(policy_for("MX", special_days=closed))
    assert (got.outcome, got.rule, got.until) == ("deferred", "house-special-days", None)


def test_lawful_days_are_counted_per_place():
    places = [Place("MX", None, ("America/Mexico_City",)), Place("CL", None, ("America/Santiago",))]
    policy = ContactPolicy(load_packs(["MX", "CL"]), places, portfolio_country="MX")
    table = policy.lawful_days(date(2026, 11, 14), 9, channel=Channel.WHATSAPP)
    mexico, chile = ("".join("x" if day else "." for day in row) for row in table.open)
    assert mexico == "...xxxx.."  # Saturday 14 to Sunday 22: Monday 16 is a holiday
    assert chile == "x.xxxxxx."
    start, end = np.array([20771, 20771], np.int32), np.array([20780, 20780], np.int32)
    assert table.count(np.array([0, 1]), start, end).tolist() == [4, 7]


def test_business_days_leave_out_decreed_holidays_of_the_region():
    places = [Place("CL", "RM", ()), Place("CL", "VS", ())]
    decreed = [SpecialDay("CL", "VS", date(2026, 11, 18), "holiday")]
    policy = ContactPolicy(load_packs(["CL"]), places, portfolio_country="CL", special_days=decreed)
    assert policy.business_days(date(2026, 11, 18), 1).open.tolist() == [[True], [False]]
