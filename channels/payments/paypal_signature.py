"""Whether a post is PayPal's: the signature over its body, checked with the certificate it names.

The certificate is fetched once, and only from PayPal's own hosts (or the address the API itself is
reached at, as simulators are): an address in a header must not make us fetch, or believe, a stranger's.
"""

import base64
import binascii
import zlib
from collections.abc import Callable
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from channels.payments.port import Post

ALGORITHM = "SHA256withRSA"
MOST_CERTIFICATES = 20


def signed_text(transmission_id: str, transmission_time: str, webhook_id: str, body: bytes) -> bytes:
    """What PayPal signs: the body by its CRC-32, in decimals.

    >>> signed_text("t-1", "2026-11-13T09:00:00Z", "WH-1", b"{}")
    b't-1|2026-11-13T09:00:00Z|WH-1|2745614147'
    """
    return f"{transmission_id}|{transmission_time}|{webhook_id}|{zlib.crc32(body)}".encode()


class PayPalSignature:
    """Checks posts for one webhook. ``fetch`` reads an address that was found to be PayPal's."""

    def __init__(self, webhook_id: str, api_url: str, fetch: Callable[[str], bytes]) -> None:
        self._webhook_id = webhook_id
        self._api = urlsplit(api_url)
        self._fetch = fetch
        self._certificates: dict[str, x509.Certificate] = {}

    def is_ours(self, post: Post) -> bool:
        """Whether PayPal signed these bytes for this webhook; ``PaymentUnknown`` without a certificate."""
        transmission = post.headers.get("paypal-transmission-id", "")
        sent_at = post.headers.get("paypal-transmission-time", "")
        url = post.headers.get("paypal-cert-url", "")
        if not (self._webhook_id and transmission and sent_at and self._is_paypals(url)):
            return False
        if post.headers.get("paypal-auth-algo", "") != ALGORITHM:
            return False
        certificate = self._certificate(url)
        if certificate is None or not (
            certificate.not_valid_before_utc <= post.at <= certificate.not_valid_after_utc
        ):
            return False
        text = signed_text(transmission, sent_at, self._webhook_id, post.body)
        return _verifies(certificate, post.headers.get("paypal-transmission-sig", ""), text)

    def _is_paypals(self, url: str) -> bool:
        parts = urlsplit(url)
        if (parts.scheme, parts.netloc) == (self._api.scheme, self._api.netloc):
            return True
        host = parts.hostname or ""
        return parts.scheme == "https" and parts.netloc == host and host.endswith(".paypal.com")

    def _certificate(self, url: str) -> x509.Certificate | None:
        if url not in self._certificates:
            try:
                found = x509.load_pem_x509_certificate(self._fetch(url))
            except ValueError:
                return None
            if len(self._certificates) >= MOST_CERTIFICATES:
                self._certificates.clear()
            self._certificates[url] = found
        return self._certificates[url]


def _verifies(certificate: x509.Certificate, signature: str, text: bytes) -> bool:
    key = certificate.public_key()
    if not isinstance(key, RSAPublicKey):
        return False
    try:
        key.verify(base64.b64decode(signature, validate=True), text, PKCS1v15(), SHA256())
    except (InvalidSignature, binascii.Error):
        return False
    return True
