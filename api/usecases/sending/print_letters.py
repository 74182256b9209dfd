"""Prints the letters that are due: one PDF each and a manifest in a folder, guarded and counted."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from api.clock import Clock
from api.delivery.by_hand import GROUP, ByHand, handing_out
from api.delivery.documents import debt_line, letterhead
from api.delivery.judging import Cleared
from api.delivery.reference import Reference
from channels.letters import Letter, file_name, letter_pdf, manifest_csv
from engine.vocabulary import Channel
from storage.database import Database
from storage.ledger import append_line
from storage.outbox import reasons
from storage.outbox.hand_outs import HandLane, HandOut, lanes_of

ADDRESS_DOES_NOT_FIT = f"{reasons.RENDER}:letter.address"
MANIFEST = "manifiesto.csv"


@dataclass(frozen=True)
class LetterBatch:
    """One batch as it went to the print shop: its folder, how many letters, and those that are not in it."""

    batch: str
    folder: Path
    letters: int
    refused: int
    failed: int


def print_letters(
    database: Database, clock: Clock, portfolio_key: str, into: Path, *, by: str, most: int = GROUP
) -> LetterBatch:
    """Up to ``most`` due letters of a portfolio into ``into/<batch>``; each is accepted when it is printed.

    A letter whose address does not fit its window fails, with that reason.
    """
    now = clock.now()
    batch = f"cartas-{now:%Y%m%d-%H%M%S}"
    folder = into / batch
    folder.mkdir(parents=True)
    printed: list[tuple[int, Letter, str]] = []
    refused = failed = 0
    with database.connection() as connection:
        lanes = lanes_of(connection, portfolio_key, Channel.LETTER)
    for lane in lanes:
        with handing_out(database, clock, lane.lane) as hand:
            guarded = hand.guard(hand.lease(min(most - len(printed), GROUP)))
            refused += len(guarded.refused)
            handed, spoiled = _print(hand, guarded.cleared, lane, batch, folder, printed, by, clock)
            hand.record(handed, spoiled)
            failed += len(spoiled)
    (folder / MANIFEST).write_text(manifest_csv(batch, printed), "utf-8")
    with database.connection() as connection:
        body = {"batch": batch, "letters": len(printed), "refused": refused, "failed": failed, "by": by}
        append_line(connection, now, "letters.printed", f"portfolio:{portfolio_key}", body)
    return LetterBatch(batch, folder, len(printed), refused, failed)


def _print(
    hand: ByHand,
    cleared: tuple[Cleared, ...],
    lane: HandLane,
    batch: str,
    folder: Path,
    printed: list[tuple[int, Letter, str]],
    by: str,
    clock: Clock,
) -> tuple[list[tuple[Cleared, HandOut]], list[tuple[Cleared, str]]]:
    """Write the files; what was printed, and what could not be with its reason."""
    reference = Reference()
    with hand.transaction() as connection:
        reference.prepare(connection, [one.message for one in cleared])
    handed: list[tuple[Cleared, HandOut]] = []
    spoiled: list[tuple[Cleared, str]] = []
    for one in cleared:
        letter = _letter(one, reference)
        try:
            pdf = letter_pdf(letter)
        except ValueError:
            spoiled.append((one, ADDRESS_DOES_NOT_FIT))
            continue
        line = len(printed) + 1
        (folder / file_name(line)).write_bytes(pdf)
        printed.append((line, letter, hashlib.sha256(pdf).hexdigest()))
        message = one.message
        handed.append(
            (
                one,
                HandOut(
                    message.id, message.local_on, lane.portfolio_id, lane.lane, message.channel, batch, line,
                    by, clock.now(),
                ),
            )
        )  # fmt: skip
    return handed, spoiled


def _letter(one: Cleared, reference: Reference) -> Letter:
    """The letter of a cleared message; its table of debts only for a verified address."""
    message, outgoing = one.message, one.outgoing
    return Letter(
        message_id=outgoing.message_id,
        head=letterhead(reference.portfolio(message.portfolio_id), message.creditor_id),
        person=message.name,
        address=outgoing.to,
        country=message.country,
        day=message.local_on,
        subject=outgoing.subject,
        body=outgoing.text,
        lines=[debt_line(item, reference) for item in one.items] if message.contact_verified else (),
    )
