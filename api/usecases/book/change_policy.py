"""Change the contact policy of a portfolio: packs confirmed and approved by their hash, caps and prices."""

from typing import Any

import psycopg
from psycopg.types.json import Jsonb
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from api.agreements.plan_policy import SETTING, policy_of
from api.clock import BusinessClock
from engine.contact_policy import load_pack, pack_keys
from engine.errors import PolicyError
from engine.vocabulary import Channel
from storage.approvals import Approval
from storage.database import Database
from storage.ledger import append_line


class PolicyChange(BaseModel):
    """What a portfolio's policy is to be; what is left out stays.

    ``approved_packs``: the hash of each pack as counsel approved it. ``confirmed_packs``: drafts that may
    be used. Amounts are minor units: ``minimum_worth_working`` by currency, ``message_prices`` by channel.
    ``plan_policy`` is the authority matrix for payment plans (api.agreements.plan_policy).
    """

    model_config = ConfigDict(extra="forbid")
    approved_packs: dict[str, str] | None = Field(None, max_length=50)
    confirmed_packs: list[str] | None = Field(None, max_length=50)
    minimum_worth_working: dict[str, int] | None = Field(None, max_length=50)
    message_prices: dict[str, int] | None = Field(None, max_length=20)
    event_reserve: float | None = Field(None, ge=0, le=1)
    plan_policy: dict[str, Any] | None = None


def check_policy(connection: psycopg.Connection, asked: Approval) -> None:
    """``PolicyError`` for a pack that does not exist or was approved in another wording."""
    expect_change(asked.body)


def expect_change(body: dict[str, Any]) -> PolicyChange:
    """The change a request holds; ``PolicyError`` names what is wrong with it."""
    try:
        change = PolicyChange.model_validate(body)
    except ValidationError as wrong:
        first = wrong.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise PolicyError(first["msg"], place=place, code="policy.change") from None
    for key in [*(change.approved_packs or {}), *(change.confirmed_packs or [])]:
        if key not in pack_keys():
            raise PolicyError(f"there is no pack {key!r}", place=key, code="pack.unknown")
    for key, sha256 in (change.approved_packs or {}).items():
        if load_pack(key).sha256 != sha256:
            raise PolicyError(
                "the pack reads otherwise now", place=key, hint="read it again", code="policy.pack_changed"
            )
    if change.plan_policy is not None:
        policy_of({SETTING: change.plan_policy})
    strangers = set(change.message_prices or {}) - {channel.word for channel in Channel}
    if strangers:
        raise PolicyError(f"there is no channel {min(strangers)!r}", code="policy.channel")
    return change


def change_policy(database: Database, granted: Approval) -> dict[str, Any]:
    """Put the change in force, from the next evaluation on."""
    change = expect_change(granted.body).model_dump(exclude_none=True)
    with database.connection() as connection:
        connection.execute(
            "UPDATE portfolio SET settings = settings || %s WHERE id = %s",
            [Jsonb(change), granted.portfolio_id],
        )
        body = {"change": change, "by": granted.asked_by, "approved_by": granted.decided_by}
        now = BusinessClock(database).now()
        append_line(connection, now, "policy.changed", f"portfolio:{granted.portfolio_id}", body)
    return {"changed": sorted(change)}
