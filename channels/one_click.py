"""The address at the head of a mail by which a person stops further mails with one click (RFC 8058).

It carries nothing but our message id, signed: no login, no name, and no way to stop somebody else's mail.
It never expires. Mail scanners open links: only a POST acts, a GET shows the button.
"""

from collections.abc import Sequence

from itsdangerous import BadSignature, URLSafeSerializer

from engine.errors import TemplateError

SALT = "cadencia.one-click"
PATH = "/baja/"


class OneClick:
    """Makes and reads such addresses. ``keys`` are the signing keys, the newest last; older ones still read.

    >>> addresses = OneClick("https://cobros.example/", [b"a key of the installation"])
    >>> addresses.message_of(addresses.address("m-1").removeprefix("https://cobros.example/baja/"))
    'm-1'
    """

    def __init__(self, base_url: str, keys: Sequence[bytes]) -> None:
        self._base_url = base_url.rstrip("/")
        self._signer = URLSafeSerializer(list(keys), salt=SALT)

    def address(self, message_id: str) -> str:
        """The address for one message."""
        return f"{self._base_url}{PATH}{self._signer.dumps(message_id)}"

    def message_of(self, token: str) -> str:
        """Our message id; ``TemplateError`` when the token was not signed by us."""
        try:
            return str(self._signer.loads(token))
        except BadSignature as forged:
            raise TemplateError(
                "this link is not one of ours", code="one_click.forged", hint="use the link of the mail"
            ) from forged
