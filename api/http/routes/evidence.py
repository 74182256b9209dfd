"""The evidence of one account, as JSON that checks itself or on paper; who took it is written down."""

from typing import Annotated, Any

from fastapi import Header, Path, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from api.access.caller import Caller
from api.evidence.evidence_file import evidence_document
from api.evidence.evidence_on_paper import on_paper
from api.http.access import may
from api.http.resource import resource
from api.http.service import Parts
from api.usecases.upkeep.gather_evidence import hand_out_evidence

router = resource("/portfolios/{portfolio}/accounts", "accounts")

PDF = "application/pdf"


class EntryOut(BaseModel):
    """One thing that happened; ``line`` is its line of the ledger, where it has one."""

    at: str
    kind: str
    said: str = Field(examples=["Pago de $1,250 (core, 7)."])
    line: int | None


class EvidenceOut(BaseModel):
    """What `cadencia verify --evidence` checks without the database."""

    format: str
    made_at: str
    account: dict[str, str]
    entries: list[EntryOut]
    lines: list[dict[str, Any]] = Field(description="Lines of the ledger, each with its proof.")
    seals: list[dict[str, Any]] = Field(description="Seals on the way from the chain's head, which is first.")


_PAPER: dict[int | str, dict[str, Any]] = {
    200: {"model": EvidenceOut, "content": {PDF: {"schema": {"type": "string", "format": "binary"}}}}
}


@router.get("/{number}/evidence", responses=_PAPER)
def read_evidence(
    parts: Parts,
    who: Annotated[Caller, may("ledger.read", "protection.see")],
    portfolio: str,
    number: Annotated[str, Path(min_length=1, max_length=200)],
    accept: Annotated[str, Header(max_length=500, description=f"`{PDF}` for paper, else JSON.")] = "",
) -> Response:
    """Everything that happened to an account, in order, with the proofs of the ledger's chain."""
    on_the_page = PDF in accept.lower()
    parts.doorkeeper.portfolio_id(portfolio)
    evidence = hand_out_evidence(
        parts.database, parts.clock, portfolio, number, by=who.name, on_the_page=on_the_page
    )
    if not on_the_page:
        return JSONResponse(evidence_document(evidence))
    named = {"Content-Disposition": 'attachment; filename="evidencia.pdf"'}
    return Response(on_paper(evidence), media_type=PDF, headers=named)
