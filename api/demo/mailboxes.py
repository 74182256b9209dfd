"""The simulator's mailboxes in the demo: whose they are, what words arrive, and where they open."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from api.demo.stage import LEDGER, SECRETS, Stage
from api.usecases.templates.register_templates import register_templates
from channels.simulator import SimulatorProcess
from channels.whatsapp_templates import WhatsAppTemplates
from storage.personal import addresses_of, names_of

PORT = 8090
ADDRESS = f"http://127.0.0.1:{PORT}/mailbox"
BUSINESS_ACCOUNT = "1"


def register(stage: Stage) -> int:
    """Let the simulated Meta approve our templates, whose words the mailboxes then show; how many."""
    simulator = stage.simulator
    approved = {"status": "APPROVED"}
    httpx.post(f"{simulator.url}/control/templates/first", json=approved).raise_for_status()

    async def ask() -> int:
        desk = WhatsAppTemplates(simulator.whatsapp_url, BUSINESS_ACCOUNT, SECRETS["whatsapp_token"])
        try:
            return len((await register_templates(stage.database, stage.clock, desk)).given)
        finally:
            await desk.close()

    return asyncio.run(ask())


def name_them(stage: Stage) -> None:
    """Tell the simulator whose addresses it wrote to."""
    with stage.database.connection() as connection:
        rows = connection.execute(
            "SELECT id, name FROM person WHERE id IN (SELECT person_id FROM message) ORDER BY id"
        ).fetchall()
        names = names_of(connection, rows)
        addresses = defaultdict(list)
        for one in addresses_of(connection, [person_id for person_id, _ in rows]):
            addresses[one.person_id].append(one.value)
    known = [
        {"name": name, "addresses": addresses[person_id]}
        for (person_id, _), name in zip(rows, names, strict=True)
        if addresses[person_id]
    ]
    httpx.post(f"{stage.simulator.url}/control/people", json=known, timeout=60).raise_for_status()


@contextmanager
def opened(folder: Path) -> Iterator[str]:
    """The mailboxes a demo left, served until the block ends; their address."""
    with SimulatorProcess(folder / LEDGER, port=PORT):
        yield ADDRESS
