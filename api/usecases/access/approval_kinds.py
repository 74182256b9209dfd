"""What may be asked of a second person, by kind: who asks, who grants, what is checked and what is done."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg

from api.usecases.book.change_policy import change_policy, check_policy
from api.usecases.money.offer_plan import check_request, offer_granted
from api.usecases.money.refund_payment import check_refund, refund_granted
from api.usecases.strategies.migrate_enrolments import migrate_enrolments
from api.usecases.strategies.publish_strategy import check_publishable, publish_strategy
from api.usecases.templates.approve_template import approve_template, expect_pending_template
from engine.strategy.document import Strategy
from engine.strategy.migrate import Choice
from storage.approvals import Approval
from storage.database import Database

PUBLICATION, MOVE, TEMPLATE, POLICY = "publication", "move_accounts", "template", "policy"
PLAN = "plan"
REFUND = "refund"


@dataclass(frozen=True)
class Kind:
    """One kind of request: the permissions to ask and to grant; ``check`` raises what stands in the way.

    ``carry_out`` may be repeated: done twice it changes nothing more.
    """

    asks: str
    grants: str
    check: Callable[[psycopg.Connection, Approval], None]
    carry_out: Callable[[Database, Approval], dict[str, Any]]


def choices_of(said: Mapping[str, Any]) -> dict[str, Choice]:
    """What becomes of the accounts at each node named: ``{"espera": {"kind": "move", "target": "fin"}}``."""
    return {node: Choice(each["kind"], each.get("target", "")) for node, each in said.items()}


def _check_publication(connection: psycopg.Connection, asked: Approval) -> None:
    strategy = Strategy.model_validate(asked.body["document"])
    check_publishable(connection, _portfolio_key(connection, asked), strategy)


def _publish(database: Database, granted: Approval) -> dict[str, Any]:
    """Publish, then move the accounts in flight as the request says, node by node."""
    strategy = Strategy.model_validate(granted.body["document"])
    with database.connection() as connection:
        portfolio = _portfolio_key(connection, granted)
    done = publish_strategy(
        database, portfolio, strategy, by=granted.asked_by, approved_by=str(granted.decided_by)
    )
    moved = migrate_enrolments(
        database,
        portfolio,
        strategy.key,
        choices_of(granted.body.get("choices", {})),
        by=granted.asked_by,
    )
    return {
        "version": done.number,
        "moved": moved.moved,
        "ended": moved.ended,
        "in_flight": moved.in_flight,
    }


def _move(database: Database, granted: Approval) -> dict[str, Any]:
    with database.connection() as connection:
        portfolio = _portfolio_key(connection, granted)
    moved = migrate_enrolments(
        database, portfolio, granted.subject, choices_of(granted.body["choices"]), by=granted.asked_by
    )
    return {"moved": moved.moved, "ended": moved.ended, "in_flight": moved.in_flight}


def _nothing_to_check(connection: psycopg.Connection, asked: Approval) -> None:
    """The use case itself refuses what is impossible."""


def _portfolio_key(connection: psycopg.Connection, asked: Approval) -> str:
    ((key,),) = connection.execute("SELECT key FROM portfolio WHERE id = %s", [asked.portfolio_id]).fetchall()
    return str(key)


KINDS: Mapping[str, Kind] = {
    PUBLICATION: Kind("strategy.edit", "strategy.approve", _check_publication, _publish),
    MOVE: Kind("bulk.ask", "bulk.approve", _nothing_to_check, _move),
    TEMPLATE: Kind("template.edit", "template.approve", expect_pending_template, approve_template),
    POLICY: Kind("policy.edit", "policy.approve", check_policy, change_policy),
    PLAN: Kind("promise.write", "plan.approve", check_request, offer_granted),
    REFUND: Kind("refund.ask", "refund.approve", check_refund, refund_granted),
}
"""Every kind there is (row G4)."""
