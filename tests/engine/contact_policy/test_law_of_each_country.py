"""The law of each country, line by line, as the policy applies it."""

from datetime import date

import pytest

from engine.contact_policy import SpecialDay
from tests.engine.contact_policy.asking import ZONES, Past, ask, ask_at, instant, policy_for

WEDNESDAY, THURSDAY, FRIDAY = "2026-11-18", "2026-11-19", "2026-11-20"
SATURDAY, SUNDAY, NEXT_MONDAY = "2026-11-21", "2026-11-22", "2026-11-23"


# ------------------------------------------------------------------ hours and days


@pytest.mark.parametrize(
    ("country", "day", "hours"),
    [
        ("CO", WEDNESDAY, ("07:00", "19:00")),
        ("CO", SATURDAY, ("08:00", "15:00")),
        ("PE", WEDNESDAY, ("07:00", "20:00")),
        ("CL", WEDNESDAY, ("08:00", "20:00")),
        ("CL", SATURDAY, ("08:00", "20:00")),
        ("EC", WEDNESDAY, ("07:00", "20:00")),
        ("MX", WEDNESDAY, ("07:00", "22:00")),
        ("AR", WEDNESDAY, ("09:00", "20:00")),
        ("PY", WEDNESDAY, ("08:00", "18:00")),
        ("PY", SATURDAY, ("08:00", "12:00")),
        ("GT", WEDNESDAY, ("08:00", "18:00")),
        ("US", SUNDAY, ("08:00", "21:00")),
        ("UY", WEDNESDAY, ("08:00", "19:00")),
    ],
)
def test_contact_is_lawful_within_the_hours_of_the_country(country, day, hours):
    got = ask(policy_for(country), on=day)
    assert got.outcome == "allowed"
    assert got.local_hours(ZONES[country]) == hours


@pytest.mark.parametrize(
    ("subdivision", "hours"),
    [("SP", ("09:00", "19:00")), ("RJ", ("09:00", "19:00")), ("AM", ("09:00", "19:00"))],
)
def test_brazil_strict_takes_the_strictest_state(subdivision, hours):
    got = ask(policy_for("BR", subdivision=subdivision))
    assert got.local_hours("America/Sao_Paulo") == hours


def test_brazil_by_the_letter_asks_the_state_of_the_debtor():
    sao_paulo = ask(policy_for("BR", subdivision="SP", reading="letter"), channel="voice")
    rio = ask(policy_for("BR", subdivision="RJ", reading="letter"), channel="voice")
    assert sao_paulo.local_hours("America/Sao_Paulo") == ("08:00", "20:00")
    assert rio.local_hours("America/Sao_Paulo") == ("09:00", "19:00")


@pytest.mark.parametrize("country", ["CO", "PE", "CL", "EC", "MX", "AR", "UY"])
def test_nobody_is_contacted_on_a_sunday(country):
    got = ask(policy_for(country), on=SUNDAY)
    assert (got.outcome, got.until) == ("deferred", "2026-11-24" if country == "AR" else NEXT_MONDAY)


@pytest.mark.parametrize("country", ["PE", "EC", "MX", "AR"])
def test_saturday_is_closed_by_the_strict_reading(country):
    assert ask(policy_for(country), on=SATURDAY).outcome == "deferred"


def test_mexico_is_strict_on_weekends_until_counsel_chooses_the_letter():
    assert ask(policy_for("MX"), on=SATURDAY).rule == "mx-hours"
    assert ask(policy_for("MX", reading="letter"), on=SATURDAY).outcome == "allowed"


@pytest.mark.parametrize(("country", "rule"), [("MX", "mx-hours"), ("CO", "co-hours")])
def test_monday_16_november_2026_is_a_holiday_in_mexico_and_colombia(country, rule):
    got = ask(policy_for(country), on="2026-11-16")
    assert (got.outcome, got.rule, got.until) == ("deferred", rule, "2026-11-17")


def test_monday_16_november_2026_is_a_working_day_in_chile():
    assert ask(policy_for("CL"), on="2026-11-16").outcome == "allowed"


