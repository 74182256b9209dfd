"""Which pages there are, in the order of the navigation, and what each needs to be shown."""

from collections.abc import Callable
from dataclasses import dataclass

from builder.pages.approvals import show_approvals
from builder.pages.canvas import show_canvas_page
from builder.pages.publication import show_publication
from builder.pages.strategies import show_strategies
from builder.pages.users import show_users
from builder.session import Session


@dataclass(frozen=True)
class Page:
    """A page: its title in Spanish, the permissions any of which opens it, the route it lives on."""

    path: str
    title: str
    icon: str
    show: Callable[[Session], None]
    needs: tuple[str, ...]
    route: str
    hidden: bool = False

    def shown(self, session: Session) -> bool:
        """Whether this person sees it and the service can feed it."""
        return session.offers(self.route) and any(session.may(each) for each in self.needs)


_STRATEGIES = "/portfolios/{portfolio}/strategies"

PAGES: tuple[Page, ...] = (
    Page("estrategias", "Estrategias", "account_tree", show_strategies, ("strategy.read",), _STRATEGIES),
    Page("lienzo", "Lienzo", "draw", show_canvas_page, ("strategy.read",), _STRATEGIES, hidden=True),
    Page("publicar", "Publicar", "publish", show_publication, ("strategy.read",), _STRATEGIES, hidden=True),
    Page(
        "aprobaciones",
        "Aprobaciones",
        "fact_check",
        show_approvals,
        ("strategy.edit", "strategy.approve", "template.approve", "policy.approve", "bulk.approve"),
        "/approvals",
    ),
    Page("usuarios", "Usuarios", "group", show_users, ("user.read",), "/users"),
)
