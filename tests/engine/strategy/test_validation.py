"""What the validator says about a strategy: one broken drawing per diagnostic, and a sound one per rule."""

from typing import Any

import pytest

from engine.contact_policy import load_packs
from engine.findings import Finding, Severity
from engine.strategy.document import Strategy
from engine.validation import CapacityFigures, Context, TemplateFacts, validate
from tests.engine.strategy.drawing import (
    UNPROTECTED,
    agent,
    decide,
    draw,
    end,
    hand_over,
    message,
    notice,
    split,
    wait,
    wait_for,
)

SOUND = "in -> hola -> pausa -> mesa -> fin; hola:blocked -> mesa; mesa:timeout -> fin"


def sound(**changes: Any) -> Strategy:
    pieces: dict[str, Any] = {"hola": message(), "pausa": wait(7), "mesa": agent(), "fin": end()}
    return draw(SOUND, **pieces | changes)


def found(strategy: Strategy, context: Context | None = None, **known: object) -> dict[str, Finding]:
    findings = validate(strategy, context or Context(**known))  # type: ignore[arg-type]
    return {finding.code: finding for finding in findings}


def law_of(*countries: str) -> Context:
    return Context(packs=load_packs(countries))


def test_a_sound_strategy_has_no_finding() -> None:
    assert validate(sound(), law_of("MX", "CO", "CL")) == []


# -- the drawing ---------------------------------------------------------------------------------


def test_a_strategy_without_entry_lets_nobody_in() -> None:
    assert found(draw("", when=False, fin=end()))["strategy.entry"].blocks


def test_a_second_entry_is_named() -> None:
    second = {"kind": "segment", "when": UNPROTECTED}
    finding = found(draw("in -> fin; otra -> fin", otra=second, fin=end()))["strategy.entry"]
    assert finding.place == "otra"


def test_a_node_nobody_reaches_is_named() -> None:
    assert found(draw("in -> fin; isla -> fin", isla=wait(1), fin=end()))["node.unreachable"].place == "isla"


def test_a_node_reached_only_after_a_hold_is_reached() -> None:
    strategy = draw("in -> fin; rota -> fin", rota=wait(1), fin=end(), on_hold={"promise_broken": "rota"})
    assert "node.unreachable" not in found(strategy)


def test_a_port_that_leads_nowhere_is_named() -> None:
    finding = found(draw("in -> hola -> fin", hola=message(), fin=end()))["node.port"]
    assert (finding.place, finding.hint) == ("hola", "blocked")


def test_an_edge_to_nothing_is_named() -> None:
    assert "«luna»" in found(draw("in -> luna", fin=end()))["edge.nowhere"].message_es


def test_an_edge_from_a_port_the_node_does_not_have() -> None:
    finding = found(draw("in -> fin; in:arriba -> fin", fin=end()))["edge.port"]
    assert finding.hint == "next"


def test_a_port_that_leads_to_two_places() -> None:
    assert found(draw("in -> uno; in -> dos", uno=end(), dos=end()))["edge.twice"].place == "in"


def test_two_nodes_with_the_same_id() -> None:
    drawn = draw("in -> fin", fin=end())
    twice = drawn.model_copy(update={"nodes": (*drawn.nodes, drawn.nodes[1])})
    assert found(twice)["node.twice"].place == "fin"


def test_two_branches_with_the_same_name() -> None:
    branches = [{"port": "si", "when": UNPROTECTED}, {"port": "si", "when": UNPROTECTED}]
    strategy = draw(
        "in -> d; d:si -> fin; d:else -> fin", d={"kind": "condition", "branches": branches}, fin=end()
    )
    assert found(strategy)["node.ports"].hint == "si"


def test_a_circle_without_a_wait_names_its_nodes() -> None:
    circle = "in -> d; d:si -> hola; d:else -> fin; hola -> d; hola:blocked -> fin"
    strategy = draw(circle, d=decide(si=UNPROTECTED), hola=message(), fin=end())
    assert {"d", "hola"} <= set(found(strategy)["strategy.cycle"].message_es.replace(".", "").split())


def test_two_circles_are_two_findings() -> None:
    arrows = "in -> a; a:si -> b; a:else -> c; b:si -> a; b:else -> fin; c:si -> c; c:else -> fin"
    both = draw(
        arrows, a=decide(si=UNPROTECTED), b=decide(si=UNPROTECTED), c=decide(si=UNPROTECTED), fin=end()
    )
    assert len([f for f in validate(both) if f.code == "strategy.cycle"]) == 2


