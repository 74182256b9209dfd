"""The reactions nobody can switch off: payment, opt-out, dispute, complaint, wrong number, deceased and more.

The transaction that accepts an event has already written its fact to the book, so ``amount_to_cure`` is
what is owed after the payment. An instalment that is still open (``minimum_payment``) leaves it to each
strategy's own exit whether a payment ends it.
"""

from engine.conditions import parse
from engine.reactions.rules import Command, CommandKind, Rule, RuleSet
from engine.vocabulary import EventName, HoldKind

_WITHDRAW = Command(kind=CommandKind.WITHDRAW)
_EVALUATE = Command(kind=CommandKind.EVALUATE_NOW)
_TALK = Command(kind=CommandKind.OPEN_CONVERSATION)


def _hold(kind: HoldKind) -> tuple[Command, Command]:
    return Command(kind=CommandKind.HOLD, hold=kind), _WITHDRAW


def _resume(kind: HoldKind) -> tuple[Command, Command]:
    return Command(kind=CommandKind.RESUME, hold=kind), _EVALUATE


_CURED = parse(
    {
        "all": [
            {"fact": "amount_to_cure", "op": "<=", "value": 0},
            {
                "any": [
                    {"fact": "minimum_payment", "op": "is_unknown"},
                    {"fact": "minimum_payment", "op": "<=", "value": 0},
                ]
            },
        ]
    }
)
_SETTLED = parse({"fact": "event_settled", "op": "is", "value": True})
_POINT = Command(kind=CommandKind.BLOCK_CONTACT_POINT)

LOCKED = RuleSet(
    rules=(
        Rule(
            key="deceased",
            on=(EventName.DECEASED,),
            do=(Command(kind=CommandKind.STOP_CONTACT), _WITHDRAW, *_hold(HoldKind.PROTECTION)),
        ),
        Rule(key="opt_out", on=(EventName.OPT_OUT,), do=(Command(kind=CommandKind.OPT_OUT), _WITHDRAW)),
        Rule(key="dispute", on=(EventName.DISPUTE,), do=(*_hold(HoldKind.DISPUTE), _TALK)),
        Rule(key="complaint", on=(EventName.COMPLAINT,), do=(*_hold(HoldKind.COMPLAINT), _TALK)),
        Rule(key="protection", on=(EventName.PROTECTION,), do=_hold(HoldKind.PROTECTION)),
        Rule(key="wrong_number", on=(EventName.WRONG_NUMBER,), do=(_POINT, _WITHDRAW)),
        Rule(key="bounced", on=(EventName.BOUNCED,), do=(_POINT,)),
        Rule(
            key="template_paused",
            on=(EventName.TEMPLATE_PAUSED,),
            do=(Command(kind=CommandKind.STOP_TEMPLATE), _WITHDRAW),
        ),
        Rule(
            key="cured",
            on=(EventName.PAYMENT,),
            when=_CURED,
            do=(Command(kind=CommandKind.EXIT), _WITHDRAW),
        ),
        Rule(key="paid_in_part", on=(EventName.PAYMENT,), do=(_EVALUATE,)),
        Rule(
            key="payment_reversed",
            on=(EventName.PAYMENT_REVERSED,),
            do=(Command(kind=CommandKind.REOPEN),),
        ),
        Rule(key="promise_made", on=(EventName.PROMISE_MADE,), do=_hold(HoldKind.PROMISE)),
        Rule(
            key="promise_ended",
            on=(EventName.PROMISE_KEPT, EventName.PROMISE_PARTIALLY_KEPT, EventName.PROMISE_BROKEN),
            do=_resume(HoldKind.PROMISE),
        ),
        Rule(key="plan_offered", on=(EventName.PLAN_OFFERED,), do=(_EVALUATE,)),
        Rule(key="plan_accepted", on=(EventName.PLAN_ACCEPTED,), do=_hold(HoldKind.PLAN)),
        Rule(key="plan_missed", on=(EventName.PLAN_INSTALMENT_MISSED,), do=(_EVALUATE,)),
        Rule(
            key="plan_ended",
            on=(EventName.PLAN_KEPT, EventName.PLAN_BROKEN, EventName.PLAN_CANCELLED),
            do=(_EVALUATE,),
        ),
        Rule(key="agent_result", on=(EventName.AGENT_RESULT,), do=(_EVALUATE,)),
        Rule(key="paid_claim", on=(EventName.PAID_CLAIM,), do=(*_hold(HoldKind.PAID_CLAIM), _TALK)),
        Rule(key="reply_settled", on=(EventName.REPLY,), when=_SETTLED, do=(_EVALUATE,)),
        Rule(key="reply_open", on=(EventName.REPLY,), do=(*_hold(HoldKind.CONVERSATION), _TALK)),
    )
)
"""The locked set, posted first."""
