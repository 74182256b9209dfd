"""Personal data (row G5): none in the clear at rest (R21), given out whole, destroyed where it may be."""

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from api.clock import BusinessClock
from api.demo_book.book import DemoBook, make_book, read_cards
from api.demo_book.story import cast, seat, stratified
from api.masking import mask_email, mask_name, mask_phone
from api.usecases.book.load_demo_book import AS_OF, DEMO_INDEX_KEY, PORTFOLIO, load_demo_book
from api.usecases.day.run_day import run_day
from api.usecases.people.erase_person import erase_person
from api.usecases.people.export_person import export_person
from api.usecases.people.open_dispute import DisputeIn, open_dispute
from api.usecases.people.record_opt_out import OptOut, record_opt_out
from api.usecases.replies.record_reply import record_reply
from api.usecases.upkeep.gather_evidence import gather_evidence
from channels.port import InboundReply
from engine.errors import BookError
from engine.vocabulary import Channel
from storage.cells import ERASED
from storage.database import Database
from storage.inbox import Arrived, InboxLane, store, take
from storage.personal import addresses_of, names_of
from storage.vault import BlindIndex
from tests.acceptance.paths import end, enter, path, send
from tests.acceptance.timeline import Debt, Timeline

SAID = "Perdí mi empleo en la fábrica de Saltillo"
INDEX = BlindIndex(DEMO_INDEX_KEY).of


@pytest.fixture
def book() -> DemoBook:
    """The people of the demo, as the load is about to bring them."""
    whole = make_book(seat(read_cards()), AS_OF, BlindIndex(DEMO_INDEX_KEY))
    return stratified(whole, cast(whole, AS_OF), 1000)


def dumped(database: Database) -> Iterator[tuple[str, str]]:
    """Every table as a backup writes it."""
    with database.connection() as connection:
        tables = connection.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        ).fetchall()
        for (table,) in tables:
            with connection.cursor().copy(f"COPY {table} TO STDOUT".encode()) as copy:
                yield table, b"".join(bytes(part) for part in copy).decode()


