"""Ask a second person for something: what is asked for is frozen by its hash."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from api.clock import Clock
from storage import approvals
from storage.approvals import Approval
from storage.database import Database
from storage.ledger import append_line


@dataclass(frozen=True)
class Request:
    """What is asked for; ``portfolio_id`` 0: it concerns all portfolios."""

    kind: str
    portfolio_id: int
    subject: str
    body: Mapping[str, Any]
    note: str = ""
    effective_on: date | None = None


def ask_approval(database: Database, clock: Clock, request: Request, *, by: str) -> Approval:
    """Ask; a request for the same subject that nobody has decided is withdrawn by the new one."""
    canonical = json.dumps(request.body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    content_hash = hashlib.sha256(canonical.encode()).hexdigest()
    now = clock.now()
    with database.connection() as connection:
        asked = approvals.ask(
            connection,
            kind=request.kind,
            portfolio_id=request.portfolio_id,
            subject=request.subject,
            body=request.body,
            content_hash=content_hash,
            note=request.note,
            effective_on=request.effective_on,
            by=by,
            at=now,
        )
        body = {"kind": request.kind, "subject": request.subject, "content_hash": content_hash, "by": by}
        append_line(connection, now, "approval.asked", f"approval:{asked.id}", body)
    return asked
