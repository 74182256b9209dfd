"""Problem details (RFC 9457): every refusal of Cadencia as code, place and hint, with its HTTP status."""

from http import HTTPStatus
from typing import Any

import psycopg
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from api.logs import keep_unexpected
from engine.errors import CadenciaError, ServiceError, StaleError

MEDIA_TYPE = "application/problem+json"
MOST_ERRORS = 100

log = structlog.get_logger()


class FieldError(BaseModel):
    """One value of the request that cannot be used."""

    place: str = Field(description="Where it stands: body, path or query, then its path.")
    code: str
    message: str


class Problem(BaseModel):
    """What went wrong, where, and what to try next (RFC 9457)."""

    type: str = Field("about:blank", examples=["https://cadencia.example/problems/strategy.unknown"])
    title: str = Field(examples=["Not Found"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["the portfolio 'banco' has no such published strategy"])
    code: str = Field(description="Stable, for programs.", examples=["strategy.unknown"])
    place: str = Field("", description="What it is about: a node, a column, a parameter.")
    hint: str = Field("", description="What to try next.")
    errors: list[FieldError] = Field(
        default_factory=list, description="Every value of the request that cannot be used."
    )
    findings: list[dict[str, Any]] = Field(
        default_factory=list,
        description="What the validator found in a strategy or template.",
    )


STATUSES: dict[str, int] = {
    "access.missing": 401,
    "session.expired": 401,
    "session.invalid": 401,
    "key.invalid": 401,
    "key.expired": 401,
    "access.sign_in": 401,
    "access.denied": 403,
    "access.too_often": 429,
    "stop.same_person": 409,
    "strategy.approval": 409,
    "strategy.paused": 409,
    "strategy.not_paused": 409,
    "user.taken": 409,
    "document.stale": 412,
    "document.precondition": 428,
    "first_answer.other_body": 409,
    "first_answer.in_progress": 409,
    "body.too_large": 413,
    "approval.same_person": 409,
    "approval.decided": 409,
    "conversation.taken": 409,
    "conversation.others": 409,
    "conversation.closed": 409,
    "task.taken": 409,
    "task.over": 409,
}
"""The HTTP status of a code; other codes: ``*.unknown`` 404, a server that is silent 503, else 422."""


def status_of(refusal: CadenciaError) -> int:
    """The HTTP status that fits a refusal.

    >>> status_of(CadenciaError("no", code="user.unknown")), status_of(ServiceError("no database"))
    (404, 503)
    """
    if refusal.code in STATUSES:
        return STATUSES[refusal.code]
    if refusal.code.endswith(".unknown"):
        return 404
    if isinstance(refusal, ServiceError) and refusal.code.startswith("service."):
        return 503
    return 412 if isinstance(refusal, StaleError) else 422


def problem_of(refusal: CadenciaError) -> Problem:
    """A refusal as a problem."""
    return Problem(
        title=HTTPStatus(status_of(refusal)).phrase,
        status=status_of(refusal),
        detail=refusal.message,
        code=refusal.code,
        place=refusal.place,
        hint=refusal.hint,
        findings=[_finding(each) for each in getattr(refusal, "findings", ())],
    )


def answer(problem: Problem) -> Response:
    """A problem as a response."""
    headers = {"WWW-Authenticate": "Bearer"} if problem.status == 401 else {}
    if problem.status == 429:
        headers["Retry-After"] = "1"
    return Response(problem.model_dump_json(), problem.status, headers, MEDIA_TYPE)


def refusal_answer(refusal: CadenciaError) -> Response:
    """A refusal as a response."""
    if status_of(refusal) >= 500:
        log.warning("http.service", error=str(refusal))
    return answer(problem_of(refusal))


def validation_answer(wrong: RequestValidationError) -> Response:
    """Everything of a request that cannot be used, at once."""
    errors = [_field_error(each) for each in wrong.errors()[:MOST_ERRORS]]
    first = errors[0] if errors else FieldError(place="body", code="invalid", message="cannot be read")
    return answer(
        Problem(
            title="Unprocessable Content",
            status=422,
            detail=f"{first.place}: {first.message}",
            code="request.invalid",
            place=first.place,
            errors=errors,
        )
    )


def answer_problems(app: FastAPI) -> None:
    """Let every refusal of this application be answered as a problem."""

    @app.exception_handler(CadenciaError)
    async def refused(_: Request, refusal: CadenciaError) -> Response:
        return refusal_answer(refusal)

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, wrong: RequestValidationError) -> Response:
        return validation_answer(wrong)

    @app.exception_handler(psycopg.DataError)
    async def unstorable(_: Request, fault: psycopg.DataError) -> Response:
        return answer(
            Problem(
                title="Unprocessable Content",
                status=422,
                detail=(str(fault).splitlines() or ["a value cannot be stored"])[0],
                code="request.value",
            )
        )

    @app.exception_handler(HTTPException)
    async def plain(_: Request, error: HTTPException) -> Response:
        phrase = HTTPStatus(error.status_code).phrase
        code = f"http.{phrase.lower().replace(' ', '_')}"
        place = "body" if error.status_code == HTTPStatus.BAD_REQUEST else ""
        problem = Problem(
            title=phrase, status=error.status_code, detail=str(error.detail), code=code, place=place
        )
        told = answer(problem)
        told.headers.update(error.headers or {})
        return told

    @app.exception_handler(Exception)
    async def unexpected(request: Request, accident: Exception) -> Response:
        reference = keep(request, accident)
        return answer(
            Problem(
                title="Internal Server Error",
                status=500,
                detail="something nobody expected",
                code="http.unexpected",
                hint=f"reference {reference}",
            )
        )


def keep(request: Request, accident: Exception) -> str:
    """Keep an accident in the log of the data folder; the reference to tell."""
    reference, _ = keep_unexpected(accident, request.app.state.service.settings.data_dir)
    return reference


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problems a route may answer, for its ``responses=``."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": HTTPStatus(status).phrase, "content": content} for status in statuses}


def _field_error(each: dict[str, Any]) -> FieldError:
    return FieldError(
        place=".".join(str(part) for part in each["loc"]), code=str(each["type"]), message=str(each["msg"])
    )


def _finding(finding: Any) -> dict[str, Any]:
    return {
        "code": finding.code,
        "place": finding.place,
        "severity": str(finding.severity),
        "es": finding.message_es,
        "en": finding.message_en,
        "hint": finding.hint,
    }
