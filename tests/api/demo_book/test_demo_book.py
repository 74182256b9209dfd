"""The demo book: the rule of who is late, shares of what is invented, parts of the story, twice the same."""

from collections.abc import Callable
from datetime import date

import phonenumbers
import polars as pl
import pytest

from api.demo_book.book import DemoBook, make_book, read_cards
from api.demo_book.debts import past_due
from api.demo_book.story import CANDIDATES, Roles, cast, seat, stratified
from api.usecases.book.load_demo_book import load_demo_book
from storage.database import Database
from storage.vault import BlindIndex

AS_OF = date(2026, 11, 12)
INDEX = BlindIndex(b"a key of these tests")
LATE = (pl.col("effective_due_on") < AS_OF) & (pl.col("amount_to_cure") > 0)


@pytest.fixture(scope="module")
def book() -> DemoBook:
    return make_book(seat(read_cards()), AS_OF, INDEX)


@pytest.fixture(scope="module")
def roles(book: DemoBook) -> Roles:
    return cast(book, AS_OF)


def test_exactly_5129_accounts_are_late(book: DemoBook) -> None:
    assert int(past_due(read_cards()).sum()) == 5_129
    assert book.accounts.filter(LATE).height == 5_129


def test_days_past_due_lie_in_the_band_of_the_months_late(book: DemoBook) -> None:
    months = seat(read_cards())["months_late_09"].cast(pl.Int64)
    days = (pl.lit(AS_OF) - pl.col("effective_due_on")).dt.total_days()
    late = book.accounts.with_columns(months=months, days=days).filter(LATE)
    assert late.filter((pl.col("days") - 1) // 30 + 1 != pl.col("months")).is_empty()
    assert late["effective_due_on"].dt.weekday().max() == 5


def test_what_is_not_late_falls_due_within_25_days_or_owes_nothing(book: DemoBook) -> None:
    days = (pl.col("due_on") - pl.lit(AS_OF)).dt.total_days()
    coming = book.accounts.filter(~LATE, pl.col("amount_to_cure") > 0).select(days)
    assert coming.min().item() >= 0
    assert coming.max().item() <= 25 + 4
    nothing = book.accounts.filter(pl.col("amount_to_cure") <= 0)
    assert nothing["effective_due_on"].null_count() == nothing.height > 1_000


def test_the_parts_of_the_arrears_sum_to_them(book: DemoBook) -> None:
    parts = ["principal_past_due", "interest_past_due", "late_interest", "fees_past_due", "tax_past_due"]
    late = book.accounts.filter(LATE)
    assert (late.select(pl.sum_horizontal(parts)).to_series() == late["amount_to_cure"]).all()
    assert (late["amount_to_cure"] <= late["outstanding_balance"]).all()


def test_two_hundred_invoices_are_owed_by_companies_and_sum_to_their_accounts(book: DemoBook) -> None:
    assert book.invoices.height == 200
    owed = book.invoices.group_by(number="account").agg(pl.col("balance").sum())
    accounts = book.accounts.filter(pl.col("product") == "factura").join(owed, on="number")
    assert (accounts["balance"] == accounts["outstanding_balance"]).all()
    companies = book.persons.filter(pl.col("customer_type") == 1)
    assert set(companies["identity_index"]) == set(accounts["identity_index"])


@pytest.mark.parametrize(("country", "share"), [("MX", 0.60), ("CO", 0.25), ("CL", 0.15)])
def test_people_live_in_three_countries(book: DemoBook, country: str, share: float) -> None:
    assert (book.persons["country"] == country).mean() == pytest.approx(share, abs=0.01)


def test_12_percent_hold_two_or_three_accounts_and_5_percent_of_accounts_have_a_codebtor(
    book: DemoBook,
) -> None:
    held = book.accounts.group_by("identity_index").len()["len"]
    assert (held > 1).mean() == pytest.approx(0.12, abs=0.001)
    assert held.max() == 3
    assert book.parties.height / book.accounts.height == pytest.approx(0.05, abs=0.003)


def test_every_phone_is_possible_and_none_belongs_to_an_operator(book: DemoBook) -> None:
    phones = book.contact_points.filter(pl.col("kind") == "phone")["value"]
    for number in map(phonenumbers.parse, phones.gather_every(25)):
        assert phonenumbers.is_possible_number(number)
        assert not phonenumbers.is_valid_number(number)
    mail = book.contact_points.filter(pl.col("kind") == "email")["value"]
    assert mail.str.ends_with("@example.com").all()


def test_everything_invented_says_so(book: DemoBook) -> None:
    assert book.persons["fictitious"].all()
    assert book.contact_points["fictitious"].all()


def test_every_part_of_the_story_has_candidates_and_nobody_plays_two(book: DemoBook, roles: Roles) -> None:
    assert {role: len(people) for role, people in roles.items()} == dict.fromkeys(roles, CANDIDATES)
    numbers = [number for people in roles.values() for person in people for number in person]
    assert len(set(numbers)) == len(numbers)
    assert all(len(person) == 3 for person in roles["three_debts"])


def test_a_slice_of_300_accounts_still_holds_the_whole_story(book: DemoBook, roles: Roles) -> None:
    part = stratified(book, roles, 300)
    numbers = set(part.accounts["number"])
    assert len(numbers) == part.accounts.height == 300
    assert {n for people in roles.values() for person in people for n in person} <= numbers
    assert part.parties.height >= 8
    assert part.invoices["account"].n_unique() >= 8
    assert set(part.accounts["country"]) == {"MX", "CO", "CL"}


def test_a_book_made_in_parts_equals_the_book_made_at_once() -> None:
    cards = read_cards().head(232 * 2)
    whole = make_book(cards, AS_OF, INDEX)
    second = make_book(cards.slice(232), AS_OF, INDEX, first=232)
    plain = ["number", "identity_index", "due_on", "currency", "outstanding_balance"]
    assert whole.accounts.slice(232).select(plain).equals(second.accounts.select(plain))


def test_loading_twice_changes_nothing(database_url: str) -> None:
    database = Database(database_url)
    first = load_demo_book(database, limit=300)
    before = _digest(database)
    again = load_demo_book(database, limit=300)
    assert (first.accounts, first.changed > 0, again.changed) == (300, True, 0)
    assert _digest(database) == before


def test_the_loaded_book_holds_codes_bits_and_the_talks_of_the_story(database_url: str) -> None:
    database = Database(database_url)
    loaded = load_demo_book(database, limit=300)
    ask = _asker(database)
    assert ask("SELECT count(*) FROM account WHERE episode = 1") == ask(
        "SELECT count(*) FROM account WHERE effective_due_on < '2026-11-12' AND amount_to_cure > 0"
    )
    assert ask("SELECT count(*) FROM person WHERE shard <> get_byte(identity_index, 0)") == 0
    assert ask("SELECT count(*) FROM person WHERE reachable_channels & 2 <> 0") > 200
    assert ask("SELECT count(*) FROM person WHERE consented_channels & denied_channels <> 0") == 0
    assert ask("SELECT count(*) FROM outside_contact WHERE two_way") == 2 * CANDIDATES
    assert ask("SELECT count(DISTINCT word) FROM term WHERE kind = 'currency'") == 3
    assert ask("SELECT jsonb_array_length(settings->'story'->'three_debts') FROM portfolio") == CANDIDATES
    assert ask("SELECT count(*) FROM load WHERE state = 'accepted'") == 1
    assert loaded.persons == ask("SELECT count(*) FROM person")


def _asker(database: Database) -> Callable[[str], int]:
    def ask(query: str) -> int:
        with database.connection() as connection:
            row = connection.execute(query.encode()).fetchone()
        assert row is not None
        return int(row[0])

    return ask


def _digest(database: Database) -> list[object]:
    tables = ("person", "contact_point", "consent", "account", "account_party", "invoice", "outside_contact")
    with database.connection() as connection:
        return [
            connection.execute(
                f"SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) FROM {table} t"
            ).fetchone()
            for table in tables
        ]
