"""The screens of Cadencia, started by Streamlit; they reach the service over HTTP only."""

import argparse
import sys

import httpx
import streamlit as st

STATES = {
    "ok": "El servicio está en marcha.",
    "degraded": "El servicio está en marcha, pero la cola no responde: los envíos esperan.",
    "down": "El servicio no alcanza su base de datos.",
}


def service_state(api_url: str) -> str:
    """``ok``, ``degraded``, ``down``, or ``silent`` when the API does not answer."""
    try:
        return str(httpx.get(f"{api_url}/health", timeout=3).json()["status"])
    except (httpx.HTTPError, KeyError, ValueError):
        return "silent"


def show(api_url: str) -> None:
    """The first page: whether the service works."""
    st.set_page_config(page_title="Cadencia", layout="wide")
    st.title("Cadencia")
    st.caption("Gestión de cobranza: estrategias que se dibujan y se cumplen cada día, dentro de la ley.")
    state = service_state(api_url)
    if state == "ok":
        st.success(STATES[state])
    elif state in STATES:
        st.warning(STATES[state])
    else:
        st.error(f"La API no responde en {api_url}. Arranque el servicio con `cadencia up`.")


def main() -> None:
    """Read where the API is from the command line and draw."""
    parser = argparse.ArgumentParser(prog="builder")
    parser.add_argument("--api", default="http://127.0.0.1:8000", help="address of the API")
    show(parser.parse_args(sys.argv[1:]).api)


if __name__ == "__main__":
    main()
