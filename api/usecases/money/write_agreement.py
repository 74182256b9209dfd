"""Writes the agreement letter of a plan: drawn when it is accepted, kept encrypted and by its hash."""

import base64
import hashlib
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import psycopg

from channels.agreements import Agreement, Language, agreement_pdf
from channels.paper import Letterhead
from engine.errors import BookError
from storage import plans
from storage.cells import ERASED
from storage.database import Database
from storage.personal import Opener, names_of, seal_words
from storage.plans import PlanRow

LANGUAGES: tuple[Language, ...] = ("es", "en")


@dataclass(frozen=True)
class AgreementLetter:
    """The PDF and its SHA-256 in hex; ``kept`` when it is the one of the day of the acceptance."""

    pdf: bytes
    sha256: str
    kept: bool


def keep_letters(connection: psycopg.Connection, plan: PlanRow) -> dict[str, str]:
    """Draw and keep the letters of an accepted plan, once; the SHA-256 of each language in hex."""
    hashes: dict[str, str] = {}
    for language in LANGUAGES:
        pdf = agreement_pdf(_agreement(connection, plan), language)
        (sealed,) = seal_words(connection, plan.person_id, [base64.b64encode(pdf).decode()])
        digest = hashlib.sha256(pdf)
        plans.keep_letter(connection, plan.id, language, digest.digest(), sealed)
        hashes[language] = digest.hexdigest()
    return hashes


def agreement_letter(database: Database, plan: PlanRow, language: Language) -> AgreementLetter:
    """The letter of a plan as it was kept; an offer's is drawn as it stands.

    ``BookError`` when the debtor was erased, or what is kept is not what was written.
    """
    with database.connection() as connection:
        kept = plans.letter(connection, plan.id, language)
        if kept is None:
            pdf = agreement_pdf(_agreement(connection, plan), language)
            return AgreementLetter(pdf, hashlib.sha256(pdf).hexdigest(), False)
        text = Opener.of(connection, [plan.person_id]).words(plan.person_id, kept[1])
    if text == ERASED:
        raise BookError("los datos del deudor se borraron", code="letter.unknown", place=str(plan.id))
    pdf = base64.b64decode(text)
    if hashlib.sha256(pdf).digest() != kept[0]:
        raise BookError("la carta no es la que se guardó", code="letter.changed", place=str(plan.id))
    return AgreementLetter(pdf, kept[0].hex(), True)


def _agreement(connection: psycopg.Connection, plan: PlanRow) -> Agreement:
    row = connection.execute(
        """SELECT p.name, c.name, f.country, f.timezone, f.settings FROM person p, creditor c, portfolio f
           WHERE p.id = %s AND c.id = %s AND f.id = %s""",
        [plan.person_id, plan.creditor_id, plan.portfolio_id],
    ).fetchone()
    assert row is not None  # a plan has a person, a creditor and a portfolio
    stored, creditor, country, zone, settings = row
    (person,) = names_of(connection, [(plan.person_id, stored)])
    at = plan.accepted_at
    return Agreement(
        head=Letterhead(
            creditor,
            str(settings.get("contact_address", "")),
            str(settings.get("contact_phone", "")),
            str(settings.get("legal_text", "")),
        ),
        tax_id=str(settings.get("creditor_tax_id", "")),
        person=person,
        country=country,
        currency=plan.currency,
        number=plan.id,
        accepted_on=at.astimezone(ZoneInfo(zone)).date() if at else None,
        valid_until=plan.valid_until,
        covers="balance" if plan.covers == "balance" else "arrears",
        owed={name: getattr(plan, name) for name in ("capital", "interest", "fees", "tax")},
        discount={name: getattr(plan, f"discount_{name}") for name in ("capital", "interest", "fees")},
        total=plan.total,
        debts=[(one.number[-4:], one.amount, one.total) for one in plans.debts(connection, plan.id)],
        schedule=[(one.number, one.due_on, one.amount) for one in plans.instalments(connection, plan.id)],
        grace_days=plan.grace_days,
        broken_after=plan.broken_after,
        payment_methods=str(settings.get("payment_methods", "")),
        fingerprint=plan.terms_hash.hex(),
    )
