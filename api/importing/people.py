"""The people of a file: identities, contact points, consents and places, one row for each person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

import polars as pl

from api.importing.cleaning import fold_words
from api.importing.phones import Known, read_phones
from api.importing.places import country_words, place_of
from api.importing.reading import LINE
from api.importing.rows import CELL_MARK, Home, Rows
from engine.vocabulary import Channel, Consent
from storage.book_in.places import Place
from storage.vault import BlindIndex

IDENTITY = "identity_index"
NEWS = "news\x00"
"""Column that says whether anything of the row's person is to be written (see :mod:`api.importing.told`)."""

PHONE_CHANNELS = sum(1 << c for c in (Channel.WHATSAPP, Channel.SMS, Channel.VOICE, Channel.ASSISTED))
EMAIL_CHANNELS = 1 << Channel.EMAIL
ID_TYPES = {"MX": "RFC", "CO": "CC", "CL": "RUT", "PE": "DNI", "EC": "CI", "AR": "DNI"}
"""The document a country's people are known by when the file does not name its type."""

_PERSON_COLUMNS = (
    "name",
    "customer_type",
    "language",
    "risk_score",
    "payer_profile",
    "customer_since_on",
    "payday_calendar",
    "preferred_channel",
    "preferred_payment_method",
)
_CONSENTS = {"whatsapp": Channel.WHATSAPP, "sms": Channel.SMS, "email": Channel.EMAIL, "voice": Channel.VOICE}


@dataclass(frozen=True)
class People:
    """Frames ready for :mod:`storage.book_in.people`, but for ``place`` (a struct) and words.

    ``points`` are one frame for each column of the file, because only some say what is verified.
    """

    persons: pl.DataFrame
    points: list[pl.DataFrame]
    consents: pl.DataFrame


def with_identity(rows: Rows, home: Home, index: BlindIndex, prefix: str = "") -> Rows:
    """The rows with the blind index of their person (null where the row names nobody)."""
    number, kind = f"{prefix}id_number", f"{prefix}id_type"
    said = pl.col(kind) if kind in rows.values.columns else pl.lit(None, pl.String)
    kinds = said.fill_null(ID_TYPES.get(home.country, "ID"))
    bare = pl.col(number).str.replace_all(r"[^\p{L}\p{N}]", "")
    rows = rows.refuse(bare == "", number, "no es un número de documento")
    identity = pl.concat_str(kinds.str.strip_chars(), pl.lit(":"), bare).str.to_uppercase()
    values = rows.values.with_columns(identity=identity)
    texts = values["identity"].drop_nulls().unique()
    keys = pl.DataFrame(
        {"identity": texts, f"{prefix}{IDENTITY}": pl.Series(index.all(texts), dtype=pl.Binary)}
    )
    joined = values.join(keys, on="identity", how="left", maintain_order="left").drop("identity")
    return Rows(joined, rows.refusals, rows.columns)


def with_places(rows: Rows, home: Home, known: Known) -> Rows:
    """The rows with ``place`` (country, subdivision, zones) and telephones in E.164, where there is news.

    An unknown country refuses the row; an impossible telephone only itself.
    """
    values = rows.values
    country = pl.lit(home.country)
    if "country" in values.columns:
        values = values.with_columns(country_text="country", country=_country(home))
        rows = Rows(values, rows.refusals, rows.columns).refuse(
            pl.col("country").is_null(), "country_text", "no se conoce ese país"
        )
        values, country = rows.values.drop("country_text"), pl.col("country").fill_null(home.country)
    region = fold_words(pl.col("region")).fill_null("") if "region" in values.columns else pl.lit("")
    values = values.with_columns(country=country, region_word=region)
    rows = Rows(values, rows.refusals, rows.columns)
    for column in ("phone", "phone_2", "codebtor_phone"):
        if column in values.columns:
            rows = _with_phones(rows, column, known)
    zones = pl.col("phone_zones") if "phone_zones" in rows.values.columns else pl.lit([], pl.List(pl.String))
    where = rows.values.with_columns(phone_zones=zones)
    return Rows(_placed(where), rows.refusals, rows.columns)


def people(values: pl.DataFrame, index: BlindIndex, as_of: date, prefix: str = "") -> People:
    """The frames of the persons that rows name; of several rows of a person the first word counts.

    Of debtors of whom there is no news only the consents are in them.
    """
    identity = f"{prefix}{IDENTITY}"
    every = values.filter(pl.col(identity).is_not_null())
    named = every if prefix else every.filter(NEWS)
    renamed = {
        f"{prefix}{name}": name for name in (IDENTITY, *_PERSON_COLUMNS) if f"{prefix}{name}" in named.columns
    }
    persons = (
        named.select(*(pl.col(old).alias(new) for old, new in renamed.items()), "place")
        .group_by(IDENTITY, maintain_order=True)
        .agg(pl.all().drop_nulls().first())
    )
    if "name" in persons.columns:
        persons = persons.with_columns(pl.col("name").fill_null(""))
    columns = (
        (f"{prefix}phone", "phone", PHONE_CHANNELS, f"{prefix}phone_verified"),
        (f"{prefix}phone_2", "phone", PHONE_CHANNELS, ""),
        (f"{prefix}email", "email", EMAIL_CHANNELS, f"{prefix}email_verified"),
    )
    points = [_points(named, identity, index, *column) for column in columns if column[0] in named.columns]
    return People(persons, points, _consents(every, as_of) if not prefix else _no_consents())


