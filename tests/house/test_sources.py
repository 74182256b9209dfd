"""What the sources may not do, read from their syntax trees: the environment, the time, other packages."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

CLOCK = {
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.datetime.today",
    "datetime.date.today",
    "time.time",
    "time.time_ns",
    "time.localtime",
    "time.gmtime",
    "time.ctime",
    "time.monotonic",
    "time.monotonic_ns",
    "time.perf_counter",
    "time.perf_counter_ns",
    "time.process_time",
}
MAY_COUNT_SECONDS = ("storage/embedded/", "api/supervisor.py")
"""They wait for processes: a steady count of seconds, never the time of day."""

STEADY = {"time.monotonic", "time.perf_counter"}

CHANCE = {"random", "secrets", "uuid"}

ENGINE_MAY_IMPORT = {"engine", "pydantic", "pydantic_core", "numpy", "polars", "scipy", "holidays"}


def sources(*rooms: str) -> list[Path]:
    return [file for room in rooms for file in sorted((ROOT / room).rglob("*.py"))]


def name_of(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def imported_names(tree: ast.AST) -> dict[str, str]:
    """What each local name stands for: ``{"dt": "datetime", "now": "datetime.datetime.now"}``."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                names[alias.asname or alias.name.split(".")[0]] = (
                    alias.name if alias.asname else alias.name.split(".")[0]
                )
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return names


def mentioned(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every imported thing a file mentions, by its full name, with its line."""
    names = imported_names(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name):
            full = dotted(node)
            head, _, rest = full.partition(".")
            if head in names:
                yield node.lineno, f"{names[head]}.{rest}" if rest else names[head]


def dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else ""
    return ""


def environment_readers(source: str) -> list[int]:
    forbidden = {"os.environ", "os.getenv", "os.environb", "os.putenv"}
    found = mentioned(ast.parse(source))
    return sorted({line for line, name in found if ".".join(name.split(".")[:2]) in forbidden})


def clock_readers(source: str, allowed: frozenset[str] = frozenset()) -> list[int]:
    return sorted({line for line, name in mentioned(ast.parse(source)) if name in CLOCK - allowed})


@pytest.mark.parametrize(
    "source",
    [
        "import os\nos.environ['HOME']",
        "import os as system\nsystem.getenv('HOME')",
        "from os import environ\nenviron.get('HOME')",
    ],
)
def test_the_environment_check_sees_every_way_of_reading_it(source: str) -> None:
    assert environment_readers(source) == [2]


@pytest.mark.parametrize(
    "source",
    [
        "import datetime\ndatetime.datetime.now()",
        "import datetime as dt\ndt.date.today()",
        "from datetime import datetime\ndatetime.now(tz=None)",
        "from time import time\ntime()",
        "import time\ntime.time()",
        "from datetime import datetime as d\nnow = d.utcnow",
    ],
)
def test_the_clock_check_sees_every_way_of_asking(source: str) -> None:
    assert clock_readers(source) == [2]


def test_only_api_settings_reads_the_environment() -> None:
    readers = {
        name_of(file): lines
        for file in sources("engine", "storage", "channels", "api", "builder")
        if (lines := environment_readers(file.read_text()))
    }
    assert set(readers) <= {"api/settings.py"}, readers


def test_in_engine_storage_and_api_only_api_clock_asks_the_time() -> None:
    askers = {}
    for file in sources("engine", "storage", "api"):
        name = name_of(file)
        allowed = frozenset(STEADY if name.startswith(MAY_COUNT_SECONDS) else ())
        if name != "api/clock.py" and (lines := clock_readers(file.read_text(), allowed)):
            askers[name] = lines
    assert askers == {}


def test_the_engine_leaves_nothing_to_chance() -> None:
    drawers = {
        name_of(file): sorted(drawn)
        for file in sources("engine")
        if (drawn := CHANCE & {full.split(".")[0] for full in imported_names(tree_of(file)).values()})
    }
    assert drawers == {}


def test_the_engine_imports_the_standard_library_and_five_packages() -> None:
    strangers = {}
    for file in sources("engine"):
        allowed = set(sys.stdlib_module_names) | ENGINE_MAY_IMPORT
        if name_of(file).startswith("engine/reactions"):
            allowed.add("durable")
        tops = {full.split(".")[0] for full in imported_names(tree_of(file)).values()}
        if tops - allowed:
            strangers[name_of(file)] = sorted(tops - allowed)
    assert strangers == {}


def test_every_module_opens_with_its_sentence() -> None:
    silent = [
        name_of(file)
        for file in sources("engine", "storage", "channels", "api", "builder")
        if file.read_text().strip() and not ast.get_docstring(tree_of(file))
    ]
    assert silent == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    empty = {"utils.py", "helpers.py", "common.py", "manager.py", "misc.py"}
    rooms = ("engine", "storage", "channels", "api", "builder", "tests", "benchmarks", "tools")
    assert [name_of(file) for file in sources(*rooms) if file.name in empty] == []


def tree_of(file: Path) -> ast.Module:
    return ast.parse(file.read_text())


def tracked_texts() -> Iterator[tuple[str, str]]:
    """Every text file the project ships."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout
    for name in filter(None, listed.split("\0")):
        file = ROOT / name
        if file.is_file() and file.stat().st_size < 5_000_000:
            yield name, file.read_text(errors="ignore")


def test_no_file_names_the_host_of_a_package_registry() -> None:
    # Split, so that this file does not name them either.
    hosts = [
        "py" + "pi.org",
        "python" + "hosted.org",
        "registry." + "npmjs",
        "deb." + "debian.org",
        "crates" + ".io",
    ]
    hosts += ["--index" + "-url", "--extra" + "-index", "--find" + "-links"]
    naming = [(name, host) for name, text in tracked_texts() for host in hosts if host in text]
    assert naming == []


def test_no_file_carries_a_path_of_the_machine_it_was_written_on() -> None:
    paths = ["/" + "work/main", "/" + "work/shared", "/" + "opt/wheels", "/" + "root/"]
    naming = [(name, path) for name, text in tracked_texts() for path in paths if path in text]
    assert naming == []
