"""What a validator found: code, place, a sentence in Spanish and in English, a hint and how much it matters.

Validators return every finding, never only the first. Errors block saving or publishing, warnings ask.
"""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding matters: an error blocks, a warning asks."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Finding:
    """One diagnostic about a document.

    ``place`` is where (a node id, or a path such as ``exit_when/all/0``). ``hint`` is language-free: the
    word or value to put instead, which a screen may offer as a correction; empty when there is none.

    >>> Finding("fact.unknown", "exit_when", "No existe", "Does not exist", "days_past_due").blocks
    True
    """

    code: str
    place: str
    message_es: str
    message_en: str
    hint: str = ""
    severity: Severity = Severity.ERROR

    @property
    def blocks(self) -> bool:
        """Whether the document may not go on with it."""
        return self.severity is Severity.ERROR
