"""Which pages there are, in the order of the navigation, and what each needs to be shown."""

from collections.abc import Callable
from dataclasses import dataclass

from builder.pages.accounts import show_accounts
from builder.pages.agent_desk import show_agent_desk
from builder.pages.approvals import show_approvals
from builder.pages.campaigns import show_campaigns
from builder.pages.canvas import show_canvas_page
from builder.pages.dashboards import show_dashboards
from builder.pages.experiments import show_experiments
from builder.pages.imports import show_imports
from builder.pages.inbox import show_inbox
from builder.pages.live_map import show_live_map
from builder.pages.policies import show_policies
from builder.pages.publication import show_publication
from builder.pages.strategies import show_strategies
from builder.pages.templates import show_templates
from builder.pages.today import show_today
from builder.pages.users import show_users
from builder.pages.versions import show_versions
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

_APPROVING = ("strategy.edit", "strategy.approve", "template.approve", "policy.approve", "bulk.approve")
_MAP = f"{_STRATEGIES}/{{key}}/map"
_EXPERIMENTS = f"{_STRATEGIES}/{{key}}/experiments"
_INSIDE = "/portfolios/{portfolio}"
_DASHBOARDS = f"{_INSIDE}/dashboards/recovery"

PAGES: tuple[Page, ...] = (
    Page("hoy", "Hoy", "today", show_today, ("today.read",), f"{_INSIDE}/today"),
    Page("estrategias", "Estrategias", "account_tree", show_strategies, ("strategy.read",), _STRATEGIES),
    Page("lienzo", "Lienzo", "draw", show_canvas_page, ("strategy.read",), _STRATEGIES, hidden=True),
    Page("publicar", "Publicar", "publish", show_publication, ("strategy.read",), _STRATEGIES, hidden=True),
    Page("versiones", "Versiones", "history", show_versions, ("strategy.read",), _STRATEGIES, hidden=True),
    Page("campanas", "Campañas", "campaign", show_campaigns, ("figure.read",), f"{_INSIDE}/campaigns"),
    Page("mapa", "Mapa en vivo", "map", show_live_map, ("figure.read",), _MAP),
    Page("aprobaciones", "Aprobaciones", "fact_check", show_approvals, _APPROVING, "/approvals"),
    Page("plantillas", "Plantillas", "chat", show_templates, ("template.read",), f"{_INSIDE}/templates"),
    Page("experimentos", "Experimentos", "science", show_experiments, ("figure.read",), _EXPERIMENTS),
    Page("mesa", "Mesa de gestión", "support_agent", show_agent_desk, ("task.work",), f"{_INSIDE}/tasks"),
    Page("bandeja", "Bandeja", "forum", show_inbox, ("conversation.read",), f"{_INSIDE}/conversations"),
    Page("cuentas", "Cuentas", "person_search", show_accounts, ("account.read",), f"{_INSIDE}/accounts"),
    Page("importar", "Importar", "upload_file", show_imports, ("book.write",), f"{_INSIDE}/import/files"),
    Page("tableros", "Tableros", "monitoring", show_dashboards, ("figure.read",), _DASHBOARDS),
    Page("politicas", "Políticas", "gavel", show_policies, ("policy.read",), "/packs"),
    Page("usuarios", "Usuarios", "group", show_users, ("user.read",), "/users"),
)
