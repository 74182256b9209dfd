"""Accounts per second of the one evaluator, and of two other rule engines on the same predicates.

``python -m benchmarks.engine`` writes ``benchmarks/out/engine.json``. What is timed is the engine's own
``advance`` with everything a daily run asks of it: exits, stops and holds, conditions, the hash of the
split; once with the whole contact law of three countries over a history of contacts, once with the law's
answers ready-made, as the rivals get them. Two processes have half of the people each, as the workers of
the daily run do.
"""

import json
import sys
from collections.abc import Callable
from multiprocessing import Pipe, Process
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.crowd import DAY, AnsweredDesk, Crowd, make_crowd
from benchmarks.rivals import Account, Durable, Zen, ways_of
from benchmarks.strategies import four_strategies, sixty_nodes
from benchmarks.timing import median_s, seconds, write
from engine.book import Facts
from engine.days import day_number
from engine.plan import Plan, compile_plan
from engine.strategy.document import read_strategy
from engine.strategy.nodes import ChannelNode
from engine.vocabulary import EnrolmentState, Outcome

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

CORES = 2
PIECE = 250_000
"""Accounts advanced at a time: few enough for the processor's cache, many enough for NumPy."""

RUNS = 9
ASKED = 20_000
GOAL_PER_S, GOAL_ROW_MS, GOAL_ZEN, GOAL_DURABLE = 5_000_000, 1.0, 100, 300


def main() -> int:
    """Measure, print and write; 1 when a bar is missed."""
    document = four_strategies()[1]
    rows = [
        _row(document, 1_000_000, law="answered"),
        _row(document, 1_000_000, law="whole"),
        _row(document, 10_000, law="whole"),
        _row(sixty_nodes(), 1_000_000, law="answered"),
        _row(sixty_nodes(), 1_000_000, law="whole"),
    ]
    ours = rows[0]["accounts_per_s"]
    zen_per_s, durable_per_s = _rivals(document)
    figures = {
        "rows": rows,
        "zen_per_s": round(zen_per_s),
        "durable_per_s": round(durable_per_s),
        "ratio_zen": round(ours / zen_per_s),
        "ratio_durable": round(ours / durable_per_s),
    }
    write("engine", figures)
    return 0 if _within_the_bars(figures) else 1


def _plan(document: dict[str, Any]) -> Plan:
    return compile_plan(read_strategy(json.dumps(document)))


