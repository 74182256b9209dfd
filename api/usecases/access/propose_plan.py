"""Offers a plan in somebody's name: at once inside their authority, else a second person is asked."""

from dataclasses import dataclass

from api.access.caller import EVERYWHERE, Caller
from api.agreements.plan_policy import MACHINE
from api.agreements.plan_terms import PlanWish
from api.clock import Clock
from api.usecases.access.approval_kinds import PLAN
from api.usecases.access.ask_approval import Request, ask_approval
from api.usecases.money.offer_plan import AboveAuthority, offer_plan, request_body
from storage.access import user_by_id
from storage.approvals import Approval
from storage.database import Database
from storage.plans import PlanRow


@dataclass(frozen=True)
class Proposed:
    """Either the plan that stands offered, or the request it waits for and why."""

    plan: PlanRow | None = None
    approval: Approval | None = None
    reason: str = ""


def propose_plan(
    database: Database, clock: Clock, wish: PlanWish, *, portfolio_id: int, who: Caller, note: str = ""
) -> Proposed:
    """Offer a plan, or ask for it: its terms are frozen to the last cent either way.

    ``PlanRefused`` where nobody may offer it.
    """
    try:
        done = offer_plan(database, clock, wish, roles=roles_of(database, who, portfolio_id), by=who.person)
    except AboveAuthority as beyond:
        body = request_body(beyond.terms, wish)
        subject = ",".join(str(one.account_id) for one in beyond.terms.debts)
        request = Request(PLAN, beyond.portfolio_id, subject, body, note or beyond.message)
        asked = ask_approval(database, clock, request, by=who.person)
        return Proposed(approval=asked, reason=beyond.message)
    return Proposed(plan=done.plan)


def roles_of(database: Database, who: Caller, portfolio_id: int) -> list[str]:
    """The roles the authority matrix knows a caller by; a machine's key has one of its own."""
    if who.user_id is None:
        return [MACHINE]
    with database.connection() as connection:
        user = user_by_id(connection, who.user_id)
    return [role for where, role in (user.grants if user else ()) if where in (EVERYWHERE, portfolio_id)]
