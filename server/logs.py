"""One structured line for each thing worth knowing: JSON for machines, colour for a terminal."""

import logging
import sys

import structlog


def configure_logs(level: str) -> None:
    """Send structlog and the libraries' loggers to standard error, at `level` and above."""
    threshold = getattr(logging, level.upper())
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if sys.stderr.isatty():
        renderer: list[structlog.types.Processor] = [structlog.dev.ConsoleRenderer()]
    else:
        renderer = [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ]
    structlog.configure(
        processors=[*shared, *renderer],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    # uvicorn's own lines at INFO show whole URLs, tokens included: only its warnings come through.
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    # In an outage its pool repeats, with a traceback, what every caller says in one line.
    logging.getLogger("asyncpg.pool").setLevel(logging.ERROR)
