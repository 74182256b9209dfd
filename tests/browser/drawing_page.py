"""A page with the canvas alone: no API, the validator of the engine, two ready strategies to copy between."""

import json
from pathlib import Path

import streamlit as st

from builder.canvas.desk import Desk
from builder.canvas.operations import Document, readable
from builder.inspector.form import Surroundings
from builder.studio.board import Backing, Known, show_board
from builder.wording import Words
from engine.facts import CATALOGUE
from engine.validation import validate

STRATEGIES = Path(__file__).parents[2] / "examples" / "strategies"

st.set_page_config(layout="wide")


def judge(document: Document, before: Known) -> Known:
    return Known(findings=validate(readable(document)))


name = st.query_params.get("strategy", "preventiva")
key = f"desk-{name}"
if key not in st.session_state:
    document = json.loads((STRATEGIES / f"{name}.json").read_text(encoding="utf-8"))
    st.session_state[key] = Desk.of(document, readonly="readonly" in st.query_params)
desk = st.session_state[key]

around = Surroundings(CATALOGUE, {"whatsapp": ["mora_1_30_whatsapp_a"], "sms": ["mora_1_30_sms"]})


@st.fragment
def board() -> None:
    show_board(desk, Words("es"), around, Backing(judge))
    with st.container(key="document", height=60):
        st.code(json.dumps({"ack": desk.ack, "document": desk.document}), language=None)


board()
