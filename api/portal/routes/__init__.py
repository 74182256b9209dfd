"""The addresses of the portal."""

from api.portal.routes import debts, door, money, paying, plans, rights

ROUTERS = [door.router, debts.router, money.router, paying.router, plans.router, rights.router]
"""Every router of the portal; a new file of routes is named here."""
