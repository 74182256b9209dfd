"""The canvas on the page: a Streamlit component whose program is built once and served as a file."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest

NAME = "cadencia.canvas"


def show_canvas(key: str, data: Mapping[str, Any], on_change: Callable[[], None], height: int) -> None:
    """Draw the canvas; ``on_change`` finds what the browser sent with :func:`sent`."""
    _declare()
    mount = st.components.v2.component(
        NAME, html='<div class="cadencia-canvas"></div>', js="canvas.js", css="canvas.css"
    )
    mount(key=key, data={**data, "height": height}, on_canvas_change=on_change, height=height)


def sent(key: str) -> Mapping[str, Any]:
    """The last message of the browser, empty before the first."""
    state = st.session_state.get(key)
    message = state.get("canvas") if state is not None else None
    return message if isinstance(message, Mapping) else {}


def _declare() -> None:
    """Name the folder of the built program.

    Streamlit finds that folder by itself only for a distribution whose import package bears its name;
    ours has five rooms.
    """
    manager = get_bidi_component_manager()
    if manager.get_component_asset_root(NAME) is None:
        manifest = ComponentManifest("cadencia", "1", [ComponentConfig("canvas", "assets")])
        manager.register_from_manifest(manifest, Path(__file__).parent)
