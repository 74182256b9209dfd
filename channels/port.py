"""The one narrow seam between Cadencia and every provider: what goes out, what comes back.

A sender answers with one of three outcomes and never raises for what a provider or a network did:

* ``Accepted``: the provider took the message and gave it an id;
* ``NotAccepted``: it is certain that nobody will receive it; ``action`` says what to do about that;
* ``Unknown``: the body left this machine and no trustworthy answer came back. Nobody may send such a
  message again on a guess: the status webhook that carries our id decides, or it stays unconfirmed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, Protocol

from engine.vocabulary import Channel


class Action(StrEnum):
    """What a refusal asks the rest of the product to do; one word per row of the error tables."""

    RETRY_LATER = "retry_later"  # transient: same message again, growing pauses, five times at most
    SLOW_DOWN = "slow_down"  # this sender posts too fast: slow its queue, then again
    RETRY_PERSON_LATER = "retry_person_later"  # too many messages to this one person: only they wait
    NOT_TODAY = "not_today"  # the provider's own cap per person: at least 24 hours, or another channel
    WRONG_NUMBER = "wrong_number"  # the address reaches nobody on this channel: mark it, other channel
    OTHER_CHANNEL = "other_channel"  # this message will not go here; the address itself may be good
    OPT_OUT = "opt_out"  # the person told the provider to stop
    WINDOW_CLOSED = "window_closed"  # free text outside the 24-hour window: send a template instead
    STOP_TEMPLATE = "stop_template"  # hold every message of this template until it is approved again
    FAULTY_TEMPLATE = "faulty_template"  # its parameters do not fit: block the step, tell its author
    MEDIA_FAILED = "media_failed"  # the document was not fetched: again a few times, then words and link
    AUTHOR_ERROR = "author_error"  # this request is wrong: it fails alone and its author is told
    PAUSE_SENDER = "pause_sender"  # this number is in trouble: pause it and raise an alarm
    STOP_CHANNEL = "stop_channel"  # account, permission or payment: stop the channel, raise an alarm


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a message: its bytes, an address it can be fetched from, or the provider's id.

    ``media_id`` is what an earlier upload to this provider was given. ``make`` draws a document when it is
    posted, so that nobody waits for it before.
    """

    name: str
    media_type: str
    content: bytes = b""
    link: str = ""
    media_id: str = ""
    make: Callable[[], bytes] | None = None

    def data(self) -> bytes:
        """The bytes of the file, drawn now where it is to be drawn."""
        return self.make() if self.make is not None else self.content


@dataclass(frozen=True, slots=True)
class Button:
    """What one button needs at sending: the end of its address, its payload, or the code to copy.

    ``index`` is its place among all buttons of a registered template. ``title`` is said in free text only,
    where just ``quick_reply`` exists; a registered template has its own words.
    """

    kind: Literal["url", "quick_reply", "copy_code"]
    value: str
    index: int = 0
    title: str = ""


@dataclass(frozen=True, slots=True)
class MenuRow:
    """One choice of a menu; ``payload`` comes back when it is chosen."""

    payload: str
    title: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Menu:
    """A list of choices under one button, by section; free text inside the 24-hour window only."""

    button: str
    sections: tuple[tuple[str, tuple[MenuRow, ...]], ...]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message, fully rendered, as a provider needs it.

    ``message_id`` is our own id (a uuid, no personal data) and travels with the message so that status
    webhooks bring it back. ``to`` is E.164 or an e-mail address; ``sender`` is the provider's id of the
    number (WhatsApp phone number id, SMS number or service id, e-mail address). ``template`` is the
    provider's template name; empty means free text, lawful for WhatsApp only inside the 24-hour window.
    ``variables`` with digit keys are positional, with names are named parameters. ``valid_for_s`` is
    how long the provider may keep trying (0: its default), so that nothing arrives after the window.
    ``template_id`` is the provider's own id of the template where it goes by one (Twilio's content id).
    ``thread`` names the conversation with the person, so that mails of one stand together.
    WhatsApp takes one attachment: in the header of a template, or as a document inside the window.
    """

    message_id: str
    channel: Channel
    to: str
    sender: str
    template: str
    language: str
    variables: Mapping[str, str]
    text: str
    subject: str = ""
    html: str = ""
    in_reply_to: str = ""
    unsubscribe_url: str = ""
    valid_for_s: int = 0
    attachments: tuple[Attachment, ...] = ()
    thread: str = ""
    buttons: tuple[Button, ...] = ()
    menu: Menu | None = None
    footer: str = ""
    template_id: str = ""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took the message; accepted is not yet delivered."""

    provider_id: str


