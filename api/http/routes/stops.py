"""The red button: stop all, a country, a channel, a strategy or a template; a second person resumes."""

from datetime import datetime
from typing import Annotated

from fastapi import Path
from pydantic import BaseModel, Field

from api.access.caller import Caller
from api.http.access import Anyone, may
from api.http.resource import resource
from api.http.service import Parts
from api.usecases.sending.resume_sending import resume_sending
from api.usecases.sending.stop_sending import list_stops as stops_in_force
from api.usecases.sending.stop_sending import stop_sending
from engine.vocabulary import Channel
from storage.stops import Scope, Switch

router = resource("/stops", "red button")

Presser = Annotated[Caller, may("stop.press")]
Resumer = Annotated[Caller, may("stop.resume")]


class Press(BaseModel):
    """What to stop, and why."""

    scope: Scope = Field(examples=["channel"])
    value: str = Field(
        "", max_length=100, description="A country, a channel, the key of a strategy or template."
    )
    reason: str = Field(min_length=1, max_length=500, examples=["texto equivocado"])


class StopOut(BaseModel):
    """A stop in force."""

    id: int
    scope: str
    value: str
    stopped_by: str
    stopped_at: datetime
    reason: str


class StopsOut(BaseModel):
    """What is stopped now."""

    items: list[StopOut]


@router.get("")
def list_stops(who: Anyone, parts: Parts) -> StopsOut:
    """What is stopped now: everyone may know."""
    return StopsOut(items=[_told(each) for each in stops_in_force(parts.database)])


@router.post("", status_code=201)
def press_stop(asked: Press, who: Presser, parts: Parts) -> StopsOut:
    """Stop: nothing of the scope leaves from the next guard on, within a second."""
    stop_sending(
        parts.database, parts.clock, scope=asked.scope, value=asked.value, by=who.person, reason=asked.reason
    )
    return StopsOut(items=[_told(each) for each in stops_in_force(parts.database)])


@router.post("/{stop}/resume")
def resume_stop(stop: Annotated[int, Path(ge=1, le=2**53)], who: Resumer, parts: Parts) -> StopOut:
    """Resume, as a second person; what expired meanwhile stays unsent."""
    return _told(resume_sending(parts.database, parts.clock, switch_id=stop, by=who.person))


def _told(switch: Switch) -> StopOut:
    value = Channel(int(switch.value)).word if switch.scope == "channel" else switch.value
    return StopOut(
        id=switch.id,
        scope=switch.scope,
        value=value,
        stopped_by=switch.stopped_by,
        stopped_at=switch.stopped_at,
        reason=switch.reason,
    )
