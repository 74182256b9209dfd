"""Personal data at rest (row G5, R21): unreadable in the tables, found by index, gone with a person's key."""

import threading
from collections.abc import Iterator

import polars as pl
import psycopg
import pytest

from engine.errors import ServiceError
from storage import master_keys, person_keys
from storage.book_in.people import save_contact_points, save_persons
from storage.book_in.places import place_ids
from storage.cells import ERASED, PersonKey
from storage.master_keys import MasterKeys
from storage.personal import Opener, addresses_of, names_of, seal_words
from storage.vault import BlindIndex

INDEX = BlindIndex(b"the index key of the tests")
OLD, NEW = bytes(32), bytes(range(1, 33))


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg.Connection]:
    """Twenty persons, loaded, each with a phone."""
    with psycopg.connect(database_url) as connection:
        load(connection, range(20))
        connection.commit()
        yield connection


@pytest.fixture
def own_masters() -> Iterator[None]:
    """The test says which master keys there are; afterwards those of the test run count again."""
    before = master_keys._source
    yield
    assert before is not None
    master_keys.use(before)


def load(connection: psycopg.Connection, numbers: range) -> int:
    """Persons and phones as a file brings them; how many of them were written."""
    place = ("MX", "", ("America/Mexico_City",))
    place_id = place_ids(connection, [place])[place]
    identities = [INDEX.of(f"PRUEBA:{number}") for number in numbers]
    persons = pl.DataFrame(
        {"identity_index": identities, "name": [f"Ana Prueba {number}" for number in numbers]}
    ).with_columns(place_id=pl.lit(place_id, pl.Int16))
    phones = [f"+52551234{number:04}" for number in numbers]
    points = pl.DataFrame(
        {
            "identity_index": identities,
            "value_index": [INDEX.of(phone) for phone in phones],
            "kind": ["phone"] * len(phones),
            "value": phones,
        }
    )
    saved = save_persons(connection, persons) + save_contact_points(connection, points)
    return saved.inserted + saved.changed


def stored(connection: psycopg.Connection, table: str, column: str) -> list[str]:
    return [text for (text,) in connection.execute(f"SELECT {column} FROM {table} ORDER BY id".encode())]


def first_id(connection: psycopg.Connection) -> int:
    ((person_id,),) = connection.execute("SELECT min(id) FROM person").fetchall()
    return int(person_id)


def test_names_and_phones_lie_encrypted_and_are_read_back(connection: psycopg.Connection) -> None:
    assert all(name.startswith("enc1:") for name in stored(connection, "person", "name"))
    assert all(phone.startswith("enc1:") for phone in stored(connection, "contact_point", "value"))
    ids = [int(person_id) for person_id in stored(connection, "person", "id")]
    read = names_of(connection, list(zip(ids, stored(connection, "person", "name"), strict=True)))
    assert sorted(read) == sorted(f"Ana Prueba {number}" for number in range(20))
    assert {one.value for one in addresses_of(connection, ids)} == {f"+52551234{n:04}" for n in range(20)}


def test_a_load_that_says_the_same_changes_nothing(connection: psycopg.Connection) -> None:
    assert load(connection, range(20)) == 0
    assert load(connection, range(10, 30)) == 20


def test_two_loads_of_one_new_person_agree_on_the_key(database_url: str) -> None:
    with psycopg.connect(database_url) as one, psycopg.connect(database_url) as other:
        first = person_keys.ensure_keys(one, [b"x" * 32])
        waiting = threading.Thread(target=lambda: second.update(person_keys.ensure_keys(other, [b"x" * 32])))
        second: dict[bytes, PersonKey] = {}
        waiting.start()
        one.commit()
        waiting.join()
        cell = first[b"x" * 32].seal("Ana", "person:name", b"x")
        assert second[b"x" * 32].open(cell, "person:name", b"x") == "Ana"


