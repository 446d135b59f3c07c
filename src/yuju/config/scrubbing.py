"""Texts for the log, without what must not stand in one: numbers of people, names, secrets, values the database complains of.

What is written down is *what* went wrong and *where*, in our own words and names; a value that was at fault is not. The
formatters of `yuju.config.logs` put everything through here, so that a line cannot get round it.
"""

from __future__ import annotations

import re
import traceback
from types import TracebackType

GONE = "…"

# What PostgreSQL adds to a complaint quotes the row itself.
_DATABASE_EXTRAS = re.compile(r"^\s*(DETAIL|CONTEXT|HINT|QUERY|WHERE|STATEMENT|LINE \d+)\b.*(?:\n(?!\s*\w+:).*)*", re.M)
_QUERY_STRING = re.compile(r"(?<=[\w/])\?[^\s\"'<>)]+")
_CREDENTIAL = re.compile(
    r"(?i)\b((?:proxy-)?authorization|cookie|set-cookie|x-csrftoken|csrfmiddlewaretoken|password|passwd|pwd|secret|"
    r"token|api[_-]?key|session(?:id|_key)?|yuju_session)(['\"]?\s*[:=]\s*)(?:bearer\s+|basic\s+)?[^\s,;}&]+"
    r"(?:;\s*[\w-]+=[^\s;,]+)*"
)
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{6,}")
_ADDRESS_WITH_PASSWORD = re.compile(r"(?<=://)[^\s/@]+@")
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
# Phones, bank cards and identity numbers, however they are spaced; days and moments stay readable.
_MOMENT = r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?"
_LONG_NUMBER = re.compile(rf"({_MOMENT})|\+?\d(?:[ -]?\d){{6,}}[Xx]?")
# Made at random: tokens in addresses, keys, session keys. A word or a dotted name has no digit in it, or is short.
_RANDOM = re.compile(r"(?<![\w.])(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[A-Za-z0-9_-]{20,}={0,2}(?![\w.])")
_QUOTED = re.compile(r"\"[^\"\n]*\"|(?<!\w)'[^'\n]*'|“[^”\n]*”|‘[^’\n]*’|`[^`\n]*`")
_IN_BRACKETS = re.compile(r"\)=\([^)\n]*\)")
_CHINESE = re.compile(r"[\u3400-\u9fff\uf900-\ufaff][\u3400-\u9fff\uf900-\ufaff·]*")

_LONGEST = 2000


def scrub(text: str) -> str:
    """A text of ours without long numbers, mail addresses, query strings, secrets and what the database adds to a complaint."""
    text = _DATABASE_EXTRAS.sub("", text)
    text = _CREDENTIAL.sub(rf"\1\2{GONE}", text)
    text = _BEARER.sub(rf"\1 {GONE}", text)
    text = _ADDRESS_WITH_PASSWORD.sub(f"{GONE}@", text)
    text = _QUERY_STRING.sub(f"?{GONE}", text)
    text = _MAIL.sub(GONE, text)
    text = _RANDOM.sub(GONE, text)
    text = _LONG_NUMBER.sub(lambda found: found[1] or GONE, text)
    return text[:_LONGEST].rstrip()


def scrub_foreign(text: str) -> str:
    """A text others put together, such as the message of an exception: nothing quoted, nothing in Chinese stays either."""
    text = _QUOTED.sub(GONE, _IN_BRACKETS.sub(f")=({GONE})", text))
    return _CHINESE.sub(GONE, scrub(text))


def describe(
    kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, *, deepest: int = 40
) -> str:
    """What a traceback says, without values: the way there, the class, and of a database's complaint the rule that was broken.

    Args:
        deepest: how many places of the way are named, the innermost ones.
    """
    if kind is None or error is None:
        return ""
    parts: list[str] = []
    for link in _chain(error):
        way = traceback.extract_tb(link.__traceback__ if link is not error else trace)
        parts.append("".join(traceback.format_list(way[-deepest:])) + _last_line(link))
    return "\n".join(parts)


def _chain(error: BaseException) -> list[BaseException]:
    """An exception behind those that led to it, the first one first."""
    links: list[BaseException] = []
    found: BaseException | None = error
    while found is not None and found not in links:
        links.append(found)
        found = found.__cause__ or (None if found.__suppress_context__ else found.__context__)
    return links[::-1]


def _last_line(error: BaseException) -> str:
    name = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    diagnosis = getattr(error, "diag", None) or getattr(error.__cause__, "diag", None)
    if diagnosis is not None:
        # Even the first line of the database's message may quote what was typed.
        told = {
            "sqlstate": getattr(diagnosis, "sqlstate", None),
            "constraint": getattr(diagnosis, "constraint_name", None),
            "table": getattr(diagnosis, "table_name", None),
            "column": getattr(diagnosis, "column_name", None),
        }
        known = " ".join(f"{what}={value}" for what, value in told.items() if value)
        if known:
            return f"{name}: {known}"
    message = scrub_foreign(str(error))
    return f"{name}: {message}" if message else name
