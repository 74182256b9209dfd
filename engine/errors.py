"""Everything Cadencia can refuse, drawn as one tree; each carries code, place and hint.

::

    CadenciaError
    ├── StrategyError        a strategy document that cannot be read, compiled or published
    │   └── ConditionError   a condition that does not parse or does not type-check
    ├── PolicyError          a contact-law pack that is wrong or would be loosened
    ├── TemplateError        a message template that is unsafe or lacks a variable
    ├── BookError            facts that cannot be read: a file, a row, a column
    ├── RunError             a business date that cannot be opened, run or closed
    │   └── CloseError       a daily close that does not balance; names the accounts
    ├── AccessError          a user, role, key or session that is wrong, missing or not allowed
    ├── StaleError           a document that somebody else has changed meanwhile
    └── ServiceError         PostgreSQL, the queue or a provider that cannot be reached
"""


class CadenciaError(Exception):
    """Base of all refusals: what happened, where, and what to try next."""

    code = "cadencia.error"

    def __init__(self, message: str, *, place: str = "", hint: str = "", code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.place = place
        self.hint = hint
        if code:
            self.code = code

    def __str__(self) -> str:
        where = f" [{self.place}]" if self.place else ""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{self.code}{where}: {self.message}{hint}"


class StrategyError(CadenciaError):
    """A strategy document that cannot be read, compiled or published."""

    code = "strategy.invalid"


class ConditionError(StrategyError):
    """A condition that does not parse or does not type-check."""

    code = "condition.invalid"


class PolicyError(CadenciaError):
    """A contact-law pack that is wrong or would be loosened."""

    code = "policy.invalid"


class TemplateError(CadenciaError):
    """A message template that is unsafe or lacks a variable."""

    code = "template.invalid"


class BookError(CadenciaError):
    """Facts that cannot be read: a file, a row, a column."""

    code = "book.invalid"


class RunError(CadenciaError):
    """A business date that cannot be opened, run or closed."""

    code = "run.refused"


class CloseError(RunError):
    """A daily close that does not balance; names the accounts."""

    code = "close.unbalanced"


class AccessError(CadenciaError):
    """A user, role, key or session that is wrong, missing or not allowed."""

    code = "access.refused"


class StaleError(CadenciaError):
    """A document that somebody else has changed meanwhile."""

    code = "document.stale"


class ServiceError(CadenciaError):
    """PostgreSQL, the queue or a provider that cannot be reached."""

    code = "service.unreachable"
