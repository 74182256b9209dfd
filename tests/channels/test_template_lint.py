"""What a collection message owes its reader, by stage, country, language and verification (row B8)."""

import pytest

from channels.rendering import render
from channels.template_checks import check_message_template
from channels.template_words import countries_with_rules
from channels.templates import CATALOGUE, MessageTemplate, Translation, Wording
from engine.findings import Severity

SPANISH = (
    "Hola {{ nombre | sin_dato('cliente') }}, te escribe {{ creditor }}: {{ cuentas }} hasta el"
    " {{ vencimiento | fecha }} en {{ link_pago }} Si ya pagaste, haz caso omiso. BAJA para no recibir."
)
ENGLISH = (
    "Hello {{ nombre | sin_dato('customer') }}, {{ creditor }} here: {{ cuentas }} until"
    " {{ vencimiento | fecha }} at {{ link_pago }} If you have already paid, please disregard. STOP to end."
)
NEUTRAL = Wording(body="{{ creditor }}: hay información para ti en {{ link_pago }} BAJA para no recibir.")
NEUTRAL_EN = Wording(body="{{ creditor }}: there is information for you at {{ link_pago }} STOP to end.")
FACTS = {variable.name: variable.sample for variable in CATALOGUE}


def template(body: str = SPANISH, **more: object) -> MessageTemplate:
    fields = {"key": "prueba", "name": "Prueba", "channel": "sms", "stage": "mora", "body": body}
    return MessageTemplate.model_validate({"neutral": NEUTRAL, **fields, **more})


def errors(document: MessageTemplate) -> set[str]:
    found = check_message_template(document)
    assert all(finding.message_es and finding.message_en for finding in found)
    return {finding.code for finding in found if finding.severity is Severity.ERROR}


@pytest.mark.parametrize("body", [SPANISH, ENGLISH], ids=["spanish", "english"])
def test_a_whole_message_passes(body: str) -> None:
    assert check_message_template(template(body)) == []


@pytest.mark.parametrize(
    ("left_out", "code"),
    [
        ("{{ creditor }}", "template.who_missing"),
        ("{{ cuentas }}", "template.amount_missing"),
        ("{{ vencimiento | fecha }}", "template.deadline_missing"),
        ("{{ link_pago }}", "template.payment_missing"),
        ("Si ya pagaste, haz caso omiso.", "template.already_paid_missing"),
    ],
)
def test_what_it_leaves_out_is_missed(left_out: str, code: str) -> None:
    assert errors(template(SPANISH.replace(left_out, ""))) == {code}
    assert errors(template(SPANISH.replace(left_out, ""), stage="free")) == set()


def test_every_english_part_is_missed_too() -> None:
    silent = ENGLISH.replace("If you have already paid, please disregard.", "")
    assert errors(template(silent)) == {"template.already_paid_missing"}


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("Evite el embargo de sus bienes.", "template.court_like"),
        ("Se iniciará una acción legal.", "template.court_like"),
        ("Expediente 4821/2026.", "template.court_like"),
        ("We will see you in court.", "template.court_like"),
        ("A lawsuit follows.", "template.court_like"),
        ("Cliente moroso.", "template.disrespect"),
        ("No sea sinvergüenza.", "template.disrespect"),
        ("You deadbeat.", "template.disrespect"),
        ("Será reportado al buró de crédito.", "template.consequence_not_declared"),
        ("Será reportado a Datacrédito.", "template.consequence_not_declared"),
        ("Cortaremos el servicio.", "template.consequence_not_declared"),
        ("It will go to the credit bureau.", "template.consequence_not_declared"),
        ("Your line will be cut off.", "template.consequence_not_declared"),
    ],
)
def test_courts_insults_and_empty_threats_are_refused(said: str, code: str) -> None:
    assert errors(template(f"{SPANISH} {said}")) == {code}
    assert errors(template(f"{SPANISH} {said.upper()}")) == {code}


def test_no_consequence_is_named_before_the_due_date_even_a_declared_one() -> None:
    threat = f"{SPANISH} Evite la suspensión del servicio."
    assert errors(template(threat, stage="preventiva", names_consequence=True)) == {
        "template.consequence_in_preventiva"
    }
    assert errors(template(threat, stage="mora", names_consequence=True)) == set()


