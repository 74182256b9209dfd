"""What systems want to hear is told signed, again until it is taken, and listed when it never was."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from api.reactions.reacting import Reactor
from api.usecases.sending.deliver_webhooks import deliver_webhooks
from engine.vocabulary import EventName
from storage import domain_events, outgoing_webhooks
from storage.domain_events import DomainEvent
from storage.outgoing_webhooks import PAUSES_S
from tests.acceptance.timeline import Timeline

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@dataclass
class Receiver:
    """A system that listens; ``answers`` are its statuses in turn (200 when they are spent)."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    heard: list[tuple[bytes, dict[str, str]]] = field(default_factory=list)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.heard.append((body, dict(self.headers)))
            self.send_response(receiver.answers.pop(0) if receiver.answers else 200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    receiver.url = f"http://127.0.0.1:{server.server_port}/hook"
    yield receiver
    server.shutdown()
    server.server_close()


@pytest.fixture
def timeline(database_url: str, tmp_path: Path) -> Timeline:
    return Timeline(database_url, tmp_path)


def listen(timeline: Timeline, receiver: Receiver, *events: str) -> None:
    with timeline.database.connection() as connection:
        outgoing_webhooks.add_endpoint(
            connection, timeline.book.portfolio_id, receiver.url, SECRET, events, "ana"
        )


def happen(timeline: Timeline, name: EventName = EventName.PAYMENT, reference: str = "1") -> None:
    ana = timeline.debtor("Ana", number=f"A-{reference}")
    event = DomainEvent(
        name, timeline.clock.now(), "core", reference, ana.person_id, (ana.account_id,), amount=5_00,
        body={"words": "nobody else's business"},
    )  # fmt: skip
    with timeline.database.connection() as connection:
        domain_events.post(connection, event)
    Reactor(timeline.database, timeline.clock).work()


def deliver(timeline: Timeline) -> int:
    return deliver_webhooks(timeline.database, timeline.clock, allow_local=True)


def test_an_event_is_told_signed_and_without_words(
    timeline: Timeline, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    listen(timeline, receiver)
    happen(timeline)
    assert deliver(timeline) == 1
    ((body, headers),) = receiver.heard
    lower = {name.lower(): value for name, value in headers.items()}
    monkeypatch.setattr("standardwebhooks.webhooks.Webhook._Webhook__verify_timestamp", _at_our_clock)
    Webhook(SECRET).verify(body.decode(), lower)
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body.decode().replace("500", "900"), lower)
    told = json.loads(body)
    assert told["type"] == "payment"
    assert told["data"]["accounts"] == [{"portfolio": "prueba", "number": "A-1"}]
    assert "business" not in body.decode()


def _at_our_clock(_: object, timestamp: str) -> object:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(int(timestamp), UTC)


def test_only_what_an_endpoint_asked_for_is_told(timeline: Timeline, receiver: Receiver) -> None:
    listen(timeline, receiver, "opt_out")
    happen(timeline)
    assert deliver(timeline) == 0
    happen(timeline, EventName.OPT_OUT, "2")
    assert deliver(timeline) == 1


def test_what_was_not_taken_is_told_again_later_and_at_last_listed(
    timeline: Timeline, receiver: Receiver
) -> None:
    listen(timeline, receiver)
    receiver.answers = [500] * (len(PAUSES_S) + 1)
    happen(timeline)
    assert deliver(timeline) == 0
    ((state, tries, waits),) = timeline.rows(
        "SELECT state, tries, next_at > clock_timestamp() + interval '3 s' FROM webhook_delivery"
    )
    assert (state, tries, waits) == ("due", 1, True)
    for _ in PAUSES_S:
        timeline.do("UPDATE webhook_delivery SET next_at = clock_timestamp()")
        deliver(timeline)
    with timeline.database.connection() as connection:
        (letter,) = outgoing_webhooks.dead_letters(connection, None)
        assert (letter.tries, letter.status) == (len(PAUSES_S) + 1, 500)
        assert outgoing_webhooks.try_again(connection, letter.id)
    assert deliver(timeline) == 1


def test_nobody_inside_is_told_anything(timeline: Timeline, receiver: Receiver) -> None:
    listen(timeline, receiver)
    happen(timeline)
    assert deliver_webhooks(timeline.database, timeline.clock) == 0
    assert receiver.heard == []
    assert "https" in timeline.rows("SELECT reason FROM webhook_delivery")[0][0]
