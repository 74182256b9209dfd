"""What people do on the first day: one pays and one opts out before the message, one answers after it."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from time import sleep

import httpx

from api.clock import steady
from api.demo import unreachable
from api.demo.cast import Cast, Part
from api.demo.stage import Stage
from api.usecases.money.record_payment import PaymentIn, record_payment
from api.usecases.people.record_opt_out import OptOut, record_opt_out
from engine.errors import ServiceError
from engine.vocabulary import EventKind

FIRST = date(2026, 11, 13)
REPLY = "Hola, ya lo vi. ¿Puedo pagar el martes?"
PATIENCE_S = 120.0
"""A busy machine is no failure: the first reply waits until the classifier has learnt."""


def before_messages(stage: Stage, cast: Cast, day: date) -> Iterator[str]:
    """What happens between the run and the first message of a date, one sentence each."""
    if day != FIRST:
        return
    unreachable.let_it_fail(stage, cast, day)
    payer, leaving = cast["payer"], cast["opt_out"]
    paid = record_payment(
        stage.database,
        stage.clock,
        PaymentIn(payer.account_ids[0], "core", "DEMO-PAGO-1", _owed(stage, payer), stage.clock.now()),
    )
    yield f"06:31 {payer.name} paga todo lo vencido: se retira {len(paid.withdrawn)} mensaje en cola."
    taken = record_opt_out(
        stage.database, stage.clock, OptOut(leaving.person_id, source="portal", words="BAJA")
    )
    yield f"06:31 {leaving.name} pide BAJA: se retira {len(taken)} mensaje en cola."


def after_messages(stage: Stage, cast: Cast, day: date) -> Iterator[str]:
    """What happens once the messages of a date are out."""
    if day != FIRST:
        return
    yield from unreachable.told(stage, cast, day, lambda came, what: _wait_for(stage, came, what))
    replier = cast["replier"]
    answer = httpx.post(f"{stage.simulator.url}/control/reply", json={"to": replier.phone, "text": REPLY})
    answer.raise_for_status()
    _wait_for(stage, lambda: _replied(stage, replier), "the reply")
    yield f"12:30 {replier.name} responde: «{REPLY}» Su espera termina y el caso sigue con esa respuesta."


def wait_for_statuses(stage: Stage, day: date) -> None:
    """Let the provider's answers about the messages of a date come in: until nothing new arrives."""
    before, changed_at, began = -1, steady(), steady()
    while steady() - changed_at < timedelta(seconds=1.5).total_seconds() and steady() - began < PATIENCE_S:
        known = _known_statuses(stage, day)
        if known != before:
            before, changed_at = known, steady()
        sleep(0.2)


def _wait_for(stage: Stage, came: Callable[[], bool], what: str) -> None:
    began = steady()
    while not came():
        if steady() - began > PATIENCE_S:
            raise ServiceError(
                f"{what} did not come in",
                place=str(stage.settings.data_dir / "service.log"),
                code="demo.stuck",
            )
        sleep(0.1)


def _owed(stage: Stage, part: Part) -> int:
    with stage.database.connection() as connection:
        return int(
            connection.execute(
                "SELECT amount_to_cure FROM account WHERE id = %s", [part.account_ids[0]]
            ).fetchall()[0][0]
        )


def _replied(stage: Stage, part: Part) -> bool:
    with stage.database.connection() as connection:
        rows = connection.execute(
            "SELECT 1 FROM account_event WHERE person_id = %s AND kind = %s LIMIT 1",
            [part.person_id, int(EventKind.REPLY)],
        ).fetchall()
    return bool(rows)


def _known_statuses(stage: Stage, day: date) -> int:
    with stage.database.connection() as connection:
        row = connection.execute(
            "SELECT count(delivered_at) + count(read_at) FROM message WHERE local_on = %s", [day]
        ).fetchall()[0]
    return int(row[0])
