"""Drafts over the API: opened, kept with their ETag, and put together when somebody else was faster."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from builder.canvas.desk import Desk
from builder.canvas.kinds import new_strategy
from builder.canvas.merge import Merged, merged
from builder.canvas.operations import Document
from builder.client import ApiProblemError
from builder.session import Session
from engine.findings import Finding, Severity

NEW = '"0"'


@dataclass
class OpenDraft:
    """A draft on a desk: what the service holds (``saved``, ``etag``) beside what is drawn."""

    key: str
    desk: Desk
    saved: Document | None
    etag: str = NEW
    stale: bool = False
    conflicts: tuple[str, ...] = field(default=())


def open_draft(session: Session, key: str, *, name: str = "") -> OpenDraft:
    """The draft of a strategy; else its published version; else a new document called ``name``."""
    may_edit = session.may("strategy.edit")
    try:
        answer = session.api.ask("GET", session.at("strategies", key, "draft"))
        document = answer.body["document"]
        return OpenDraft(key, Desk.of(document, readonly=not may_edit), document, answer.etag)
    except ApiProblemError as refused:
        if refused.status != 404:
            raise
    number = _published(session, key)
    if number is None:
        return OpenDraft(key, Desk.of(new_strategy(key, name or key), readonly=not may_edit), None)
    document = read_version(session, key, number)
    return OpenDraft(key, Desk.of(document, readonly=not may_edit), document)


def _published(session: Session, key: str) -> int | None:
    try:
        line = session.api.get(session.at("strategies", key))
    except ApiProblemError as refused:
        if refused.status == 404:
            return None
        raise
    return None if line["version"] is None else int(line["version"])


def read_version(session: Session, key: str, number: int) -> Document:
    """A published document."""
    document: Document = session.api.get(session.at("strategies", key, "versions", str(number)))["document"]
    return document


def save(session: Session, draft: OpenDraft) -> None:
    """Keep what is drawn; ``stale`` when somebody else saved since it was opened."""
    if draft.desk.document == draft.saved or draft.desk.readonly or draft.stale:
        return
    document = draft.desk.document
    try:
        where = session.at("strategies", draft.key, "draft")
        answer = session.api.ask("PUT", where, json=document, if_match=draft.etag)
    except ApiProblemError as refused:
        if refused.status != 412:
            raise
        draft.stale = True
        return
    draft.saved, draft.etag = document, answer.etag


def join(session: Session, draft: OpenDraft) -> Merged:
    """What is drawn here and what somebody else saved, as one document on the desk; still to be kept."""
    answer = session.api.ask("GET", session.at("strategies", draft.key, "draft"))
    theirs = answer.body["document"]
    both = merged(draft.saved or theirs, draft.desk.document, theirs)
    draft.desk.replace(both.document, "unir cambios")
    draft.saved, draft.etag, draft.stale, draft.conflicts = theirs, answer.etag, False, both.conflicts
    return both


def take_theirs(session: Session, draft: OpenDraft) -> None:
    """Go on from what somebody else saved; one's own drawing stays one undo away."""
    answer = session.api.ask("GET", session.at("strategies", draft.key, "draft"))
    draft.desk.replace(answer.body["document"], "tomar lo guardado")
    draft.saved, draft.etag, draft.stale = answer.body["document"], answer.etag, False


def findings_of(told: Sequence[dict[str, str]]) -> list[Finding]:
    """The API's findings as the engine's."""
    return [
        Finding(one["code"], one["place"], one["es"], one["en"], one["hint"], Severity(one["severity"]))
        for one in told
    ]
