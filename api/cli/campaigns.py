"""`cadencia campaign`: what the campaigns of a portfolio came to."""

import dataclasses
import json
from typing import Annotated

import typer

from api.settings import load_settings
from api.supervisor import servers_of

KeyArgument = Annotated[str, typer.Argument(help="Key of the campaign; without it, all are listed.")]
PortfolioOption = Annotated[str, typer.Option("--portfolio", "-p", help="Key of the portfolio.")]
JsonOption = Annotated[bool, typer.Option("--json", help="For machines: one JSON document.")]


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("campaign")(campaign)


def campaign(portfolio: PortfolioOption, key: KeyArgument = "", as_json: JsonOption = False) -> None:
    """Say what came of a campaign, or list those of the portfolio; they are published like strategies."""
    from api.usecases.strategies.campaign_result import campaign_result, list_campaigns
    from storage.database import Database

    with servers_of(load_settings()) as urls:
        database = Database(urls.database_url)
        told = [campaign_result(database, portfolio, key)] if key else list_campaigns(database, portfolio)
    if as_json:
        print(json.dumps([dataclasses.asdict(each) for each in told], ensure_ascii=False, default=str))
        return
    if not told:
        print("No hay campañas publicadas.")
    for each in told:
        print(f"{each.key}: del {each.starts_on} al {each.ends_on}")
        for name, value in dataclasses.asdict(each).items():
            if name not in ("key", "name", "starts_on", "ends_on") and value is not None:
                print(f"  {_WORDS[name]}: {_said(value)}")


_WORDS = {
    "budget": "presupuesto (unidades menores)",
    "spent": "gastado",
    "worked": "cuentas trabajadas",
    "control": "grupo de control",
    "messages": "mensajes",
    "outcomes": "salidas",
    "open": "cuentas en curso",
    "accounts": "cuentas",
    "payers": "pagaron",
    "paid": "pagado",
}


def _said(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{_WORDS.get(word, word)} {_said(part)}" for word, part in value.items()) or "—"
    return str(value)
