"""Who may do what: users with their roles, new ones, and those who no longer sign in."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from builder.client import path
from builder.frame import heading
from builder.session import EVERYWHERE, Session
from builder.wording import LANGUAGES


def show_users(session: Session) -> None:
    """The list, and beside it what an administrator may change."""
    words = session.words
    heading(
        words("Usuarios"),
        words("Un rol se tiene en una cartera o en todas; lo que ningún rol permite se niega."),
    )
    roles = {role["key"]: role for role in session.api.get(path("roles"))["roles"]}
    users = session.api.every(path("users"))
    rows = [
        {
            words("Usuario"): user["login"],
            words("Nombre"): user["name"],
            words("Roles"): ", ".join(_grant(session, grant, roles) for grant in user["grants"]),
            words("Idioma"): LANGUAGES.get(user["language"], user["language"]),
            words("Entra"): user["active"],
        }
        for user in users
    ]
    st.dataframe(rows, hide_index=True, width="stretch")
    if session.may("user.edit"):
        new, change = st.columns(2, gap="large")
        with new:
            _new(session, roles)
        with change:
            _change(session, users)


def _grant(session: Session, grant: Mapping[str, Any], roles: Mapping[str, Mapping[str, Any]]) -> str:
    name = str(roles.get(grant["role"], {}).get(session.words.language, grant["role"]))
    return name if grant["portfolio"] == EVERYWHERE else f"{name} ({grant['portfolio']})"


def _new(session: Session, roles: Mapping[str, Mapping[str, Any]]) -> None:
    words = session.words
    st.subheader(words("Nuevo usuario"), anchor=False)
    with st.form("new-user", border=True, clear_on_submit=True):
        login = st.text_input(words("Usuario"), key="user-login")
        name = st.text_input(words("Nombre"), key="user-name")
        password = st.text_input(words("Contraseña inicial"), type="password", key="user-password")
        role = st.selectbox(
            words("Rol"),
            list(roles),
            key="user-role",
            format_func=lambda key: str(roles[key].get(words.language, key)),
        )
        everywhere = st.toggle(words("En todas las carteras"), key="user-everywhere")
        if st.form_submit_button(words("Agregar"), type="primary"):
            grant = {"role": role, "portfolio": EVERYWHERE if everywhere else session.portfolio}
            body = {"login": login, "name": name, "password": password or None, "grants": [grant]}
            session.api.post(path("users"), body)
            st.rerun()


def _change(session: Session, users: list[Mapping[str, Any]]) -> None:
    words = session.words
    st.subheader(words("Cambiar"), anchor=False)
    with st.container(border=True):
        by_login = {user["login"]: user for user in users}
        login = st.selectbox(words("Usuario"), list(by_login), key="changed-user")
        active = by_login[login]["active"]
        label = words("Ya no puede entrar") if active else words("Puede entrar de nuevo")
        if st.button(label, key="toggle-user"):
            session.api.ask("PATCH", path("users", login), json={"active": not active})
            st.rerun()
