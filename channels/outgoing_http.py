"""Posts to addresses strangers gave us: the name is resolved once, checked, and that very address is used.

Only https on port 443, only public addresses, no redirects, small answers, short waits: a webhook must
not become a way into the network this process runs in.
"""

import ipaddress
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from engine.errors import ServiceError

TIMEOUT_S = 10.0
MOST_ANSWER = 64 * 1024
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


@dataclass(frozen=True)
class Target:
    """An address that may be posted to: the host as named, and where it was found."""

    url: str
    host: str
    address: str
    port: int


def check_url(url: str, *, allow_local: bool = False) -> Target:
    """Resolve a URL and pin it; ``ServiceError`` when it leads anywhere but to a public https address.

    ``allow_local`` is for the simulators of a demonstration: http and loopback are let through.

    >>> check_url("http://example.com/hook")
    Traceback (most recent call last):
    engine.errors.ServiceError: url.refused [http://example.com/hook]: only https addresses on port 443 ...
    """
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = 0
    plain = allow_local and parts.scheme == "http"
    if not plain and (parts.scheme != "https" or port not in (None, 443)):
        raise _refused(url, "only https addresses on port 443 are posted to")
    if not parts.hostname or parts.username or parts.password:
        raise _refused(url, "an address is a host and a path, without user or password")
    chosen = port or (80 if plain else 443)
    found = _resolve(url, parts.hostname, chosen)
    if not allow_local:
        inner = [each for each in found if not is_public(each)]
        if inner:
            raise _refused(url, "the address leads into a network that is not public")
    return Target(url, parts.hostname, found[0], chosen)


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet.

    >>> [is_public(each) for each in ("8.8.8.8", "10.0.0.1", "64:ff9b::a00:1", "::ffff:127.0.0.1")]
    [True, False, False, False]
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip in _NAT64 or ip.sixtofour is not None or ip.teredo is not None:
            return False
        if ip.ipv4_mapped is not None:
            ip = ip.ipv4_mapped
    return ip.is_global and not ip.is_multicast


def post(target: Target, body: bytes, headers: Mapping[str, str]) -> int:
    """Post once to the pinned address; the HTTP status. ``ServiceError`` when nobody answered in time."""
    parts = urlsplit(target.url)
    host = f"[{target.address}]" if ":" in target.address else target.address
    query = f"?{parts.query}" if parts.query else ""
    pinned = f"{parts.scheme}://{host}:{target.port}{parts.path or '/'}{query}"
    sent = {**headers, "Host": parts.netloc}
    try:
        with (
            httpx.Client(timeout=TIMEOUT_S, follow_redirects=False, trust_env=False) as client,
            client.stream(
                "POST", pinned, content=body, headers=sent, extensions={"sni_hostname": target.host}
            ) as answer,
        ):
            _drain(answer.iter_raw())
            return answer.status_code
    except httpx.HTTPError as trouble:
        raise ServiceError(
            f"no answer: {type(trouble).__name__}", place=target.host, code="url.silent"
        ) from trouble


def _drain(parts: Iterable[bytes]) -> None:
    """Read a little of the answer, so that the connection ends cleanly; a long one is cut off."""
    read = 0
    for part in parts:
        read += len(part)
        if read > MOST_ANSWER:
            return


def _resolve(url: str, host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as unknown:
        raise ServiceError("the name is not known", place=url, code="url.refused") from unknown
    return sorted({str(entry[4][0]) for entry in found}, key=lambda each: ":" in each)


def _refused(url: str, why: str) -> ServiceError:
    return ServiceError(why, place=url, code="url.refused", hint="https://host/path")
