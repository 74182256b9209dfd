"""The condition builder: rows and groups with a typed widget per fact, and the sentence they make."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, cast

import streamlit as st

from builder.inspector.form import Form, Path
from builder.inspector.tree import (
    MODES,
    PRESENCE,
    added,
    at,
    condition_of,
    currency_at,
    fresh_row,
    placed,
    rows_of,
    with_operator,
    without,
)
from builder.inspector.tree import Path as Place
from engine.conditions import OPERATORS, Shape, check, parse, sentence
from engine.conditions.sentence import Language
from engine.currencies import decimals_of, decimals_shown
from engine.facts import Fact, FactType

OPERATOR_WORDS: Mapping[str, str] = {
    "=": "es", "!=": "no es", "<": "menor que", "<=": "a lo sumo", ">": "mayor que", ">=": "al menos",
    "between": "entre", "before": "antes del", "after": "después del",
    "within_days": "en los próximos días", "days_ago": "en los últimos días", "in": "es uno de",
    "not_in": "no es ninguno de", "has": "incluye", "has_any": "incluye alguno de", "has_not": "no incluye",
    "is": "es", "is_known": "tiene dato", "is_unknown": "no tiene dato",
}  # fmt: skip

Take = Callable[[dict[str, Any]], None]


class ConditionBuilder:
    """The rows of one condition of a node."""

    def __init__(self, form: Form, path: Path, label: str) -> None:
        self.form = form
        self.path = path
        self.label = label
        self.words = form.words
        self.catalogue = form.around.catalogue
        self.group = rows_of(form.value(*path))

    def show(self) -> None:
        """The rows, and below them what they say."""
        condition = parse(self.form.value(*self.path))
        said = sentence(
            condition, self.catalogue, cast(Language, self.words.language), self.form.around.currency
        )
        st.markdown(f"**{self.label}**: {said.replace('*', '')}")
        self._group((), self.group)
        for finding in check(condition, self.catalogue):
            told = finding.message_en if self.words.language == "en" else finding.message_es
            (st.error if finding.blocks else st.warning)(told)

    def _group(self, place: Place, group: Mapping[str, Any]) -> None:
        with st.container(border=True, key=self._key(place, "group")):
            key = self.form.bind((*self.path, *place, "mode"), group["mode"])
            st.selectbox(
                self.words("Cuando"),
                list(MODES),
                key=key,
                format_func=lambda mode: self.words(MODES[mode]),
                label_visibility="collapsed",
                on_change=self._taking(key, place, lambda value: {**at(self.group, place), "mode": value}),
            )
            for index, part in enumerate(group["parts"]):
                inner = (*place, index)
                if "mode" in part:
                    self._group(inner, part)
                else:
                    self._row(inner, part)
            self._buttons(place)

    def _buttons(self, place: Place) -> None:
        first = self.catalogue["days_past_due"]
        row = fresh_row(first, self.catalogue)
        with st.container(horizontal=True, gap="small"):
            self._button(place, self.words("+ dato"), "row", lambda: added(self.group, place, row))
            if len(place) < 3:
                inner = {"mode": "any", "parts": [row]}
                self._button(place, self.words("+ grupo"), "more", lambda: added(self.group, place, inner))
            if place:
                self._button(place, self.words("quitar grupo"), "less", lambda: without(self.group, place))

    def _row(self, place: Place, row: Mapping[str, Any]) -> None:
        fact = self.catalogue.get(str(row["fact"]))
        self._fact(place, row)
        left, right, last = st.columns([5, 6, 1], gap="small")
        with left:
            self._operator(place, row, fact)
        with right:
            if fact is not None and row["op"] not in PRESENCE:
                self._value(place, row, fact)
        with last:
            self._button(place, "✕", "gone", lambda: without(self.group, place))

    def _fact(self, place: Place, row: Mapping[str, Any]) -> None:
        key = self.form.bind((*self.path, *place, "fact"), row["fact"])
        names = list(self.catalogue) + ([] if row["fact"] in self.catalogue else [row["fact"]])
        st.selectbox(
            self.words("Dato"),
            names,
            key=key,
            label_visibility="collapsed",
            format_func=self._fact_label,
            on_change=self._taking(
                key, place, lambda name: fresh_row(self.catalogue[str(name)], self.catalogue)
            ),
        )

    def _fact_label(self, name: str) -> str:
        fact = self.catalogue.get(name)
        if fact is None:
            return self.words("{name} (no existe)", name=name)
        return fact.label_en if self.words.language == "en" else fact.label_es

    def _operator(self, place: Place, row: Mapping[str, Any], fact: Fact | None) -> None:
        known = [*OPERATORS[fact.type], *PRESENCE] if fact else [str(row["op"])]
        operators = known if row["op"] in known else [*known, str(row["op"])]
        key = self.form.bind((*self.path, *place, "op"), row["op"])
        st.selectbox(
            self.words("Comparación"),
            operators,
            key=key,
            label_visibility="collapsed",
            format_func=lambda op: self.words(OPERATOR_WORDS[op]),
            on_change=self._taking(
                key, place, lambda op: with_operator(at(self.group, place), str(op), self.catalogue)
            ),
        )

    def _value(self, place: Place, row: Mapping[str, Any], fact: Fact) -> None:
        shape = OPERATORS[fact.type].get(str(row["op"]))
        match shape:
            case Shape.INTEGER | Shape.DAYS:
                self._number(place, "value", row["value"], fact, lambda value: value)
            case Shape.BOUNDS:
                low, high = row["value"]
                self._number(place, "low", low, fact, lambda value: [value, high])
                self._number(place, "high", high, fact, lambda value: [low, value])
            case Shape.DATE:
                self._date(place, row)
            case Shape.TRUTH:
                self._words(place, row, [True, False])
            case Shape.WORD:
                self._words(place, row, [value for value in fact.values if value])
            case Shape.WORDS:
                self._many_words(place, row, fact)

    def _number(
        self, place: Place, name: str, value: int, fact: Fact, whole: Callable[[int], object]
    ) -> None:
        if fact.type is FactType.MONEY:
            self._money(place, name, value, whole)
            return
        key = self.form.bind((*self.path, *place, name), value)
        st.number_input(
            self.words("Valor"),
            key=key,
            step=1,
            label_visibility="collapsed",
            on_change=self._valuing(key, place, lambda number: whole(int(number))),
        )

    def _money(self, place: Place, name: str, value: int, whole: Callable[[int], object]) -> None:
        """An amount in the currency its group asks for, with that currency's decimals."""
        currency = currency_at(self.group, place) or self.form.around.currency
        unit = 10 ** decimals_of(currency)
        shown = decimals_shown(value, currency)
        key = self.form.bind((*self.path, *place, name, currency), value / unit)
        st.number_input(
            self.words("Monto en {currency}", currency=currency) if currency else self.words("Valor"),
            key=key,
            step=1.0,
            format=f"%.{shown}f",
            label_visibility="visible" if currency else "collapsed",
            on_change=self._valuing(key, place, lambda number: whole(round(float(number) * unit))),
        )

    def _date(self, place: Place, row: Mapping[str, Any]) -> None:
        key = self.form.bind((*self.path, *place, "value"), date.fromisoformat(str(row["value"])))
        st.date_input(
            self.words("Fecha"),
            key=key,
            format="DD/MM/YYYY",
            label_visibility="collapsed",
            on_change=self._valuing(key, place, lambda chosen: chosen.isoformat()),
        )

    def _words(self, place: Place, row: Mapping[str, Any], options: list[Any]) -> None:
        now = row["value"]
        key = self.form.bind((*self.path, *place, "value"), now)
        st.selectbox(
            self.words("Valor"),
            options if now in options else [*options, now],
            key=key,
            accept_new_options=not options,
            label_visibility="collapsed",
            format_func=self._said,
            on_change=self._valuing(key, place, lambda chosen: chosen),
        )

    def _many_words(self, place: Place, row: Mapping[str, Any], fact: Fact) -> None:
        now = list(row["value"])
        options = [value for value in fact.values if value]
        key = self.form.bind((*self.path, *place, "value"), now)
        st.multiselect(
            self.words("Valores"),
            [*options, *(value for value in now if value not in options)],
            key=key,
            accept_new_options=not options,
            label_visibility="collapsed",
            format_func=self._said,
            on_change=self._valuing(key, place, lambda chosen: list(chosen) or now),
        )

    def _said(self, value: object) -> str:
        if isinstance(value, bool):
            return self.words("sí") if value else self.words("no")
        return str(value).replace("_", " ")

    # -- taking what was said --------------------------------------------------------------

    def _valuing(self, key: str, place: Place, value: Callable[[Any], object]) -> Callable[[], None]:
        return self._taking(key, place, lambda said: {**at(self.group, place), "value": value(said)})

    def _taking(self, key: str, place: Place, part: Callable[[Any], dict[str, Any]]) -> Callable[[], None]:
        return lambda: self._take(placed(self.group, place, part(st.session_state[key])))

    def _button(self, place: Place, label: str, name: str, group: Callable[[], dict[str, Any]]) -> None:
        st.button(label, key=self._key(place, name), type="tertiary", on_click=lambda: self._take(group()))

    def _take(self, group: dict[str, Any]) -> None:
        self.form.put(self.path, condition_of(group), self.label)

    def _key(self, place: Place, name: str) -> str:
        parts = [self.form.desk.epoch, self.form.node_id, *self.path, *place, name]
        return "-".join(str(part) for part in parts)