def _row(document: dict[str, Any], accounts: int, law: str) -> dict[str, Any]:
    """One size: all accounts due, half of the people in each of two processes; and one account alone."""
    halves = [_Half(document, accounts // CORES, number, law) for number in range(CORES)]
    advance_s = median_s(lambda: _all(halves), RUNS)
    for half in halves:
        half.stop()
    one = make_crowd(_plan(document), 1)
    one_row_s = median(seconds(one.advance, 500))
    return {
        "nodes": len(one.plan.steps),
        "accounts": accounts,
        "law": law,
        "advance_s": round(advance_s, 4),
        "accounts_per_s": round(accounts / advance_s),
        "one_row_ms": round(one_row_s * 1000, 3),
    }


class _Half:
    """A process that holds its people in pieces and advances all of them when it is told to."""

    def __init__(self, document: dict[str, Any], accounts: int, number: int, law: str) -> None:
        self._ours, theirs = Pipe()
        self._process = Process(target=_serve, args=(theirs, document, accounts, number, law))
        self._process.start()
        self.finish()

    def begin(self) -> None:
        """Let it advance once."""
        self._ours.send(True)

    def finish(self) -> None:
        """Wait until it has."""
        self._ours.recv()

    def stop(self) -> None:
        """Let it end."""
        self._ours.send(False)
        self._process.join()


def _serve(
    pipe: "Connection[Any, Any]", document: dict[str, Any], accounts: int, number: int, law: str
) -> None:
    plan = _plan(document)
    pieces = [
        make_crowd(plan, min(PIECE, accounts - first), seed=accounts * number + first)
        for first in range(0, accounts, PIECE)
    ]
    desks = [AnsweredDesk(piece) if law == "answered" else None for piece in pieces]
    pipe.send(True)
    while pipe.recv():
        for piece, desk in zip(pieces, desks, strict=True):
            piece.advance(desk)
        pipe.send(True)


def _all(halves: list[_Half]) -> None:
    for half in halves:
        half.begin()
    for half in halves:
        half.finish()


def _rivals(document: dict[str, Any]) -> tuple[float, float]:
    """Accounts per second of zen and durable_rules, after they have given the same answers as ``advance``."""
    crowd = make_crowd(_plan(document), ASKED)
    accounts, expected = _accounts(crowd), _stands(crowd)
    ways = ways_of(document)
    speeds = []
    for rival in (Zen(ways), Durable(ways)):
        answers = [rival.answer(account) for account in accounts]
        wrong = [(account, mine, theirs) for account, mine, theirs in
                 zip(accounts, expected, answers, strict=True) if mine != theirs]  # fmt: skip
        if wrong:
            raise SystemExit(f"{type(rival).__name__} answers otherwise {len(wrong)} times, first {wrong[0]}")
        speeds.append(ASKED / median_s(_asker(rival.answer, accounts), 3))
    return speeds[0], speeds[1]


def _asker(answer: Callable[[Account], str], accounts: list[Account]) -> Callable[[], None]:
    def ask() -> None:
        for account in accounts:
            answer(account)

    return ask


def _stands(crowd: Crowd) -> list[str]:
    """Where every account stands after ``advance``, in the words of the rivals."""
    decided = crowd.advance()
    after, steps = decided.after, crowd.plan.steps
    stands = [steps[step].node.id for step in after.step.tolist()]
    for outcome, groups in decided.outcomes.items():
        for row in np.concatenate(groups).tolist():
            if outcome in ("stopped", "exit"):
                stands[row] = outcome
    for row in np.flatnonzero(decided.held & (after.state != EnrolmentState.ENDED)).tolist():
        stands[row] = "held"
    return stands


def _accounts(crowd: Crowd) -> list[Account]:
    """The accounts as flat facts; what is derived, hashed or lawful is given ready-made."""
    facts = Facts(crowd.book, day_number(DAY))
    columns: dict[str, list[Any]] = {
        "node": [crowd.plan.steps[step].node.id for step in crowd.enrolments.step.tolist()],
        "holdout": crowd.enrolments.holdout.astype(int).tolist(),
        "arm": crowd.arms().tolist(),
        "worth": (crowd.book.column("amount_to_cure") - crowd.book.column("minimum_worth")).tolist(),
        "hold_kinds": crowd.book.column("hold_kinds").tolist(),
        "account_status": crowd.book.column("account_status").tolist(),
    }
    for name in sorted(crowd.plan.facts()):
        values, known = facts.read(name)
        plain = values.astype(int).tolist()
        columns[name] = plain if known is None else [
            value if there else None for value, there in zip(plain, known.tolist(), strict=True)
        ]  # fmt: skip
    words = {int(outcome): outcome.word for outcome in Outcome}
    for step in crowd.plan.steps:
        if isinstance(step.node, ChannelNode):
            verdicts = crowd.desk().ask(np.arange(crowd.book.size), step.node.wish()).verdicts
            columns[f"may_{step.node.channel}"] = [words[code] for code in verdicts.outcome.tolist()]
    names = list(columns)
    return [dict(zip(names, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _within_the_bars(figures: dict[str, Any]) -> bool:
    first = figures["rows"][0]
    bars = (
        ("accounts per second, the law answered", first["accounts_per_s"], GOAL_PER_S),
        ("times zen", figures["ratio_zen"], GOAL_ZEN),
        ("times durable_rules", figures["ratio_durable"], GOAL_DURABLE),
        ("accounts alone per second", 1000 / first["one_row_ms"], 1000 / GOAL_ROW_MS),
    )
    for name, found, goal in bars:
        print(f"{found:,.0f} {name}, at least {goal:,.0f}: {'reached' if found >= goal else 'MISSED'}")
    return all(found >= goal for _, found, goal in bars)


if __name__ == "__main__":
    sys.exit(main())
