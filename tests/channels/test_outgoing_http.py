"""A webhook must not become a way into the network this process runs in (R18)."""

import socket

import pytest

from channels.outgoing_http import check_url, is_public
from engine.errors import ServiceError

pytestmark = pytest.mark.criterion("R18")

INSIDE = [
    "127.0.0.1", "10.0.0.8", "192.168.1.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "::1",
    "fe80::1", "fc00::1", "::ffff:10.0.0.1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "224.0.0.1", "ff02::1",
    "2001:0:7f00:1::", "192.0.2.1", "255.255.255.255",
]  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
def test_no_address_of_a_network_of_ours_is_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://93.184.216.34/",
        "https://93.184.216.34:8443/",
        "ftp://example.com/",
        "https://user:secret@93.184.216.34/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://0177.0.0.1/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:169.254.169.254]/latest/meta-data",
        "https://localhost/",
        "https:///nowhere",
        "https://93.184.216.34:99999/",
        "file:///etc/passwd",
    ],
)
def test_an_address_that_leads_inside_is_refused(url: str) -> None:
    with pytest.raises(ServiceError) as refused:
        check_url(url)
    assert refused.value.code == "url.refused"


def test_one_inner_address_among_public_ones_refuses_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(*_: object, **__: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, None, None, "", (each, 443)) for each in ("93.184.216.34", "10.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with pytest.raises(ServiceError, match="not public"):
        check_url("https://mixed.example/")


def test_the_address_that_was_checked_is_the_one_that_is_posted_to(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([["93.184.216.34"], ["127.0.0.1"]])

    def resolve(*_: object, **__: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, None, None, "", (each, 443)) for each in next(answers)]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    target = check_url("https://rebinding.example/hook")
    assert target.address == "93.184.216.34"
