"""React at once to what happened: the job that works waiting events, and the bells it rings afterwards."""

from api.clock import BusinessClock
from api.reactions.reacting import Reactor
from api.settings import load_settings
from storage import outgoing_webhooks
from storage.database import Database
from storage.events import new_events
from storage.queue import Doorbell


def react_to_events() -> None:
    """The job ``react.events``, run in a process of its own: the rules library may end it."""
    settings = load_settings()
    database = Database(settings.database_url)
    if not Reactor(database, BusinessClock(database)).work():
        return
    doorbell = Doorbell(settings.redis_url)
    with database.connection() as connection:
        evaluate = bool(new_events(connection, 1))
        deliver = outgoing_webhooks.is_due(connection)
    if evaluate:
        doorbell.ring("reaction.evaluate")
    if deliver:
        doorbell.ring("webhook.deliver")
    doorbell.close()
