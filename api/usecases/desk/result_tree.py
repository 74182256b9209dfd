"""The tree of results: action, contact, result, next action; its leaves are how a task may end."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from channels.calls import RESULTS
from storage.tasks import TaskRow

CALLED = frozenset({"escalation", "callback"})
"""Kinds of task that are worked by calling, and end by the tree of calls or their own codes."""


@dataclass(frozen=True)
class Leaf:
    """One way a task may end; ``next`` is what a screen offers then."""

    code: str
    es: str
    en: str
    action: str
    contact: str
    next: str
    two_way: bool = False


@cache
def tree() -> Mapping[str, Sequence[Leaf]]:
    """The leaves by kind of task; what a call's code means is said by the channel.

    >>> [leaf.code for leaf in tree()["paid_claim"]], tree()["call"][1].two_way
    (['confirmed', 'rejected'], True)
    """
    document = json.loads(files("api.usecases.desk").joinpath("result_tree.json").read_text("utf-8"))
    return {
        kind: tuple(
            Leaf(**leaf, two_way=leaf["code"] in RESULTS and RESULTS[leaf["code"]].two_way) for leaf in leaves
        )
        for kind, leaves in document.items()
    }


def leaves_of(task: TaskRow) -> Sequence[Leaf]:
    """How a task may end: an escalation by its node's own codes, where it names some."""
    if task.kind not in CALLED:
        return tree()[task.kind]
    own = [str(code) for code in task.about.get("results") or ()]
    known = {leaf.code: leaf for leaf in tree()["call"]}
    if not own:
        return tuple(known.values())
    return tuple(known.get(code, Leaf(code, code, code, "none", "none", "none")) for code in own)
