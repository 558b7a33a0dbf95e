"""JSON lines on stdout, one an event, in one order of keys. Everything that uses `logging` ends up here as well."""

import json
import logging
from contextvars import ContextVar
from functools import partial
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from microservices.common.settings import ServiceSettings

FIRST_KEYS = ("time", "level", "service", "version", "event", "request_id")
SEPARATORS = {"json": (",", ":"), "pretty-json": (", ", ": ")}

request_id: ContextVar[str] = ContextVar("request_id", default="")


def configure(settings: ServiceSettings) -> None:
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    structlog.configure(
        processors=processors(settings),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    # A library's information is noise here; its warnings are not.
    logging.basicConfig(handlers=[_ToStructlog()], level=logging.WARNING, force=True)
    # The pool says every failed attempt; the database's own log line says it once in two seconds.
    logging.getLogger("psycopg.pool").setLevel(logging.CRITICAL)


def processors(settings: ServiceSettings) -> list[Processor]:
    dumps = partial(json.dumps, separators=SEPARATORS[settings.log_format])
    return [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        partial(_add_origin, settings.service_name, settings.version),
        structlog.processors.format_exc_info,
        _in_order,
        structlog.processors.JSONRenderer(serializer=dumps),
    ]


def _add_origin(service: str, version: str, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    event["service"], event["version"] = service, version
    if current := request_id.get():
        event.setdefault("request_id", current)
    return event


def _in_order(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    first: dict[str, Any] = {key: event.pop(key) for key in FIRST_KEYS if key in event}
    return {**first, **event}


class _ToStructlog(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        log = structlog.get_logger()
        log.log(record.levelno, record.getMessage(), logger=record.name, exc_info=record.exc_info or None)
