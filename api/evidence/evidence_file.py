"""The evidence of an account as a JSON file, and its check, which needs nothing but the file."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from api.bitacora import line_sentence
from api.usecases.upkeep.gather_evidence import Evidence
from engine.errors import ServiceError
from storage import merkle
from storage.ledger import line_hash
from storage.seals import Seal, leads, leaf_of, way

FORMAT = "cadencia-evidence/1"


@dataclass(frozen=True)
class Checked:
    """How many entries a file has and how many of them are proven, its head, and what is wrong."""

    entries: int
    proven: int
    head: Seal | None
    wrong: tuple[str, ...]


def evidence_document(evidence: Evidence) -> dict[str, object]:
    """Evidence as a document: entries to read, lines with their proofs, headers of seals, the head first."""
    account = evidence.account
    return {
        "format": FORMAT,
        "made_at": _instant(evidence.made_at),
        "account": {
            "number": account.number,
            "portfolio": account.portfolio,
            "creditor": account.creditor,
            "currency": account.currency,
        },
        "entries": [
            {"at": _instant(one.at), "kind": one.kind, "said": one.said, "line": one.line}
            for one in evidence.entries
        ],
        "lines": [
            {
                "id": line.id,
                "at": _instant(line.at),
                "kind": line.kind,
                "subject": line.subject,
                "body": line.body,
                "hash": line.hash.hex(),
                "seal": line.seal,
                "index": line.index,
                "size": line.size,
                "beside": [step.hex() for step in line.beside],
            }
            for line in evidence.lines
        ],
        "seals": [seal.as_json() | {"hash": seal.hash.hex()} for seal in evidence.seals],
    }


def read_evidence(file: Path) -> dict[str, Any]:
    """The document in a file; ``ServiceError`` when it is no evidence of this format."""
    try:
        document: dict[str, Any] = json.loads(file.read_text())
        if document["format"] == FORMAT:
            return document
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ServiceError("this is no evidence file", place=str(file), code="evidence.format") from error
    raise ServiceError(
        f"evidence of another format: {document['format']}", place=str(file), code="evidence.format"
    )


def check_evidence(document: Mapping[str, Any], heads: Sequence[Seal] = ()) -> Checked:
    """Recompute every hash, proof and sentence; a head exported before must be on the file's own way."""
    try:
        seals = {seal.id: seal for seal in map(Seal.from_json, document["seals"])}
        lines = {int(line["id"]): line for line in document["lines"]}
        wrong = [said for line in lines.values() for said in _wrong_line(line, seals)]
        wrong += _wrong_entries(document["entries"], lines)
        head = seals[max(seals)] if seals else None
        for exported in heads:
            there = seals.get(exported.id)
            if there is not None and there.hash != exported.hash:
                wrong.append(f"seal {exported.id} is not the one that was exported")
        proven = sum(entry["line"] is not None for entry in document["entries"])
        return Checked(len(document["entries"]), proven, head, tuple(wrong))
    except (KeyError, ValueError, TypeError) as error:
        raise ServiceError(f"the evidence lacks a part: {error}", code="evidence.format") from error


def _wrong_line(line: Mapping[str, Any], seals: Mapping[int, Seal]) -> list[str]:
    name = f"line {line['id']} of {str(line['at'])[:10]} ({line['kind']}, {line['subject']})"
    at = datetime.fromisoformat(line["at"])
    hashed = bytes.fromhex(line["hash"])
    if line_hash(at, line["kind"], line["subject"], line["body"]) != hashed:
        return [f"{name} was changed"]
    numbers = list(way(max(seals), int(line["seal"]))) if seals else []
    headers = [seals[number] for number in numbers if number in seals]
    if not headers or len(headers) != len(numbers) or not leads(headers):
        return [f"the way from the head to seal {line['seal']} is broken"]
    beside = [bytes.fromhex(step) for step in line["beside"]]
    leaf = leaf_of(int(line["id"]), at, hashed)
    if not merkle.is_in(leaf, int(line["index"]), int(line["size"]), beside, headers[-1].root):
        return [f"{name} is not under the root of seal {line['seal']}"]
    return []


def _wrong_entries(entries: Sequence[Mapping[str, Any]], lines: Mapping[int, Mapping[str, Any]]) -> list[str]:
    """The proven entries must say what their lines say, and every line must be told."""
    wrong = []
    for entry in entries:
        if entry["line"] is None:
            continue
        line = lines.get(int(entry["line"]))
        if line is None or (entry["at"], entry["kind"], entry["said"]) != (
            line["at"], line["kind"], line_sentence(line["kind"], line["body"]),
        ):  # fmt: skip
            wrong.append(f"the entry of {str(entry['at'])[:10]} does not say what line {entry['line']} says")
    told = {int(entry["line"]) for entry in entries if entry["line"] is not None}
    return wrong + [f"no entry tells line {line_id}" for line_id in lines if line_id not in told]


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