def test_sunday_15_november_2026_moves_to_tuesday_in_mexico_and_to_monday_in_chile():
    assert ask(policy_for("MX"), on="2026-11-15").until == "2026-11-17"
    assert ask(policy_for("CL"), on="2026-11-15").until == "2026-11-16"


def test_chile_arica_keeps_its_own_holiday():
    assert ask(policy_for("CL", subdivision="AP"), on="2027-06-07").outcome == "deferred"
    assert ask(policy_for("CL", subdivision="CL-AP"), on="2027-06-07").outcome == "deferred"
    assert ask(policy_for("CL", subdivision="RM"), on="2027-06-07").outcome == "allowed"


def test_the_end_of_a_window_is_exclusive():
    colombia = policy_for("CO")
    assert ask_at(colombia, instant("America/Bogota", "2026-11-18T18:59:59")).outcome == "allowed"
    late = ask_at(colombia, instant("America/Bogota", "2026-11-18T19:00:00"))
    assert (late.outcome, late.until) == ("deferred", THURSDAY)


def test_the_start_of_a_window_is_inclusive_and_before_it_one_waits_for_the_same_day():
    colombia = policy_for("CO")
    early = ask_at(colombia, instant("America/Bogota", "2026-11-18T06:59:59"))
    assert (early.outcome, early.rule, early.until) == ("deferred", "co-hours", WEDNESDAY)
    assert ask_at(colombia, instant("America/Bogota", "2026-11-18T07:00:00")).outcome == "allowed"


def test_a_window_already_over_is_put_off_to_the_next_lawful_date():
    nine_in_the_evening = instant("America/Bogota", "2026-11-21T21:00:00")
    got = ask(policy_for("CO"), on=SATURDAY, earliest=nine_in_the_evening)
    assert (got.outcome, got.rule, got.until) == ("deferred", "co-hours", NEXT_MONDAY)


# ------------------------------------------------------------------ Colombia


def test_colombia_after_direct_contact_only_that_channel_that_week():
    by_the_letter = policy_for("CO", reading="letter")
    talked = [Past("2026-11-17", "voice", two_way=True)]
    got = ask(by_the_letter, on=WEDNESDAY, channel="whatsapp", past=talked)
    assert (got.outcome, got.rule, got.until) == ("deferred", "co-channel-week", NEXT_MONDAY)
    assert ask(by_the_letter, on=WEDNESDAY, channel="voice", past=talked).outcome == "allowed"


def test_colombia_after_direct_contact_one_a_day():
    talked = [Past(WEDNESDAY, "voice", two_way=True)]
    got = ask(policy_for("CO", reading="letter"), on=WEDNESDAY, channel="voice", past=talked)
    assert (got.outcome, got.rule, got.until) == ("deferred", "co-day", THURSDAY)


def test_colombia_by_the_letter_an_unanswered_message_locks_nothing():
    tried = [Past(WEDNESDAY, "whatsapp")]
    assert ask(policy_for("CO", reading="letter"), channel="sms", past=tried).outcome == "allowed"


def test_colombia_strict_counts_the_attempt():
    tried = [Past("2026-11-17", "whatsapp")]
    assert ask(policy_for("CO"), channel="sms", past=tried).rule == "co-channel-week"
    assert ask(policy_for("CO"), channel="whatsapp", past=tried).outcome == "allowed"


def test_colombia_channel_lock_ends_with_the_iso_week():
    talked = [Past(SATURDAY, "voice", two_way=True)]
    assert ask(policy_for("CO"), on=NEXT_MONDAY, channel="whatsapp", past=talked).outcome == "allowed"


@pytest.mark.parametrize(("consent", "outcome"), [("unknown", "blocked"), ("granted", "allowed")])
def test_colombia_only_authorised_channels(consent, outcome):
    got = ask(policy_for("CO"), consent=consent)
    assert got.outcome == outcome
    assert got.rule == ("co-authorised-channels" if outcome == "blocked" else None)


