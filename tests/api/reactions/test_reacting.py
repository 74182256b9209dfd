"""What happened is acted on at once: decided by the rules, carried out in one transaction, once."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from api.reactions.reacting import Reactor
from api.usecases.strategies.save_reactions import ReactionError, approve_reactions, propose_reactions
from engine.errors import StrategyError
from engine.vocabulary import Channel, EventName, HoldKind, MessageState
from storage import domain_events
from storage.domain_events import DomainEvent
from tests.acceptance.paths import end, enter, path, send, wait
from tests.acceptance.timeline import Debt, Timeline


@pytest.fixture
def timeline(database_url: str, tmp_path: Path) -> Timeline:
    timeline = Timeline(database_url, tmp_path)
    timeline.publish(path("mora", enter(), send("aviso"), wait(3), send("segundo"), wait(9), end()))
    return timeline


def happen(timeline: Timeline, debt: Debt, name: EventName, reference: str = "1", **what) -> bool:
    event = DomainEvent(
        name, timeline.clock.now(), "prueba", reference, debt.person_id, (debt.account_id,), **what
    )
    with timeline.database.connection() as connection:
        return domain_events.post(connection, event)


def react(timeline: Timeline) -> int:
    return Reactor(timeline.database, timeline.clock).work()


def held(timeline: Timeline, debt: Debt) -> list[tuple[str, int]]:
    rows = timeline.rows(
        "SELECT kind, until_on - since_on FROM hold WHERE person_id = %s AND released_on IS NULL",
        debt.person_id,
    )
    return [(HoldKind(kind).word, days) for kind, days in rows]


def ledger(timeline: Timeline) -> list[str]:
    return [kind for (kind,) in timeline.rows("SELECT kind FROM ledger WHERE kind ~ '^reaction' ORDER BY id")]


def test_a_payment_that_covers_the_arrears_ends_the_enrolment(timeline: Timeline) -> None:
    ana = timeline.debtor("Ana", owes="1000.00")
    day = timeline.day(0, deliver=False).expect(ana, sent="aviso")
    timeline.do("UPDATE account SET amount_to_cure = 0")
    happen(timeline, ana, EventName.PAYMENT, amount=100_000)
    assert react(timeline) == 1
    day.expect(ana, left="exit", nothing=True)
    assert ledger(timeline) == ["reaction.payment"]


def test_an_instalment_still_open_leaves_the_end_to_the_strategy(timeline: Timeline) -> None:
    ana = timeline.debtor("Ana")
    day = timeline.day(0)
    timeline.do("UPDATE account SET amount_to_cure = 0, minimum_payment = 5000")
    happen(timeline, ana, EventName.PAYMENT, amount=100)
    react(timeline)
    day.expect(ana, state="waiting")


def test_a_reply_pauses_the_debt_and_opens_a_conversation(timeline: Timeline) -> None:
    ana = timeline.debtor("Ana")
    timeline.day(0, deliver=False)
    happen(timeline, ana, EventName.REPLY, channel=Channel.WHATSAPP, intent="disputa")
    react(timeline)
    assert held(timeline, ana) == [("conversation", 3)]
    assert timeline.rows("SELECT channel, reason, state FROM conversation") == [(1, "disputa", "open")]
    assert timeline.rows("SELECT state FROM message") == [(int(MessageState.WITHDRAWN),)]
    timeline.day(1).expect(ana, bucket="held")


def test_a_reply_the_assistant_settled_holds_nothing(timeline: Timeline) -> None:
    ana = timeline.debtor("Ana")
    timeline.day(0)
    happen(timeline, ana, EventName.REPLY, settled=True)
    react(timeline)
    assert held(timeline, ana) == []
    assert timeline.rows("SELECT count(*) FROM conversation") == [(0,)]


def test_the_same_event_twice_acts_once(timeline: Timeline) -> None:
    ana = timeline.debtor("Ana")
    timeline.day(0)
    assert happen(timeline, ana, EventName.REPLY)
    assert not happen(timeline, ana, EventName.REPLY)
    assert react(timeline) == 1
    happen(timeline, ana, EventName.REPLY, "2")
    assert react(timeline) == 1
    assert held(timeline, ana) == [("conversation", 3)]
    assert timeline.rows("SELECT count(*) FROM conversation") == [(1,)]


def test_the_end_of_a_promise_lets_the_debt_go_on_and_its_days_count_from_there(timeline: Timeline) -> None:
    ana = timeline.debtor("Ana")
    timeline.day(1).promise(ana, "500.00", due=9)
    timeline.day(4).expect(ana, bucket="held", due=3)
    happen(timeline, ana, EventName.PROMISE_KEPT)
    react(timeline)
    assert held(timeline, ana) == []
    timeline.day(4).expect(ana, due=6)


def test_a_dispute_binds_its_debt_and_not_the_others(timeline: Timeline) -> None:
    card = timeline.debtor("Ana")
    loan = timeline.debt_of(card)
    timeline.day(0)
    happen(timeline, card, EventName.DISPUTE)
    react(timeline)
    kinds = timeline.rows("SELECT hold_kinds FROM account ORDER BY id")
    assert kinds == [(1 << HoldKind.DISPUTE,), (0,)]
    assert loan.person_id == card.person_id


def test_a_hold_placed_by_a_reaction_keeps_the_protection_of_a_file(timeline: Timeline) -> None:
    ana = timeline.debtor("Ana")
    timeline.do(
        "INSERT INTO hold (person_id, kind, since_on, until_on, by) VALUES (%s, 3, %s, %s, 'archivo')",
        ana.person_id, timeline.date(0), timeline.date(90),
    )  # fmt: skip
    happen(timeline, ana, EventName.DISPUTE)
    react(timeline)
    kinds = (1 << HoldKind.DISPUTE) | (1 << HoldKind.PROTECTION)
    assert timeline.rows("SELECT hold_kinds FROM account") == [(kinds,)]


def test_who_died_is_written_to_by_nobody(timeline: Timeline) -> None:
    card = timeline.debtor("Ana")
    loan = timeline.debt_of(card)
    day = timeline.day(0, deliver=False)
    happen(timeline, card, EventName.DECEASED)
    react(timeline)
    day.expect(card, left="stopped").expect(loan, left="stopped")
    assert {state for (state,) in timeline.rows("SELECT state FROM message")} == {int(MessageState.WITHDRAWN)}


def test_a_paused_template_takes_back_what_it_has_queued(timeline: Timeline) -> None:
    timeline.debtor("Ana")
    timeline.day(0, deliver=False)
    ((template,),) = timeline.rows("SELECT id FROM template WHERE key = 'aviso'")
    event = DomainEvent(
        EventName.TEMPLATE_PAUSED, timeline.clock.now(), "meta", "1", body={"template_id": template}
    )
    with timeline.database.connection() as connection:
        domain_events.post(connection, event)
    react(timeline)
    assert timeline.rows("SELECT state FROM template WHERE id = %s", template) == [("paused",)]
    assert timeline.rows("SELECT state, reason FROM message") == [
        (int(MessageState.WITHDRAWN), "template_held")
    ]


def own_rule(**changes: Any) -> dict[str, Any]:
    rule = {
        "key": "grandes",
        "on": ["payment"],
        "when": {"fact": "outstanding_balance", "op": ">", "value": 500_00},
        "do": [{"kind": "hold", "hold": int(HoldKind.MANUAL)}],
    }
    return {"rules": [rule | changes]}


def put_in_force(timeline: Timeline, document: dict[str, Any]) -> None:
    stored = propose_reactions(timeline.database, timeline.clock, timeline.book_key, document, by="ana")
    approve_reactions(timeline.database, timeline.clock, timeline.book_key, stored.number, by="beto")


def test_a_portfolio_adds_a_reaction_of_its_own(timeline: Timeline) -> None:
    ana, beto = timeline.debtor("Ana", owes="900.00"), timeline.debtor("Beto", owes="100.00")
    timeline.day(0)
    put_in_force(timeline, own_rule())
    for debt in (ana, beto):
        happen(timeline, debt, EventName.PAYMENT, debt.name, amount=1_00)
    react(timeline)
    assert held(timeline, ana) == [("manual", 7)]
    assert held(timeline, beto) == []


def test_a_reaction_may_ask_any_plain_fact_even_a_derived_one(timeline: Timeline) -> None:
    ana, beto = timeline.debtor("Ana", days_past_due=40), timeline.debtor("Beto", days_past_due=3)
    timeline.day(0)
    put_in_force(timeline, own_rule(when={"fact": "bucket", "op": "in", "value": ["31-60"]}))
    for debt in (ana, beto):
        happen(timeline, debt, EventName.PAYMENT, debt.name, amount=1_00)
    react(timeline)
    assert held(timeline, ana) == [("manual", 7)]
    assert held(timeline, beto) == []


def test_own_reactions_need_two_persons_and_may_not_loosen(timeline: Timeline) -> None:
    stored = propose_reactions(timeline.database, timeline.clock, timeline.book_key, own_rule(), by="ana")
    with pytest.raises(StrategyError, match="second person"):
        approve_reactions(timeline.database, timeline.clock, timeline.book_key, stored.number, by="Ana")
    looser = own_rule(do=[{"kind": "resume", "hold": int(HoldKind.DISPUTE)}])
    with pytest.raises(ReactionError) as refused:
        propose_reactions(timeline.database, timeline.clock, timeline.book_key, looser, by="ana")
    assert [finding.code for finding in refused.value.findings] == ["reaction.looser"]


def test_one_event_that_cannot_be_worked_stops_no_other(timeline: Timeline) -> None:
    ana, beto = timeline.debtor("Ana"), timeline.debtor("Beto")
    timeline.day(0)
    event = DomainEvent(EventName.TEMPLATE_PAUSED, timeline.clock.now(), "meta", "1")  # names no template
    with timeline.database.connection() as connection:
        domain_events.post(connection, event)
    for debt in (ana, beto):
        happen(timeline, debt, EventName.REPLY, debt.name)
    assert react(timeline) == 2
    assert held(timeline, ana) == held(timeline, beto) == [("conversation", 3)]
    with timeline.database.connection() as connection:
        (letter,) = domain_events.dead(connection)
    assert letter["tries"] == domain_events.MOST_TRIES
    assert "template_id" in letter["reason"]
    assert "reaction.dead_letter" in ledger(timeline)


def test_what_ended_a_worker_is_tried_alone_and_at_last_set_aside(timeline: Timeline) -> None:
    ana, beto = timeline.debtor("Ana"), timeline.debtor("Beto")
    for debt in (ana, beto):
        happen(timeline, debt, EventName.REPLY, debt.name)
    with timeline.database.connection() as connection:
        assert len(domain_events.claim(connection, 50)) == 2  # and the process dies
        assert domain_events.claim(connection, 50, alone=True) == []
    timeline.do("UPDATE domain_event SET leased_until = clock_timestamp() - interval '1 s'")
    with timeline.database.connection() as connection:
        assert domain_events.claim(connection, 50) == []
        assert len(domain_events.claim(connection, 50, alone=True)) == 1
    timeline.do(
        "UPDATE domain_event SET leased_until = NULL, tries = %s WHERE id = 1", domain_events.MOST_TRIES
    )
    with timeline.database.connection() as connection:
        assert [event.person_id for event in domain_events.bury(connection)] == [ana.person_id]
    assert react(timeline) == 1
    assert held(timeline, beto) == [("conversation", 3)]


def test_events_of_one_person_are_worked_in_their_order(timeline: Timeline) -> None:
    ana = timeline.debtor("Ana")
    timeline.day(1).promise(ana, "500.00", due=9)
    happen(timeline, ana, EventName.PROMISE_MADE, "1", body={"holds": ["promise"]})
    happen(timeline, ana, EventName.PROMISE_KEPT, "2")
    with timeline.database.connection() as connection:
        assert [event.name for event in domain_events.claim(connection, 50)] == [EventName.PROMISE_MADE]
        assert domain_events.claim(connection, 50) == []
        connection.rollback()
    assert react(timeline) == 2
    assert held(timeline, ana) == []


def test_two_days_and_a_hold_of_business_days(timeline: Timeline) -> None:
    ana = timeline.debtor("Ana")
    timeline.day(4)  # a Friday
    happen(timeline, ana, EventName.PAID_CLAIM)
    react(timeline)
    assert held(timeline, ana) == [("paid_claim", timedelta(days=6).days)]