@pytest.mark.parametrize("change", ["value", "value_index"])
def test_a_cell_moved_to_another_row_is_refused(connection: psycopg.Connection, change: str) -> None:
    points = connection.execute("SELECT id, person_id FROM contact_point ORDER BY id LIMIT 2").fetchall()
    connection.execute(
        f"UPDATE contact_point SET {change} = o.{change} FROM contact_point o"
        " WHERE o.id = %s AND contact_point.id = %s".encode(),
        [points[1][0], points[0][0]],
    )
    with pytest.raises(ServiceError, match=r"vault\.tampered"):
        addresses_of(connection, [points[0][1]])


def test_without_the_key_a_person_reads_as_erased(connection: psycopg.Connection) -> None:
    person_id = first_id(connection)
    (words,) = seal_words(connection, person_id, ["ya no trabajo ahí"])
    assert Opener.of(connection, [person_id]).words(person_id, words) == "ya no trabajo ahí"
    ((identity, name),) = connection.execute(
        "SELECT identity_index, name FROM person WHERE id = %s", [person_id]
    ).fetchall()
    assert person_keys.destroy_key(connection, identity)
    assert names_of(connection, [(person_id, name)]) == [ERASED]
    assert Opener.of(connection, [person_id]).words(person_id, words) == ERASED
    assert [one.value for one in addresses_of(connection, [person_id])] == [ERASED]


def test_what_was_written_before_the_vault_is_read_as_it_stands(connection: psycopg.Connection) -> None:
    person_id = first_id(connection)
    connection.execute("UPDATE person SET name = 'Ana' WHERE id = %s", [person_id])
    assert names_of(connection, [(person_id, "Ana")]) == ["Ana"]


@pytest.mark.criterion("R21")
def test_keys_are_rotated_while_everybody_reads_and_writes(
    connection: psycopg.Connection, database_url: str, own_masters: None
) -> None:
    """One keeps reading and one keeps loading through three rotations: not a single cell fails to open."""
    rings = [[OLD]]
    connection.execute("DELETE FROM person_key")
    connection.execute("DELETE FROM contact_point")
    connection.execute("DELETE FROM person")
    master_keys.use(lambda: MasterKeys(rings[-1]))
    load(connection, range(50))
    connection.commit()
    stop, failures, reads = threading.Event(), list[Exception](), [0]

    def read() -> None:
        with psycopg.connect(database_url, autocommit=True) as reader:
            while not stop.is_set():
                try:
                    ids = [int(person_id) for person_id in stored(reader, "person", "id")]
                    assert all(one.value.startswith("+52") for one in addresses_of(reader, ids))
                    reads[0] += len(ids)
                except Exception as failure:
                    failures.append(failure)

    def write() -> None:
        with psycopg.connect(database_url) as writer:
            for start in range(50, 250, 10):
                load(writer, range(start, start + 10))
                writer.commit()

    threads = [threading.Thread(target=work) for work in (read, write)]
    for thread in threads:
        thread.start()
    for turn in range(1, 4):
        rings.append([bytes([turn] * 32), *rings[-1]])
        master_keys.masters(master_keys.name_of(rings[-1][0]))
        while person_keys.rewrap(connection):
            connection.commit()
        connection.commit()
    threads[1].join()
    while person_keys.rewrap(connection):
        connection.commit()
    stop.set()
    threads[0].join()
    assert failures == [] and reads[0] >= 50
    newest = MasterKeys(rings[-1]).newest
    assert connection.execute("SELECT DISTINCT master FROM person_key").fetchall() == [(newest,)]
    master_keys.use(lambda: MasterKeys(rings[-1][:1]))
    assert len(addresses_of(connection, range(1, 1000))) == 250


def test_a_master_that_is_gone_is_named(connection: psycopg.Connection, own_masters: None) -> None:
    master_keys.use(lambda: MasterKeys([NEW]))
    with pytest.raises(ServiceError, match=r"vault\.unknown_master"):
        addresses_of(connection, [first_id(connection)])
