"""Judge a document as it stands: everything that is wrong with it, and how its examples play."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from api.strategy_context import read_context
from engine.errors import StrategyError
from engine.examples import ExampleResult, run
from engine.findings import Finding
from engine.strategy.document import Strategy, read_strategy
from engine.validation import validate
from storage.database import Database


@dataclass(frozen=True)
class Judgement:
    """Findings and played examples; ``strategy`` is ``None`` for a document that cannot be read."""

    strategy: Strategy | None
    findings: list[Finding]
    examples: list[ExampleResult]

    @property
    def publishable(self) -> bool:
        """Whether nothing blocks and every example is green."""
        return not any(finding.blocks for finding in self.findings) and all(
            example.passed for example in self.examples
        )


def judge_draft(database: Database, portfolio_key: str, document: Mapping[str, Any]) -> Judgement:
    """Judge a document in a portfolio; never raises for what is wrong with the document itself."""
    try:
        strategy = read_strategy(json.dumps(document))
    except StrategyError as unreadable:
        return Judgement(None, [_finding(unreadable)], [])
    with database.connection() as connection:
        context = read_context(connection, portfolio_key, strategy.key, recent=True)
    findings = validate(strategy, context)
    played = [] if any(finding.blocks for finding in findings) else run(strategy, context.catalogue)
    return Judgement(strategy, findings, played)


def _finding(refusal: StrategyError) -> Finding:
    said = f"El documento no se puede leer: {refusal.message}"
    return Finding(refusal.code, refusal.place, said, refusal.message, refusal.hint)