BY_COUNTRY = {
    "CO": ("¿Por qué no ha pagado?", "Why haven't you paid?"),
    "PE": ("Publicaremos su nombre.", "Your name goes on the list of debtors."),
    "CL": ("Avisaremos a su empleador.", "We will tell your employer."),
    "MX": ("Transfiera a la cuenta del despacho.", "We will call your references."),
    "EC": ("Hablaremos con sus referencias.", "We will call your references."),
    "AR": ("Estudio jurídico Pérez le intima.", "We will tell your neighbours."),
    "BR": ("Evite ficar com o nome sujo.", "Evite o protesto."),
    "PY": ("Avisaremos a sus familiares.", "We will tell your family."),
    "GT": ("Hablaremos con su jefe y sus vecinos.", "We will call your references."),
    "US": ("Hablamos por el gobierno.", "This is about your Social Security."),
}


@pytest.mark.parametrize("country", countries_with_rules())
def test_what_a_country_forbids_is_refused_there_with_its_law(country: str) -> None:
    for said in BY_COUNTRY[country]:
        here = template(f"{SPANISH} {said}", countries=(country,))
        (finding,) = [f for f in check_message_template(here) if f.code == "template.forbidden_in_country"]
        assert finding.blocks and "(" in finding.message_es and finding.hint.startswith(country.lower())


def test_words_of_one_country_are_free_elsewhere_but_not_where_no_country_is_said() -> None:
    asks = f"{SPANISH} ¿Por qué no ha pagado?"
    assert "template.forbidden_in_country" not in errors(template(asks, countries=("EC",)))
    assert "template.forbidden_in_country" in errors(template(asks))


@pytest.mark.parametrize("word", ["deuda", "pago pendiente", "vencido", "cobranza", "your debt", "overdue"])
def test_a_neutral_wording_gives_nothing_away(word: str) -> None:
    document = template(neutral=Wording(body=f"{{{{ creditor }}}}: información sobre su {word}. BAJA."))
    assert errors(document) == {"template.neutral_hints"}


def test_a_subject_gives_nothing_away() -> None:
    neutral = NEUTRAL.model_copy(update={"subject": "Información de {{ creditor }}"})
    document = template(channel="email", subject="Su deuda con {{ creditor }}", neutral=neutral)
    assert errors(document) == {"template.subject_tells_debt"}


def test_the_way_out_is_asked_for_in_a_text_message_and_demanded_in_the_united_states() -> None:
    silent = SPANISH.replace("BAJA para no recibir.", "")
    (asked,) = check_message_template(template(silent))
    assert (asked.code, asked.severity) == ("template.opt_out_missing", Severity.WARNING)
    assert errors(template(silent, countries=("US",))) == {"template.opt_out_missing"}


@pytest.mark.parametrize("said", ["ÚLTIMO AVISO", "Pague de inmediato", "PAGUE SU CUENTA HOY MISMO YA"])
def test_pressure_and_shouting_are_asked_about(said: str) -> None:
    found = check_message_template(template(f"{SPANISH} {said}"))
    assert found and {finding.severity for finding in found} == {Severity.WARNING}


def test_each_language_is_checked_and_each_person_reads_theirs() -> None:
    both = template(translations={"en": Translation(body=ENGLISH, neutral=NEUTRAL_EN)})
    assert check_message_template(both) == []
    assert render(both, FACTS, country="MX", language="en_US").text.startswith("Hello Ana")
    assert render(both, FACTS, country="MX", language="en").language == "en"
    assert render(both, FACTS, country="MX", language="pt").text.startswith("Hola Ana")
    assert "there is information" in render(both, FACTS, country="MX", verified=False, language="en").text
    threat = template(translations={"en": Translation(body=f"{ENGLISH} Or we sue you.", neutral=NEUTRAL_EN)})
    (finding,) = check_message_template(threat)
    assert (finding.code, finding.place) == ("template.court_like", "en/body")
    assert errors(template(translations={"es": Translation(body=SPANISH, neutral=NEUTRAL)})) == {
        "template.language_twice"
    }


ATTACKS_IN = ["body", "subject", "html"]


@pytest.mark.parametrize("part", ATTACKS_IN)
def test_an_attack_is_refused_wherever_it_stands(part: str) -> None:
    attack = "{{ ''.__class__ }}"
    words = {"body": SPANISH, "subject": "Información", "html": "<p>Hola</p>", part: attack}
    neutral = NEUTRAL.model_copy(update={"subject": "Información"})
    assert errors(template(words["body"], channel="email", neutral=neutral, **{
        key: words[key] for key in ("subject", "html")
    })) == {"template.forbidden"}  # fmt: skip
    hidden = Wording(body=attack)
    assert errors(template(neutral=hidden)) == {"template.forbidden"}
    assert errors(template(translations={"en": Translation(body=attack)})) == {"template.forbidden"}
