"""What a portfolio offers as payment plans, and who may offer how much: the authority matrix."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from api.access.roles import roles
from engine.errors import BookError
from engine.instalments import Every

SETTING = "plan_policy"
DEBTOR, MACHINE = "debtor", "key"
"""Beside the roles of people: the debtor who serves themselves, and a machine with a key."""

Share = Annotated[float, Field(ge=0, le=1)]
Covers = Literal["arrears", "balance"]
MOST_INSTALMENTS = 60


class _Setting(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Discounts(_Setting):
    """The share of each component that is forgiven once a plan is kept (0..1)."""

    capital: Share = 0
    interest: Share = 0
    fees: Share = 0


class Limits(_Setting):
    """How far somebody may go. ``least_down_payment`` is a share of what is to be paid."""

    most_discount: Discounts = Discounts()
    most_instalments: int = Field(default=1, ge=1, le=MOST_INSTALMENTS)
    least_down_payment: Share = 0


class Authority(Limits):
    """What a role may offer by itself, for debts so many days past due, of these products (none: all)."""

    role: str
    from_days: int = 0
    to_days: int | None = None
    products: tuple[str, ...] = ()
    covers: tuple[Covers, ...] = ("arrears", "balance")

    @field_validator("role")
    @classmethod
    def _known(cls, role: str) -> str:
        if role not in (*roles(), DEBTOR, MACHINE):
            raise ValueError(f"there is no role {role!r}; also {DEBTOR!r} and {MACHINE!r}")
        return role


class OptionRule(_Setting):
    """One plan the debtor may take without asking anybody; ``key`` is how portal and assistant name it."""

    key: str = Field(min_length=1, max_length=40)
    covers: Covers = "arrears"
    discount: Discounts = Discounts()
    down_payment: Share = 0
    instalments: int = Field(default=1, ge=1, le=MOST_INSTALMENTS)
    every: Every = "month"


def _house() -> tuple[Authority, ...]:
    some = Discounts(interest=0.5, fees=1)
    return (
        Authority(role=DEBTOR, most_instalments=3),
        Authority(role="agent", most_instalments=6),
        Authority(role="supervisor", most_instalments=12, most_discount=some),
    )


class PlanPolicy(_Setting):
    """The setting ``plan_policy`` of a portfolio.

    ``ceiling`` is what nobody passes, a second person included. ``valid_days`` is how long an offer stands,
    ``grace_days`` how many days an instalment may come late, ``broken_after`` how many missed instalments
    break a plan, ``remind_days_before`` how long before its day an instalment is recalled, ``core_days``
    how long an account stays at rest after a kept plan with a discount, until the core has applied it.
    """

    authority: tuple[Authority, ...] = Field(default_factory=_house)
    ceiling: Limits = Limits(
        most_discount=Discounts(capital=0.7, interest=1, fees=1), most_instalments=MOST_INSTALMENTS
    )
    options: tuple[OptionRule, ...] = (
        OptionRule(key="2-pagos", instalments=2),
        OptionRule(key="3-pagos", instalments=3),
    )
    valid_days: int = Field(default=7, ge=0, le=90)
    most_valid_days: int = Field(default=30, ge=0, le=180)
    grace_days: int = Field(default=3, ge=0, le=30)
    broken_after: int = Field(default=2, ge=1, le=20)
    remind_days_before: int = Field(default=1, ge=0, le=30)
    core_days: int = Field(default=30, ge=1, le=180)


class PlanRefused(BookError):
    """A plan the portfolio does not take: it is told why, and what would be taken."""

    code = "plan.refused"


def policy_of(settings: Mapping[str, Any]) -> PlanPolicy:
    """The policy of a portfolio with these settings; ``BookError`` when the setting makes no sense.

    >>> policy_of({"plan_policy": {"grace_days": 5}}).grace_days
    5
    """
    try:
        return PlanPolicy.model_validate(settings.get(SETTING, {}))
    except ValidationError as wrong:
        first = wrong.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, (SETTING, *first["loc"])))
        raise BookError(first["msg"], place=place, code="plan.policy") from None


def rules_for(
    policy: PlanPolicy, held: Iterable[str], *, days_past_due: int, product: str, covers: Covers
) -> list[Authority]:
    """The rules of the matrix that say what a person with some roles may offer on a debt.

    >>> [
    ...     rule.most_instalments
    ...     for rule in rules_for(
    ...         PlanPolicy(), ["agent"], days_past_due=10, product="tarjeta", covers="arrears"
    ...     )
    ... ]
    [6]
    """
    mine = frozenset(held)
    return [
        rule
        for rule in policy.authority
        if rule.role in mine
        and rule.from_days <= days_past_due
        and (rule.to_days is None or days_past_due <= rule.to_days)
        and (not rule.products or product in rule.products)
        and covers in rule.covers
    ]
