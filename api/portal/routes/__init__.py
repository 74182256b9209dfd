"""The addresses of the portal."""

from api.portal.routes import debts, door, money, rights

ROUTERS = [door.router, debts.router, money.router, rights.router]
"""Every router of the portal; a new file of routes is named here."""
