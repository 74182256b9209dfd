"""What every dashboard is drawn with: the figures of the period, their meaning, charts of one look, files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any

import altair as alt
import polars as pl
import streamlit as st

from builder import figures
from builder.look import tokens
from builder.session import Session
from engine.currencies import decimals_of
from engine.kpis import DEFINITIONS

TALL = 260
SMALL = 100
Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Board:
    """One dashboard of a portfolio and period; ``query`` is what the service is asked with."""

    session: Session
    query: Mapping[str, str]
    names: Mapping[str, str]

    def asked(self, table: str) -> Any:
        """The figures of a dashboard."""
        return self.session.api.ask("GET", self.session.at("dashboards", table), query=self.query).body

    def strategy(self, key: str) -> str:
        """A strategy as people call it."""
        return self.names.get(key, key) if key else self.session.words("Sin estrategia")

    def meaning(self, rate: str) -> str:
        """The exact definition of a figure, for its tooltip."""
        spanish, english = DEFINITIONS[rate]
        return english if self.session.words.language == "en" else spanish

    def number(self, value: float) -> str:
        """A count in the country's way."""
        return figures.number(value, self.session.country)

    def money(self, minor_units: int, currency: str) -> str:
        """An amount, short where it is large and to the cent where it is small."""
        small = abs(minor_units) < SMALL * 10 ** decimals_of(currency)
        said = figures.exact_money if small else figures.short_money
        return said(minor_units, currency, self.session.country)

    def span(self) -> alt.Scale:
        """The whole period on the axis, days without anything included; a week may begin before it."""
        first, last = (date.fromisoformat(self.query[name]) for name in ("from", "to"))
        ends = [(first - timedelta(days=first.weekday())).isoformat(), f"{last + timedelta(days=1)}"]
        return alt.Scale(domain=[f"{each}T00:00:00" for each in ends])

    def bar(self) -> int:
        """The width of a day's bar, in pixels, that leaves gaps between days."""
        days = (date.fromisoformat(self.query["to"]) - date.fromisoformat(self.query["from"])).days + 1
        return max(2, min(28, 620 // days))

    def share(self, part: float, whole: float) -> str:
        """A share, or a dash where there is nothing to take it of."""
        return figures.percent(part, whole, self.session.country) or "—"

    def download(self, *tables: str) -> None:
        """Buttons that fetch the figures as files."""
        with st.container(horizontal=True, horizontal_alignment="right"):
            for table in tables:
                st.download_button(
                    "CSV" if len(tables) == 1 else f"CSV · {self.session.words(FILES[table])}",
                    partial(
                        self.session.api.download, self.session.at("dashboards", table, "csv"), **self.query
                    ),
                    f"{table}-{self.query['from']}-{self.query['to']}.csv",
                    "text/csv",
                    key=f"csv-{table}",
                    icon=":material/download:",
                    on_click="ignore",
                )


FILES: Mapping[str, str] = {
    "recovery": "pagos",
    "cohorts": "cohortes",
    "aging": "tramos",
    "rolls": "rodamiento",
    "funnel": "embudo",
    "promises": "promesas",
    "costs": "costos",
}


def currencies(rows: Rows) -> list[str]:
    """The currencies of some rows: a chart for each, for they are never added."""
    return sorted({str(row["currency"]) for row in rows})


def whole(minor_units: int, currency: str) -> float:
    """An amount in units of its currency, for the axis of a chart."""
    return float(minor_units / 10 ** decimals_of(currency))


def show_chart(chart: alt.Chart | alt.LayerChart, tall: int = TALL) -> None:
    """A chart in the look of the screens: quiet grid, no frame, muted words."""
    colours = tokens()
    quiet = {"labelColor": colours["muted"], "titleColor": colours["muted"], "titleFontWeight": "normal"}
    styled = (
        chart.properties(height=tall)
        .configure_view(strokeWidth=0)
        .configure_axis(gridColor=colours["line"], domainColor=colours["line"], tickSize=0, **quiet)
        .configure_legend(labelColor=colours["text"], titleColor=colours["muted"], orient="top")
    )
    st.altair_chart(styled, width="stretch", theme=None)


def frame(rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """Rows as the table a chart reads."""
    return pl.DataFrame([dict(row) for row in rows])


def palette(*names: str) -> list[str]:
    """Colours of the screens by name."""
    return [tokens()[name] for name in names]
