"""The demo's users: one of each role that the stories need, all with one password that opens nothing else."""

from collections.abc import Iterator

from api.clock import Clock
from api.usecases.access.save_user import RoleIn, add_user
from storage.database import Database

PASSWORD = "cadencia-demo"

USERS = (
    ("ana", "Ana Ruiz", "strategist"),
    ("beto", "Beto Lara", "approver"),
    ("carla", "Carla Soto", "compliance"),
    ("diego", "Diego Paz", "agent"),
    ("elena", "Elena Mora", "supervisor"),
    ("oscar", "Óscar Gil", "operator"),
    ("vera", "Vera Cruz", "viewer"),
    ("admin", "Administración", "admin"),
)


def add_demo_users(database: Database, clock: Clock) -> None:
    """Add them, each in all portfolios."""
    for login, name, role in USERS:
        add_user(database, clock, login=login, name=name, password=PASSWORD, roles=[RoleIn(role)], by="demo")


def told() -> Iterator[str]:
    """Who they are, as lines for the end of the demo."""
    yield f"Usuarios de la demostración (contraseña «{PASSWORD}»):"
    yield "  " + ", ".join(f"{login} ({role})" for login, _, role in USERS)
