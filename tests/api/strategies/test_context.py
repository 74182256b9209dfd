"""What a document is judged against: everybody in the book, afresh to publish, a minute old while drawing."""

from api.strategy_context import read_context
from engine.validation import Context
from storage.database import Database
from tests.factories.book import BookFactory


def context(book: BookFactory, *, recent: bool) -> Context:
    with book.database.connection() as connection:
        return read_context(connection, "prueba", "mora", recent=recent)


def test_whoever_comes_to_the_book_is_seen_at_once(database_url: str) -> None:
    book = BookFactory(Database(database_url), country="MX")
    book.account(book.person("Ana", consents=("whatsapp",)))
    assert context(book, recent=True).consent_sources == {"whatsapp"}
    book.account(book.person("Luis", consents=("email",), country="CO"))
    seen = context(book, recent=True)
    assert seen.consent_sources == {"whatsapp", "email"} and set(seen.packs or ()) >= {"MX", "CO"}


def test_a_consent_is_seen_at_once_where_it_is_published(database_url: str) -> None:
    book = BookFactory(Database(database_url), country="MX")
    book.account(book.person("Ana", consents=("whatsapp",)))
    assert context(book, recent=True).consent_sources == {"whatsapp"}
    with book.database.connection() as connection:
        connection.execute("UPDATE person SET consented_channels = 0")
    assert context(book, recent=False).consent_sources == frozenset()
    assert context(book, recent=True).consent_sources == {"whatsapp"}, "a minute old at most, while drawing"