def test_colombia_forbids_visits():
    got = ask(policy_for("CO"), channel="visit")
    assert (got.outcome, got.rule) == ("blocked", "co-visits")


@pytest.mark.parametrize("purpose", ["confirmation", "information", "answer"])
def test_colombia_exempts_what_the_consumer_asked_for_from_hours_and_caps(purpose):
    got = ask(policy_for("CO"), on=SUNDAY, purpose=purpose, consent="unknown", past=[Past(SUNDAY)])
    assert got.outcome == "allowed"


# ------------------------------------------------------------------ Chile


def test_chile_one_call_or_visit_a_week():
    visited = [Past("2026-11-17", "visit")]
    got = ask(policy_for("CL"), channel="voice", past=visited)
    assert (got.outcome, got.rule, got.until) == ("deferred", "cl-call-or-visit", NEXT_MONDAY)
    assert ask(policy_for("CL"), channel="whatsapp", past=visited).outcome == "allowed"


def test_chile_two_other_messages_a_week_over_three_channels():
    written = [Past("2026-11-16", "sms"), Past("2026-11-19", "email")]
    got = ask(policy_for("CL"), on=SATURDAY, channel="whatsapp", past=written)
    assert (got.outcome, got.rule, got.until) == ("deferred", "cl-written", NEXT_MONDAY)


def test_chile_two_days_between_messages():
    monday = [Past("2026-11-16", "sms")]
    strict, letter = policy_for("CL"), policy_for("CL", reading="letter")
    assert ask(strict, on=WEDNESDAY, past=monday).until == THURSDAY
    assert ask(strict, on=THURSDAY, past=monday).outcome == "allowed"
    assert ask(letter, on=WEDNESDAY, past=monday).outcome == "allowed"
    assert ask(letter, on="2026-11-17", past=monday).until == WEDNESDAY


def test_chile_the_gap_also_looks_at_a_message_already_reserved_for_later():
    reserved = [Past(FRIDAY, "email")]
    assert ask(policy_for("CL"), on="2026-11-17", past=reserved).outcome == "allowed"
    assert ask(policy_for("CL"), on=WEDNESDAY, past=reserved).until == NEXT_MONDAY


def test_chile_the_gap_holds_across_the_end_of_the_week():
    got = ask(policy_for("CL"), on=NEXT_MONDAY, past=[Past(SATURDAY, "email")])
    assert (got.outcome, got.rule, got.until) == ("deferred", "cl-written-gap", "2026-11-24")


# ------------------------------------------------------------------ Ecuador, Peru, Mexico, Argentina


def test_ecuador_one_action_a_day_in_all():
    got = ask(policy_for("EC"), channel="sms", past=[Past(WEDNESDAY, "whatsapp")])
    assert (got.outcome, got.rule, got.until) == ("deferred", "ec-day", THURSDAY)


def test_ecuador_by_the_letter_one_action_a_day_per_mechanism():
    letter, tried = policy_for("EC", reading="letter"), [Past(WEDNESDAY, "whatsapp")]
    assert ask(letter, channel="sms", past=tried).outcome == "allowed"
    assert ask(letter, channel="whatsapp", past=tried).rule == "ec-day"


def test_peru_by_the_letter_binds_calls_and_visits_only():
    letter = policy_for("PE", reading="letter")
    assert ask(letter, on=SATURDAY, channel="voice").rule == "pe-hours"
    assert ask(letter, on=SATURDAY, channel="whatsapp").outcome == "allowed"
    assert ask(policy_for("PE"), on=SATURDAY, channel="whatsapp").rule == "pe-hours"


@pytest.mark.parametrize("stop", ["dispute", "complaint"])
def test_peru_an_open_complaint_stops_collection(stop):
    got = ask(policy_for("PE"), stops=[stop])
    assert (got.outcome, got.rule) == ("blocked", "pe-complaint")


@pytest.mark.parametrize("zone", ["America/Tijuana", "America/Hermosillo", "America/Cancun"])
def test_mexico_hours_are_those_of_the_debtors_zone(zone):
    assert ask(policy_for("MX", zones=[zone])).local_hours(zone) == ("07:00", "22:00")


