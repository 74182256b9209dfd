"""A page that shows what each person received, as they would see it; for demos and for reading tests."""

from datetime import UTC, datetime
from html import escape
from urllib.parse import quote

from aiohttp import web

from channels.simulator.ledger import Ledger, Line

PEOPLE_SHOWN = 200
PAGE = """<!doctype html><html lang="es"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1"><title>Buzón simulado</title>
<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem;
color:#1d2733}}
article{{border:1px solid #d5dce4;border-radius:12px;padding:.75rem 1rem;margin:1rem 0}}
header{{color:#5a6878;font-size:.85rem}}pre{{white-space:pre-wrap;font:inherit;margin:.5rem 0 0}}
input,select,button{{font:inherit;padding:.4rem .6rem}}</style></head><body>{body}</body></html>"""


class Mailbox:
    """One page: everybody, or one person."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def show(self, request: web.Request) -> web.Response:
        """``?to=`` shows one person's messages, without it the people who have any."""
        person = request.query.get("to", "").strip()
        if person and person.isdigit():
            person = f"+{person}"
        body = self._of(person) if person else self._everybody()
        return web.Response(text=PAGE.format(body=body), content_type="text/html")

    def _everybody(self) -> str:
        links = "".join(
            f'<li><a href="/mailbox?to={quote(person)}">{escape(person)}</a></li>'
            for person in self._ledger.people(PEOPLE_SHOWN)
        )
        return f"<h1>Buzones</h1><ul>{links or '<li>Nadie ha recibido mensajes todavía.</li>'}</ul>"

    def _of(self, person: str) -> str:
        received = self._ledger.received_by(person)
        articles = "".join(map(_article, received)) or "<p>No ha recibido mensajes.</p>"
        replies = bool(received) and received[-1]["channel"] != "email"
        return f'<p><a href="/mailbox">Todos los buzones</a></p><h1>{escape(person)}</h1>{articles}' + (
            _reply_form(person) if replies else ""
        )


def _article(line: Line) -> str:
    at = datetime.fromtimestamp(line["business_at"], UTC).strftime("%d/%m/%Y %H:%M:%S UTC")
    subject = f"<strong>{escape(line['subject'])}</strong>" if line["subject"] else ""
    words = line["text"] or f"Plantilla {line['template']}: " + " | ".join(line["parameters"])
    return (
        f"<article><header>{escape(line['channel'])} de {escape(line['sender'])}, {at}</header>"
        f"{subject}<pre>{escape(words)}</pre></article>"
    )


def _reply_form(person: str) -> str:
    return (
        '<form method="post" action="/control/reply">'
        f'<input type="hidden" name="to" value="{escape(person)}">'
        '<label>Responder como esta persona <input name="text" required></label> '
        "<button>Enviar</button></form>"
    )
