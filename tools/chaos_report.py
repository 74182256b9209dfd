"""Puts the fault runs on paper: what was broken on purpose, how often, and what became of the messages.

python -m tools.chaos_report build/chaos.xml docs/chaos.md

Reads the JUnit files `make chaos` writes; of a test in several files the last one counts.
"""

import os
import sys
import xml.etree.ElementTree as ElementTree
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

SUMMED = ("kills", "messages", "twice", "lost", "unknown")
"""Figures of a run that add up; ``settled_s`` is told as its longest."""

HEAD = """# The fault runs

<!-- Written by `make chaos` (tools/chaos_report.py); run it again instead of changing this page. -->

Processes are killed with SIGKILL, frozen and started again, servers stopped at once, queues flushed,
providers made to lie; then the **provider's own ledger** is asked who received what; no table is.

- *kills*: processes and servers ended or frozen without warning.
- *messages*: all there were to send or to decide.
- *twice*: messages the provider accepted more than once. *lost*: neither accepted nor listed as unknown.
- *unknown*: what we say we cannot know. Nothing of it is sent again on a guess; a status settles it or a day.
- *settled*: the longest time from the last fault until no message was open any more, in seconds.

None of our providers takes a key that makes a repeated send harmless, so every line is held to the harder
criterion: nobody twice, and who is missing stands among the unknown.
"""


@dataclass
class Test:
    """All runs of one test: its parameters together."""

    name: str
    file: str
    criteria: dict[str, str] = field(default_factory=dict)
    runs: int = 0
    red: int = 0
    seconds: float = 0.0
    settled_s: float | None = None
    figures: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def sentence(self) -> str:
        """What the test shows, as it is named."""
        return self.name.removeprefix("test_").replace("_", " ")

    def add(self, case: ElementTree.Element) -> None:
        """Count one run."""
        self.runs += 1
        self.red += any(case.find(fault) is not None for fault in ("failure", "error"))
        self.seconds += float(case.get("time", "0"))
        for told in case.iterfind("properties/property"):
            name, value = told.get("name", ""), told.get("value", "")
            if name.startswith("criterion "):
                self.criteria[name.removeprefix("criterion ")] = value
            elif name in SUMMED:
                self.figures[name] += int(value)
            elif name == "settled_s":
                self.settled_s = max(self.settled_s or 0.0, float(value))

    def row(self) -> str:
        """Its line of the table."""
        figures = [f"{self.figures[each]:,}" if each in self.figures else "–" for each in SUMMED]
        settled = "–" if self.settled_s is None else f"{self.settled_s:.1f}"
        result = "green" if not self.red else f"**{self.red} red**"
        name = f"{self.sentence} ({self.runs} times)" if self.runs > 1 else self.sentence
        cells = [", ".join(sorted(self.criteria, key=_number)), name, *figures, settled]
        return _line([*cells, f"{self.seconds:.0f}", result])


def main(arguments: Sequence[str]) -> int:
    """Read the given JUnit files and write the page named last; 2 when there is nothing to read."""
    *files, page = map(Path, arguments)
    missing = [str(file) for file in files if not file.exists()]
    if missing or not files:
        print(f"No results to report: {', '.join(missing) or 'no file given'}. Run: make chaos")
        return 2
    page.write_text(report(files, os.cpu_count() or 1, os.getloadavg()[2]), encoding="utf-8")
    print(f"Written: {page}")
    return 0


def report(files: Iterable[Path], cores: int, load: float) -> str:
    """The page of some JUnit files, taken on a machine with so many cores and such a load."""
    cases: dict[tuple[str, str], ElementTree.Element] = {}
    taken_at = ""
    for file in files:
        root = ElementTree.parse(file).getroot()
        taken_at = max(taken_at, *(suite.get("timestamp", "") for suite in root.iter("testsuite")))
        for case in root.iter("testcase"):
            if case.find("skipped") is None:
                cases[case.get("classname", ""), case.get("name", "")] = case
    tests = sorted(_by_test(cases).values(), key=lambda test: (min(map(_number, test.criteria)), test.file))
    total = {each: sum(test.figures.get(each, 0) for test in tests) for each in SUMMED}
    red = sum(test.red for test in tests)
    return "\n".join(
        [
            HEAD,
            f"Taken on {taken_at[:10]} on {cores} cores (load {load:.1f} over the last quarter of an hour): "
            f"**{sum(test.runs for test in tests)} runs, {red or 'none'} red, "
            f"{sum(test.seconds for test in tests) / 60:.0f} minutes; {total['kills']:,} kills, "
            f"{total['messages']:,} messages, {total['twice']:,} twice, {total['lost']:,} lost, "
            f"{total['unknown']:,} unknown.**",
            "",
            _line(["criterion", "what was shown", *SUMMED, "settled, s", "seconds", "result"]),
            _line(["---"] * 10),
            *(test.row() for test in tests),
            "",
            "## The criteria",
            "",
            *_criteria(tests),
            "",
        ]
    )


def _by_test(cases: dict[tuple[str, str], ElementTree.Element]) -> dict[tuple[str, str], Test]:
    """The runs that hold a criterion, by file and test."""
    tests: dict[tuple[str, str], Test] = {}
    for (file, name), case in cases.items():
        plain = name.split("[", 1)[0]
        tests.setdefault((file, plain), Test(plain, file)).add(case)
    return {key: test for key, test in tests.items() if test.criteria}


def _criteria(tests: Iterable[Test]) -> list[str]:
    """Each criterion once per wording, with the tests' files."""
    told: dict[tuple[str, str], set[str]] = defaultdict(set)
    for test in tests:
        for key, text in test.criteria.items():
            told[key, text].add("/".join(test.file.split(".")) + ".py")
    order = sorted(told.items(), key=lambda item: (_number(item[0][0]), item[0][1]))
    return [f"- **{key}** {text} ({', '.join(sorted(files))})" for (key, text), files in order]


def _number(key: str) -> int:
    return int(key.removeprefix("R"))


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
