"""Retention, backups put back, and a ledger that notices when a line was changed."""

from datetime import date, datetime
from pathlib import Path

import pytest

from api import sealing
from api.usecases.day.release_run import release_run
from api.usecases.upkeep.note_restore import note_restore
from api.usecases.upkeep.retain_months import retain_months
from api.usecases.upkeep.verify_ledger import verify_ledger
from engine.errors import ServiceError
from engine.vocabulary import MessageState
from storage.ledger import append_line
from storage.outbox.leases import lease_due
from storage.partitions import ensure
from tests.acceptance.paths import end, enter, path, send
from tests.acceptance.timeline import Timeline


@pytest.fixture
def timeline(database_url: str, tmp_path: Path) -> Timeline:
    """Ana was written to on 23 November 2026 and her passage is over; Luis waits in his."""
    timeline = Timeline(database_url, tmp_path)
    timeline.publish(path("mora", enter(), send("aviso"), end()))
    return timeline


def partitions_of(timeline: Timeline, table: str) -> list[str]:
    rows = timeline.rows(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relname ~ %s ORDER BY 1", f"^{table}_[0-9]{{4}}"
    )
    return [name for (name,) in rows]


def at(timeline: Timeline, day: str) -> None:
    timeline.clock.set(datetime.fromisoformat(f"{day}T12:00:00+00:00"), speed=0.0)


def due(timeline: Timeline) -> int:
    """How many messages a sender would lease at noon; none is."""
    with timeline.database.connection() as connection:
        noon = timeline.clock.now().replace(hour=18)
        leased = lease_due(connection, "out-1", {0: 10}, noon)
        connection.rollback()
    return len(leased)


# -- retention -----------------------------------------------------------------------------------


def test_old_months_go_and_the_ledger_stays(timeline: Timeline) -> None:
    ana = timeline.debtor("Ana")
    timeline.day(0).expect(ana, sent="aviso")
    at(timeline, "2027-06-10")
    with timeline.database.connection() as connection:
        ensure(connection, date(2027, 6, 10))
    done = retain_months(timeline.database, timeline.clock, 3)
    assert done.keep_from == date(2027, 3, 1)
    assert done.items == 1
    assert "message_2026_11" in done.partitions
    assert partitions_of(timeline, "message") == [f"message_2027_0{month}" for month in (5, 6, 7, 8)]
    assert "ledger_2026_11" in partitions_of(timeline, "ledger")
    assert timeline.rows("SELECT count(*) FROM message_item") == [(0,)]
    assert verify_ledger(timeline.database).wrong == ()


def test_items_of_a_passage_still_open_stay(timeline: Timeline) -> None:
    timeline.debtor("Ana")
    timeline.day(0, deliver=False)
    at(timeline, "2027-06-10")
    assert retain_months(timeline.database, timeline.clock, 3).items == 0
    assert timeline.rows("SELECT count(*) FROM message_item") == [(1,)]


def test_the_ledger_goes_only_when_asked_and_never_before_what_it_proves(timeline: Timeline) -> None:
    timeline.debtor("Ana")
    timeline.day(0)
    at(timeline, "2027-06-10")
    with pytest.raises(ServiceError, match=r"retain\.evidence"):
        retain_months(timeline.database, timeline.clock, 6, evidence_months=3)
    done = retain_months(timeline.database, timeline.clock, 3, evidence_months=4)
    assert "ledger_2026_11" in done.partitions
    assert verify_ledger(timeline.database).wrong == ()


def test_too_few_months_are_refused(timeline: Timeline) -> None:
    with pytest.raises(ServiceError, match=r"retain\.months"):
        retain_months(timeline.database, timeline.clock, 2)


# -- a backup put back ---------------------------------------------------------------------------


def test_nothing_queued_before_a_restore_is_sent_after_it(timeline: Timeline) -> None:
    timeline.debtor("Ana")
    timeline.debtor("Luis")
    timeline.day(0, deliver=False)
    assert due(timeline) == 2
    done = note_restore(timeline.database, timeline.clock, by="ana")
    assert (done.epoch, len(done.for_review)) == (1, 2)
    assert {one.state for one in done.for_review} == {MessageState.QUEUED}
    assert due(timeline) == 0
    body = timeline.rows("SELECT body FROM ledger WHERE kind = 'installation.restored'")
    assert body == [({"by": "ana", "epoch": 1, "for_review": 2},)]


