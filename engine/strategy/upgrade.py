"""Documents of older schema versions, brought to the newest one step at a time."""

from collections.abc import Callable, Mapping
from typing import Any

from engine.errors import StrategyError

SCHEMA_VERSION = 1
"""The version documents are written in."""

Step = Callable[[dict[str, Any]], dict[str, Any]]

STEPS: Mapping[int, Step] = {}
"""The change from each version to the next one. Version 1 is the first: there is nothing older yet."""


def upgrade(document: Any, steps: Mapping[int, Step] = STEPS, newest: int = SCHEMA_VERSION) -> Any:
    """The document in the newest schema version; what is no document is left to the reader.

    Raises ``StrategyError`` for a version this program does not know.

    >>> old = {"schema_version": 1, "title": "Mora"}
    >>> rename = lambda before: {"schema_version": 2, "name": before["title"]}
    >>> upgrade(old, {1: rename}, newest=2)
    {'schema_version': 2, 'name': 'Mora'}
    >>> upgrade({"schema_version": 9})
    Traceback (most recent call last):
    engine.errors.StrategyError: strategy.version [schema_version]: version 9 is not known (...)
    """
    while isinstance(document, dict):
        version = document.get("schema_version")
        if type(version) is not int or version == newest:
            return document
        if version not in steps:
            raise StrategyError(
                f"version {version} is not known",
                place="schema_version",
                hint=f"this program reads versions up to {newest}",
                code="strategy.version",
            )
        document = steps[version](document)
    return document
