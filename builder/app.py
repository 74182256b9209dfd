"""What Streamlit starts: the screens, and beside them the request that keeps a sign-in over a reload."""

from pathlib import Path

import streamlit as st

from builder.kept import ROUTES

app = st.App(Path(__file__).with_name("screens.py"), routes=ROUTES)
