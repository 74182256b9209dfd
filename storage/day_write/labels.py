"""Labels that strategies put on persons or take off them, seen from the next evaluation on."""

from collections.abc import Sequence

import numpy as np
import psycopg

from engine.book import Rows
from engine.day import Decision
from storage.terms import codes

_SET = {
    "put": "UPDATE person SET labels = labels | (1::bigint << %s) WHERE id = ANY(%s)",
    "remove": "UPDATE person SET labels = labels & ~(1::bigint << %s) WHERE id = ANY(%s)",
}


def write_labels(connection: psycopg.Connection, decision: Decision, lost: Sequence[Rows]) -> None:
    """Set and clear the bits of ``person.labels``, a bit per code of the word; twice is as once."""
    persons = decision.question.facts.book.column("person_id")
    for number, part in enumerate(decision.parts):
        for effect in part.advance.effects:
            if effect.kind == "label":
                rows = np.setdiff1d(effect.rows, lost[number])
                word = str(effect.details["label"])
                code = codes(connection, "label", [word])[word]
                ids = sorted({int(each) for each in persons[part.advance.after.account[rows]]})
                connection.execute(_SET[str(effect.details["action"])], [code, ids])
