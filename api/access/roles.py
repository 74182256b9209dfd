"""What each role may do, as data: permissions and the eleven roles, read once from ``roles.json``."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from engine.errors import AccessError


@dataclass(frozen=True)
class Role:
    """A role by its key, what it is called, and the permissions it carries."""

    key: str
    es: str
    en: str
    may: frozenset[str]


@dataclass(frozen=True)
class Permission:
    """One thing a person or a machine may be allowed to do."""

    key: str
    es: str
    en: str


@cache
def permissions() -> Mapping[str, Permission]:
    """Every permission there is, by key."""
    return {key: Permission(key, said["es"], said["en"]) for key, said in _document()["permissions"].items()}


@cache
def roles() -> Mapping[str, Role]:
    """Every role there is, by key.

    >>> "strategy.approve" in roles()["strategist"].may, "person.see" in roles()["operator"].may
    (False, False)
    """
    return {
        key: Role(key, said["es"], said["en"], expect_permissions(said["may"]))
        for key, said in _document()["roles"].items()
    }


def expect_role(key: str) -> Role:
    """The role of this key; ``AccessError`` naming the known ones when there is none."""
    if key not in roles():
        raise AccessError(f"there is no role {key!r}", hint=", ".join(roles()), code="access.role")
    return roles()[key]


def expect_permissions(keys: Iterable[str]) -> frozenset[str]:
    """The keys as a set; ``AccessError`` for one that is no permission."""
    wanted = frozenset(keys)
    strangers = sorted(wanted - permissions().keys())
    if strangers:
        raise AccessError(
            f"there is no permission {strangers[0]!r}",
            hint=", ".join(permissions()),
            code="access.permission",
        )
    return wanted


def _document() -> dict[str, dict[str, dict[str, Any]]]:
    document: dict[str, dict[str, dict[str, Any]]] = json.loads(
        files("api.access").joinpath("roles.json").read_text(encoding="utf-8")
    )
    return document