def test_what_is_decided_after_a_restore_is_of_the_new_epoch(timeline: Timeline) -> None:
    note_restore(timeline.database, timeline.clock, by="ana")
    timeline.debtor("Ana")
    timeline.day(0, deliver=False)
    assert timeline.rows("SELECT epoch FROM message") == [(1,)]
    assert len(note_restore(timeline.database, timeline.clock, by="ana").for_review) == 1


# -- the ledger ----------------------------------------------------------------------------------


def test_a_date_leaves_its_lines(timeline: Timeline) -> None:
    timeline.debtor("Ana")
    timeline.day(0)
    lines = timeline.rows("SELECT kind, body FROM ledger ORDER BY id")
    kinds = [kind for kind, _ in lines]
    assert kinds == ["strategy.published", "run.opened", "run.shard_done", "run.closed"]
    assert lines[1][1]["manifest"]["plans"] == {"mora": lines[0][1]["content_hash"]}
    assert timeline.rows("SELECT snapshot_hash FROM run_shard") == [(lines[2][1]["sha256"],)]
    assert lines[3][1]["figures"] == [["acted", "", 1]]
    assert verify_ledger(timeline.database).lines == 4


def test_who_released_a_held_date_stands_in_the_ledger(timeline: Timeline) -> None:
    timeline.do("UPDATE portfolio SET settings = settings || '{\"fuse_ceiling\": 0}'")
    timeline.debtor("Ana")
    assert timeline.day(0).closed.state == "held"
    release_run(timeline.database, timeline.book_key, timeline.date(0), by="beto")
    lines = timeline.rows("SELECT kind, body->>'by' FROM ledger ORDER BY id DESC LIMIT 2")
    assert lines == [("run.released", "beto"), ("run.held", None)]


@pytest.mark.parametrize(
    "change",
    [
        'body = body || \'{"by": "otra"}\'',
        "subject = 'strategy:otra'",
        "kind = 'strategy.paused'",
        "at = at + interval '1 microsecond'",
        "hash = decode(repeat('00', 32), 'hex')",
    ],
)
def test_a_changed_line_is_named(timeline: Timeline, change: str) -> None:
    assert verify_ledger(timeline.database).wrong == ()
    with timeline.database.connection() as connection:
        connection.execute("SET LOCAL session_replication_role = replica")  # past the trigger
        connection.execute(f"UPDATE ledger SET {change} WHERE kind = 'strategy.published'")
    (sentence,) = verify_ledger(timeline.database).wrong
    assert sentence.startswith("line 1 of 2026-11-2")


def test_a_shard_whose_snapshot_was_swapped_is_named(timeline: Timeline) -> None:
    timeline.debtor("Ana")
    timeline.day(0)
    timeline.do("UPDATE run_shard SET snapshot_hash = 'another'")
    assert verify_ledger(timeline.database).wrong == (
        "shard 0 of run 1 names a snapshot that its line does not",
    )


def test_a_line_of_a_month_without_partition_makes_it(timeline: Timeline) -> None:
    with timeline.database.connection() as connection:
        append_line(connection, datetime.fromisoformat("2031-01-31T23:30:00-05:00"), "x.y", "x", {"ñ": [1.5]})
    assert "ledger_2031_02" in partitions_of(timeline, "ledger")
    assert verify_ledger(timeline.database).wrong == ()


def test_the_head_is_exported_with_each_seal_and_outlives_a_cut_chain(
    timeline: Timeline, tmp_path: Path
) -> None:
    head = tmp_path / sealing.FILE
    timeline.debtor("Ana")
    timeline.day(0)
    first = sealing.seal_once(timeline.database, timeline.clock, head)
    assert first and first == sealing.read_head(head)
    note_restore(timeline.database, timeline.clock, by="ana")
    second = sealing.seal_once(timeline.database, timeline.clock, head)
    assert second and second == sealing.read_head(head)
    assert verify_ledger(timeline.database, [first, second]).wrong == ()
    with timeline.database.connection() as connection:
        connection.execute("SET LOCAL session_replication_role = replica")
        connection.execute("DELETE FROM ledger_seal WHERE id = 2")
        connection.execute("DELETE FROM ledger WHERE kind = 'installation.restored'")
    (sentence,) = verify_ledger(timeline.database, [first, second]).wrong
    assert sentence.startswith("lines 5 to 5 are missing")
    note_restore(timeline.database, timeline.clock, by="ana")
    with pytest.raises(ServiceError, match=r"ledger\.cut"):
        sealing.seal_once(timeline.database, timeline.clock, head)
    assert sealing.read_head(head) == second
    sealing.set_head_aside(head, 1)
    assert sealing.export_head(timeline.database, head) == sealing.read_head(head) != second