def test_a_circle_through_a_days_wait_is_legal() -> None:
    circle = "in -> d; d:si -> pausa; d:else -> fin; pausa -> d"
    assert "strategy.cycle" not in found(draw(circle, d=decide(si=UNPROTECTED), pausa=wait(1), fin=end()))


def test_a_hold_that_jumps_to_nothing() -> None:
    assert found(draw("in -> fin", fin=end(), on_hold={"promise_broken": "nada"}))["on_hold.nowhere"].blocks


def test_weights_that_do_not_add_up() -> None:
    two = [{"template": "a", "weight": 50}, {"template": "b", "weight": 40}]
    assert (
        found(sound(hola=message() | {"variants": two, "experiment": "x"}))["channel.weights"].place == "hola"
    )


# -- conditions ----------------------------------------------------------------------------------


def test_an_unknown_fact_comes_with_the_nearest_name() -> None:
    finding = found(draw("in -> fin", when={"fact": "dias_past_due", "op": ">", "value": 1}, fin=end()))
    assert finding["fact.unknown"].hint == "days_past_due"
    assert finding["fact.unknown"].place.startswith("in/when")


def test_a_value_of_the_wrong_type_is_placed_at_its_branch() -> None:
    wrong = decide(si={"fact": "days_past_due", "op": ">", "value": "treinta"})
    finding = found(draw("in -> d; d:si -> fin; d:else -> fin", d=wrong, fin=end()))["condition.value_type"]
    assert finding.place.startswith("d/branches/0/when")


def test_a_branch_that_can_never_be_true() -> None:
    never = {"all": [{"fact": "roll", "op": ">", "value": 3}, {"fact": "roll", "op": "<", "value": 1}]}
    strategy = draw("in -> d; d:si -> fin; d:else -> fin", d=decide(si=never), fin=end())
    assert found(strategy)["branch.never"].hint == "si"


def test_a_branch_covered_by_an_earlier_one() -> None:
    branches = decide(
        mucho={"fact": "days_past_due", "op": ">", "value": 10},
        mas={"fact": "days_past_due", "op": ">", "value": 20},
    )
    strategy = draw("in -> d; d:mucho -> fin; d:mas -> fin; d:else -> fin", d=branches, fin=end())
    assert found(strategy)["branch.covered"].hint == "mas"


def test_an_exit_met_on_entry() -> None:
    paid = {"fact": "amount_to_cure", "op": "<=", "value": 0}
    assert found(draw("in -> fin", when=paid, fin=end()))["exit.at_entry"].blocks


def test_an_entry_nobody_can_meet() -> None:
    nobody = {"fact": "days_past_due", "op": "<", "value": 0}
    assert found(draw("in -> fin", when=nobody, fin=end()))["segment.never"].blocks


# -- messages ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        (None, "template.missing"),
        (TemplateFacts("whatsapp", approved=False), "template.not_approved"),
        (TemplateFacts("sms"), "template.channel"),
        (TemplateFacts("whatsapp", language="pt_BR"), "template.language"),
        (TemplateFacts("whatsapp", unguarded=("nombre",)), "template.variable"),
        (TemplateFacts("whatsapp", recategorised="marketing"), "template.recategorised"),
        (TemplateFacts("whatsapp", quality="red"), "template.low_quality"),
        (TemplateFacts("whatsapp", stage="free"), "template.stage"),
        (TemplateFacts("whatsapp", stage="preventiva"), "template.stage"),
    ],
)
def test_a_template_that_will_not_do(facts: TemplateFacts | None, code: str) -> None:
    known = {} if facts is None else {"hola_whatsapp": facts}
    assert set(found(sound(), templates=known, language="es")) == {code}


def test_a_template_that_will_do() -> None:
    assert found(sound(), templates={"hola_whatsapp": TemplateFacts("whatsapp")}, language="es_MX") == {}
    assert found(sound(), templates={"hola_whatsapp": TemplateFacts("whatsapp", stage="mora")}) == {}


def test_a_consequence_must_be_carried_out_by_a_later_step() -> None:
    context = Context(templates={"hola_whatsapp": TemplateFacts("whatsapp", names_consequence=True)})
    assert found(sound(), context)["consequence.empty"].place == "hola"
    assert "consequence.empty" not in found(sound(mesa=agent(target="legal")), context)


