"""The examples a strategy carries, as they play on what is drawn: green, red, and day by day."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from builder import figures
from builder.canvas.desk import Desk
from builder.canvas.operations import readable
from builder.wording import Words


def show_examples(desk: Desk, words: Words, examples: Sequence[Mapping[str, Any]]) -> None:
    """Each example with its days; a click goes to the step where the account stood."""
    if not examples:
        st.info(words("Sin ejemplos todavía: cuentas imaginadas con los pasos que se esperan de ellas."))
        return
    names = {node.id: node.name or node.id for node in readable(desk.document).nodes}
    st.caption(words("Un ejemplo en rojo impide publicar."))
    for number, example in enumerate(examples):
        icon = ":material/check_circle:" if example["passed"] else ":material/cancel:"
        with st.expander(example["name"], icon=icon, expanded=not example["passed"]):
            for failure in example["failures"]:
                told = failure["en"] if words.language == "en" else failure["es"]
                st.error(words("Día {n}: {told}", n=failure["day"], told=told))
            for day in example["days"]:
                _day(desk, words, names, day, f"example-{number}-{day['day']}")


def _day(desk: Desk, words: Words, names: Mapping[str, str], day: Mapping[str, Any], key: str) -> None:
    where = names.get(day["node"]) or day["outcome"].replace("_", " ") or "—"
    sent = ", ".join(day["messages"])
    on = figures.day(day["date"], words.language)
    label = words("Día {n} ({on}): {where}", n=day["day"], on=on, where=where)
    st.button(
        f"{label} · :material/send: {sent}" if sent else label,
        key=f"{desk.epoch}-{key}",
        type="tertiary",
        disabled=day["node"] not in names,
        on_click=desk.show,
        args=([day["node"]],),
    )