def _country(home: Home) -> pl.Expr:
    word = fold_words(pl.col("country"))
    by_word = word.replace_strict(country_words(), default=None, return_dtype=pl.String)
    return pl.when(pl.col("country").is_null()).then(pl.lit(home.country)).otherwise(by_word)


def _with_phones(rows: Rows, column: str, known: Known) -> Rows:
    wanted = rows.values if column == "codebtor_phone" else rows.values.filter(NEWS)
    pairs = wanted.select(column, "country").drop_nulls().unique()
    phones = read_phones(pairs.iter_rows(), known)
    said = {
        column: [text for text, _ in phones],
        "country": [country for _, country in phones],
        "e164": [phone.value or None for phone in phones.values()],
        "why": [phone.reason or None for phone in phones.values()],
        "zones": ["|".join(phone.zones) or None for phone in phones.values()],
    }
    table = pl.DataFrame(said, schema=dict.fromkeys(said, pl.String)).with_columns(
        zones=pl.col("zones").str.split("|").fill_null([])
    )
    values = rows.values.join(table, on=[column, "country"], how="left", maintain_order="left")
    refused = values.filter(pl.col("why").is_not_null()).select(
        line=pl.col(LINE),
        column_name=pl.lit(rows.columns.get(column, column)),
        value=column,
        reason=pl.lit(CELL_MARK) + pl.col("why"),
    )
    zones = {"phone_zones": pl.col("zones")} if column == "phone" else {}
    values = values.with_columns(pl.col("e164").alias(column), **zones).drop("e164", "why", "zones")
    return Rows(values, pl.concat([rows.refusals, refused]), rows.columns)


def _placed(values: pl.DataFrame) -> pl.DataFrame:
    """Rows with their place as an index into the frame's own list of places, kept as text."""
    keys = ["country", "region_word", "phone_zones"]
    distinct = values.select(keys).unique()
    places = [
        place_of(country, region, tuple(zones or ())) for country, region, zones in distinct.iter_rows()
    ]
    table = distinct.with_columns(place=pl.Series([_as_text(place) for place in places], dtype=pl.String))
    return values.join(table, on=keys, how="left", nulls_equal=True, maintain_order="left").drop(
        "region_word", "phone_zones"
    )


def _as_text(place: Place) -> str:
    country, subdivision, zones = place
    return "|".join((country, subdivision, *zones))


def as_place(text: str) -> Place:
    """The place a ``place`` column names.

    >>> as_place("MX|BCN|America/Tijuana")
    ('MX', 'BCN', ('America/Tijuana',))
    """
    country, subdivision, *zones = text.split("|")
    return country, subdivision, tuple(zones)


def _points(
    named: pl.DataFrame,
    identity: str,
    index: BlindIndex,
    column: str,
    kind: str,
    channels: int,
    verified: str,
) -> pl.DataFrame:
    extra = [pl.col(verified).alias("verified")] if verified and verified in named.columns else []
    points = (
        named.filter(pl.col(column).is_not_null())
        .select(pl.col(identity).alias(IDENTITY), pl.col(column).alias("value"), *extra)
        .unique([IDENTITY, "value"], keep="first", maintain_order=True)
    )
    values = points["value"].unique()
    indexes = pl.DataFrame({"value": values, "value_index": pl.Series(index.all(values), dtype=pl.Binary)})
    return points.join(indexes, on="value", maintain_order="left").with_columns(
        kind=pl.lit(kind), channels=pl.lit(channels, pl.Int64)
    )


def _consents(named: pl.DataFrame, as_of: date) -> pl.DataFrame:
    columns = [name for name in _CONSENTS if f"consent_{name}" in named.columns]
    at = datetime.combine(as_of, time(0), UTC)
    parts = [
        named.filter(pl.col(f"consent_{name}").is_not_null()).select(
            IDENTITY,
            channel=pl.lit(int(_CONSENTS[name]), pl.Int16),
            state=consent_state(pl.col(f"consent_{name}")),
            source=pl.lit("archivo"),
            at=pl.lit(at),
        )
        for name in columns
    ]
    return pl.concat([_no_consents(), *parts])


def consent_state(granted: pl.Expr) -> pl.Expr:
    """The consent code of a yes or no."""
    return pl.when(granted).then(int(Consent.GRANTED)).otherwise(int(Consent.DENIED)).cast(pl.Int16)


def _no_consents() -> pl.DataFrame:
    return pl.DataFrame(
        schema={
            IDENTITY: pl.Binary,
            "channel": pl.Int16,
            "state": pl.Int16,
            "source": pl.String,
            "at": pl.Datetime("us", "UTC"),
        }
    )


def touched(parts: Sequence[pl.DataFrame]) -> pl.Series:
    """The identities any of these frames names."""
    return pl.concat([part[IDENTITY] for part in parts]).unique()
