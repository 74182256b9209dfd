"""The mailbox as HTML. Whatever people or we wrote is escaped; nothing on it is a script."""

from collections.abc import Sequence
from datetime import date
from html import escape
from itertools import groupby
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from channels.simulator.threads import Bubble, Person

HOME = ZoneInfo("America/Mexico_City")
CHANNELS = {"whatsapp": "WhatsApp", "sms": "SMS", "email": "Correo"}
STATES = {
    "": "aceptado",
    "sent": "✓ enviado",
    "delivered": "✓✓ entregado",
    "read": "✓✓ leído",
    "failed": "✕ no llegó",
}
WEEKDAYS = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
PAGE = """<!doctype html>
<html lang="es"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>{title}</title><link rel="stylesheet" href="/mailbox.css"></head>
<body class="{view}"><nav aria-label="Personas"><h1>Buzones</h1>
<form role="search"><input type="search" name="q" value="{search}" placeholder="Nombre, teléfono o correo"
 aria-label="Buscar"></form>{people}</nav><main>{thread}</main></body></html>"""
SHEET = """<!doctype html>
<html lang="es"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Simulador</title><link rel="stylesheet" href="/mailbox.css"></head>
<body class="sheet">{body}</body></html>"""
"""A single sheet of the same looks, for other pages of the simulator."""
NOBODY_CHOSEN = """<div class="empty"><h2>Lo que recibe cada persona</h2>
<p>Elija a alguien a la izquierda: verá sus mensajes por todos los canales, hasta dónde llegó cada uno,
y podrá contestar en su lugar.</p></div>"""
NOT_HEARD = '<p class="note">El servicio no escucha ahora: lo que conteste queda solo en la bitácora.</p>'


def page(
    people: Sequence[Person],
    search: str,
    addresses: Sequence[str],
    name: str,
    bubbles: Sequence[Bubble],
    is_heard: bool,
) -> str:
    """The whole page; without ``addresses`` nobody is chosen."""
    title = name or (addresses[0] if addresses else "Buzones")
    return PAGE.format(
        title=escape(title),
        view="one" if addresses else "all",
        search=escape(search),
        people=_people(people, search, addresses),
        thread=_thread(addresses, name, bubbles, is_heard) if addresses else NOBODY_CHOSEN,
    )


def _people(people: Sequence[Person], search: str, chosen: Sequence[str]) -> str:
    if not people:
        told = "Nadie con ese nombre o dirección." if search else "Nadie ha recibido mensajes todavía."
        return f'<p class="empty">{told}</p>'
    return f"<ul>{''.join(_person(one, search, chosen) for one in people)}</ul>"


def _person(person: Person, search: str, chosen: Sequence[str]) -> str:
    address = str(person.last["to"])
    query = urlencode({"to": address} | ({"q": search} if search else {}))
    here = ' aria-current="page"' if address in chosen else ""
    text = str(person.last["text"] or person.last["subject"] or person.last["template"])
    beneath = f"{CHANNELS.get(person.last['channel'], '')}: {text[:80]}"
    return (
        f'<li><a href="/mailbox?{escape(query)}"{here}><strong>{escape(person.name or address)}</strong>'
        f"<small>{person.received}</small><span>{escape(beneath)}</span></a></li>"
    )


def _thread(addresses: Sequence[str], name: str, bubbles: Sequence[Bubble], is_heard: bool) -> str:
    told = escape(" · ".join(addresses))
    head = f'<header><a href="/mailbox" class="back">‹ Todos</a><h2>{escape(name or addresses[0])}</h2>'
    days = "".join(
        f'<p class="day">{_day(day)}</p>{"".join(map(_bubble, theirs))}'
        for day, theirs in groupby(bubbles, key=lambda bubble: bubble.at.astimezone(HOME).date())
    )
    shown = days or '<p class="empty">No ha recibido mensajes.</p>'
    return f"{head}<p>{told}</p></header><section>{shown}</section>{_answer(bubbles, is_heard)}"


def _bubble(bubble: Bubble) -> str:
    hour = f"{bubble.at.astimezone(HOME):%H:%M}"
    channel = CHANNELS.get(bubble.channel, bubble.channel)
    if bubble.is_theirs:
        return (
            f'<article class="theirs {escape(bubble.channel)}"><p>{escape(bubble.text)}</p>'
            f"<footer>{escape(channel)} · {hour}</footer></article>"
        )
    subject = f"<h3>{escape(bubble.subject)}</h3>" if bubble.subject else ""
    file = f'<p class="file">📎 {escape(bubble.attachment)}</p>' if bubble.attachment else ""
    state = STATES.get(bubble.state, bubble.state) + (f" ({bubble.code})" if bubble.code else "")
    return (
        f'<article class="ours {escape(bubble.channel)} {escape(bubble.state)}">{subject}{file}'
        f"<p>{escape(bubble.text)}</p>{_buttons(bubble)}"
        f"<footer>{escape(channel)} de {escape(bubble.sender)} · {hour} · {escape(state)}</footer></article>"
    )


def _buttons(bubble: Bubble) -> str:
    pressed = "".join(_button(bubble, button) for button in bubble.buttons)
    return f'<div class="buttons">{pressed}</div>' if pressed else ""


def _button(bubble: Bubble, button: dict[str, str]) -> str:
    """A link, a code to copy, or a press that goes back to us as the person's."""
    kind, title, value = button.get("kind", ""), button.get("title", ""), button.get("value", "")
    if kind == "url":
        if not value.startswith(("https://", "http://")):
            return f"<span>{escape(title)}</span>"
        return f'<a href="{escape(value)}" target="_blank" rel="noopener noreferrer">{escape(title)} ↗</a>'
    if kind == "copy_code":
        return f"<span>{escape(title or 'Copiar código')}: <code>{escape(value)}</code></span>"
    fields = {
        "to": bubble.address,
        "text": title,
        "kind": "interactive" if kind == "choice" else "button",
        "payload": value,
        "channel": bubble.channel,
        "sender": bubble.sender,
        "in_reply_to": bubble.provider_id,
    }
    press = f"{_hidden(fields)}<button>{escape(title)}</button>"
    return f'<form method="post" action="/control/reply">{press}</form>'


def _answer(bubbles: Sequence[Bubble], is_heard: bool) -> str:
    """A line to write as this person, to the numbers that wrote to them."""
    writers = {
        (b.channel, b.sender, b.address): b for b in bubbles if not b.is_theirs and b.channel != "email"
    }
    if not writers:
        return '<p class="note">Solo recibe correo: aquí no puede contestar.</p>' if bubbles else ""
    forms = "".join(
        f'<form method="post" action="/control/reply" class="answer">'
        f"{_hidden({'to': to, 'channel': channel, 'sender': sender})}"
        f'<input name="text" required maxlength="4096" autocomplete="off" aria-label="Respuesta"'
        f' placeholder="Contestar por {CHANNELS.get(channel, "")} a {escape(sender)}">'
        f"<button>Enviar</button></form>"
        for channel, sender, to in writers
    )
    return f'<div class="answers">{"" if is_heard else NOT_HEARD}{forms}</div>'


def _hidden(fields: dict[str, str]) -> str:
    return "".join(
        f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in fields.items()
    )


def _day(day: date) -> str:
    return f"{WEEKDAYS[day.weekday()]} {day:%d-%m-%Y}"
