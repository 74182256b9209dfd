"""The page behind a mail's "no more mails": GET shows a button, only POST acts (RFC 8058), and no login."""

from html import escape

from fastapi import APIRouter, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse

from api.clock import BusinessClock
from api.delivery.providers import open_one_click
from api.settings import Settings
from api.usecases.people.unsubscribe import unsubscribe, whose_mail
from channels.one_click import PATH, OneClick
from engine.errors import TemplateError
from storage.database import Database

HEADERS = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex", "Cache-Control": "no-store"}
PAGE = """<!doctype html><html lang="es"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Correos</title>
<body style="font:16px/1.5 system-ui;max-width:32rem;margin:15vh auto;padding:0 1rem">{}</body></html>"""
BUTTON = """<p>¿Quieres dejar de recibir correos de {}?</p>
<form method="post"><button style="font:inherit;padding:.6rem 1rem">Dejar de recibirlos</button></form>"""
DONE = "<p>Listo: ya no te enviaremos correos. No hace falta nada más.</p>"
GONE = "<p>Este enlace no es válido. Responde BAJA a cualquiera de nuestros mensajes.</p>"


def one_click_routes(settings: Settings) -> APIRouter:
    """``/baja/<token>``: what a mail's List-Unsubscribe header names."""
    router = APIRouter(include_in_schema=False)
    database = Database(settings.database_url)
    clock = BusinessClock(database)

    def addresses() -> OneClick:
        return open_one_click(settings)

    @router.get(PATH + "{token}")
    async def look(token: str) -> Response:
        """Show the button; scanners of mail open every link, so looking changes nothing."""
        try:
            _, creditor = await run_in_threadpool(whose_mail, database, addresses(), token)
        except TemplateError:
            return _page(GONE, 404)
        return _page(BUTTON.format(escape(creditor)))

    @router.post(PATH + "{token}")
    async def act(token: str) -> Response:
        """Stop mails to the person: by the button, or by a mail program on its own."""
        try:
            await run_in_threadpool(unsubscribe, database, clock, addresses(), token)
        except TemplateError:
            return _page(GONE, 404)
        return _page(DONE)

    return router


def _page(content: str, status: int = 200) -> Response:
    return HTMLResponse(PAGE.format(content), status_code=status, headers=HEADERS)
