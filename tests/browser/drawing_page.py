"""A page with the canvas alone: no API, the validator of the engine, two ready strategies to copy between."""

import json
from pathlib import Path

import streamlit as st

from builder.canvas.desk import Desk
from builder.canvas.kinds import new_node, new_strategy
from builder.canvas.operations import Document, applied, readable
from builder.inspector.form import Surroundings
from builder.studio.board import Backing, Known, show_board
from builder.wording import Words
from engine.facts import CATALOGUE
from engine.validation import validate

STRATEGIES = Path(__file__).parents[2] / "examples" / "strategies"

st.set_page_config(layout="wide")


def judge(document: Document, before: Known) -> Known:
    return Known(findings=validate(readable(document)))


def long_strategy(steps: int) -> Document:
    """A chain of waits, for measuring."""
    document: Document = new_strategy("larga", "Larga")
    for number in range(steps - 2):
        step = {
            "id": f"espera-{number}",
            "config": new_node("wait"),
            "at": [260 * (number % 9), 150 * (number // 9)],
        }
        via = {"source": "entrada", "port": "next"}
        operation = {"op": "insert", "steps": [step], "edges": [], "via": via, "positions": {}}
        document = applied(document, operation)
    return document


steps = int(st.query_params.get("steps", "0"))
name = st.query_params.get("strategy", "preventiva")
key = f"desk-{steps or name}"
if key not in st.session_state:
    file = STRATEGIES / f"{name}.json"
    document = dict(long_strategy(steps)) if steps else json.loads(file.read_text(encoding="utf-8"))
    st.session_state[key] = Desk.of(document, readonly="readonly" in st.query_params)
desk = st.session_state[key]

around = Surroundings(CATALOGUE, {"whatsapp": ["mora_1_30_whatsapp_a"], "sms": ["mora_1_30_sms"]})


@st.fragment
def board() -> None:
    show_board(desk, Words("es"), around, Backing(judge))
    with st.container(key="document", height=60):
        st.code(json.dumps({"ack": desk.ack, "document": desk.document}), language=None)


board()
