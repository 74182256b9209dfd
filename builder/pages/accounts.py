"""One account: found by what is known of it, its state, its way through a strategy, its bitácora, and why."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import streamlit as st

from builder import figures
from builder.canvas.meaning import word
from builder.client import ApiProblemError
from builder.drafts import read_version
from builder.frame import heading, said
from builder.pictures import Shown, show_picture
from builder.session import Session
from builder.work.happenings import HOLDS
from builder.work.instants import instant, span

STATUS = {
    "current": "al día",
    "past_due": "en mora",
    "restructured": "reestructurada",
    "charged_off": "castigada",
    "judicial": "judicial",
    "sold": "vendida",
    "insolvency": "insolvencia",
    "deceased": "fallecida",
}

BY = {"number": "Número de cuenta", "phone": "Teléfono", "email": "Correo", "identity": "Identificación"}


def show_accounts(session: Session) -> None:
    """The search, and the account it found."""
    words = session.words
    heading(words("Cuentas"), words("Los datos personales se ven según su rol."))
    number = st.query_params.get("account", "")
    by, value, go = st.columns([2, 5, 1], vertical_alignment="bottom")
    how = by.selectbox(words("Buscar por"), list(BY), format_func=lambda one: words(BY[one]), key="search-by")
    wanted = value.text_input(words("Valor"), key="search-value")
    if go.button(words("Buscar"), type="primary", width="stretch") and wanted.strip():
        found = session.api.post(session.at("accounts", "search"), {"by": how, "value": wanted.strip()})[
            "items"
        ]
        st.session_state["found-accounts"] = found
        number = found[0]["number"] if len(found) == 1 else ""
        st.query_params["account"] = number
        if not found:
            st.info(words("Ninguna cuenta con ese dato en esta cartera."))
    if number:
        _account(session, number)
        return
    found = (
        st.session_state.get("found-accounts") or session.api.get(session.at("accounts"), limit=50)["items"]
    )
    _list(session, found)


def _list(session: Session, accounts: Sequence[Mapping[str, Any]]) -> None:
    words = session.words
    if not accounts:
        st.info(words("La cartera no tiene cuentas: cárguelas en «Importar»."))
        return
    rows = [
        {
            words("Cuenta"): each["number"],
            words("Persona"): each["person"],
            words("País"): each["country"],
            words("Producto"): each["product"],
            words("Vence"): each["effective_due_on"],
            words("Para ponerse al día"): figures.money(
                each["amount_to_cure"], each["currency"], each["country"]
            ),
            words("Estado"): words(STATUS[each["status"]]),
        }
        for each in accounts
    ]
    chosen: Any = st.dataframe(
        rows,
        hide_index=True,
        width="stretch",
        on_select="rerun",
        selection_mode="single-row",
        key="account-list",
    )
    if chosen.selection.rows:
        st.query_params["account"] = accounts[chosen.selection.rows[0]]["number"]
        st.rerun()


def _account(session: Session, number: str) -> None:
    words = session.words
    told = session.api.get(session.at("accounts", number, "journey"))
    account = told["account"]
    if st.button(words("Otra cuenta"), type="tertiary", icon=":material/arrow_back:"):
        st.session_state.pop("found-accounts", None)
        del st.query_params["account"]
        st.rerun()
    st.subheader(f"{account['number']} · {account['person']}", anchor=False)
    _money(session, account)
    _contacts(session, told["contacts"])
    way, book, why = st.tabs([words("Recorrido"), words("Bitácora"), words("Por qué")])
    with way:
        _way(session, told)
    with book:
        _ledger(session, told)
    with why:
        _why(session, number)


def _money(session: Session, account: Mapping[str, Any]) -> None:
    words = session.words

    def money(amount: int | None) -> str:
        return "—" if amount is None else figures.money(amount, account["currency"], account["country"])

    cure, payoff, due, state = st.columns(4)
    cure.metric(words("Para ponerse al día"), money(account["amount_to_cure"]))
    payoff.metric(words("Para liquidar"), money(account["payoff_amount"]))
    due.metric(
        words("Vencimiento"),
        figures.day(account["effective_due_on"], words.language) if account["effective_due_on"] else "—",
    )
    state.metric(words("Estado"), words(STATUS[account["status"]]))
    notes = [
        f":orange-badge[{words('retenida')}: {words(HOLDS.get(hold, hold))}]" for hold in account["holds"]
    ]
    notes += [f":red-badge[{words('no contactar')}: {stop.replace('_', ' ')}]" for stop in account["stops"]]
    if account["promise_open"]:
        promised = words("promesa de {money}", money=money(account["promise_amount"]))
        notes.append(f":blue-badge[{promised}]")
    if notes:
        st.markdown(" ".join(notes))


def _contacts(session: Session, contacts: Sequence[Mapping[str, Any]]) -> None:
    """How the person is reached, and for how long WhatsApp still lets free words through."""
    words = session.words
    said = []
    for each in contacts:
        line = f"`{each['value']}`" + ("" if each["status"] == "active" else f" ({words('inactivo')})")
        if each["window_until"]:
            left = span(instant(each["window_until"]) - session.now(), words)
            line += (
                f" :green-badge[:material/schedule: {words('ventana de WhatsApp: quedan {span}', span=left)}]"
            )
        said.append(line)
    if said:
        st.markdown(" · ".join(said))


def _way(session: Session, told: Mapping[str, Any]) -> None:
    words = session.words
    passages = told["passages"]
    if not passages:
        st.info(words("La cuenta no ha entrado en ninguna estrategia."))
        return
    newest = passages[0]
    seen = {line["node"] for line in told["verdicts"]} | {each.get("node", "") for each in told["messages"]}
    walked = {newest["node"], *seen}
    where = words(
        "En «{name}» v{n}, paso «{node}», desde el {on}.",
        name=newest["strategy"],
        n=newest["version"],
        node=newest["node"],
        on=figures.day(newest["arrived_on"], words.language),
    )
    st.caption(
        where
        if not newest["ended_on"]
        else words(
            "Salió de «{name}» con «{outcome}».",
            name=newest["strategy"],
            outcome=newest["outcome"].replace("_", " "),
        )
    )
    document = read_version(session, newest["strategy"], newest["version"])
    walked.add(next(node["id"] for node in document["nodes"] if node["kind"] == "segment"))
    show_picture(document, words, Shown(walked=walked, here=newest["node"]))


def _ledger(session: Session, told: Mapping[str, Any]) -> None:
    words = session.words
    lines: list[tuple[str, str, str]] = []
    for each in told["messages"]:
        at = str(each.get("accepted_at") or each.get("created_at") or each.get("local_on") or "")
        lines.append(
            (
                at,
                words("mensaje"),
                f"{each.get('channel', '')} · {each.get('template', '')} · {each.get('state', '')}",
            )
        )
    for each in told["verdicts"]:
        outcome = f"{each['outcome']} · {each['node']} · {each['rule']}"
        lines.append((str(each["day"]), words("veredicto"), outcome.replace("_", " ")))
    for each in told["events"]:
        lines.append((str(each["at"]), words("suceso"), word(each["kind"], words)))
    for each in told["ledger"]:
        lines.append((str(each["at"]), words("bitácora"), each["kind"].replace(".", " · ")))
    if not lines:
        st.info(words("Todavía no hay nada escrito sobre esta cuenta."))
        return
    table = [
        {words("Cuándo"): at[:16].replace("T", " "), words("Qué"): what, words("Detalle"): detail}
        for at, what, detail in sorted(lines, reverse=True)
    ]
    st.dataframe(table, hide_index=True, width="stretch")


def _why(session: Session, number: str) -> None:
    words = session.words
    runs = session.api.get(session.at("runs"), limit=60)["items"] if session.may("run.read") else []
    if not runs:
        st.info(words("Todavía no ha corrido ningún día."))
        return
    days = [run["day"] for run in runs]
    day = st.selectbox(
        words("Día"), days, format_func=lambda on: figures.day(on, words.language), key="why-day"
    )
    try:
        told = session.api.get(
            session.at("accounts", number, "why"), date=date.fromisoformat(day).isoformat()
        )
    except ApiProblemError as refused:
        st.warning(said(refused, words))
        return
    for line in told["lines"]:
        st.markdown(f"- {line['text']}")
