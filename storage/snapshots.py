"""What each run saw: the non-personal facts, contacts and enrolments of a shard, as Parquet beside its run.

A snapshot is written under a temporary name and renamed; the transaction that names its hash commits
after that, so a named snapshot is always whole.
"""

import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import fsspec
import numpy as np
import polars as pl

from engine.day import Question
from engine.errors import RunError
from storage.day_book import DayBook
from storage.shard_tables import Base, ShardTables, Watermark, pack, unpack
from storage.standing import OpenEnrolments, Published


@dataclass(frozen=True)
class Snapshot:
    """Where a snapshot lies and the SHA-256 of its ``meta.json``, which names those of its other files."""

    url: str
    sha256: str


@dataclass(frozen=True)
class Seen:
    """Everything one evaluation read."""

    question: Question
    book: DayBook
    published: Sequence[Published]
    opened: Sequence[OpenEnrolments]
    tables: ShardTables


def save(base_url: str, name: str, seen: Seen, country: str) -> Snapshot:
    """Write the snapshot of one shard; ``name`` tells it apart within ``base_url``."""
    files = {
        "accounts.parquet": _parquet(_accounts(seen.question, seen.book)),
        "contacts.parquet": _parquet(_contacts(seen.book)),
        "enrolments.parquet": _parquet(_enrolments(seen.opened)),
    }
    meta = _meta(seen, country)
    if not any(fact.personal for fact in seen.book.book.catalogue.values()):
        base = seen.tables.base()
        files |= {f"base.{table}.arrow": pack(frame) for table, frame in base.frames.items()}
        meta["base"] = {
            "cluster": base.watermark.cluster,
            "transaction": base.watermark.transaction,
            "columns": {table: list(columns) for table, columns in base.columns.items()},
        }
    meta["files"] = {file: hashlib.sha256(content).hexdigest() for file, content in files.items()}
    files["meta.json"] = json.dumps(meta, ensure_ascii=False).encode()
    filesystem, folder = fsspec.core.url_to_fs(f"{base_url.rstrip('/')}/{name}")
    filesystem.makedirs(folder, exist_ok=True)
    for file, content in files.items():
        temporary = f"{folder}/.{file}.part"
        with filesystem.open(temporary, "wb") as target:
            target.write(content)
        filesystem.mv(temporary, f"{folder}/{file}")
    return Snapshot(f"{base_url.rstrip('/')}/{name}", hashlib.sha256(files["meta.json"]).hexdigest())


def load(snapshot: Snapshot) -> dict[str, Any]:
    """The frames and the meta document of a snapshot; ``RunError`` when its hash does not match."""
    meta = json.loads(_whole(snapshot, "meta.json", snapshot.sha256))
    frames: dict[str, Any] = {
        file.removesuffix(".parquet"): pl.read_parquet(io.BytesIO(_whole(snapshot, file, sha256)))
        for file, sha256 in meta["files"].items()
        if file.endswith(".parquet")
    }
    return frames | {"meta": meta}


def load_base(snapshot: Snapshot) -> Base | None:
    """What the run after may begin from, if it was kept; ``RunError`` when a hash does not match."""
    meta = json.loads(_whole(snapshot, "meta.json", snapshot.sha256))
    if "base" not in meta:
        return None
    base, files = meta["base"], meta["files"]
    return Base(
        Watermark(base["cluster"], base["transaction"]),
        base["columns"],
        {
            table: unpack(_whole(snapshot, f"base.{table}.arrow", files[f"base.{table}.arrow"]))
            for table in base["columns"]
        },
    )


def _whole(snapshot: Snapshot, file: str, sha256: str) -> bytes:
    """A file of a snapshot; ``RunError`` when it is gone or not the one that was written."""
    filesystem, folder = fsspec.core.url_to_fs(snapshot.url)
    try:
        content: bytes = filesystem.cat_file(f"{folder}/{file}")
    except OSError as gone:
        raise RunError(
            f"{file} of the snapshot cannot be read: {gone}", place=snapshot.url, code="snapshot.gone"
        ) from gone
    if hashlib.sha256(content).hexdigest() != sha256:
        raise RunError(
            "the snapshot is not the one the run wrote",
            place=f"{snapshot.url}/{file}",
            hint="restore it from the backup",
            code="snapshot.hash",
        )
    return content


def _accounts(question: Question, book: DayBook) -> pl.DataFrame:
    catalogue = book.book.catalogue
    columns: dict[str, Any] = {
        name: column
        for name, column in book.book.columns.items()
        if name not in catalogue or not catalogue[name].personal
    }
    for name, mask in book.book.known.items():
        if mask is not None and name in columns:
            columns[name] = (
                pl.Series(columns[name]).to_frame("v").select(pl.when(pl.Series(mask)).then(pl.col("v")))["v"]
            )
    for relation, people in book.people.items():
        for field in people.__dataclass_fields__:
            if getattr(people, field) is not None:
                columns[f"{relation.word}.{field}"] = getattr(people, field)
    columns["standing.current"] = question.standing.current
    columns["standing.entered_on"] = question.standing.entered_on
    if question.standing.campaign is not None:
        columns["standing.campaign"] = question.standing.campaign
        columns["standing.campaign_since"] = question.standing.campaign_since
    for index, days in question.standing.left_on.items():
        columns[f"standing.left_on.{index}"] = days
        columns[f"standing.left_episode.{index}"] = question.standing.left_episode[index]
    columns["holdout"] = question.holdout
    return pl.DataFrame(columns)


def _contacts(book: DayBook) -> pl.DataFrame:
    history = book.history
    return pl.DataFrame({field: getattr(history, field) for field in history.__dataclass_fields__})


_ENROLMENT = "account step state visit due_on arrived_on entered_on anchor_at holdout deferrals".split()


def _enrolments(opened: Sequence[OpenEnrolments]) -> pl.DataFrame:
    frames = []
    for index, each in enumerate(opened):
        rows = each.enrolments
        columns = {name: getattr(rows, name) for name in _ENROLMENT}
        events = {f"event.{kind}": at for kind, at in rows.events.items()}
        words = ["", *rows.signals]
        signal = np.zeros(len(rows), np.int32)
        for number, where in enumerate(rows.signals.values(), start=1):
            signal[where] = number
        frame = pl.DataFrame({**columns, **events, "id": each.id})
        frames.append(
            frame.with_columns(
                plan=pl.lit(index, pl.Int16), signal=pl.Series(words, dtype=pl.String).gather(signal)
            )
        )
    return pl.concat(frames, how="diagonal") if frames else pl.DataFrame()


def _meta(seen: Seen, country: str) -> dict[str, Any]:
    question, book, published = seen.question, seen.book, seen.published
    return {
        "day": question.facts.day,
        "at": question.at,
        "versions": [each.version_id for each in published],
        "plans": [each.plan.content_hash for each in published],
        "entering": list(question.entering) if question.entering is not None else None,
        "vocabularies": {name: list(words) for name, words in book.book.vocabularies.items()},
        "places": [
            [place.country, place.subdivision, list(place.zones)] for place in question.desk.policy.places
        ],
        "country": country,
        "packs": {key: pack.sha256 for key, pack in question.desk.policy.packs.items()},
    }


def _parquet(frame: pl.DataFrame) -> bytes:
    target = io.BytesIO()
    frame.write_parquet(target, compression="lz4", statistics=False)
    return target.getvalue()