@pytest.mark.criterion("R21")
def test_nothing_personal_lies_in_tables_snapshots_and_logs(
    database_url: str, book: DemoBook, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """A thousand accounts loaded, a date run, replies and cases: nowhere a name, a phone, a mailbox."""
    database = Database(database_url)
    load_demo_book(database, limit=1000)
    run_day(database, PORTFOLIO, date(2026, 11, 13), snapshots_url=str(tmp_path))
    with database.connection() as connection:
        ((person_id, account_id),) = connection.execute(
            "SELECT person_id, id FROM account ORDER BY id LIMIT 1"
        ).fetchall()
        phone = next(one.value for one in addresses_of(connection, [person_id]) if one.kind == "phone")
        body = {"from": phone, "text": SAID}
        at = datetime.fromisoformat("2026-11-13T12:00:00+00:00")
        store(connection, [Arrived("whatsapp", "wamid.7", InboxLane.REPLIES, "text", body, at)])
    clock = BusinessClock(database)
    record_reply(database, clock, Channel.WHATSAPP, reply(phone, SAID), INDEX)
    record_reply(database, clock, Channel.WHATSAPP, reply("+525500009999", SAID), INDEX)
    record_opt_out(database, clock, OptOut(person_id, words=SAID))
    open_dispute(database, clock, DisputeIn(account_id, "no_reconoce", "portal", "d-1", SAID))
    known = {*book.persons["name"], *book.contact_points["value"], SAID}
    assert len(known) > 1000
    told = capfd.readouterr()
    texts = [*dumped(database), ("log", told.out + told.err)]
    texts += [
        (file.name, file.read_bytes().decode("latin-1")) for file in tmp_path.rglob("*") if file.is_file()
    ]
    assert len(texts) > 40 and any(name.endswith(".parquet") for name, _ in texts)
    found = {(where, secret) for where, text in texts for secret in known if secret in text}
    assert found == set()


def test_what_a_provider_told_is_read_again_by_whoever_works_it(database_url: str) -> None:
    body = {"from": "+525512345678", "text": SAID}
    at = datetime.fromisoformat("2026-11-13T12:00:00+00:00")
    with Database(database_url).connection() as connection:
        store(connection, [Arrived("whatsapp", "wamid.7", InboxLane.REPLIES, "text", body, at)])
        (waiting,) = take(connection, InboxLane.REPLIES, 10)
        assert json.loads(waiting.body) == body


@pytest.fixture
def timeline(database_url: str, tmp_path: Path) -> Timeline:
    """A portfolio with a strategy."""
    timeline = Timeline(database_url, tmp_path)
    timeline.publish(path("mora", enter(), send("aviso"), end()))
    return timeline


@pytest.fixture
def ana(timeline: Timeline) -> Debt:
    """Ana was written to, answered, and paid; her name is kept encrypted from her reply on."""
    ana = timeline.debtor("Ana Ruiz")
    timeline.day(0)
    ((phone,),) = timeline.rows("SELECT value FROM contact_point WHERE person_id = %s", ana.person_id)
    record_reply(timeline.database, timeline.clock, Channel.WHATSAPP, reply(phone, SAID))
    timeline.day(0).payment(ana, "1000.00")
    return ana


def later(timeline: Timeline, days: int) -> None:
    timeline.clock.set(timeline.clock.now() + timedelta(days=days), speed=0.0)


def erase(timeline: Timeline, debt: Debt) -> int:
    done = erase_person(timeline.database, timeline.clock, debt.person_id, by="ana", reason="lo pidió")
    return done.addresses


def test_all_that_is_held_about_a_person_is_given_out_in_the_clear(timeline: Timeline, ana: Debt) -> None:
    held = export_person(timeline.database, timeline.clock, ana.person_id, by="beto")["held"]
    text = json.dumps(held, default=str, ensure_ascii=False)
    assert held["person"][0]["name"] == "Ana Ruiz" and SAID in text and "enc1:" not in text
    assert {name for name, rows in held.items() if rows} >= {"account", "payment", "message", "ledger"}
    assert timeline.rows("SELECT count(*) FROM ledger WHERE kind = 'person.exported'") == [(1,)]


def test_whoever_owes_is_not_erased(timeline: Timeline) -> None:
    debt = timeline.debtor("Luis")
    with pytest.raises(BookError, match=r"person\.owes"):
        erase(timeline, debt)


def test_whoever_was_dealt_with_lately_is_kept_by_law(timeline: Timeline, ana: Debt) -> None:
    timeline.do("UPDATE account SET outstanding_balance = 0")
    with pytest.raises(BookError, match=r"person\.kept_by_law"):
        erase(timeline, ana)
    later(timeline, 700)
    with pytest.raises(BookError, match=r"person\.kept_by_law"):
        erase(timeline, ana)


def test_an_open_case_keeps_a_person(timeline: Timeline, ana: Debt) -> None:
    timeline.do("UPDATE account SET outstanding_balance = 0")
    wish = DisputeIn(ana.account_id, "no_reconoce", "portal", "d-1", SAID)
    open_dispute(timeline.database, timeline.clock, wish)
    later(timeline, 900)
    with pytest.raises(BookError, match=r"person\.case_open"):
        erase(timeline, ana)


def test_an_erased_person_is_nobody_and_the_books_still_add_up(timeline: Timeline, ana: Debt) -> None:
    timeline.do("UPDATE account SET outstanding_balance = 0")
    later(timeline, 900)
    assert erase(timeline, ana) == 1
    assert erase(timeline, ana) == 0
    with timeline.database.connection() as connection:
        assert names_of(connection, [(ana.person_id, "")]) == [""]
        assert addresses_of(connection, [ana.person_id]) == []
    held = export_person(timeline.database, timeline.clock, ana.person_id, by="beto")["held"]
    assert SAID not in json.dumps(held, default=str, ensure_ascii=False)
    assert held["account_event"][0]["body"]["text"] == ERASED
    assert timeline.rows("SELECT count(*), sum(amount) FROM payment") == [(1, 100_000)]
    number = timeline.rows("SELECT number FROM account WHERE id = %s", ana.account_id)[0][0]
    told = gather_evidence(timeline.database, timeline.clock, timeline.book_key, number)
    assert "person.erased" in {entry.kind for entry in told.entries}


def test_masks_show_enough_to_recognise() -> None:
    assert (mask_name("Ana Ruiz"), mask_phone("+525512345678")) == ("A** R***", "+52******5678")
    assert mask_email("ana@correo.example") == "a***@correo.example"


def reply(address: str, text: str) -> InboundReply:
    return InboundReply(address, "1", text, "text", f"wamid.{address[-1]}", 1795262400.0)
