"""What a pack must be: cited, dated, hashed, strict by default, and never loosened."""

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from engine.contact_policy import (
    ContactPolicy,
    Place,
    load_pack,
    load_packs,
    pack_keys,
    parse_pack,
    tighten,
)
from engine.contact_policy.listing import pack_table
from engine.contact_policy.rules import Week, WindowRule
from engine.contact_policy.tighten import loosened_fields
from engine.errors import PolicyError
from tests.engine.contact_policy.asking import DRAFTS, Past, ask, policy_for

READY = ("MX", "CO", "PE", "CL", "EC", "AR", "default")
FOUND = Path(__file__).parents[4] / "shared" / "data" / "contact_rules.json"


def test_six_packs_and_the_house_are_ready_and_four_are_drafts():
    status = {key: load_pack(key).status for key in pack_keys()}
    assert status == {**dict.fromkeys(READY, "ready"), **dict.fromkeys(DRAFTS, "draft")}


@pytest.mark.parametrize("key", pack_keys())
def test_no_pack_is_approved_by_default_and_every_one_shows_its_open_questions(key):
    pack = load_pack(key)
    assert pack.approved_by_default is False
    assert pack.open_questions


@pytest.mark.parametrize("key", pack_keys())
def test_every_rule_cites_its_law_and_speaks_both_languages(key):
    for rule in load_pack(key).rules:
        assert all((rule.law, rule.article, rule.source, rule.text_es, rule.text_en)), rule.id
        assert rule.id.startswith("house-" if key == "default" else f"{key.lower()}-")


@pytest.mark.parametrize("key", pack_keys())
def test_a_strict_preset_is_never_looser_than_the_letter(key):
    letter, strict = load_pack(key, reading="letter"), load_pack(key)
    for before, after in zip(letter.rules, strict.rules, strict=True):
        assert loosened_fields(before, after) == [], before.id


@pytest.mark.skipif(not FOUND.exists(), reason="the survey of laws is not beside this checkout")
@pytest.mark.parametrize("key", ["CO", "PE", "CL", "EC", "MX", "AR", "PY", "US"])
def test_the_hours_by_the_letter_are_those_the_survey_found(key):
    surveyed = json.loads(FOUND.read_text(encoding="utf-8"))["rules"][key]["hours"]
    letter = next(r for r in load_pack(key, reading="letter").rules if isinstance(r, WindowRule))
    assert letter.hours == Week(**surveyed)


@pytest.mark.skipif(not FOUND.exists(), reason="the survey of laws is not beside this checkout")
@pytest.mark.parametrize("state", ["SP", "RJ", "ES", "AM", "AL"])
def test_the_hours_of_brazils_states_are_those_the_survey_found(state):
    surveyed = json.loads(FOUND.read_text(encoding="utf-8"))["rules"]["BR"]["subdivisions"][state]
    rules = {rule.id: rule for rule in load_pack("BR", reading="letter").rules}
    rule = rules[f"br-{state.lower()}-hours"]
    assert isinstance(rule, WindowRule) and rule.hours == Week(**surveyed["hours"])
    assert rule.subdivisions == (state,)


def test_the_hash_is_of_the_content():
    assert load_pack("MX").sha256 == load_pack("MX").sha256
    assert load_pack("MX").sha256 != load_pack("MX", reading="letter").sha256
    assert tighten(load_pack("CO"), {"co-day": {"max": 0}}).sha256 != load_pack("CO").sha256


def test_an_unknown_key_in_a_pack_is_refused():
    document = load_pack("MX", reading="letter").model_dump(mode="json")
    document["rules"][0]["hour"] = {}
    with pytest.raises(PolicyError, match="hour"):
        parse_pack(document, place="MX")


def test_an_unknown_key_in_a_strict_preset_is_refused():
    document = load_pack("MX", reading="letter").model_dump(mode="json")
    document["rules"][0]["strict"] = {"holiday": "forbidden"}
    with pytest.raises(PolicyError, match="holiday"):
        parse_pack(document, place="MX")


def test_a_window_that_ends_before_it_starts_is_refused():
    with pytest.raises(ValidationError, match="open before it closes"):
        Week(mon=("19:00", "07:00"))


def test_an_unknown_pack_is_refused_with_the_list():
    with pytest.raises(PolicyError, match="MX"):
        load_pack("XX")


def test_a_draft_pack_is_used_only_when_a_person_has_confirmed_it():
    packs, places = load_packs(["BR"]), [Place("BR", "SP", ("America/Sao_Paulo",))]
    with pytest.raises(PolicyError, match="confirmed_drafts") as refusal:
        ContactPolicy(packs, places, portfolio_country="BR")
    assert refusal.value.place == "BR"
    ContactPolicy(packs, places, portfolio_country="BR", confirmed_drafts={"BR"})


def test_a_debtor_in_a_country_whose_law_was_not_given_is_refused_not_guessed():
    with pytest.raises(PolicyError, match="PE"):
        ContactPolicy(load_packs(["MX"]), [Place("PE", None, ())], portfolio_country="MX")


