"""The judge finds what is planted on a ledger, so that its silence means something."""

import time
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from channels.simulator.ledger import Line
from engine.assignment import bucket
from engine.contact_policy import Place, SpecialDay
from tests.ledger.diary import Closing, Debt, Debtor, Diary, Holdout, Outside, Since
from tests.ledger.judge import Judge, growthbook_share

BOGOTA = "America/Bogota"
WEDNESDAY = datetime(2026, 11, 18, 10, 0, tzinfo=ZoneInfo(BOGOTA))
NOW = time.time()
LONG_AGO, JUST_NOW = NOW - 60, NOW - 0.5


def world() -> Diary:
    """Ana in Bogotá, who has agreed to everything and owes one bank."""
    ana = Debtor(
        id=7, name="Ana", place=Place("CO", "DC", (BOGOTA,)), phone="+573001112233",
        email="ana@correo.example", verified=True,
        consents={word: Since.ever("granted") for word in ("whatsapp", "sms", "email")},
        stops=Since.ever(frozenset[str]()),
    )  # fmt: skip
    debt = Debt("1000", 1, ana, "Banco Uno", "uno")
    return Diary([ana], [debt], holdouts={"Banco Uno": Holdout("", 0)}, portfolios={"uno": ("CO", BOGOTA)})


def accepted(at: datetime = WEDNESDAY, **changes: Any) -> Line:
    """A message to Ana on the ledger."""
    text = "Hola Ana, escribe <Banco Uno> por [1000: $1,250.00] #k1."
    line = {"kind": "accepted", "message_id": "m-1", "channel": "sms", "to": "+573001112233", "template": "",
            "text": text, "subject": "", "parameters": [], "real_at": NOW}  # fmt: skip
    return line | {"business_at": at.timestamp()} | changes


def faults(diary: Diary, *lines: Line) -> str:
    """The first words of each fault."""
    return "; ".join(fault.split(":")[0] for fault in Judge(diary, lines).faults())


def test_lawful_message_is_no_fault() -> None:
    assert faults(world(), accepted()) == ""


@pytest.mark.parametrize(
    "at",
    [
        WEDNESDAY.replace(hour=19),
        WEDNESDAY.replace(hour=6, minute=59),
        WEDNESDAY - timedelta(days=2),  # a holiday
        WEDNESDAY - timedelta(days=3),
    ],
)
def test_message_outside_the_window_is_found(at: datetime) -> None:
    assert "against the law co-hours" in faults(world(), accepted(at))


def test_message_outside_the_window_of_one_candidate_zone_is_found() -> None:
    diary = world()
    diary.debtors[0].place = Place("EC", None, ("America/Guayaquil", "Pacific/Galapagos"))
    assert "against the law ec-hours" in faults(diary, accepted(WEDNESDAY.replace(hour=7, minute=30)))


def test_message_on_a_day_of_mourning_is_found() -> None:
    diary = world()
    diary.special_days.append(SpecialDay("CO", None, WEDNESDAY.date(), "mourning"))
    assert "house-special-days" in faults(diary, accepted())


def test_second_message_of_the_day_and_another_channel_of_the_week_are_found() -> None:
    later = WEDNESDAY + timedelta(hours=2)
    found = faults(world(), accepted(), accepted(later, message_id="m-2"))
    assert "against the law co-day" in found
    assert "Ana got 2 messages on 2026-11-18" in found
    thursday = accepted(
        WEDNESDAY + timedelta(days=1), message_id="m-2", channel="email", to="ana@correo.example"
    )
    assert faults(world(), accepted(), thursday) == "against the law co-channel-week"


def test_outside_contact_counts_once_it_was_told() -> None:
    diary = world()
    call = Outside(7, "Banco Uno", "sms", WEDNESDAY.date(), False, told_at=LONG_AGO)
    diary.outside.append(call)
    assert faults(diary, accepted()) == "against the law co-day"
    diary.outside[0] = replace(call, told_at=JUST_NOW)
    assert faults(diary, accepted()) == ""