def test_nobody_looks_at_the_case_after_the_last_message() -> None:
    alone = draw("in -> hola -> pausa -> fin; hola:blocked -> fin", hola=message(), pausa=wait(3), fin=end())
    assert found(alone)["escalation.missing"].severity is Severity.WARNING


def test_a_queue_that_takes_nobody_has_no_term() -> None:
    assert found(sound(mesa=agent(queue={"name": "mesa", "per_day": 0})))["node.no_term"].place == "mesa"


def test_more_cases_than_fit_in_a_day() -> None:
    figures = CapacityFigures(
        arrivals={"mesa": 500, "hola": 900}, queues={"mesa": 400}, channels={"whatsapp": 1000}
    )
    assert found(sound(), capacity=figures)["capacity.exceeded"].hint == "400"


# -- the law -------------------------------------------------------------------------------------

PAIR = (
    "in -> uno -> pausa -> dos -> mesa -> fin; uno:blocked -> mesa; dos:blocked -> mesa; mesa:timeout -> fin"
)


def pair(first: dict[str, object], days: int, second: dict[str, object]) -> Strategy:
    return draw(PAIR, uno=first, pausa=wait(days), dos=second, mesa=agent(), fin=end())


def test_a_channel_change_within_a_locked_week_would_lose_the_message() -> None:
    finding = found(pair(message("whatsapp"), 2, message("email")), law_of("CO"))["law.channel_lock"]
    assert (finding.place, finding.blocks) == ("dos", True)
    assert finding.hint == "if_not_today.defer_days >= 4"


def test_a_channel_change_that_waits_for_monday_only_asks() -> None:
    patient = message("email", if_not_today={"defer_days": 6})
    assert not found(pair(message("whatsapp"), 2, patient), law_of("CO"))["law.channel_lock"].blocks


def test_a_channel_change_after_a_week_is_free() -> None:
    assert found(pair(message("whatsapp"), 7, message("email")), law_of("CO")) == {}


def test_the_same_channel_in_a_locked_week_is_free() -> None:
    assert found(pair(message("whatsapp"), 2, message("whatsapp")), law_of("CO")) == {}


def test_chile_wants_two_whole_days_between_messages() -> None:
    assert "law.gap" in found(pair(message(), 2, message()), law_of("CL"))
    assert "law.gap" not in found(pair(message(), 3, message()), law_of("CL"))


def test_a_third_message_in_a_chilean_week_is_one_too_many() -> None:
    path = (
        "in -> a -> p -> b -> q -> c -> mesa -> fin; a:blocked -> mesa; b:blocked -> mesa; c:blocked -> mesa;"
        "mesa:timeout -> fin"
    )
    three = draw(path, a=message(), p=wait(3), b=message(), q=wait(2), c=message(), mesa=agent(), fin=end())
    assert found(three, law_of("CL"))["law.cap"].place == "c"


def test_an_answer_may_release_a_wait_on_the_same_day() -> None:
    path = (
        "in -> uno -> oye; oye:reply -> dos; oye:timeout -> mesa; dos -> mesa -> fin; uno:blocked -> mesa;"
        "dos:blocked -> mesa; mesa:timeout -> fin"
    )
    strategy = draw(path, uno=message(), oye=wait_for("reply"), dos=message(), mesa=agent(), fin=end())
    assert found(strategy, law_of("CO"))["law.cap"].place == "dos"


def test_an_hour_no_day_allows() -> None:
    assert found(sound(hola=message(send_at="20:30")), law_of("CO"))["law.hour"].hint == "07:00-19:00"
    assert "law.hour" not in found(sound(hola=message(send_at="20:30")), law_of("MX"))


def test_the_country_of_the_strategy_decides_which_law_is_asked() -> None:
    assert found(sound(hola=message(send_at="20:30"), country="MX"), law_of("CO", "MX")) == {}


def test_a_country_without_pack_is_held_to_the_house_default() -> None:
    assert "law.hour" in found(sound(hola=message(send_at="20:30"), country="UY"), law_of("MX"))


def test_colombia_needs_a_source_of_consent() -> None:
    context = Context(packs=load_packs(["CO"]), consent_sources=frozenset({"sms"}))
    assert found(sound(), context)["law.consent"].place == "hola"


