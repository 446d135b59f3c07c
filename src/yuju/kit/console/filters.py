"""Filters of a list: what the address says, what the database is asked, what the chip reads.

A value in the address that makes no sense is passed over, as if it were not there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

YES = gettext_lazy("Yes")
NO = gettext_lazy("No")

Option = tuple[str, Any]
"""A value as it stands in the address, and its name."""

Condition = tuple[str, Any, Q | Callable[[], Q]]
"""A value as it stands in the address, its name, and what it asks of the rows."""


class Filter:
    """The base: one question to the rows.

    Args:
        name: the parameter in the address.
        label: the chip's text.
        lookup: the field asked; the name itself where it is not given.
    """

    template = ""

    def __init__(self, name: str, label: Any, *, lookup: str = "") -> None:
        self.name = name
        self.label = label
        self.lookup = lookup or name

    @property
    def parameters(self) -> tuple[str, ...]:
        """The parameters of the address that belong to this filter."""
        return (self.name,)

    def bind(self, request: HttpRequest, data: QueryDict) -> BoundFilter:
        """The filter with what the address says."""
        raise NotImplementedError


class BoundFilter:
    """A filter with its value for one request.

    Attributes:
        values: the accepted values as they stand in the address, by parameter; empty when the filter rests.
        text: the values in words, for the chip.
    """

    def __init__(self, spec: Filter, values: dict[str, list[str]], text: str, options: Sequence[Option] = ()) -> None:
        self.spec = spec
        self.values = values
        self.text = text
        self.options = options

    @property
    def active(self) -> bool:
        return bool(self.values)

    @property
    def chosen(self) -> list[str]:
        """The accepted values of the filter's own parameter."""
        return self.values.get(self.spec.name, [])

    @property
    def single(self) -> bool:
        """Whether only one option can be chosen at a time."""
        return not getattr(self.spec, "multiple", False)

    @property
    def bounds(self) -> list[tuple[str, str]]:
        """Each parameter with its one value, or empty."""
        return [(name, next(iter(self.values.get(name, [])), "")) for name in self.spec.parameters]

    def apply(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The rows that pass."""
        return rows


class ChoiceFilter(Filter):
    """One or several of a list of options.

    Args:
        options: pairs (value, name), or a function of the request that gives them (one query at most).
        multiple: several options may be chosen; a row that has any of them passes.
    """

    template = "kit/console/filters/choice.html"

    def __init__(
        self,
        name: str,
        label: Any,
        options: Iterable[tuple[Any, Any]] | Callable[[HttpRequest], Iterable[tuple[Any, Any]]],
        *,
        lookup: str = "",
        multiple: bool = True,
    ) -> None:
        super().__init__(name, label, lookup=lookup)
        self.given = options
        self.multiple = multiple

    def bind(self, request: HttpRequest, data: QueryDict) -> BoundFilter:
        given = _given(self, self.given, request)
        options: list[Option] = [(str(value), name) for value, name in given]
        wanted = set(data.getlist(self.name))
        chosen = [value for value, _name in options if value in wanted]
        if not self.multiple:
            chosen = chosen[:1]
        text = _(", ").join(str(name) for value, name in options if value in chosen)
        return BoundChoice(self, {self.name: chosen} if chosen else {}, text, options)


class BoundChoice(BoundFilter):
    def apply(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(**{f"{self.spec.lookup}__in": self.chosen})


class ConditionFilter(Filter):
    """One of several named conditions.

    Args:
        conditions: triples (value, name, condition), or a function of the request that gives them. Where making a hundred
            conditions costs something, each may be a function, and only the one chosen is made.
    """

    template = ChoiceFilter.template
    multiple = False

    def __init__(
        self, name: str, label: Any, conditions: Iterable[Condition] | Callable[[HttpRequest], Iterable[Condition]]
    ) -> None:
        super().__init__(name, label)
        self.given = conditions if callable(conditions) else list(conditions)

    def bind(self, request: HttpRequest, data: QueryDict) -> BoundFilter:
        conditions = _given(self, self.given, request)
        options: list[Option] = [(value, name) for value, name, _condition in conditions]
        wanted = data.get(self.name, "")
        for value, name, condition in conditions:
            if value == wanted:
                made = condition() if callable(condition) else condition
                return BoundCondition(self, {self.name: [value]}, str(name), options, made)
        return BoundFilter(self, {}, "", options)


class BoundCondition(BoundFilter):
    def __init__(
        self, spec: Filter, values: dict[str, list[str]], text: str, options: Sequence[Option], condition: Q
    ) -> None:
        super().__init__(spec, values, text, options)
        self.condition = condition

    def apply(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(self.condition)


class BooleanFilter(ConditionFilter):
    """Yes or no.

    Args:
        yes: the condition behind yes; the field itself where it is not given. No is everything else.
    """

    def __init__(
        self,
        name: str,
        label: Any,
        *,
        yes: Q | None = None,
        yes_label: Any = YES,
        no_label: Any = NO,
    ) -> None:
        condition = yes if yes is not None else Q(**{name: True})
        super().__init__(name, label, [("yes", yes_label, condition), ("no", no_label, ~condition)])


class DateRangeFilter(Filter):
    """Local dates from and to, both included; either may be left open."""

    template = "kit/console/filters/dates.html"

    @property
    def parameters(self) -> tuple[str, ...]:
        return (f"{self.name}_from", f"{self.name}_to")

    def bind(self, request: HttpRequest, data: QueryDict) -> BoundFilter:
        found: list[date | None] = []
        for parameter in self.parameters:
            try:
                found.append(parse_date(data.get(parameter, "").strip()))
            except ValueError:
                found.append(None)
        start, end = found
        values = {name: [day.isoformat()] for name, day in zip(self.parameters, found, strict=True) if day is not None}
        if start and end:
            text = _("%(start)s to %(end)s") % {"start": start, "end": end}
        elif start:
            text = _("from %(start)s") % {"start": start}
        else:
            text = _("until %(end)s") % {"end": end} if end else ""
        return BoundDates(self, values, text, start, end)


class BoundDates(BoundFilter):
    def __init__(
        self, spec: Filter, values: dict[str, list[str]], text: str, start: date | None, end: date | None
    ) -> None:
        super().__init__(spec, values, text)
        self.start = start
        self.end = end

    def apply(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        if self.start is not None:
            rows = rows.filter(**{f"{self.spec.lookup}__gte": self.start})
        if self.end is not None:
            rows = rows.filter(**{f"{self.spec.lookup}__lte": self.end})
        return rows


def _given(
    spec: Filter, given: Iterable[Any] | Callable[[HttpRequest], Iterable[Any]], request: HttpRequest
) -> list[Any]:
    """What a filter offers, asked for once a request: a list with saved views binds its filters for each of them."""
    if not callable(given):
        return list(given)
    asked: dict[Filter, list[Any]] = request.__dict__.setdefault("_filter_options", {})
    if spec not in asked:
        asked[spec] = list(given(request))
    return asked[spec]
