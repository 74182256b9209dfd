"""Ends a plan by hand: an offer is withdrawn, a plan in force cancelled by agreement, or broken."""

from typing import Literal
from zoneinfo import ZoneInfo

from api.agreements.plan_policy import PlanRefused
from api.clock import Clock
from api.usecases.money.accept_plan import expect_plan
from engine.vocabulary import EventName
from storage import plan_payments, plans
from storage.database import Database
from storage.events import revise_enrolments
from storage.ledger import append_line
from storage.person_lock import lock_persons
from storage.plans import PlanRow

Ending = Literal["withdrawn", "cancelled", "broken"]
EVENTS = {plans.CANCELLED: EventName.PLAN_CANCELLED, plans.BROKEN: EventName.PLAN_BROKEN}


def end_plan(
    database: Database, clock: Clock, plan_id: int, ending: Ending, *, by: str, reason: str
) -> PlanRow:
    """End a plan; its debts go on, without the discount. Said twice, it changes nothing."""
    now = clock.now()
    with database.connection() as connection:
        plan = expect_plan(connection, plan_id)
        lock_persons(connection, [plan.person_id])
        if not plans.end(connection, plan_id, ending, by=by, reason=reason, at=now):
            return _ended(expect_plan(connection, plan_id), ending)
        accounts = [row.account_id for row in plans.debts(connection, plan_id)]
        if ending != plans.WITHDRAWN:
            zone = plans.debts_of(connection, accounts)[0].timezone
            plan_payments.release(connection, plan_id, now.astimezone(ZoneInfo(zone)).date())
            plan_payments.tell_ended(connection, plan_id, EVENTS[ending], now)
        revise_enrolments(connection, accounts)
        told = {"plan": plan_id, "by": by, "reason": reason}
        append_line(connection, now, f"plan.{ending}", f"account:{accounts[0]}", told)
        return expect_plan(connection, plan_id)


def _ended(plan: PlanRow, ending: Ending) -> PlanRow:
    """The plan as it ended before; ``PlanRefused`` when it cannot end this way any more."""
    if plan.state != ending:
        raise PlanRefused(f"el convenio está en estado {plan.state}", code="plan.closed", place="plan")
    return plan