@dataclass(frozen=True, slots=True)
class NotAccepted:
    """Certainly not sent. ``retry_after_s`` is the provider's own wish, 0 when it said nothing."""

    code: str
    reason: str
    action: Action
    retry_after_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Unknown:
    """Perhaps sent: never resent on a guess."""

    reason: str


Outcome = Accepted | NotAccepted | Unknown


class Sender(Protocol):
    """One provider account that can send. Safe to use from many tasks of one event loop at once."""

    async def send(self, message: Outgoing) -> Outcome:
        """Post the message once, and only once."""
        ...

    async def close(self) -> None:
        """Give back connections; the sender cannot be used afterwards."""
        ...


StatusState = Literal["sent", "delivered", "read", "failed"]


@dataclass(frozen=True, slots=True)
class StatusUpdate:
    """What happened to a message we sent. May come twice, late, or in any order.

    ``message_id`` is ours when the provider brought it back. ``at`` is epoch seconds by the provider's
    clock. ``code``, ``reason`` and ``action`` are set for ``failed``; ``price_category`` is what the
    provider says it bills; ``user_id`` is its own name of the person, which may come without a number.
    """

    message_id: str | None
    provider_id: str
    state: StatusState
    at: float
    recipient: str = ""
    code: str = ""
    reason: str = ""
    action: Action | None = None
    price_category: str = ""
    user_id: str = ""


@dataclass(frozen=True, slots=True)
class InboundReply:
    """What a person sent us. ``kind`` is the provider's word: text, button, image, location...

    ``from_`` is an E.164 number (an opaque user id when the provider hides the number), ``to`` our
    sender's id, ``in_reply_to`` the provider id of the message answered, when known; ``user_id`` is the
    provider's own name of the person, told beside the number or instead of it.
    """

    from_: str
    to: str
    text: str
    kind: str
    provider_id: str
    at: float
    in_reply_to: str = ""
    payload: str = ""
    media_id: str = ""
    media_type: str = ""
    user_id: str = ""


TemplateState = Literal["pending", "approved", "rejected", "paused", "disabled", "faulty"]


@dataclass(frozen=True, slots=True)
class TemplateNews:
    """What a provider says of a registered template; empty parts were not told.

    ``category`` is the provider's own (utility, marketing, authentication), ``quality`` green, yellow, red
    or unknown. ``at`` is epoch seconds, 0 when it was not said.
    """

    name: str
    language: str
    provider_id: str = ""
    state: TemplateState | None = None
    category: str = ""
    quality: str = ""
    reason: str = ""
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class SenderNews:
    """What a provider says of a number or of the whole account.

    ``sender`` is empty when it is about the account. ``tier`` is how many persons a day (0: no limit,
    ``None``: not told). ``action`` is what trouble asks for.
    """

    sender: str
    kind: str
    quality: str = ""
    tier: int | None = None
    action: Action | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Moved:
    """A person changed their number: ``from_`` is the old one, ``to`` the new."""

    from_: str
    to: str
    provider_id: str
    at: float


@dataclass(frozen=True, slots=True)
class Unrecognised:
    """A webhook item this version does not understand: kept and shown, never dropped."""

    kind: str
    reason: str
    body: Mapping[str, object] = field(default_factory=dict)


Webhook = StatusUpdate | InboundReply | TemplateNews | SenderNews | Moved | Unrecognised
