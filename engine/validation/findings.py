"""Findings in fewer words: an error that blocks, a warning that asks."""

from engine.findings import Finding, Severity


def error(code: str, place: str, message_es: str, message_en: str, hint: str = "") -> Finding:
    """A finding that blocks publishing.

    >>> error("edge.twice", "a", "Dos aristas.", "Two edges.").blocks
    True
    """
    return Finding(code, place, message_es, message_en, hint)


def warning(code: str, place: str, message_es: str, message_en: str, hint: str = "") -> Finding:
    """A finding that only asks.

    >>> warning("law.cap", "a", "Puede diferirse.", "May be put off.").blocks
    False
    """
    return Finding(code, place, message_es, message_en, hint, Severity.WARNING)
