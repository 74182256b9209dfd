"""Says whether a creditor may use WhatsApp: for its own debts, or as an agency that declares Meta's approval.

Meta's policy forbids debt collection for others. An agency without a declared approval sends nothing by
WhatsApp; its messages take the fallback of their node.
"""

from api.clock import Clock
from engine.errors import BookError
from storage.database import Database
from storage.ledger import append_line

POLICIES = ("own_debts", "agency", "agency_approved")


def set_whatsapp_policy(database: Database, clock: Clock, creditor_key: str, policy: str, by: str) -> None:
    """Set it from the next guard on, with who declared it; ``BookError`` for an unknown word or creditor."""
    if policy not in POLICIES or not by.strip():
        raise BookError(
            f"no policy {policy!r} by {by!r}", place=creditor_key, hint=f"{', '.join(POLICIES)}; --by ana",
            code="creditor.whatsapp_policy",
        )  # fmt: skip
    with database.connection() as connection:
        row = connection.execute(
            "UPDATE creditor SET whatsapp_policy = %s WHERE key = %s RETURNING id", [policy, creditor_key]
        ).fetchone()
        if row is None:
            raise BookError(f"no creditor {creditor_key!r}", code="creditor.unknown")
        body = {"policy": policy, "by": by}
        append_line(connection, clock.now(), "creditor.whatsapp_policy", f"creditor:{row[0]}", body)
