"""Labels that strategies put on persons or take off them, seen from the next evaluation on."""

from collections.abc import Sequence

import polars as pl
import psycopg

from engine.book import Rows
from engine.day import Decision
from engine.rows import distinct, without
from storage.copying import stage
from storage.terms import codes

_SET = {
    "put": "UPDATE person p SET labels = labels | (1::bigint << %s) FROM labelled l WHERE p.id = l.id",
    "remove": "UPDATE person p SET labels = labels & ~(1::bigint << %s) FROM labelled l WHERE p.id = l.id",
}


def write_labels(connection: psycopg.Connection, decision: Decision, lost: Sequence[Rows]) -> None:
    """Set and clear the bits of ``person.labels``, a bit per code of the word; twice is as once."""
    persons = decision.question.facts.book.column("person_id")
    for number, part in enumerate(decision.parts):
        for effect in part.advance.effects:
            if effect.kind == "label":
                rows = without(effect.rows, lost[number])
                word = str(effect.details["label"])
                code = codes(connection, "label", [word])[word]
                ids = distinct(persons[part.advance.after.account[rows]])
                stage(connection, "labelled", pl.DataFrame({"id": ids}), counted=False)
                connection.execute(_SET[str(effect.details["action"])], [code])