@pytest.mark.parametrize(
    ("since", "expected"), [(LONG_AGO, True), (JUST_NOW, False)], ids=["long ago", "just now"]
)
def test_what_was_known_for_a_second_had_to_be_respected(since: float, expected: bool) -> None:
    paid, stopped, held, refused = world(), world(), world(), world()
    paid.debts[0].silent.becomes("paid", since)
    stopped.debtors[0].stops.becomes(frozenset({"vulnerable"}), since)
    held.debts[0].held.append((since, date(2026, 11, 20)))
    refused.debtors[0].consents["sms"].becomes("denied", since)
    for diary in (paid, stopped, held, refused):
        assert bool(faults(diary, accepted())) is expected


def test_refusal_by_reply_counts_from_the_answered_webhook_on() -> None:
    reply = {"kind": "webhook", "state": "reply", "text": "Stop", "channel": "sms", "to": "+573001112233",
             "outcome": "200", "real_at": LONG_AGO}  # fmt: skip
    assert "house-channel-refused" in faults(world(), reply, accepted())
    assert faults(world(), reply | {"outcome": "503"}, accepted()) == ""
    assert faults(world(), reply | {"channel": "whatsapp"}, accepted()) == ""


def test_hold_that_is_over_is_no_fault() -> None:
    diary = world()
    diary.debts[0].held.append((LONG_AGO, WEDNESDAY.date()))
    assert faults(diary, accepted()) == ""


def test_message_twice_is_found() -> None:
    assert "message 'm-1' accepted 2 times" in faults(world(), accepted(), accepted())


def test_held_out_person_may_get_notices_only() -> None:
    diary = world()
    diary.holdouts["Banco Uno"] = Holdout("grupo", 10_000)
    assert faults(diary, accepted()) == "held out"
    assert faults(diary, accepted(text=accepted()["text"].replace("#k1", "#k3"))) == ""


def test_debt_told_to_the_wrong_address_is_found() -> None:
    unverified, stranger = world(), world()
    unverified.debtors[0].verified = False
    stranger.debts.append(Debt("1001", 2, replace(stranger.debtors[0], id=8), "Banco Uno", "uno"))
    assert faults(unverified, accepted()) == "told to an unverified address"
    text = "Hola Ana, escribe <Banco Uno> por [1000: $1.00\n1001: $2.00] #k1."
    assert faults(stranger, accepted(text=text)) == "debt 1001 of somebody else"


def test_date_whose_buckets_do_not_hold_every_account_is_found() -> None:
    diary = world()
    diary.closings.append(Closing("uno", WEDNESDAY.date(), "closed", 2))
    assert "the portfolio has 1 accounts" in "; ".join(Judge(diary, []).faults())


def test_hash_written_down_twice_is_the_same() -> None:
    assert all(growthbook_share("s", str(n)) == bucket("s", str(n)) / 10_000 for n in range(500))


def fallback(at: datetime, **changes: Any) -> Line:
    """A fallback to Ana on the ledger, by e-mail unless told."""
    text = "Hola Ana, escribe <Banco Uno> por [1000: $1,250.00] #k1 alterno."
    by_mail = {"channel": "email", "to": "ana@correo.example", "text": text, "message_id": "m-2"}
    return accepted(at, **by_mail | changes)


def test_fallback_on_the_date_of_its_message_shares_its_slot_and_lifts_no_cap() -> None:
    diary = world()
    diary.debtors[0].place = Place("MX", None, ("America/Mexico_City",))
    later = WEDNESDAY + timedelta(hours=4)
    assert faults(diary, accepted(), fallback(later)) == ""
    assert "against the law co-" in faults(world(), accepted(), fallback(later))


def test_fallback_by_the_same_channel_about_other_debts_or_twice_is_found() -> None:
    diary = world()
    diary.debtors[0].place = Place("MX", None, ("America/Mexico_City",))
    later = WEDNESDAY + timedelta(hours=4)
    same = fallback(later, channel="sms", to="+573001112233")
    assert "by the same channel" in "; ".join(Judge(diary, [accepted(), same]).faults())
    diary.debts.append(replace(diary.debts[0], digits="2000", account_id=2))
    about_more = fallback(later, text="Hola Ana, escribe <Banco Uno> por [2000: $1.00] #k1 alterno.")
    assert "about other debts" in "; ".join(Judge(diary, [accepted(), about_more]).faults())
    twice = [accepted(), fallback(later), fallback(later, message_id="m-3")]
    assert "got 3 messages" in "; ".join(Judge(diary, twice).faults())
