"""What a portfolio takes for a promise to pay: how far ahead, how little, and from whom not again."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from channels.formats import money
from engine.errors import BookError

SETTING = "promise_policy"


class PromisePolicy(BaseModel):
    """The setting ``promise_policy`` of a portfolio.

    ``least_share`` is of what is past due (0..1), ``remind_days_before`` how long before its date a
    promise is recalled (0: only on the day), ``grace_days`` how many days its money may come late.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    most_days: int = Field(default=15, ge=0, le=180)
    least_share: float = Field(default=0.2, ge=0, le=1)
    most_broken_90d: int = Field(default=2, ge=1, le=50)
    remind_days_before: int = Field(default=1, ge=0, le=30)
    grace_days: int = Field(default=0, ge=0, le=10)


class PromiseRefused(BookError):
    """A promise outside the portfolio's policy: it is told why, and what would be taken."""

    code = "promise.refused"


def policy_of(settings: Mapping[str, Any]) -> PromisePolicy:
    """The policy of a portfolio with these settings; ``BookError`` when the setting makes no sense.

    >>> policy_of({"promise_policy": {"most_days": 5}}).most_days
    5
    """
    try:
        return PromisePolicy.model_validate(settings.get(SETTING, {}))
    except ValidationError as wrong:
        first = wrong.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, (SETTING, *first["loc"])))
        raise BookError(first["msg"], place=place, code="promise.policy") from None


def check_promise(
    policy: PromisePolicy,
    *,
    amount: int,
    due_on: date,
    today: date,
    to_cure: int,
    balance: int,
    broken_90d: int,
    currency: str,
    country: str,
) -> None:
    """``PromiseRefused`` for a promise the policy does not take; amounts in minor units of ``currency``."""

    def said(minor: int) -> str:
        return money(minor, currency, country)

    if amount <= 0:
        raise PromiseRefused("una promesa es de más de cero", code="promise.nothing", place="amount")
    if amount > balance:
        raise PromiseRefused(
            f"la promesa es de {said(amount)} y se deben {said(balance)}",
            code="promise.more_than_owed",
            place="amount",
        )
    least = round(policy.least_share * to_cure)
    if amount < least:
        raise PromiseRefused(
            f"la promesa es de {said(amount)}; se aceptan desde {said(least)}",
            code="promise.too_little",
            place="amount",
        )
    if not 0 <= (due_on - today).days <= policy.most_days:
        raise PromiseRefused(
            f"la promesa es para el {due_on}",
            code="promise.date",
            place="due_on",
            hint=f"desde hoy ({today}) hasta {policy.most_days} días después",
        )
    if broken_90d >= policy.most_broken_90d:
        raise PromiseRefused(
            f"ya rompió {broken_90d} promesas en 90 días", code="promise.broken_before", place="account"
        )
