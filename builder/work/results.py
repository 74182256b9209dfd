"""How a task ends: the result tree by its keys, what a result asks for besides, and a call for later."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import streamlit as st

from builder.client import ApiProblemError
from builder.frame import said
from builder.session import Session
from builder.work.forms import attempt, claim_fields, dispute_fields, promise_fields
from engine.currencies import decimals_of

Json = Mapping[str, Any]
KEYS = "1234567890"
FIRST: Mapping[str, str] = {"promise": "promises", "paid_claim": "paid-claims", "dispute": "disputes"}
"""What a result is written down with before it ends the task, and where the service takes it."""


class Ending:
    """The ending of one task being written; ``contact`` is the call it followed, if one was made."""

    def __init__(self, session: Session, detail: Json) -> None:
        self.session = session
        self.words = session.words
        self.detail = detail
        self.task: Json = detail["task"]
        self.id = int(self.task["id"])

    def show(self) -> None:
        """The note, the results with their keys, and the form of the one that asks for more."""
        results = {each["code"]: each for each in self.detail["results"]}
        self._trouble()
        st.text_area(
            self.words("Nota"),
            key=self.key("note"),
            height=72,
            placeholder=self.words("Qué se habló (queda en la bitácora)"),
            persist_state="session",
        )
        asked = results.get(str(st.session_state.get(self.key("asked"), "")))
        if asked is not None:
            self._ask(asked)
            return
        with st.container(key="results", gap="xsmall"):
            for place, result in enumerate(results.values()):
                st.button(
                    self.label(result),
                    key=self.key(f"result-{result['code']}"),
                    width="stretch",
                    shortcut=KEYS[place] if place < len(KEYS) else None,
                    on_click=self._choose,
                    args=(result,),
                )

    def label(self, result: Json) -> str:
        """What a result is called."""
        return str(result["en"] if self.words.language == "en" else result["es"])

    # -- what a result asks for -----------------------------------------------------------

    def _choose(self, result: Json) -> None:
        if self._form_of(result):
            st.session_state[self.key("asked")] = result["code"]
        else:
            self.end(result["code"])

    def _form_of(self, result: Json) -> str:
        """Which form stands before the result: of :data:`FIRST`, a payment, a written answer, or none."""
        if result["next"] in FIRST and self._debt() is not None:
            return str(result["next"])
        if self.task["kind"] == "paid_claim" and result["code"] == "confirmed":
            return "payment"
        if self.task["kind"] == "complaint" and not self._note():
            return "note"
        return ""

    def _ask(self, result: Json) -> None:
        st.markdown(f"**{self.label(result)}**")
        form = self._form_of(result)
        if form in FIRST:
            self._write_first(result, form)
        elif form == "payment":
            self._payment(result["code"])
        elif form == "note":
            st.warning(self.words("Escriba en la nota la respuesta a la persona."))
        elif st.button(self.words("Terminar"), type="primary", key=self.key("end")) and self.end(
            result["code"]
        ):
            st.rerun()
        if st.button(self.words("Otro resultado"), type="tertiary", key=self.key("back"), shortcut="Esc"):
            st.session_state.pop(self.key("asked"), None)
            st.rerun()

    def _write_first(self, result: Json, form: str) -> None:
        """The promise, claim or dispute, and with it the result; what is refused ends nothing."""
        debt = self._debt()
        assert debt is not None
        place = self.key(form)
        if form == "promise":
            body = promise_fields(self.session, debt, place)
        else:
            body = (claim_fields if form == "paid_claim" else dispute_fields)(self.session, place)
        label = self.words("Registrar y terminar")
        if not st.button(label, type="primary", width="stretch", key=f"{place}-do"):
            return
        path = self.session.at("accounts", debt["account"], FIRST[form])
        wish = {**body, "reference": f"task-{self.id}"}
        if attempt(self.session, lambda: self.session.api.post(path, wish)) and self.end(result["code"]):
            st.rerun()

    def _debt(self) -> Json | None:
        return next((each for each in self.detail["debts"] if each["account"] == self.task["account"]), None)

    def _payment(self, code: str) -> None:
        words = self.words
        unit = 10 ** decimals_of(self.task["currency"])
        with st.form(self.key("payment-form"), border=False):
            found = st.toggle(words("Encontré el dinero y el core no lo ha dicho"), key=self.key("found"))
            amount = st.number_input(
                words("Monto en {currency}", currency=self.task["currency"]),
                min_value=0.0,
                value=self.task["value"] / unit,
                key=self.key("paid"),
            )
            reference = st.text_input(words("Referencia del pago"), key=self.key("paid-reference"))
            st.caption(words("Sin marcar, la deuda descansa otro plazo igual para que el core lo cuente."))
            if not st.form_submit_button(words("Confirmar el pago"), type="primary", width="stretch"):
                return
        if found and not reference.strip():
            st.error(words("Escriba la referencia del pago que encontró."))
            return
        paid = {"amount": round(amount * unit), "reference": reference.strip()}
        told = {"payment": {**paid, "paid_at": self.session.now().isoformat()}} if found else {}
        if self.end(code, told):
            st.rerun()

    def show_callback(self) -> None:
        """A call for later, which ends the task and comes back to the same agent."""
        words = self.words
        local = self.session.now().astimezone(self.session.zone)
        with st.popover(words("Llamar después"), icon=":material/event:", key=self.key("callback")):
            at: Any = st.datetime_input(
                words("Cuándo llamarle"),
                value=(local + timedelta(days=1)).replace(minute=0, second=0, microsecond=0, tzinfo=None),
                min_value=local.replace(second=0, microsecond=0, tzinfo=None),
                key=self.key("callback-at"),
                step=timedelta(minutes=15),
                persist_state="session",
            )
            if not st.button(words("Agendar"), type="primary", width="stretch", key=self.key("callback-do")):
                return
            body = {"at": at.replace(tzinfo=self.session.zone).isoformat(), "note": self._note()}
            path = self.session.at("tasks", str(self.id), "callback")
            if attempt(self.session, lambda: self.session.api.post(path, body)):
                st.toast(words("Llamada agendada."), icon=":material/event:")
                self._over()
                st.rerun()

    # -- the end --------------------------------------------------------------------------

    def end(self, code: str, more: Json | None = None) -> bool:
        """Say the result; whether it was taken. What it refuses is told at the next drawing."""
        body = {"code": code, "note": self._note(), **(more or {})}
        contact = st.session_state.get(self.key("contact"))
        if contact:
            body["contact"] = contact["contact"]
        try:
            self.session.api.post(self.session.at("tasks", str(self.id), "result"), body)
        except ApiProblemError as refused:
            if refused.status == 401:
                self.session.expired = True
                return False
            st.session_state[self.key("trouble")] = said(refused, self.words)
            return False
        self._over()
        return True

    def _over(self) -> None:
        for name in ("note", "asked", "contact"):
            st.session_state.pop(self.key(name), None)
        st.session_state[ENDED] = self.id

    def _trouble(self) -> None:
        trouble = st.session_state.pop(self.key("trouble"), "")
        if trouble:
            st.error(trouble)

    def _note(self) -> str:
        return str(st.session_state.get(self.key("note")) or "").strip()

    def key(self, name: str) -> str:
        """The key of a widget of this task."""
        return f"task-{self.id}-{name}"


ENDED = "desk-ended"
"""The task that was ended just now: the next one comes."""
