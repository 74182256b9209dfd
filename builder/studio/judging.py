"""What the service says of a document being drawn: findings, examples and today's figures, asked at once."""

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from builder.canvas.drawing import Figures
from builder.canvas.operations import Document
from builder.drafts import findings_of
from builder.session import Session
from builder.studio.board import Known
from builder.studio.effect import ROUTE, effect_of
from engine.errors import CadenciaError

_ASKING = ThreadPoolExecutor(8, "what-if-of-an-edit")
"""Figures are asked for while the document is judged: they take as long as the longer of the two."""

Effect = tuple[Figures, str]


def judged(session: Session, document: Document, before: Known) -> Known:
    """Judgement and figures of a document; raises only for a session that has ended.

    Silence leaves the canvas working with the figures it had. Figures of a document that has errors are
    not shown.
    """
    words = session.words
    old = replace(before.figures, stale=True)
    asked = _ASKING.submit(effect_of, session, document) if session.offers(ROUTE) else None
    try:
        told = session.api.post(session.at("strategies", "validate"), {"document": document})
    except CadenciaError as trouble:
        if getattr(trouble, "status", 0) == 401:
            raise
        silence = words("El servicio no responde: siga dibujando; se guardará cuando vuelva.")
        return Known(before.findings, old, before.examples, summary=f":red[{silence}]")
    return _with_figures(session, told, old, asked)


def _with_figures(
    session: Session, told: Mapping[str, Any], old: Figures, asked: Future[Effect] | None
) -> Known:
    words = session.words
    known = Known(findings_of(told["findings"]), old, told["examples"])
    if any(finding.blocks for finding in known.findings):
        known.summary = words("Las cifras de hoy vuelven cuando no haya errores (pestaña Hallazgos).")
    elif asked is not None:
        try:
            known.figures, known.summary = asked.result()
        except CadenciaError as trouble:
            known.summary = words("Sin cifras de hoy: {why}", why=trouble.message)
    return known
