"""The chain over the ledger (R20): one byte, one row, one swap or a cut tail is named."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest

from engine.errors import ServiceError
from storage import merkle, partitions, seals
from storage.ledger import append_line
from storage.retention import drop_evidence_before
from storage.seal_check import wrong_against, wrong_in_chain
from storage.seals import Seal

pytestmark = pytest.mark.criterion("R20")
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
UNGUARDED = "SET LOCAL session_replication_role = replica"
"""What only the database's superuser can do: no trigger fires."""


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg.Connection]:
    """Twelve lines in three seals, and one line that waits for its seal."""
    with psycopg.connect(database_url) as connection:
        for number in range(13):
            line(connection, number)
            if number % 4 == 3:
                assert seals.seal_waiting(connection, NOON + timedelta(minutes=number))
        connection.commit()
        yield connection


def line(connection: psycopg.Connection, number: int) -> None:
    append_line(connection, NOON, "payment.recorded", f"account:{number}", {"amount": 100 + number})


def tamper(connection: psycopg.Connection, statement: str) -> None:
    connection.execute(UNGUARDED)
    assert connection.execute(statement).rowcount
    connection.commit()


def wrong(connection: psycopg.Connection) -> list[str]:
    return [*wrong_in_chain(connection)]


def test_an_untouched_ledger_is_well(connection: psycopg.Connection) -> None:
    assert wrong(connection) == []
    head = seals.head(connection)
    assert head and (head.id, head.total, head.last_line) == (3, 12, 12)
    assert [*wrong_against(connection, head)] == []


def test_a_flipped_byte_names_its_line(connection: psycopg.Connection) -> None:
    tamper(connection, """UPDATE ledger SET body = '{"amount": 903}' WHERE id = 4""")
    assert wrong(connection) == ["line 4 of 2026-11-23 (payment.recorded, account:3) was changed"]


def test_a_flipped_byte_with_its_hash_made_anew_names_its_line(connection: psycopg.Connection) -> None:
    tamper(
        connection,
        """UPDATE ledger SET body = o.body, hash = o.hash, subject = o.subject
           FROM (SELECT * FROM ledger WHERE id = 9) o WHERE ledger.id = 4""",
    )
    assert wrong(connection) == ["line 4 of 2026-11-23 (payment.recorded, account:8) was changed"]


@pytest.mark.parametrize("number", [1, 6, 12])
def test_a_deleted_row_is_named(connection: psycopg.Connection, number: int) -> None:
    tamper(connection, f"DELETE FROM ledger WHERE id = {number}")
    covering = (number + 3) // 4
    assert wrong(connection) == [f"line {number} of 2026-11-23 is missing: seal {covering} covers it"]


def test_a_line_deleted_before_its_seal_is_named(connection: psycopg.Connection) -> None:
    tamper(connection, "DELETE FROM ledger WHERE id = 13")
    assert wrong(connection) == ["line 13 of 2026-11-23 is missing: it was removed before it was sealed"]


def test_two_lines_that_changed_places_are_both_named(connection: psycopg.Connection) -> None:
    for old, new in ((2, 0), (7, 2), (0, 7)):
        tamper(connection, f"UPDATE ledger SET id = {new} WHERE id = {old}")
    assert wrong(connection) == [
        "line 2 of 2026-11-23 (payment.recorded, account:6) was changed",
        "line 7 of 2026-11-23 (payment.recorded, account:1) was changed",
    ]


def test_a_line_slipped_in_is_named(connection: psycopg.Connection) -> None:
    tamper(connection, "INSERT INTO ledger (at, kind, subject, hash) VALUES ('2026-11-23', 'x', 'y', '')")
    assert wrong(connection) == ["line 14 of 2026-11-23 (x, y) stands in no seal"]


def test_a_cut_tail_is_named_beside_an_exported_head(connection: psycopg.Connection) -> None:
    head = seals.head(connection)
    assert head is not None
    tamper(connection, "DELETE FROM ledger WHERE id > 8")
    tamper(connection, "DELETE FROM ledger_unsealed")
    tamper(connection, "DELETE FROM ledger_seal WHERE id = 3")
    assert wrong(connection) == []  # the rest is a whole chain: only the head tells
    (sentence,) = wrong_against(connection, head)
    assert sentence.startswith("lines 9 to 12 are missing: the chain ends with seal 2, and seal 3 of")


