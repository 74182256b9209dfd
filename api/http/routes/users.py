"""Users, roles and the keys of machines."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from api.access.caller import EVERYWHERE, Caller
from api.access.roles import permissions, roles
from api.http.access import Anyone, may
from api.http.paging import After, Limit, Page, cut, place_of
from api.http.resource import resource
from api.http.routes.sessions import Password
from api.http.service import Parts
from api.usecases.access import give_key as keys
from api.usecases.access import save_user
from api.usecases.access.save_user import EVERY_PORTFOLIO, RoleIn
from storage.access import User, list_keys, list_users

router = resource("", "users and keys")

Administrator = Annotated[Caller, may("user.edit")]
Reader = Annotated[Caller, may("user.read")]
Login = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\s/]+$", examples=["ana"])]
Language = Literal["es", "en"]


class Grant(BaseModel):
    """A role in one portfolio, or in all of them."""

    role: str = Field(max_length=40, examples=["strategist"])
    portfolio: str = Field(EVERY_PORTFOLIO, max_length=100, description="Key of a portfolio; `*`: all.")


class NewUser(BaseModel):
    """A user to add; without a password they sign in by the identity provider."""

    login: Login
    name: str = Field(min_length=1, max_length=200, examples=["Ana Ruiz"])
    password: Password | None = None
    language: Language = "es"
    grants: list[Grant] = Field(max_length=100)


class ChangedUser(BaseModel):
    """What is to change; what is left out stays."""

    name: str | None = Field(None, min_length=1, max_length=200)
    password: Password | None = None
    active: bool | None = None
    language: Language | None = None
    grants: list[Grant] | None = Field(None, max_length=100)


class UserOut(BaseModel):
    """A user."""

    login: str
    name: str
    language: str
    active: bool
    single_sign_on: bool
    grants: list[Grant]


class NewKey(BaseModel):
    """A key to give."""

    label: str = Field(min_length=1, max_length=200, examples=["core bancario"])
    scopes: list[str] = Field(min_length=1, max_length=60, examples=[["book.write", "event.write"]])
    portfolio: str = Field(EVERY_PORTFOLIO, max_length=100, description="Key of a portfolio; `*`: all.")
    days: int = Field(365, ge=1, le=keys.LONGEST_DAYS)


class KeyText(BaseModel):
    """A key at the only moment its text is known."""

    prefix: str
    key: str = Field(description="Shown now and never again.")
    expires_at: datetime


class KeyOut(BaseModel):
    """A key without its secret."""

    prefix: str
    label: str
    scopes: list[str]
    portfolio: str
    created_by: str
    expires_at: datetime
    revoked_at: datetime | None


class RoleOut(BaseModel):
    """A role and what it carries."""

    key: str
    es: str
    en: str
    permissions: list[str]


class PermissionOut(BaseModel):
    """A permission."""

    key: str
    es: str
    en: str


class RolesOut(BaseModel):
    """Every role and permission."""

    roles: list[RoleOut]
    permissions: list[PermissionOut]


@router.get("/roles")
def list_roles(who: Anyone) -> RolesOut:
    """Every role, what it carries, and what each permission is called."""
    return RolesOut(
        roles=[
            RoleOut(key=role.key, es=role.es, en=role.en, permissions=sorted(role.may))
            for role in roles().values()
        ],
        permissions=[PermissionOut(key=each.key, es=each.es, en=each.en) for each in permissions().values()],
    )


@router.get("/users")
def read_users(who: Reader, parts: Parts, limit: Limit = 100, after: After = "") -> Page[UserOut]:
    """Users in the order of their logins."""
    place = place_of(after, str)
    with parts.database.connection() as connection:
        rows = list_users(connection, place[0] if place else "", limit + 1)
        names = portfolio_names(parts)
    page, following = cut(rows, limit, lambda user: (user.login,))
    return Page(items=[_user(each, names) for each in page], next=following)


@router.post("/users", status_code=201)
def add_user(asked: NewUser, who: Administrator, parts: Parts) -> UserOut:
    """Add a user with their roles."""
    user = save_user.add_user(
        parts.database,
        parts.clock,
        login=asked.login,
        name=asked.name,
        password=asked.password,
        roles=_roles(asked.grants),
        by=who.name,
        language=asked.language,
    )
    return _user(user, portfolio_names(parts))


@router.patch("/users/{login}")
def change_user(login: str, asked: ChangedUser, who: Administrator, parts: Parts) -> UserOut:
    """Change a user; a new password or being switched off ends every session of theirs."""
    user = save_user.change_user(
        parts.database,
        parts.clock,
        login,
        by=who.name,
        name=asked.name,
        password=asked.password,
        active=asked.active,
        language=asked.language,
        roles=None if asked.grants is None else _roles(asked.grants),
    )
    parts.doorkeeper.forget()
    return _user(user, portfolio_names(parts))


@router.get("/keys")
def read_keys(who: Reader, parts: Parts, limit: Limit = 100, after: After = "") -> Page[KeyOut]:
    """Keys in the order they were given, without their secrets."""
    place = place_of(after, int)
    with parts.database.connection() as connection:
        rows = list_keys(connection, place[0] if place else 0, limit + 1)
    names = portfolio_names(parts)
    page, following = cut(rows, limit, lambda key: (key.id,))
    told = [
        KeyOut(
            prefix=key.prefix,
            label=key.label,
            scopes=list(key.scopes),
            portfolio=names.get(key.portfolio_id, "?"),
            created_by=key.created_by,
            expires_at=key.expires_at,
            revoked_at=key.revoked_at,
        )
        for key in page
    ]
    return Page(items=told, next=following)


@router.post("/keys", status_code=201)
def give_key(asked: NewKey, who: Administrator, parts: Parts) -> KeyText:
    """Give a machine a key; its text is in this answer and never told again."""
    everywhere = asked.portfolio == EVERY_PORTFOLIO
    portfolio_id = None if everywhere else parts.doorkeeper.portfolio_id(asked.portfolio)
    given = keys.give_key(
        parts.database,
        parts.clock,
        label=asked.label,
        scopes=asked.scopes,
        portfolio_id=portfolio_id,
        days=asked.days,
        by=who.person,
    )
    return KeyText(prefix=given.prefix, key=given.text, expires_at=given.expires_at)


@router.delete("/keys/{prefix}", status_code=204)
def revoke_key(prefix: str, who: Administrator, parts: Parts) -> None:
    """Shut a key for ever."""
    keys.revoke_key(parts.database, parts.clock, prefix, by=who.name)
    parts.doorkeeper.forget()


def portfolio_names(parts: Parts) -> dict[int, str]:
    """The keys of portfolios by number; `*` stands for all of them."""
    with parts.database.connection() as connection:
        known = dict(connection.execute("SELECT id, key FROM portfolio").fetchall())
    return {**known, EVERYWHERE: EVERY_PORTFOLIO}


def _roles(grants: list[Grant]) -> list[RoleIn]:
    return [RoleIn(grant.role, grant.portfolio) for grant in grants]


def _user(user: User, names: dict[int, str]) -> UserOut:
    return UserOut(
        login=user.login,
        name=user.name,
        language=user.language,
        active=user.active,
        single_sign_on=user.issuer is not None,
        grants=[Grant(role=role, portfolio=names.get(number, "?")) for number, role in user.grants],
    )
