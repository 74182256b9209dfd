"""The answer box: free words while window and law agree, else why not, and which template may go."""

import re
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from builder.canvas.meaning import word
from builder.client import ApiProblemError
from builder.frame import said
from builder.session import Session
from builder.work.law import channel_of, why_not
from engine.errors import ServiceError

Json = Mapping[str, Any]
WRITTEN = ("whatsapp", "sms", "email")
MOST_BUTTONS = 3
ANSWERS = "/portfolios/{portfolio}/conversations/{conversation}/answers"


def show_answer(session: Session, detail: Json) -> None:
    """The box of one conversation."""
    words = session.words
    talk = detail["conversation"]
    if talk["state"] == "closed":
        st.caption(words("La conversación está cerrada; si la persona escribe, se abre otra."))
        return
    if not session.may("conversation.work") or not session.offers(ANSWERS):
        st.caption(words("Su rol lee las conversaciones; no las contesta."))
        return
    mine = talk["assigned_to"] in (None, session.login)
    if not mine and not session.may("conversation.supervise"):
        st.caption(
            words("La atiende {login}; pídale que la suelte para contestar.", login=talk["assigned_to"])
        )
        return
    AnswerBox(session, detail).show()


class AnswerBox:
    """One answer being written; its words stay in the tab until they are sent."""

    def __init__(self, session: Session, detail: Json) -> None:
        self.session = session
        self.words = session.words
        self.detail = detail
        self.id = int(detail["conversation"]["id"])
        self.place = session.at("conversations", str(self.id), "answers")
        self.text_key = self._key("text")

    def show(self) -> None:
        """Channel, words or template, and the button; under them why it would not go."""
        self._emptied()
        way = self._channel()
        if way is None:
            st.warning(self.words("No hay por dónde contestarle: ninguna dirección conocida."))
            return
        free = way["mode"] == "free"
        if not way["may"]:
            st.warning(why_not(self.session, way), icon=":material/gavel:")
        if free or not way["may"]:
            self._free(way)
        else:
            self._closed_window(way)

    # -- which way ------------------------------------------------------------------------

    def _channel(self) -> Json | None:
        known = [each for each in self.detail["channels"] if each["channel"] in WRITTEN and each["address"]]
        if not known:
            return None
        names = [each["channel"] for each in known]
        own = self.detail["conversation"]["channel"]
        chosen = st.segmented_control(
            self.words("Canal"),
            names,
            default=own if own in names else names[0],
            key=self._key("channel"),
            required=True,
            format_func=lambda name: word(name, self.words),
            label_visibility="collapsed",
        )
        return channel_of(known, str(chosen))

    # -- free words -----------------------------------------------------------------------

    def _free(self, way: Json) -> None:
        channel = str(way["channel"])
        replies = self._quick_replies()
        subject = ""
        if channel == "email":
            subject = st.text_input(
                self.words("Asunto"), key=self._key("subject"), persist_state="session"
            ).strip()
        st.text_area(
            self.words("Respuesta"),
            key=self.text_key,
            height=80,
            persist_state="session",
            disabled=not way["may"],
            label_visibility="collapsed",
            placeholder=self.words("Escriba la respuesta; «/» y el nombre para una respuesta rápida"),
            on_change=self._slash,
            args=(replies, channel),
        )
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            self._offer_replies(replies, channel, bool(way["may"]))
            buttons = self._buttons() if channel == "whatsapp" else []
            text = str(st.session_state.get(self.text_key) or "").strip()
            wish: dict[str, Any] = {"channel": channel, "text": text}
            wish |= {"subject": subject} if subject else {}
            wish |= {"buttons": buttons} if buttons else {}
            fine = bool(text) and bool(way["may"]) and self._checked(wish)
            st.button(
                self.words("Enviar"),
                type="primary",
                icon=":material/send:",
                key=self._key("send"),
                shortcut="Ctrl+Enter",
                disabled=not fine,
                on_click=self._send,
                args=(wish,),
            )
        self._told()

    def _quick_replies(self) -> Sequence[Json]:
        if not self.session.offers("/portfolios/{portfolio}/quick-replies"):
            return ()
        language = self.detail["language"]
        items: Sequence[Json] = self.session.api.get(self.session.at("quick-replies"))["items"]
        return [each for each in items if each["language"] == language] or items

    def _offer_replies(self, replies: Sequence[Json], channel: str, may: bool) -> None:
        if not replies:
            return
        titles = {each["key"]: str(each["title"]) for each in replies}
        key = self._key("quick")
        st.selectbox(
            self.words("Respuesta rápida"),
            list(titles),
            index=None,
            key=key,
            format_func=titles.__getitem__,
            placeholder=self.words("Respuesta rápida…"),
            label_visibility="collapsed",
            disabled=not may,
            width=220,
            on_change=self._take_quick,
            args=(key, channel),
        )

    def _take_quick(self, key: str, channel: str) -> None:
        chosen = st.session_state.get(key)
        if chosen:
            self._insert(str(chosen), channel)
        st.session_state[key] = None

    def _slash(self, replies: Sequence[Json], channel: str) -> None:
        """«/como_pagar» becomes the words of that quick reply."""
        typed = str(st.session_state.get(self.text_key) or "").strip()
        wanted = typed.removeprefix("/").casefold()
        known = [
            each["key"] for each in replies if typed.startswith("/") and wanted == each["key"].casefold()
        ]
        if known:
            st.session_state[self.text_key] = ""
            self._insert(known[0], channel)

    def _insert(self, quick: str, channel: str) -> None:
        """The words of a quick reply, with the account's own figures, at the end of what stands there."""
        try:
            told = self.session.api.post(f"{self.place}/check", {"channel": channel, "quick_reply": quick})
        except (ApiProblemError, ServiceError) as refused:
            st.session_state[self._key("trouble")] = said(refused, self.words)
            return
        before = str(st.session_state.get(self.text_key) or "").rstrip()
        st.session_state[self.text_key] = f"{before}\n{told['text']}".strip()

    def _buttons(self) -> list[dict[str, str]]:
        with st.popover(self.words("Botones"), icon=":material/smart_button:"):
            titles = st.multiselect(
                self.words("Botones para responder (hasta {n})", n=MOST_BUTTONS),
                [],
                key=self._key("buttons"),
                accept_new_options=True,
                max_selections=MOST_BUTTONS,
                placeholder=self.words("Escriba uno y Enter"),
                persist_state="session",
            )
        return [{"title": str(each), "payload": _payload(str(each))} for each in titles]

    def _checked(self, wish: Json) -> bool:
        """Whether it would go; asked once for the same words, and told under the box when not."""
        key = self._key("checked")
        before = st.session_state.get(key)
        if before is None or before[0] != wish:
            before = (wish, self.session.api.post(f"{self.place}/check", dict(wish)))
            st.session_state[key] = before
        told = before[1]
        return bool(told["may"]) and not any(each["blocks"] for each in told["findings"])

    def _told(self) -> None:
        """What stands against the words, and what became of the last attempt."""
        trouble = st.session_state.pop(self._key("trouble"), "")
        if trouble:
            st.error(trouble)
        checked = st.session_state.get(self._key("checked"))
        text = str(st.session_state.get(self.text_key) or "").strip()
        if not checked or checked[0]["text"] != text:
            return
        told = checked[1]
        if not told["may"] and not told["findings"]:
            st.warning(why_not(self.session, told), icon=":material/gavel:")
        for finding in told["findings"]:
            line = finding["message_en"] if self.words.language == "en" else finding["message_es"]
            shown = f"{line} {finding['hint']}".strip()
            (st.error if finding["blocks"] else st.warning)(shown)

    # -- outside the window ---------------------------------------------------------------

    def _closed_window(self, way: Json) -> None:
        channel = str(way["channel"])
        if channel == "whatsapp":
            st.info(
                self.words(
                    "La ventana de 24 horas de WhatsApp está cerrada: solo sale una plantilla aprobada."
                ),
                icon=":material/lock_clock:",
            )
        offered = {
            each["key"]: each["name"] for each in self.detail["templates"] if each["channel"] == channel
        }
        if not offered:
            st.caption(self.words("No hay plantillas aprobadas para este canal."))
            return
        chosen = st.selectbox(
            self.words("Plantilla"),
            list(offered),
            index=None,
            key=self._key("template"),
            format_func=offered.__getitem__,
            placeholder=self.words("Elija una plantilla aprobada"),
            label_visibility="collapsed",
            persist_state="session",
        )
        self._held_back()
        if chosen is None:
            return
        wish = {"channel": channel, "template": str(chosen)}
        told = self.session.api.post(f"{self.place}/check", wish)
        if told["text"]:
            with st.container(border=True):
                st.text(told["text"])
        if not told["may"]:
            st.warning(why_not(self.session, told), icon=":material/gavel:")
        st.button(
            self.words("Enviar plantilla"),
            type="primary",
            icon=":material/send:",
            key=self._key("send-template"),
            disabled=not told["may"],
            on_click=self._send,
            args=(wish,),
        )
        self._trouble()

    def _held_back(self) -> None:
        """Words written while the window was open are not thrown away."""
        text = str(st.session_state.get(self.text_key) or "").strip()
        if text:
            st.caption(self.words("Lo que había escrito sigue aquí por si la persona vuelve a escribir:"))
            st.code(text, language=None, wrap_lines=True)

    def _trouble(self) -> None:
        trouble = st.session_state.pop(self._key("trouble"), "")
        if trouble:
            st.error(trouble)

    # -- sending --------------------------------------------------------------------------

    def _send(self, wish: Json) -> None:
        """Send it once: the reference stays the same until the service has it."""
        key = self._key("reference")
        reference = st.session_state.setdefault(key, uuid.uuid4().hex)
        try:
            self.session.api.post(self.place, {**wish, "reference": reference})
        except ServiceError:
            st.session_state[self._key("trouble")] = self.words(
                "El servicio no responde. Lo escrito sigue aquí; al reintentar no sale dos veces."
            )
            return
        except ApiProblemError as refused:
            if refused.status == 401:
                self.session.expired = True
                return
            st.session_state.pop(key, None)
            st.session_state[self._key("trouble")] = said(refused, self.words)
            return
        st.session_state.pop(key, None)
        st.session_state[self._key("sent")] = True
        st.toast(self.words("Respuesta en camino."), icon=":material/send:")

    def _emptied(self) -> None:
        """An answer that went leaves the box empty for the next."""
        if st.session_state.pop(self._key("sent"), False):
            st.session_state[self.text_key] = ""
            for name in ("checked", "buttons", "template", "subject"):
                st.session_state.pop(self._key(name), None)

    def _key(self, name: str) -> str:
        return f"answer-{self.session.portfolio}-{self.id}-{name}"


def _payload(title: str) -> str:
    """What the provider gives back when a button is pressed.

    >>> _payload("Sí, el viernes")
    'sí_el_viernes'
    """
    return re.sub(r"\W+", "_", title.casefold()).strip("_")[:60]
