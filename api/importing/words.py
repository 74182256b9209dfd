"""The words files use for what has a code: channels, states of an account, protections, kinds of customer."""

from engine.facts import CATALOGUE
from engine.vocabulary import AccountStatus, Channel, Stop


def coded_words(name: str) -> dict[str, int]:
    """The words of a fact of the catalogue, with their codes."""
    return {word: code for code, word in enumerate(CATALOGUE[name].values) if word}


CHANNEL_WORDS = {channel.word: int(channel) for channel in Channel} | {
    "correo": 3,
    "correo electronico": 3,
    "e-mail": 3,
    "mail": 3,
    "llamada": 4,
    "telefono": 4,
    "voz": 4,
    "call": 4,
    "phone": 4,
    "carta": 5,
    "asistido": 6,
    "whatsapp asistido": 6,
    "visita": 7,
    "mensaje de texto": 2,
    "wa": 1,
}
ALL_CHANNELS = {"todos": 0, "todo": 0, "all": 0, "": 0}
STATUS_WORDS = {status.word: int(status) for status in AccountStatus} | {
    "vigente": 1,
    "al corriente": 1,
    "al dia": 1,
    "vencida": 2,
    "vencido": 2,
    "en mora": 2,
    "mora": 2,
    "reestructurada": 3,
    "reestructurado": 3,
    "castigada": 4,
    "castigado": 4,
    "judicial": 5,
    "vendida": 6,
    "insolvencia": 7,
    "fallecido": 8,
}
STOP_WORDS = {stop.name.lower(): int(stop) for stop in Stop if stop and stop.name} | {
    "vulnerable": int(Stop.VULNERABLE),
    "fallecido": int(Stop.DECEASED),
    "representacion legal": int(Stop.LEGAL_REPRESENTATION),
    "abogado": int(Stop.LEGAL_REPRESENTATION),
    "insolvencia": int(Stop.INSOLVENCY),
    "menor": int(Stop.MINOR),
    "menor de edad": int(Stop.MINOR),
    "queja": int(Stop.COMPLAINT),
    "disputa": int(Stop.DISPUTE),
    "enfermedad": int(Stop.VULNERABLE),
    "desastre": int(Stop.VULNERABLE),
    "violencia": int(Stop.VULNERABLE),
}
CUSTOMER_WORDS = coded_words("customer_type") | {
    "persona": 0,
    "fisica": 0,
    "persona fisica": 0,
    "natural": 0,
    "moral": 1,
    "persona moral": 1,
    "juridica": 1,
    "company": 1,
}
PAYDAY_WORDS = coded_words("payday_calendar") | {"fin de mes": 2, "mensual": 2, "semanal": 3, "quincenal": 1}