def test_a_tail_written_anew_is_not_the_exported_one(connection: psycopg.Connection) -> None:
    head = seals.head(connection)
    assert head is not None
    tamper(connection, "DELETE FROM ledger WHERE id > 8")
    tamper(connection, "DELETE FROM ledger_unsealed")
    tamper(connection, "DELETE FROM ledger_seal WHERE id = 3")
    line(connection, 99)
    assert seals.seal_waiting(connection, NOON)
    assert wrong(connection) == []
    (sentence,) = wrong_against(connection, head)
    assert sentence.startswith("seal 3 is not the one that was exported")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("sealed_at = sealed_at - interval '1 day'", "was changed"),
        ("root = decode(repeat('00', 32), 'hex')", "was changed"),
        ("line_ids = ARRAY[5, 6, 8, 7]", "names other lines than it sealed"),
        ("previous = decode(repeat('00', 32), 'hex')", "does not hold the hash of the seal before"),
    ],
)
def test_a_changed_seal_is_named(connection: psycopg.Connection, change: str, said: str) -> None:
    tamper(connection, f"UPDATE ledger_seal SET {change} WHERE id = 2")
    assert any(sentence.startswith("seal 2 ") and said in sentence for sentence in wrong(connection))


def test_a_removed_seal_is_named(connection: psycopg.Connection) -> None:
    tamper(connection, "DELETE FROM ledger_seal WHERE id = 2")
    assert "seals 2 to 2 are missing" in wrong(connection)


@pytest.mark.parametrize("table", ["ledger", "ledger_2026_11", "ledger_seal"])
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "UPDATE {} SET id = id + 1", "TRUNCATE {}"])
def test_the_application_cannot_change_what_is_written(
    connection: psycopg.Connection, table: str, statement: str
) -> None:
    if (table, statement) == ("ledger_2026_11", "TRUNCATE {}"):
        pytest.skip("a month emptied by the owner is no refusal; the verifier names its lines")
    with pytest.raises(psycopg.errors.RestrictViolation, match="append-only"):
        connection.execute(statement.format(table).encode())


def test_a_line_that_commits_late_stands_in_a_later_seal(database_url: str) -> None:
    with psycopg.connect(database_url) as late, psycopg.connect(database_url) as early:
        partitions.ensure(early, NOON.date())
        early.commit()
        line(late, 1)
        line(early, 2)
        early.commit()
        first = seals.seal_waiting(early, NOON)
        early.commit()
        late.commit()
        second = seals.seal_waiting(early, NOON)
        assert (first and first.last_line, second and second.last_line) == (2, 1)
        assert wrong(early) == []


def test_one_seals_at_a_time(database_url: str, connection: psycopg.Connection) -> None:
    with psycopg.connect(database_url) as other:
        assert seals.seal_waiting(connection, NOON)
        assert seals.seal_waiting(other, NOON) is None


def test_only_sealed_months_are_dropped_and_their_seals_stay(connection: psycopg.Connection) -> None:
    with pytest.raises(ServiceError, match=r"retain\.unsealed"):
        drop_evidence_before(connection, date(2026, 12, 1))
    assert seals.seal_waiting(connection, NOON)
    assert "ledger_2026_11" in drop_evidence_before(connection, date(2026, 12, 1)).partitions
    assert len(wrong(connection)) == 13  # nobody put on record that they were to go
    later = NOON + timedelta(days=40)
    append_line(connection, later, "retention.applied", "installation", {"evidence_keep_from": "2026-12-01"})
    assert wrong(connection) == []


def test_from_any_seal_a_short_way_leads_to_the_head() -> None:
    chain = [Seal(1, NOON, 1, 1, b"r", seals.GENESIS, seals.GENESIS)]
    for number in range(2, 1001):
        skipped = number & (number - 1)
        hash_ = chain[skipped - 1].hash if skipped else seals.GENESIS
        chain.append(Seal(number, NOON, number, number, b"r", chain[-1].hash, hash_))
    for start in range(1, 1001, 37):
        headers = [chain[number - 1] for number in seals.way(1000, start)]
        assert seals.leads(headers) and headers[-1].id == start and len(headers) < 60
    assert not seals.leads([chain[999], chain[997]])


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 21])
def test_a_proof_holds_for_its_leaf_alone(size: int) -> None:
    leaves = [merkle.leaf(bytes([number])) for number in range(size)]
    root = merkle.root(leaves)
    for index in range(size):
        beside = merkle.proof(leaves, index)
        assert merkle.is_in(leaves[index], index, size, beside, root)
        assert not merkle.is_in(merkle.leaf(b"x"), index, size, beside, root)
        assert not merkle.is_in(leaves[index], index, size, [*beside, root], root)
        if size > 1:
            assert not merkle.is_in(leaves[index], (index + 1) % size, size, beside, root)