@pytest.mark.parametrize(
    ("country", "rule"),
    [("MX", "mx-third-parties"), ("CO", "co-references"), ("PE", "pe-third-parties"),
     ("CL", "cl-third-parties"), ("EC", "ec-third-parties"), ("AR", "ar-third-parties"),
     ("UY", "house-third-parties")],
)  # fmt: skip
def test_third_parties_are_never_contacted(country, rule):
    got = ask(policy_for(country), relation=9)
    assert (got.outcome, got.rule) == ("blocked", rule)
    assert ask(policy_for(country), relation="codeudor").outcome == "allowed"


def test_argentina_by_the_letter_keeps_third_parties_out_in_the_city_of_buenos_aires():
    letter = policy_for("AR", reading="letter", subdivision="C")
    assert ask(letter, relation=9).rule == "ar-third-parties"
    assert ask(policy_for("AR", reading="letter", subdivision="X"), relation=9).rule == "house-third-parties"


# ------------------------------------------------------------------ drafts: Paraguay, United States


def test_paraguay_three_unanswered_attempts_a_week():
    tried = [Past(day) for day in ("2026-11-16", "2026-11-17", WEDNESDAY)]
    got = ask(policy_for("PY"), on=THURSDAY, past=tried)
    assert (got.outcome, got.rule, got.until) == ("deferred", "py-week", NEXT_MONDAY)


def test_united_states_seven_calls_in_seven_days_per_debt():
    calls = [Past(f"2026-11-{day}", "voice") for day in range(12, 19)]
    us = policy_for("US")
    got = ask(us, on="2026-11-18", channel="voice", past=calls)
    assert (got.outcome, got.rule, got.until) == ("deferred", "us-seven-in-seven", "2026-11-19")
    assert ask(us, on="2026-11-18", channel="voice", debt=1, past=calls).outcome == "allowed"
    assert ask(us, on="2026-11-18", channel="sms", past=calls).outcome == "allowed"


def test_united_states_a_call_whose_debt_is_unknown_counts_for_every_debt():
    calls = [Past(f"2026-11-{day}", "voice", debt=-1) for day in range(12, 19)]
    assert ask(policy_for("US"), channel="voice", debt=1, past=calls).rule == "us-seven-in-seven"


def test_united_states_no_call_within_seven_days_of_a_talk():
    talked = [Past("2026-11-18", "voice", two_way=True)]
    got = ask(policy_for("US"), on="2026-11-20", channel="voice", past=talked)
    assert (got.outcome, got.rule, got.until) == ("deferred", "us-after-talk", "2026-11-25")


# ------------------------------------------------------------------ the house, everywhere

STOPS = ["dispute", "complaint", "vulnerable", "deceased", "legal_representation", "insolvency",
         "minor", "opted_out", "missing"]  # fmt: skip


@pytest.mark.parametrize("stop", STOPS)
@pytest.mark.parametrize("country", ["MX", "CO", "CL"])
def test_every_stop_blocks_collection_in_every_country(country, stop):
    assert ask(policy_for(country), stops=[stop]).outcome == "blocked"
    assert ask(policy_for(country), stops=[stop], purpose="answer").outcome == "allowed"


@pytest.mark.parametrize(
    ("stop", "outcome"),
    [("dispute", "allowed"), ("vulnerable", "allowed"), ("insolvency", "allowed"),
     ("deceased", "blocked"), ("minor", "blocked"), ("opted_out", "blocked"), ("missing", "blocked")],
)  # fmt: skip
def test_asked_for_information_goes_on_during_a_dispute_but_never_to_the_dead(stop, outcome):
    assert ask(policy_for("CO"), stops=[stop], purpose="information").outcome == outcome


def test_whoever_has_counsel_is_contacted_through_the_representative():
    stops = ["legal_representation"]
    assert ask(policy_for("CL"), stops=stops).rule == "house-legal-representation"
    assert ask(policy_for("CL"), stops=stops, relation="representante").outcome == "allowed"


