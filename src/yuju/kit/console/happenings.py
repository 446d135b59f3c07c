"""What happened to a row, told on its page: what was changed, who was shown or exported it, what else befell it.

The kit draws it; where it comes from the application says by giving the console site a `Historian`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from django.db.models import Model
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

if TYPE_CHECKING:
    from yuju.kit.console.model_console import ModelConsole

ON_CARD = 8
ON_PAGE = 100


@dataclass(frozen=True)
class Difference:
    """A value before and after, as HTML. None where there is no such side: something was added or taken away."""

    label: str
    before: Any = None
    after: Any = None


@dataclass(frozen=True)
class Happening:
    """Something that happened; `when` is a moment, or a local date.

    Attributes:
        by, where: who did it, and from where.
        lines: what differs by it.
        kind: its colour.
        url: where more of it is to be seen.
    """

    title: str
    when: datetime | date
    text: Any = ""
    by: str = ""
    kind: str = ""
    url: str = ""
    where: str = ""
    lines: Sequence[Difference] = ()

    @property
    def moment(self) -> datetime:
        """When, for sorting: a date is its first moment."""
        if isinstance(self.when, datetime):
            return self.when
        return timezone.make_aware(datetime.combine(self.when, datetime.min.time()))


@dataclass(frozen=True)
class Span:
    """Which part of a history is asked for: up to so many of the latest.

    Attributes:
        person: the id of who did it; None means anybody.
        since, until: first and last local day.
        before: only what was earlier than this moment: the next page.
    """

    limit: int
    person: int | None = None
    since: date | None = None
    until: date | None = None
    before: datetime | None = None

    @property
    def narrowed(self) -> bool:
        return self.person is not None or self.since is not None or self.until is not None

    def bounds(self) -> dict[str, datetime]:
        """The span as conditions on a column `at`."""
        found = {}
        if self.since is not None:
            found["at__gte"] = _midnight(self.since)
        ends = [_midnight(self.until + timedelta(days=1))] if self.until is not None else []
        ends += [self.before] if self.before is not None else []
        if ends:
            found["at__lt"] = min(ends)
        return found


class Historian(Protocol):
    """Knows what happened to rows. The application gives it; kit knows neither history nor audit."""

    def happenings(self, request: HttpRequest, rows: Sequence[Model], span: Span) -> list[Happening]:
        """What happened to the rows and their parts, the latest first; whole acts, so there may be a few more or less."""

    def people(self, rows: Sequence[Model]) -> list[tuple[int, str]]:
        """Who did something to them, for the filter."""


class NoHistorian:
    """Stands in until the application gives its own, and knows nothing."""

    def happenings(self, request: HttpRequest, rows: Sequence[Model], span: Span) -> list[Happening]:
        return []

    def people(self, rows: Sequence[Model]) -> list[tuple[int, str]]:
        return []


@dataclass(frozen=True)
class History:
    """A history as a page shows it.

    Attributes:
        url: the page of all of it.
        span: what was asked for.
        people: who may be asked for.
        older: the address of what was before; empty where there is nothing.
    """

    items: Sequence[Happening]
    url: str
    span: Span
    people: list[tuple[int, str]] = field(default_factory=list)
    older: str = ""


def history_card(console: ModelConsole[Any], request: HttpRequest, row: Any) -> History:
    """The latest of what happened to a row, for its page."""
    span = Span(ON_CARD)
    return History(_told(console, request, row, span)[:ON_CARD], console.history_url(row), span)


def history_page(console: ModelConsole[Any], request: HttpRequest, row: Any) -> History:
    """All that happened to a row, as far as the address narrows it: `who`, `since`, `until`, and `before` for older pages."""
    given = request.GET
    who = given.get("who", "")
    span = Span(
        ON_PAGE,
        person=int(who) if who.isascii() and who.isdigit() and len(who) < 19 else None,
        since=_day(given.get("since", "")),
        until=_day(given.get("until", "")),
        before=_moment(given.get("before", "")),
    )
    items = _told(console, request, row, span)
    older = ""
    if len(items) > ON_PAGE:
        items = _whole_moments(items)
        query = given.copy()
        query["before"] = items[-1].moment.isoformat()
        older = f"?{query.urlencode()}"
    people = console.site.historian.people(console.history_rows(request, row))
    return History(items, console.history_url(row), span, people, older)


def _told(console: ModelConsole[Any], request: HttpRequest, row: Any, span: Span) -> list[Happening]:
    found = console.site.historian.happenings(request, console.history_rows(request, row), span)
    if span.person is None:
        bounds = span.bounds()
        found += [
            one
            for one in console.history_more(request, row)
            if bounds.get("at__gte", one.moment) <= one.moment
            and ("at__lt" not in bounds or one.moment < bounds["at__lt"])
        ]
    return sorted(found, key=lambda one: one.moment, reverse=True)


def _whole_moments(items: list[Happening]) -> list[Happening]:
    """The first of them up to a page's end, without those of a moment that goes on behind it."""
    cut = items[ON_PAGE].moment
    return [one for one in items[:ON_PAGE] if one.moment > cut] or items[:ON_PAGE]


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, datetime.min.time()))


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def _moment(text: str) -> datetime | None:
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    return found if found is not None and timezone.is_aware(found) else None