def test_a_fallback_on_another_channel_stays_behind_a_lock() -> None:
    fallback = {"on": "failed", "channel": "sms", "template": "hola_sms"}
    assert not found(sound(hola=message(fallback=fallback)), law_of("CO"))["law.fallback"].blocks


def test_a_fallback_counts_on_the_worst_path() -> None:
    late = {"on": "not_read", "channel": "sms", "template": "hola_sms", "hours": 24}
    assert found(pair(message(), 3, message()), law_of("CL")) == {}
    crowded = found(pair(message(fallback=late), 3, message()), law_of("CL"))
    assert {"law.gap", "law.fallback"} <= crowded.keys()


def test_a_fallback_needs_consent_for_its_own_channel() -> None:
    strategy = sound(hola=message(fallback={"on": "failed", "channel": "sms", "template": "hola_sms"}))
    context = Context(packs=load_packs(["CO"]), consent_sources=frozenset({"whatsapp"}))
    assert found(strategy, context)["law.consent"].place == "hola"


def test_a_fallback_for_what_nobody_reports_would_go_out_to_everyone() -> None:
    unread = {"on": "not_read", "channel": "whatsapp", "template": "hola"}
    assert found(sound(hola=message("sms", fallback=unread)))["channel.fallback_blind"].blocks
    assert "channel.fallback_blind" not in found(sound(hola=message(fallback=unread | {"channel": "sms"})))


def test_a_message_needs_an_hour_to_arrive() -> None:
    at_once = {"on": "not_delivered", "channel": "sms", "template": "hola_sms", "hours": 0}
    assert found(sound(hola=message(fallback=at_once)))["channel.fallback_hours"].blocks


# -- tests between people, neighbours ------------------------------------------------------------


def test_a_required_notice_inside_a_test() -> None:
    path = (
        "in -> prueba; prueba:a -> aviso; prueba:b -> fin; aviso:delivered -> fin; aviso:term_passed -> fin;"
        "aviso:not_delivered -> fin"
    )
    strategy = draw(path, when=UNPROTECTED, prueba=split("a", "b"), aviso=notice(), fin=end())
    assert found(strategy)["test.notice"].place == "aviso"


def test_a_required_notice_every_arm_leads_to() -> None:
    path = (
        "in -> prueba; prueba:a -> aviso; prueba:b -> pausa -> aviso; aviso:delivered -> fin;"
        "aviso:term_passed -> fin; aviso:not_delivered -> fin"
    )
    strategy = draw(path, when=UNPROTECTED, prueba=split("a", "b"), pausa=wait(1), aviso=notice(), fin=end())
    assert found(strategy) == {}


def test_protected_persons_inside_a_test() -> None:
    path = "in -> prueba; prueba:a -> fin; prueba:b -> fin"
    assert found(draw(path, prueba=split("a", "b"), fin=end()))["test.protected"].place == "prueba"
    assert found(draw(path, when=UNPROTECTED, prueba=split("a", "b"), fin=end())) == {}


def test_protected_persons_who_leave_before_the_test() -> None:
    path = "in -> d; d:cuidar -> fin; d:else -> prueba; prueba:a -> fin; prueba:b -> fin"
    care = decide(cuidar={"fact": "protected", "op": "is", "value": True})
    assert found(draw(path, d=care, prueba=split("a", "b"), fin=end())) == {}


def test_a_handover_to_itself_and_to_nobody() -> None:
    assert "handover.itself" in found(draw("in -> da", da=hand_over("prueba")))
    assert "handover.unknown" in found(draw("in -> da", da=hand_over("otra")), others=[])
    assert found(draw("in -> da", da=hand_over("otra")), others=[sound(key="otra", when=UNPROTECTED)]) != {}


def test_two_strategies_that_share_accounts_at_one_priority() -> None:
    finding = found(sound(), others=[sound(key="otra")])["audience.overlap"]
    assert not finding.blocks and "«otra»" in finding.message_es


def test_an_audience_that_stronger_strategies_take_whole() -> None:
    strong = draw("in -> fin", key="otra", fin=end())
    raised = strong.model_copy(
        update={"nodes": (strong.entry().model_copy(update={"priority": 900}), strong.nodes[1])}
    )
    assert not found(sound(), others=[raised])["audience.covered"].blocks
