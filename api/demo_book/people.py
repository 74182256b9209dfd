"""People and companies who do not exist: names, mailboxes, numbers that ring nowhere, consents with gaps."""

from datetime import UTC, date, datetime, time

import numpy as np
import polars as pl
from numpy.typing import NDArray

from api.demo_book.chance import Chance, Ids
from api.demo_book.places import COUNTRIES, MARKETS
from engine.days import day_number
from engine.vocabulary import Channel, Consent
from storage.vault import BlindIndex

GIVEN = (
    "Abril Adela Agustín Alba Amparo Andrés Antonia Benito Camila Carmelo Clara Damián Delia Diego Elena"
    " Emilio Estela Fabián Flora Gaspar Gloria Hugo Inés Iván Jacinta Joel Julia Lázaro Leonor Lorenzo"
    " Lucía Marco Marina Mateo Nadia Nicolás Noemí Octavio Olivia Pablo Paula Quintín Rocío Ramiro Sara"
    " Saúl Tania Tobías Úrsula Valeria Víctor Ximena Yago Zoe"
).split()
FAMILY = (
    "Abedul Acebo Alameda Alondra Arándano Arroyal Avellano Barranco Brisa Cantera Carrizo Ciénaga Cumbre"
    " Dehesa Encinar Ensenada Escarcha Espigal Fresneda Glaciar Guijarro Hierbabuena Junquera Lagunar"
    " Llanura Madrugada Manantial Marejada Nogalera Olivar Pedregal Pinares Quebrada Robledal Rompeolas"
    " Salinas Sauceda Sotavento Tejedal Ventisca Vereda Yerbal Zarzal"
).split()
TRADES = ("Abarrotes", "Aceros", "Comercial", "Ferretería", "Imprenta", "Molinos", "Textiles", "Transportes")

PHONE_CHANNELS = (Channel.WHATSAPP, Channel.SMS, Channel.VOICE, Channel.ASSISTED)
BITS = {
    "phone": sum(1 << channel for channel in PHONE_CHANNELS),
    "email": 1 << Channel.EMAIL,
}
GRANTED_RATES = {Channel.WHATSAPP: 0.85, Channel.SMS: 0.75, Channel.EMAIL: 0.60, Channel.VOICE: 0.70}
DENIED_RATE = 0.04
REACH = (("phone", 0.95, 0.80), ("email", 0.80, 0.70), ("phone", 0.10, 0.0))
"""Contact points: kind, share of people who have it, share of those that are verified."""


def identities(people: Ids, index: BlindIndex, seed: str) -> pl.Series:
    """The blind index of each invented person; the document type says that it is none.

    The text is what :func:`storage.vault.identity_of` makes of such a document.
    """
    document = f"FICTICIO:{seed.upper()}"
    return pl.Series("identity_index", index.all(f"{document}{who:09d}" for who in people), pl.Binary)


def persons(
    people: Ids, country: Ids, company: NDArray[np.bool_], as_of: date, chance: Chance
) -> pl.DataFrame:
    """Columns of ``person``, with ``country`` and ``subdivision`` as words in place of ``place_id``.

    ``people`` int64 numbers, ``country`` index into COUNTRIES, ``company`` whether it is one.
    """
    tenure = 60 + chance.pick(people, "tenure", 4000)
    preferred = np.array([0, Channel.WHATSAPP, Channel.SMS, Channel.EMAIL], np.int16)
    frame = pl.DataFrame(
        {
            "name": _names(people, company, chance),
            "customer_type": company.astype(np.int16),
            "country": pl.Series(COUNTRIES).gather(country),
            "subdivision": _regions(people, country, chance),
            "customer_since_on": pl.Series(day_number(as_of) - tenure).cast(pl.Int32).cast(pl.Date),
            "payday_calendar": _paydays(people, country, chance),
            "preferred_channel": preferred[chance.weighted(people, "preferred", (0.45, 0.4, 0.08, 0.07))],
            "preferred_payment_method": _methods(people, country, chance),
        }
    )
    return frame.with_columns(fictitious=pl.lit(True))


