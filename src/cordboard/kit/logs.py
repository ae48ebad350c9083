"""Structured logs: one line an event, static words, values as keys, nothing personal.

`configure` is called once by the app. An event is static snake words with dots
(`offer.withdrawn`), so that lines can be counted and searched; what varies stands in keys.
Personal values print as `***` unless `show_personal` is on and their key begins with `pii.`
(see `kit.pii`). A net beneath masks telephone numbers that slipped into any text value.
"""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, Literal, TextIO

import structlog

from cordboard.kit.pii import MASK, PREFIX, masked

Event = MutableMapping[str, Any]

NUMBER = re.compile(r"(?<![\w.:/-])(?!\d{4}-\d\d-\d\d)\+?\d(?:[ -]?\d){6,30}(?![\w/-]|[.:]\d)")
"Seven digits or more in a row, as telephone and account numbers have; not ids, times, addresses."

_NAMES_OF_THE_LIBRARIES = ("uvicorn", "uvicorn.error", "uvicorn.access", "alembic", "sqlalchemy")


def configure(
    format: Literal["console", "json"] = "console",
    level: str = "info",
    *,
    show_personal: bool = False,
    stream: TextIO | None = None,
) -> None:
    """Set up logging for the whole process, the libraries' included.

    Args:
        format: `json` for machines, `console` for people.
        level: debug, info, warning, error or critical.
        show_personal: Whether keys beginning with `pii.` are shown.
        stream: Where to; standard error by default.
    """
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.CallsiteParameterAdder([structlog.processors.CallsiteParameter.MODULE])
        if level == "debug"
        else _same,
        structlog.processors.format_exc_info,  # without the local variables, and before the mask
        Masking(show_personal),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_renderers(format, stream or sys.stderr),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _NAMES_OF_THE_LIBRARIES:
        library = logging.getLogger(name)
        library.handlers.clear()
        library.propagate = True
    for name in ("uvicorn.access", "alembic", "sqlalchemy"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _renderers(format: str, stream: TextIO) -> list[Any]:
    if format == "json":
        return [structlog.processors.JSONRenderer(default=repr, ensure_ascii=False)]
    return [structlog.dev.ConsoleRenderer(colors=stream.isatty())]


def _same(_logger: object, _method: str, event: Event) -> Event:
    return event


class Masking:
    """The processor that keeps personal values out.

    Args:
        show_personal: Whether keys beginning with `pii.` are shown.
    """

    def __init__(self, show_personal: bool = False) -> None:
        self._show = show_personal

    def __call__(self, _logger: object, _method: str, event: Event) -> Event:
        """Mask what the event holds."""
        for key, value in list(event.items()):
            if key in ("timestamp", "level", "exc_info"):
                continue
            shown = masked(key, value, may_show=self._show)
            event[key] = shown if key.startswith(PREFIX) else _without_numbers(shown)
        return event


def _without_numbers(value: Any) -> Any:
    """The net beneath: whatever text looks like somebody's number is masked, however deep."""
    if isinstance(value, str):
        return NUMBER.sub(MASK, value)
    if isinstance(value, dict):
        return {key: _without_numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_numbers(item) for item in value]
    return value
