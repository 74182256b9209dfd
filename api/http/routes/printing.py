"""A strategy on paper: a published version or the draft as PDF or Markdown."""

from typing import Annotated, Any

from fastapi import Query, Response

from api.access.caller import Caller
from api.http.access import may
from api.http.resource import resource
from api.http.routes.strategies import Key, Number
from api.http.service import Parts
from api.usecases.strategies.print_strategy import Format, Printed, print_strategy

router = resource("/portfolios/{portfolio}/strategies/{key}", "strategies")

Reader = Annotated[Caller, may("strategy.read")]
PrintedAs = Annotated[Format, Query(alias="format", description="`pdf` or `markdown`.")]
FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file.",
        "content": {
            "application/pdf": {"schema": {"type": "string", "format": "binary"}},
            "text/markdown": {"schema": {"type": "string"}},
        },
    }
}


@router.get("/versions/{number}/print", response_class=Response, responses=FILE)
def print_version(
    portfolio: str, key: Key, number: Number, who: Reader, parts: Parts, printed_as: PrintedAs = "pdf"
) -> Response:
    """A published version: picture, steps in sentences, texts, law, examples, hash and who approved."""
    parts.doorkeeper.portfolio_id(portfolio)
    return _file(print_strategy(parts.database, portfolio, key, number, printed_as))


@router.get("/draft/print", response_class=Response, responses=FILE)
def print_draft(
    portfolio: str, key: Key, who: Reader, parts: Parts, printed_as: PrintedAs = "pdf"
) -> Response:
    """The draft as it was last saved; refused while the document cannot be read."""
    parts.doorkeeper.portfolio_id(portfolio)
    return _file(print_strategy(parts.database, portfolio, key, None, printed_as))


def _file(printed: Printed) -> Response:
    named = {"Content-Disposition": f'attachment; filename="{printed.name}"'}
    return Response(printed.content, media_type=printed.media_type, headers=named)
