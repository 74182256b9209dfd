"""What an agent writes down about a debt: promise, dispute, "ya pagué"; a refusal keeps what was typed."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import streamlit as st

from builder import figures
from builder.client import ApiProblemError
from builder.frame import said
from builder.session import Session
from builder.work.happenings import DISPUTES
from engine.currencies import decimals_of, decimals_shown

Json = Mapping[str, Any]

REASONS = {key: said for key, said in DISPUTES.items() if key != "reply"}


def show_forms(session: Session, debts: Sequence[Json], place: str) -> None:
    """The buttons of what may be written down; nothing for a role that may not."""
    if not debts or not session.may("promise.write"):
        return
    words = session.words
    with st.container(horizontal=True, gap="small"):
        with st.popover(words("Promesa")):
            _promise(session, debts, place)
        with st.popover(words("Disputa")):
            _dispute(session, debts, place)
        if session.may("event.write"):
            with st.popover(words("Ya pagué")):
                _claim(session, debts, place)


def _promise(session: Session, debts: Sequence[Json], place: str) -> None:
    words = session.words
    debt = _debt(session, debts, f"{place}-promise")
    body = promise_fields(session, debt, f"{place}-promise")
    if st.button(words("Registrar promesa"), type="primary", width="stretch", key=f"{place}-promise-do"):
        _post(session, f"{place}-promise", debt, "promises", body, words("Promesa registrada."))


def promise_fields(session: Session, debt: Json, place: str) -> dict[str, Any]:
    """Amount and date of a promise, inside what the policy says; the body the service takes."""
    words = session.words
    policy = _policy(session)
    today = session.now().astimezone(session.zone).date()
    most = today + timedelta(days=int(policy["most_days"])) if "most_days" in policy else None
    decimals = decimals_of(debt["currency"])
    owed = max(debt["outstanding_balance"], debt["amount_to_cure"])
    amount = st.number_input(
        words("Monto en {currency}", currency=debt["currency"]),
        min_value=0.0,
        max_value=owed / 10**decimals,
        value=debt["amount_to_cure"] / 10**decimals,
        step=1.0,
        format=f"%.{decimals_shown(debt['amount_to_cure'], debt['currency'])}f",
        key=f"{place}-amount-{debt['account']}",
        persist_state="session",
    )
    due = st.date_input(
        words("Fecha de pago"),
        value=today + timedelta(days=1),
        min_value=today,
        max_value=most,
        format="DD/MM/YYYY",
        key=f"{place}-date-{debt['account']}",
        persist_state="session",
    )
    st.caption(_limits(session, debt, policy))
    told = f"{amount:.{decimals}f}"
    return {"amount": told, "due_on": due.isoformat(), "via": "agent", "confirmed": True}


def _limits(session: Session, debt: Json, policy: Json) -> str:
    """What the portfolio takes, as far as its settings say; the service judges in any case."""
    words = session.words
    if not policy:
        return words("Se revisa contra la política de promesas de la cartera.")
    parts = []
    if "most_days" in policy:
        parts.append(words("hasta {n} días", n=policy["most_days"]))
    if "least_share" in policy:
        least = round(float(policy["least_share"]) * debt["amount_to_cure"])
        parts.append(
            words("desde {money}", money=figures.exact_money(least, debt["currency"], session.country))
        )
    return words("La política acepta promesas {limits}.", limits=", ".join(parts))


def _policy(session: Session) -> Json:
    if not session.may("policy.read"):
        return {}
    settings = session.api.get(session.at("policy"))["settings"]
    held = settings.get("promise_policy") or {}
    return held if isinstance(held, Mapping) else {}


def _dispute(session: Session, debts: Sequence[Json], place: str) -> None:
    words = session.words
    debt = _debt(session, debts, f"{place}-dispute")
    body = dispute_fields(session, f"{place}-dispute")
    if st.button(words("Abrir disputa"), type="primary", width="stretch", key=f"{place}-dispute-do"):
        _post(session, f"{place}-dispute", debt, "disputes", body, words("Disputa abierta."))


def dispute_fields(session: Session, place: str) -> dict[str, Any]:
    """Why, and in which words; the body the service takes."""
    words = session.words
    reason = st.selectbox(
        words("Motivo"),
        list(REASONS),
        format_func=lambda one: words(REASONS[one]),
        key=f"{place}-reason",
        persist_state="session",
    )
    told = st.text_area(words("Qué dice la persona"), key=f"{place}-said", height=80, persist_state="session")
    st.caption(words("Desde ahora nadie le escribe por esta deuda hasta que alguien conteste."))
    return {"reason": reason, "said": told.strip(), "via": "agent"}


def _claim(session: Session, debts: Sequence[Json], place: str) -> None:
    words = session.words
    debt = _debt(session, debts, f"{place}-claim")
    body = claim_fields(session, f"{place}-claim")
    if st.button(words("Registrar «ya pagué»"), type="primary", width="stretch", key=f"{place}-claim-do"):
        _post(session, f"{place}-claim", debt, "paid-claims", body, words("Queda por verificar."))


def claim_fields(session: Session, place: str) -> dict[str, Any]:
    """The receipt, if they gave one; the body the service takes."""
    words = session.words
    receipt = st.text_input(
        words("Número de comprobante, si lo dio"), key=f"{place}-receipt", persist_state="session"
    )
    st.caption(words("La deuda descansa mientras alguien busca el pago; queda como tarea en la mesa."))
    return {"via": "agent", "receipt": receipt.strip()}


def _debt(session: Session, debts: Sequence[Json], key: str) -> Json:
    """The debt it is about: asked only where there are several."""
    if len(debts) == 1:
        return debts[0]
    by_number = {debt["account"]: debt for debt in debts}

    def told(number: str) -> str:
        debt = by_number[number]
        money = figures.exact_money(debt["amount_to_cure"], debt["currency"], session.country)
        return f"{number} · {money}"

    chosen = st.selectbox(session.words("Cuenta"), list(by_number), format_func=told, key=f"{key}-account")
    return by_number[str(chosen)]


def _post(session: Session, place: str, debt: Json, what: str, body: Json, done: str) -> None:
    """Write it down once: the reference stays the same until the service has answered."""
    key = f"{place}-reference"
    reference = st.session_state.setdefault(key, uuid.uuid4().hex)
    path = session.at("accounts", debt["account"], what)
    if attempt(session, lambda: session.api.post(path, {**body, "reference": reference})):
        st.session_state.pop(key, None)
        st.toast(done, icon=":material/check:")
        st.rerun()


def attempt(session: Session, act: Callable[[], object]) -> bool:
    """Do it; a refusal is told where one stands, and nothing typed is lost."""
    try:
        act()
    except ApiProblemError as refused:
        if refused.status == 401:
            session.expired = True
            st.rerun()
        st.error(said(refused, session.words))
        return False
    return True
