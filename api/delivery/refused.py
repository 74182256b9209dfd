"""What a provider's refusal asks for beyond its own message, from a post or from a late status alike."""

from collections.abc import Mapping

from api.delivery.posting import Answered
from channels.port import Action
from storage.outbox.consequences import Consequence

CONSEQUENCES: Mapping[Action, str] = {
    Action.WRONG_NUMBER: "unreachable",
    Action.OPT_OUT: "opt_out",
    Action.STOP_TEMPLATE: "hold_template",
    Action.FAULTY_TEMPLATE: "block_template",
    Action.STOP_CHANNEL: "stop_channel",
    Action.PAUSE_SENDER: "pause_sender",
    Action.NOT_TODAY: "rest",
    Action.WINDOW_CLOSED: "close_window",
    Action.AUTHOR_ERROR: "tell_author",
}
"""What is done to more than the message, by what the refusal asks for; the other actions end with it."""


def consequence_of(answer: Answered) -> Consequence | None:
    """What a refused post means beyond its own message, if anything."""
    kind = CONSEQUENCES.get(answer.action) if answer.action else None
    if kind is None:
        return None
    message, outgoing = answer.cleared.message, answer.cleared.outgoing
    return Consequence(
        kind=kind,
        message_id=message.id,
        person_id=message.person_id,
        channel=message.channel,
        lane=message.lane,
        template_id=answer.cleared.template_id,
        template=outgoing.template,
        language=outgoing.language,
        address=outgoing.to,
        reason=answer.outcome.reason,
        pause_s=answer.pause_s,
    )
