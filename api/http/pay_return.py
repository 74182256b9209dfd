"""Where a browser comes back after paying: a word of thanks, which neither knows nor changes anything.

Coming back proves nothing: what was paid is asked of the provider (api.usecases.money.check_payments).
"""

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

from api.http.one_click import HEADERS, PAGE
from api.payment_providers import RETURNS

WORDS = """<h1>Gracias</h1><p>Si ya pagaste, tu pago se registra en unos minutos; no hace falta nada más.
Si no lo terminaste, puedes abrir el enlace otra vez.</p>
<p lang="en">If you have paid, your payment is recorded within minutes. If not, open the link again.</p>"""


def pay_return_routes() -> APIRouter:
    """``/pagar/gracias``."""
    router = APIRouter(include_in_schema=False)

    @router.get(RETURNS)
    def thank() -> Response:
        """The page."""
        return HTMLResponse(PAGE.format(WORDS).replace("<title>Correos", "<title>Pago"), headers=HEADERS)

    return router
