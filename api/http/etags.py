"""ETags of documents: whoever writes says which revision they saw, and loses no one's work."""

from typing import Annotated

from fastapi import Header

from engine.errors import StaleError

IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", max_length=80, description='The ETag that was read; `"0"` for a new document.'),
]


def etag(revision: int | str) -> str:
    """A revision as an ETag: 7 is ``"7"``."""
    return f'"{revision}"'


def expect_revision(if_match: str | None, place: str) -> int:
    """The revision the caller saw (0: none yet); ``StaleError`` without or with an unreadable header."""
    said = (if_match or "").strip().removeprefix("W/").strip('"')
    if not said.isascii() or not said.isdigit() or len(said) > 9:
        raise StaleError(
            "a change says which revision it changes",
            place=place,
            hint='If-Match: the ETag you read, "0" for a new document',
            code="document.precondition",
        )
    return int(said)