@pytest.mark.parametrize("country", ["MX", "CO", "PE", "CL", "EC", "AR", "UY"])
@pytest.mark.parametrize("purpose", ["collection", "reminder", "notice", "confirmation", "information"])
def test_an_opt_out_always_wins(country, purpose):
    got = ask(policy_for(country), consent="denied", purpose=purpose)
    assert (got.outcome, got.rule) == ("blocked", "house-channel-refused")


@pytest.mark.parametrize("country", ["MX", "CO", "PE", "CL", "EC", "AR", "UY"])
def test_a_message_the_person_just_sent_may_be_answered_at_any_hour(country):
    got = ask(policy_for(country), on=SUNDAY, purpose="answer", consent="denied", past=[Past(SUNDAY)])
    assert got.outcome == "allowed"
    three_at_night = instant(ZONES[country], "2026-11-22T03:00:00")
    assert ask_at(policy_for(country), three_at_night, purpose="answer").outcome == "allowed"


def test_without_a_contact_point_nothing_is_sent():
    got = ask(policy_for("MX"), reachable=False)
    assert (got.outcome, got.rule) == ("blocked", "house-contact-point")


@pytest.mark.parametrize("channel", ["voice", "visit", "letter", "assisted"])
def test_calls_visits_letters_and_assisted_sends_pass_the_same_policy(channel):
    assert ask(policy_for("MX"), on=SUNDAY, channel=channel).rule == "mx-hours"
    assert ask(policy_for("MX"), channel=channel, stops=["dispute"]).outcome == "blocked"


def test_contacts_made_outside_count():
    by_the_agency = [Past(WEDNESDAY, "voice", outside=True)]
    assert ask(policy_for("EC"), past=by_the_agency).rule == "ec-day"


def test_contacts_of_another_person_or_creditor_do_not_count():
    assert ask(policy_for("EC"), past=[Past(WEDNESDAY, subject=1)]).outcome == "allowed"


def test_a_block_is_named_before_a_deferral():
    assert ask(policy_for("MX"), on=SUNDAY, stops=["deceased"]).outcome == "blocked"


# ------------------------------------------------------------------ special days


@pytest.mark.parametrize("kind", ["mourning", "disaster", "election"])
def test_a_special_day_closes_its_region_only(kind):
    quake = SpecialDay("CL", "VS", date(2026, 11, 18), kind)
    struck = policy_for("CL", subdivision="VS", special_days=[quake])
    spared = policy_for("CL", subdivision="RM", special_days=[quake])
    got = ask(struck)
    assert (got.outcome, got.rule, got.until) == ("deferred", "house-special-days", THURSDAY)
    assert ask(spared).outcome == "allowed"
    assert ask(struck, purpose="answer").outcome == "allowed"


def test_a_debtor_whose_region_is_unknown_may_live_in_the_struck_one():
    quake = SpecialDay("CL", "VS", date(2026, 11, 18), "disaster")
    assert ask(policy_for("CL", special_days=[quake])).rule == "house-special-days"


def test_a_decreed_holiday_is_a_holiday():
    decreed = SpecialDay("MX", None, date(2026, 11, 18), "holiday")
    assert ask(policy_for("MX", special_days=[decreed])).rule == "mx-hours"


# ------------------------------------------------------------------ unknown places


def test_an_unknown_place_is_bound_by_the_house_and_the_portfolios_country():
    unknown = policy_for("", zones=[], portfolio="CO", packs=None)
    assert ask(unknown).local_hours("America/Bogota") == ("08:00", "19:00")
    assert ask(unknown, on="2026-11-16").outcome == "deferred"
    assert ask(unknown, consent="unknown").rule == "co-authorised-channels"


def test_a_country_without_law_keeps_house_rules_and_its_own_holidays():
    uruguay = policy_for("UY", portfolio="MX")
    assert ask(uruguay, on="2026-08-25").rule == "house-hours"  # Independence Day
    assert ask(uruguay, on="2026-11-16").outcome == "allowed"
    assert ask(uruguay, past=[Past(WEDNESDAY)]).rule == "house-day"
