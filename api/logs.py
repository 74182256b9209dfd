"""Structured logs: one line per event, for people or as JSON, and a reference for what nobody expected."""

import logging
import secrets
import sys
from pathlib import Path
from typing import TextIO

import structlog


class _OurHandler(logging.StreamHandler[TextIO]):
    """Known by its class, so that configuring again replaces it and nobody else's."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write to what stderr is now: it may have been put elsewhere since."""
        self.stream = sys.stderr
        super().emit(record)


def configure_logs(level: str = "info", form: str = "text") -> None:
    """Send every log line, ours and the libraries', to stderr in one form (``text`` or ``json``)."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer = _renderer(form)
    formatter = structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=renderer)
    handler = _OurHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [other for other in root.handlers if not isinstance(other, _OurHandler)]
    root.addHandler(handler)
    root.setLevel(level.upper())
    for chatty in ("httpx", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def _renderer(form: str) -> list[structlog.typing.Processor]:
    drop_meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if form == "json":
        trace = structlog.processors.dict_tracebacks
        return [drop_meta, trace, structlog.processors.JSONRenderer(ensure_ascii=False)]
    return [drop_meta, structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]


def keep_unexpected(error: BaseException, folder: Path) -> tuple[str, Path]:
    """Write an unexpected error with its traceback to ``errors.log``; its reference and the file."""
    reference = secrets.token_hex(4)
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "errors.log"
    handler = logging.FileHandler(file)
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    record = logging.LogRecord(
        "cadencia", logging.ERROR, __file__, 0, "reference %s", (reference,),
        (type(error), error, error.__traceback__),
    )  # fmt: skip
    handler.emit(record)
    handler.close()
    return reference, file
