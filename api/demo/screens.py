"""The demo looked at: the service and its screens over what the demo left, without workers, until Ctrl-C."""

import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack, suppress

from api.demo import mailboxes, users
from api.demo.stage import DATABASE
from api.settings import Settings, child_environment
from api.supervisor import Child, children_of, end_with_parent, servers_of
from api.usecases.book.load_demo_book import DEMO_INDEX_KEY
from engine.errors import ServiceError

SHOWN = ("api", "what-if", "builder")
"""Nothing else runs: no date is opened and no message leaves while the demo is looked at."""


def show_screens(settings: Settings, say: Callable[[str], None]) -> None:
    """Serve what `cadencia demo` left; ``ServiceError`` when none has been played here."""
    folder = settings.data_dir.resolve() / "demo"
    if not folder.is_dir():
        raise ServiceError(
            "no demo has been played here", place=str(folder), code="demo.none", hint="make demo"
        )
    demo = settings.model_copy(update={"data_dir": folder, "database_url": "", "redis_url": ""})
    with servers_of(demo) as urls, ExitStack() as stack:
        environment = child_environment(
            DATABASE_URL=urls.database_url.replace("/cadencia?", f"/{DATABASE}?"),
            REDIS_URL=urls.redis_url,
            CADENCIA_DATA_DIR=str(folder),
            CADENCIA_INDEX_KEY=DEMO_INDEX_KEY.hex(),
        )
        children = [child for child in children_of(settings) if child.name in SHOWN]
        running = [stack.enter_context(_started(child, environment)) for child in children]
        address = next(child.address for child in children if child.name == "builder")
        say(f"Pantallas: {address} (Ctrl-C termina)")
        say(f"Buzón de cada persona: {stack.enter_context(mailboxes.opened(folder))}")
        for line in users.told():
            say(line)
        with suppress(KeyboardInterrupt):
            running[-1].wait()
        for process in running:
            process.terminate()


def _started(child: Child, environment: dict[str, str]) -> "subprocess.Popen[bytes]":
    command = [sys.executable, *child.arguments]
    return subprocess.Popen(
        command,
        env=environment,
        stdout=subprocess.DEVNULL,
        preexec_fn=end_with_parent,
        start_new_session=True,
    )
