"""How the log is written: one line each, as JSON for machines (`YUJU_LOG=json`) or to be read.

Every line says which request and operator it belongs to, and none holds personal data: see `yuju.config.scrubbing`.
"""

from __future__ import annotations

import json
import logging
import os
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from yuju.config.scrubbing import describe, scrub, scrub_foreign

request_id: ContextVar[str] = ContextVar("yuju_request_id", default="")
"""The request at hand, as nginx numbered it; empty outside of requests."""

FIELDS = ("operator", "route", "method", "status", "ms", "queries", "user", "reference", "sql")
"""What a line may carry besides its message, given as `extra`: names of ours and numbers, never what somebody typed."""


def as_json() -> bool:
    """Whether lines are for machines."""
    return os.environ.get("YUJU_LOG", "") == "json"


def route_of(request: Any) -> str:
    """The name of the page that was asked for, such as `console:bill`: never its address, which has ids and tokens in it."""
    match = getattr(request, "resolver_match", None)
    return (match.view_name or match.route) if match else ""


class SafeFormatter(logging.Formatter):
    """Takes values out of messages and traces. Those of other packages are trusted less than our own."""

    def message(self, record: logging.LogRecord) -> str:
        """The message, one line, without values."""
        if hasattr(record, "request") and hasattr(record, "status_code"):
            # Django names the address that was asked, which has numbers and tokens in it.
            return f"answered with {record.status_code}"
        text = record.getMessage()
        ours = record.name == "yuju" or record.name.startswith("yuju.")
        return " ".join((scrub(text) if ours else scrub_foreign(text)).split())

    def trace(self, record: logging.LogRecord) -> str:
        """The traceback, if there is one, without values."""
        if not record.exc_info or record.exc_info[0] is None:
            return ""
        return describe(*record.exc_info)

    def facts(self, record: logging.LogRecord) -> dict[str, Any]:
        """Request, operator, and what the line carries."""
        from yuju.kit.tenancy import current_operator_id

        given = {name: getattr(record, name, None) for name in FIELDS}
        given |= {"request": request_id.get(), "operator": given["operator"] or current_operator_id()}
        asked = getattr(record, "request", None)
        if asked is not None:
            given |= {"route": route_of(asked), "reference": getattr(asked, "reference", None)}
        return {name: value for name, value in given.items() if value is not None and value != ""}


class JsonLines(SafeFormatter):
    """A JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """The whole line."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, Any] = {
            "at": at.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self.message(record),
            "pid": record.process,
            **self.facts(record),
        }
        trace = self.trace(record)
        if trace:
            line["trace"] = trace
        return json.dumps(line, ensure_ascii=False, default=str)


class ReadableLines(SafeFormatter):
    """Time, level, who says it, what, and the facts behind it; a traceback below."""

    def format(self, record: logging.LogRecord) -> str:
        """The whole line."""
        at = datetime.fromtimestamp(record.created, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")
        facts = "".join(f" {name}={value}" for name, value in self.facts(record).items())
        line = f"{at} {record.levelname:<7} {record.name}: {self.message(record)}{facts}"
        trace = self.trace(record)
        return f"{line}\n{trace}" if trace else line


def _without_trace(record: logging.LogRecord) -> bool:
    record.exc_info = None
    return True


def configuration() -> dict[str, Any]:
    """Python's logging configuration, the same for every process."""
    machines = as_json()
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"without_trace": {"()": "django.utils.log.CallbackFilter", "callback": _without_trace}},
        "formatters": {"line": {"()": JsonLines if machines else ReadableLines}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["console"], "level": "WARNING"},
        "loggers": {
            "yuju": {"level": "INFO"},
            # A line a request is for machines; somebody at a terminal is told of slow and failed ones.
            "yuju.requests": {"level": "INFO" if machines else "WARNING"},
            # Django gives these a handler of its own, which would write the same again, and with all it knows.
            "django": {"handlers": [], "level": "WARNING", "propagate": True},
            "django.server": {"handlers": [], "propagate": True},
            # Mistakes of ours, with their trace; who asks for what is not there has a line of `yuju.requests` like all others.
            "django.request": {"level": "ERROR"},
            # Anybody may ask for any host: one line says all there is to it.
            "django.security.DisallowedHost": {"filters": ["without_trace"]},
            "procrastinate": {"level": "WARNING"},
            "uvicorn.error": {"level": "WARNING"},
            "_granian": {"handlers": [], "level": "INFO", "propagate": True},
            "granian.access": {"handlers": [], "level": "CRITICAL", "propagate": False},
        },
    }