def test_an_unknown_time_zone_is_refused():
    with pytest.raises(PolicyError, match="Mars"):
        ContactPolicy(load_packs(["MX"]), [Place("MX", None, ("Mars/Base",))], portfolio_country="MX")


# ------------------------------------------------------------------ tightening


@pytest.mark.parametrize(
    ("country", "rule", "change"),
    [
        ("MX", "mx-hours", {"hours": {"mon": ["06:00", "22:00"]}}),
        ("MX", "mx-hours", {"hours": {"sat": ["09:00", "12:00"]}}),
        ("MX", "mx-hours", {"holidays": "allowed"}),
        ("MX", "mx-hours", {"channels": ["voice"]}),
        ("MX", "mx-vulnerable", {"stops": ["minor"]}),
        ("MX", "mx-vulnerable", {"except_relations": ["aval"]}),
        ("CO", "co-day", {"max": 2}),
        ("CO", "co-day", {"counts": "two_way"}),
        ("CO", "co-day", {"per_channel": True}),
        ("CO", "co-day", {"scope": "person_debt"}),
        ("CO", "co-day", {"period": "iso_week"}),
        ("CO", "co-authorised-channels", {"unknown_suffices": True}),
        ("CO", "co-references", {"purposes": ["collection"]}),
        ("CL", "cl-written-gap", {"days_apart": 1}),
        ("CL", "cl-hours", {"subdivisions": ["RM"]}),
        ("default", "house-special-days", {"events": ["mourning"]}),
        ("default", "house-opted-out", {"everywhere": False}),
    ],
)
def test_a_rule_is_never_loosened_and_the_refusal_names_it(country, rule, change):
    with pytest.raises(PolicyError) as refusal:
        tighten(load_pack(country), {rule: change})
    assert refusal.value.code == "policy.loosened"
    assert refusal.value.place == f"{country}/{rule}"
    assert next(iter(change)) in refusal.value.message


def test_a_strict_preset_once_in_force_is_not_undone_by_a_tightening():
    with pytest.raises(PolicyError, match="loosens 'hours'"):
        letter_hours = load_pack("MX", reading="letter").rules[0]
        assert isinstance(letter_hours, WindowRule)
        tighten(load_pack("MX"), {"mx-hours": {"hours": letter_hours.hours.model_dump()}})


def test_a_tightened_pack_cannot_be_read_otherwise():
    tightened = tighten(load_pack("CO", reading="letter"), {"co-day": {"max": 0}})
    with pytest.raises(PolicyError, match="settled"):
        tightened.read("strict")


def test_the_name_and_the_law_of_a_rule_stay():
    with pytest.raises(PolicyError, match="cannot be changed"):
        tighten(load_pack("CO"), {"co-day": {"law": "otra"}})


def test_a_portfolio_may_write_later_and_less():
    later = {"mx-hours": {"hours": {day: ["09:00", "18:00"] for day in ("mon", "tue", "wed", "thu", "fri")}}}
    pack = tighten(load_pack("MX"), later)
    policy = policy_for("MX", packs={"MX": pack})
    assert ask(policy).local_hours("America/Mexico_City") == ("09:00", "18:00")
    assert pack.tightened == ("mx-hours",)


def test_a_portfolio_may_add_a_rule_of_its_own():
    own = {
        "kind": "cap", "law": "Política del acreedor", "article": "1", "source": "contrato",
        "confidence": "G", "text_es": "Dos por semana.", "text_en": "Two a week.", "max": 2,
        "period": "iso_week",
    }  # fmt: skip
    policy = policy_for("MX", packs={"MX": tighten(load_pack("MX"), {"creditor-week": own})})
    got = ask(policy, past=[Past("2026-11-16"), Past("2026-11-17")])
    assert (got.outcome, got.rule, got.until) == ("deferred", "creditor-week", "2026-11-23")


def test_a_verdict_names_rule_law_and_the_pack_it_was_read_from():
    pack = load_pack("CO")
    policy = policy_for("CO", packs={"CO": pack})
    cited = {rule.id: rule for rule in policy.rules}["co-day"]
    assert (cited.pack, cited.version, cited.pack_sha256) == ("CO", pack.version, pack.sha256)
    assert (cited.law, cited.article) == ("Ley 2300 de 2023", "art. 3")


# ------------------------------------------------------------------ the page people read


def test_the_page_on_contact_law_shows_the_packs_as_they_are():
    page = (Path(__file__).parents[3] / "docs" / "contact-law.md").read_text(encoding="utf-8")
    table = pack_table(load_pack(key) for key in pack_keys())
    assert page.endswith(f"{table}\n"), "write the table again: engine.contact_policy.listing.pack_table"
    assert "No pack is legal advice" in page


def test_the_table_says_every_rule_in_spanish_too():
    table = pack_table([load_pack("CL")], "es")
    assert all(rule.text_es in table for rule in load_pack("CL").rules)
