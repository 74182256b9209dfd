"""Puts gathered evidence on the creditor's paper."""

from api.usecases.upkeep.gather_evidence import Evidence
from channels.evidence_paper import EvidenceSheet, evidence_pdf
from channels.paper import Letterhead


def on_paper(evidence: Evidence) -> bytes:
    """The evidence as PDF."""
    account, head = evidence.account, evidence.head
    return evidence_pdf(
        EvidenceSheet(
            head=Letterhead(account.creditor),
            account=account.number,
            portfolio=account.portfolio,
            country=account.country,
            timezone=account.timezone,
            made_at=evidence.made_at,
            rows=[(one.at, one.said, str(one.line or "")) for one in evidence.entries],
            seal=f"Sello {head.id}, {head.total} líneas: {head.hash.hex()}" if head else "",
        )
    )
