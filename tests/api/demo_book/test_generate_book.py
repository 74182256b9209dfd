"""Generated load: as many accounts as asked, the same every time, with the indexes the tables had."""

from datetime import date

import pytest

from api.usecases.book import generate_book as module
from api.usecases.book.generate_book import Generated, generate_book
from engine.errors import BookError
from storage.database import Database

AS_OF = date(2026, 11, 12)
KEY = b"a key of these tests"


def generate(database: Database, portfolio: str = "carga", accounts: int = 500) -> Generated:
    return generate_book(database, accounts=accounts, portfolio=portfolio, as_of=AS_OF, index_key=KEY)


def rows(database: Database, query: str) -> list[tuple[object, ...]]:
    with database.connection() as connection:
        return connection.execute(query.encode()).fetchall()


INDEXES = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"
BOOK = (
    "SELECT a.number, a.amount_to_cure, a.effective_due_on, a.episode, p.name, p.reachable_channels,"
    " p.consented_channels, p.denied_channels FROM account a JOIN person p ON p.id = a.person_id ORDER BY 1"
)


def test_so_many_accounts_of_several_people_countries_and_products(database_url: str) -> None:
    database = Database(database_url)
    before = rows(database, INDEXES)
    generated = generate(database)
    assert rows(database, "SELECT count(*) FROM account") == [(500,)] == [(generated.accounts,)]
    assert rows(database, "SELECT count(*) FROM person") == [(generated.persons,)]
    debts = rows(
        database, "SELECT max(n) FROM (SELECT count(*) AS n FROM account GROUP BY person_id) AS held"
    )
    assert debts == [(3,)]
    assert rows(database, "SELECT count(DISTINCT country) FROM place JOIN person ON place_id = place.id") == [
        (3,)
    ]
    assert rows(database, "SELECT count(*) > 0 FROM invoice") == [(True,)]
    assert rows(database, INDEXES) == before


def test_made_in_parts_it_is_the_same_book(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    database = Database(database_url)
    generate(database, "una")
    monkeypatch.setattr(module, "PART", 116)
    generate(database, "dos")
    whole = [row for row in rows(database, BOOK) if str(row[0]).startswith("UNA")]
    assert len(whole) == 500
    assert rows(database, "SELECT count(*) FROM account") == [(1000,)]
    shards = rows(database, "SELECT shard, person_id FROM account WHERE number LIKE 'UNA%' ORDER BY ctid")
    assert shards == sorted(shards)


def test_the_channel_sets_equal_those_the_points_say(database_url: str) -> None:
    database = Database(database_url)
    generate(database)
    wrong = (
        "SELECT count(*) FROM person p WHERE reachable_channels <> coalesce("
        "(SELECT bit_or(channels) FROM contact_point c WHERE c.person_id = p.id), 0)"
        " OR denied_channels <> coalesce((SELECT sum(1 << channel) FROM consent c"
        " WHERE c.person_id = p.id AND state = 2), 0)"
    )
    assert rows(database, wrong) == [(0,)]


def test_a_portfolio_with_accounts_is_left_alone(database_url: str) -> None:
    database = Database(database_url)
    generate(database, accounts=116)
    with pytest.raises(BookError, match="ya tiene cuentas"):
        generate(database, accounts=116)
    assert rows(database, "SELECT count(*) FROM account") == [(116,)]