def contact_points(people: Ids, country: Ids, identity: pl.Series, chance: Chance) -> pl.DataFrame:
    """``identity_index``, ``kind``, ``value``, ``channels``, ``verified`` of each person's points."""
    parts = []
    for place, (kind, share, verified) in enumerate(REACH):
        has = np.flatnonzero(chance.share(people, f"reach{place}") < share)
        who = people[has]
        values = _phones(who * 2 + (place > 0), country[has]) if kind == "phone" else _mailboxes(who)
        parts.append(
            pl.DataFrame(
                {
                    "identity_index": identity.gather(has),
                    "kind": pl.repeat(kind, len(has), eager=True),
                    "value": values,
                    "channels": pl.repeat(BITS[kind], len(has), dtype=pl.Int64, eager=True),
                    "verified": chance.share(who, f"verified{place}") < verified,
                }
            )
        )
    return pl.concat(parts).with_columns(fictitious=pl.lit(True))


def consents(people: Ids, identity: pl.Series, as_of: date, chance: Chance) -> pl.DataFrame:
    """``identity_index``, ``channel``, ``state``, ``source``, ``at``; some people said nothing."""
    parts = []
    for channel, granted in GRANTED_RATES.items():
        said = chance.share(people, f"consent{channel}")
        spoke = np.flatnonzero(said < granted + DENIED_RATE)
        state = np.where(said[spoke] < granted, Consent.GRANTED, Consent.DENIED)
        days = 30 + chance.pick(people[spoke], f"consented{channel}", 300)
        parts.append(
            pl.DataFrame(
                {
                    "identity_index": identity.gather(spoke),
                    "channel": np.full(len(spoke), channel, np.int16),
                    "state": state.astype(np.int16),
                    "source": np.where(state == Consent.GRANTED, "contrato", "portal"),
                    "days": days,
                }
            )
        )
    noon = datetime.combine(as_of, time(18), UTC)
    return pl.concat(parts).with_columns(at=pl.lit(noon) - pl.duration(days="days")).drop("days")


def _names(people: Ids, company: NDArray[np.bool_], chance: Chance) -> pl.Series:
    given = pl.Series(GIVEN).gather(chance.pick(people, "given", len(GIVEN)))
    first = pl.Series(FAMILY).gather(chance.pick(people, "family1", len(FAMILY)))
    second = pl.Series(FAMILY).gather(chance.pick(people, "family2", len(FAMILY)))
    trade = pl.Series(TRADES).gather(chance.pick(people, "trade", len(TRADES)))
    person = given + " " + first + " " + second
    return person.zip_with(pl.Series(~company), trade + " " + first + " y " + second)


def _paydays(people: Ids, country: Ids, chance: Chance) -> NDArray[np.int16]:
    drawn = [chance.weighted(people, "payday", MARKETS[code].payday_weights) for code in COUNTRIES]
    return np.asarray(np.choose(country, drawn), np.int16)


def _regions(people: Ids, country: Ids, chance: Chance) -> pl.Series:
    options = []
    for code in COUNTRIES:
        words, _, weights = zip(*MARKETS[code].regions, strict=True)
        options.append(pl.Series(words).gather(chance.weighted(people, "region", weights)))
    return _chosen(country, options)


def _methods(people: Ids, country: Ids, chance: Chance) -> pl.Series:
    options = []
    for code in COUNTRIES:
        words = MARKETS[code].payment_methods
        options.append(pl.Series(words).gather(chance.pick(people, "method", len(words))))
    return _chosen(country, options)


def _chosen(country: Ids, options: list[pl.Series]) -> pl.Series:
    """From each row the option of its country."""
    chosen = options[0]
    for place, option in enumerate(options[1:], start=1):
        chosen = option.zip_with(pl.Series(country == place), chosen)
    return chosen


def _phones(numbers: Ids, country: Ids) -> pl.Series:
    """Ten million numbers in each range without operator, one for each ``numbers``."""
    prefix = pl.Series([MARKETS[code].phone[0] for code in COUNTRIES]).gather(country)
    # In Chile the free range is 91xxxxxxx without 910: the first digits are fixed, the rest is ours.
    digits = np.where(country == COUNTRIES.index("CL"), 11_000_000 + numbers % 9_000_000, numbers % 10**8)
    return prefix + pl.Series(digits).cast(pl.String).str.zfill(8)


def _mailboxes(people: Ids) -> pl.Series:
    """Addresses under the domain that RFC 2606 keeps for examples."""
    return "persona" + pl.Series(people).cast(pl.String) + "@example.com"
