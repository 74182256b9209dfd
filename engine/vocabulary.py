"""The closed lists every room shares: channels, purposes, states and reasons, as small integer codes.

The same code stands in a NumPy column, in a PostgreSQL ``smallint`` and, lower-cased, in the JSON
documents people read: ``Channel.WHATSAPP`` is ``1`` in a column and ``"whatsapp"`` in a strategy.
Codes are never reused; a new member takes the next number.
"""

from enum import IntEnum, IntFlag, StrEnum


class Word(IntEnum):
    """An integer code with the lower-case name documents use.

    >>> Channel.WHATSAPP.word, Channel.of("whatsapp") is Channel.WHATSAPP
    ('whatsapp', True)
    """

    @property
    def word(self) -> str:
        """The name as it stands in JSON documents."""
        return self.name.lower()

    @classmethod
    def of(cls, word: str) -> "Word":
        """The member a document's word names; ``KeyError`` when there is none."""
        return cls[word.upper()]


class Channel(Word):
    """How a person is reached. ``VISIT`` only ever comes from outside contacts."""

    WHATSAPP = 1
    SMS = 2
    EMAIL = 3
    VOICE = 4
    LETTER = 5
    ASSISTED = 6
    VISIT = 7


class Purpose(Word):
    """Why a person is contacted; exceptions in the law are purposes, never switches.

    ``CONFIRMATION``, ``ANSWER`` (respuesta) and ``INFORMATION`` the person asked for take no slot
    of the day (03, point 11).
    """

    COLLECTION = 1
    REMINDER = 2
    NOTICE = 3
    CONFIRMATION = 4
    ANSWER = 5
    INFORMATION = 6


SLOT_PURPOSES = frozenset({Purpose.COLLECTION, Purpose.REMINDER, Purpose.NOTICE})
"""The purposes that share one slot per person and local date."""


class Relation(Word):
    """What the addressee is to the debt."""

    TITULAR = 1
    CODEUDOR = 2
    AVAL = 3
    REPRESENTANTE = 4


class Consent(Word):
    """What a person said about one channel. ``DENIED`` is an opt-out; it always wins."""

    UNKNOWN = 0
    GRANTED = 1
    DENIED = 2


class AccountStatus(Word):
    """The legal state of a debt (row D7)."""

    CURRENT = 1
    PAST_DUE = 2
    RESTRUCTURED = 3
    CHARGED_OFF = 4
    JUDICIAL = 5
    SOLD = 6
    INSOLVENCY = 7
    DECEASED = 8


STOPPED_STATUSES = frozenset(
    {AccountStatus.JUDICIAL, AccountStatus.SOLD, AccountStatus.INSOLVENCY, AccountStatus.DECEASED}
)
"""States in which no strategy writes to anyone about the account."""


class Stop(IntFlag):
    """Reasons why a person or account must not be contacted for collection, as bits of one column."""

    NONE = 0
    DISPUTE = 1
    COMPLAINT = 2
    VULNERABLE = 4
    DECEASED = 8
    LEGAL_REPRESENTATION = 16
    INSOLVENCY = 32
    MINOR = 64
    OPTED_OUT = 128
    MISSING = 256


class HoldKind(Word):
    """Why an account stands still without moving (03, point 7)."""

    CONVERSATION = 1
    COMPLAINT = 2
    PROTECTION = 3
    PROMISE = 4
    PLAN = 5
    DISPUTE = 6
    PAID_CLAIM = 7
    MANUAL = 8
    MISSING = 9


class EnrolmentState(Word):
    """Where an enrolment stands between two evaluations."""

    MOVING = 0
    WAITING = 1
    SENDING = 2
    DEFERRED = 3
    PAUSED = 4
    ENDED = 5


class MessageState(Word):
    """The life of one message; only ever moves to the right, save that a status may overtake another."""

    QUEUED = 1
    LEASED = 2
    SENDING = 3
    ACCEPTED = 4
    DELIVERED = 5
    READ = 6
    FAILED = 7
    UNKNOWN = 8
    WITHDRAWN = 9
    EXPIRED = 10
    SHADOW = 11


class Outcome(Word):
    """What the policy or the arbitration says about one wanted contact."""

    ALLOWED = 1
    DEFERRED = 2
    BLOCKED = 3


class EventKind(Word):
    """What may have happened to an account since it last moved."""

    REPLY = 1
    PROMISE = 2
    PAYMENT = 3
    DELIVERED = 4
    READ = 5
    FAILED = 6
    CLICKED = 7
    PROMISE_KEPT = 8
    PROMISE_BROKEN = 9
    RESULT = 10
    PLAN_BROKEN = 11


class EventName(StrEnum):
    """What may happen to an account between two evaluations, as reactions and webhooks name it."""

    PAYMENT = "payment"
    PAYMENT_REVERSED = "payment_reversed"
    PROMISE_MADE = "promise_made"
    PROMISE_KEPT = "promise_kept"
    PROMISE_PARTIALLY_KEPT = "promise_partially_kept"
    PROMISE_BROKEN = "promise_broken"
    PLAN_OFFERED = "plan_offered"
    PLAN_ACCEPTED = "plan_accepted"
    PLAN_INSTALMENT_MISSED = "plan_instalment_missed"
    PLAN_KEPT = "plan_kept"
    PLAN_BROKEN = "plan_broken"
    PLAN_CANCELLED = "plan_cancelled"
    REPLY = "reply"
    PAID_CLAIM = "paid_claim"
    OPT_OUT = "opt_out"
    DISPUTE = "dispute"
    COMPLAINT = "complaint"
    PROTECTION = "protection"
    DECEASED = "deceased"
    WRONG_NUMBER = "wrong_number"
    BOUNCED = "bounced"
    TEMPLATE_PAUSED = "template_paused"
    AGENT_RESULT = "agent_result"


class CauseKind(Word):
    """What asked for a message, a task or another effect (03, point 2)."""

    ENROLMENT = 1
    PROMISE = 2
    PLAN = 3
    TURN = 4
    EVENT = 5
    OPT_OUT = 6
    ANSWER = 7


class Trigger(Word):
    """What started an evaluation (03, point 4)."""

    DAILY = 1
    EVENT = 2
    DELIVERY = 3
    TIMER = 4
    MANUAL = 5


class Bucket(Word):
    """The one line of the daily close an account is counted in, first that applies (03, point 17)."""

    ERROR = 1
    ENDED_TODAY = 2
    HELD = 3
    ACTED = 4
    BLOCKED = 5
    DEFERRED = 6
    WAITING = 7
    PAUSED = 8
    HOLDOUT = 9
    NOT_ELIGIBLE = 10
    ENDED_BEFORE = 11
