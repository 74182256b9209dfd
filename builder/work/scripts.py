"""What to say in a step of the desk: a few kind sentences an agent reads aloud, by what the task is about."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from builder import figures
from builder.session import Session

GREETING = "Buenos días, ¿hablo con {person}? Le llamo de parte de su acreedor; ¿es buen momento?"
IDENTIFY = "Antes de seguir, ¿me confirma dos datos suyos? (Si no es la persona, no diga de qué se trata.)"
SCRIPTS: Mapping[str, Sequence[str]] = {
    "escalation": (
        GREETING,
        IDENTIFY,
        "Su cuenta {account} tiene {money} por ponerse al día desde el {due}. ¿Qué pasó este mes?",
        "¿Qué fecha y qué monto le quedan bien? Lo anoto y le confirmo por escrito.",
        "Repito: {money} para la fecha que acordamos. Gracias por su tiempo.",
    ),
    "paid_claim": (
        "Busque el pago por monto y fecha; el comprobante dice: {receipt}.",
        "Si lo encuentra, confírmelo con su referencia. Si no aparece, dígaselo y pídale el comprobante.",
    ),
    "dispute": (
        "Lea lo que dijo la persona y compárelo con el core antes de contestar.",
        "Mientras no se conteste, nadie le escribe por esta deuda.",
    ),
    "complaint": (
        "Conteste por escrito, dentro del plazo, y deje la respuesta en la nota.",
        "Diga qué encontró, qué se corrige y a quién puede acudir.",
    ),
    "promise_echo": (
        "La persona dijo que paga {money}; falta su confirmación.",
        "Pregúntele: «¿Confirma {money} para el {due}?». Solo una promesa confirmada cuenta.",
    ),
    "callback": (
        "Buenos días, {person}, quedamos en hablar ahora. ¿Sigue siendo buen momento?",
        IDENTIFY,
        "Su cuenta {account} tiene {money} por ponerse al día. ¿Cómo le gustaría resolverlo?",
    ),
}


def show_script(session: Session, task: Mapping[str, Any], debts: Sequence[Mapping[str, Any]]) -> None:
    """The sentences of the task's kind, with the account's own words in them."""
    words = session.words
    lines = SCRIPTS.get(task["kind"])
    if lines is None:
        return
    about = task["about"]
    debt = next((each for each in debts if each["account"] == task["account"]), None)
    due = about.get("due_on") or (debt or {}).get("due_on")
    owed = about.get("amount") or (debt["amount_to_cure"] if debt else task["value"])
    told = {
        "person": task["person"],
        "account": task["account"],
        "money": figures.exact_money(int(owed), task["currency"], session.country),
        "due": figures.day(due, words.language) if due else "—",
        "receipt": about.get("receipt") or words("no lo dio"),
    }
    with st.expander(words("Guion"), icon=":material/menu_book:", expanded=True):
        if about.get("note"):
            st.markdown(f"**{words('Nota')}**: {about['note']}")
        said = [f"{number}. {words(line).format(**told)}" for number, line in enumerate(lines, start=1)]
        st.markdown("\n".join(said))
