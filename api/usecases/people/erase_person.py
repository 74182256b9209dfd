"""Erase a person on request, unless a debt or the law requires that what is held be kept."""

from dataclasses import dataclass

from api.clock import Clock
from engine.errors import BookError
from storage.database import Database
from storage.erasing import Standing, erase, last_deletion_by_law, standing_of
from storage.ledger import append_line
from storage.person_lock import lock_persons

KEEP_MONTHS = 24
"""How long the record of a contact is owed to the authority: Chile asks for two years."""


@dataclass(frozen=True)
class Erased:
    """What went: the person's addresses; their key went with them. Nothing, when it was done before."""

    person_id: int
    addresses: int


def erase_person(
    database: Database, clock: Clock, person_id: int, *, by: str, reason: str, keep_months: int = KEEP_MONTHS
) -> Erased:
    """Destroy a person's key and addresses; who asked and why goes into the ledger.

    ``BookError`` with the reason while they owe something, a case of theirs is open, or a contact or payment
    is younger than ``keep_months``.
    """
    now = clock.now()
    with database.connection() as connection:
        lock_persons(connection, [person_id])
        standing = standing_of(connection, person_id)
        if standing is None:
            raise BookError(f"no person {person_id}", code="person.unknown")
        if standing.erased:
            return Erased(person_id, 0)
        _expect_erasable(standing, str(person_id), last_deletion_by_law(now, keep_months).isoformat())
        done = Erased(person_id, erase(connection, person_id))
        body = {"by": by, "reason": reason, "addresses": done.addresses}
        append_line(connection, now, "person.erased", f"person:{person_id}", body)
    return done


def _expect_erasable(standing: Standing, place: str, before: str) -> None:
    if standing.owing:
        raise BookError(
            f"la persona debe en {', '.join(standing.owing)}: sus datos se necesitan para la deuda",
            code="person.owes",
            place=place,
            hint="cuando esté saldada",
        )
    if standing.open_cases:
        raise BookError(
            "la persona tiene una aclaración o queja abierta", code="person.case_open", place=place
        )
    dealt_on = standing.last_dealt_on
    if dealt_on is not None and dealt_on.isoformat() >= before:
        raise BookError(
            f"el último contacto o pago es del {dealt_on:%d-%m-%Y} y su registro debe conservarse",
            code="person.kept_by_law",
            place=place,
            hint=f"se puede borrar lo anterior al {before}",
        )
