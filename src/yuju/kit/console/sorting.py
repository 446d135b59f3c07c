"""By what a list is sorted: the lookups of the order, and what its heads and its menu offer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import F, Model, UniqueConstraint
from django.db.models.expressions import OrderBy

from yuju.kit.console.columns import Column
from yuju.kit.console.state import MOST_SORTS, ListState


@dataclass(frozen=True)
class Heading:
    """A column's head.

    Args:
        query: the list sorted by this column alone, the other way round if it is already; empty where it cannot be.
        added: the list sorted by this column after those before it: rising, then falling, then not at all.
        direction: `ascending`, `descending` or empty, as `aria-sort` says it.
        place: which column of several it is; 0 where one alone decides, or none.
    """

    column: Column
    query: str = ""
    added: str = ""
    direction: str = ""
    place: int = 0

    @property
    def leads(self) -> bool:
        """Whether it is the one that decides first: `aria-sort` may stand on one head only."""
        return bool(self.direction) and self.place < 2


def heading(column: Column, state: ListState) -> Heading:
    """The head of a column in a list of this state."""
    if not column.sort:
        return Heading(column)
    sorts = state.sorts
    at = next((index for index, part in enumerate(sorts) if part.removeprefix("-") == column.name), None)
    falling = at is not None and sorts[at].startswith("-")
    alone = at == 0 and len(sorts) == 1
    return Heading(
        column,
        query=state.query(sort=f"-{column.name}" if alone and not falling else column.name, page=1),
        added=state.query(sort=_added(sorts, column.name, at), page=1),
        direction="" if at is None else "descending" if falling else "ascending",
        place=at + 1 if at is not None and len(sorts) > 1 else 0,
    )


def _added(sorts: list[str], name: str, at: int | None) -> str:
    if at is None:
        return ",".join([*sorts[: MOST_SORTS - 1], name])
    turned = [] if sorts[at].startswith("-") else [f"-{name}"]
    return ",".join([*sorts[:at], *turned, *sorts[at + 1 :]])


def ordering(
    model: type[Model], usual: Iterable[str], sortable: Mapping[str, Column], sorts: list[str]
) -> list[OrderBy | str]:
    """The order of the rows; unknown values come last, the id decides at the end.

    Behind several columns the usual order comes last, wherever a column names it to decide among its equals: else the
    second column would never decide anything.
    """
    usual = tuple(usual)
    lookups = [(lookup, False) for lookup in usual]
    if sorts:
        wanted = [
            (index, lookup, part.startswith("-"))
            for part in sorts
            for index, lookup in enumerate(sortable[part.removeprefix("-")].sort)
        ]
        ranked = sorted(wanted, key=lambda one: bool(one[0]) and one[1] in usual)
        lookups = [(lookup, falling) for _index, lookup, falling in ranked]
    first: dict[str, OrderBy | str] = {}
    for lookup, falling in lookups:
        first.setdefault(lookup.removeprefix("-"), _order(model, lookup, falling))
    return [*first.values(), "-pk" if sorts and sorts[0].startswith("-") else "pk"]


def has_index(model: type[Model], lookups: Iterable[str]) -> bool:
    """Whether rows come in this order without being put in it: an index holds it, behind the operator and the property."""
    wanted = [lookup.removeprefix("-") for lookup in lookups]
    if any(_nullable(model, lookup) for lookup in wanted):
        # Unknown values come last whichever way: no index has them so.
        return False
    kept = [*model._meta.indexes, *(one for one in model._meta.constraints if isinstance(one, UniqueConstraint))]
    for index in kept:
        fields = [name.removeprefix("-") for name in index.fields if name not in ("operator_id", "property")]
        held = [_column(model, name) for name in fields[: len(wanted)]]
        if index.condition is None and held == wanted:
            return True
    return wanted in (["pk"], ["id"])


def _column(model: type[Model], name: str) -> str:
    """A field as orders name it: a reference by its column, as an index need not."""
    field: Any = model._meta.get_field(name)
    return str(field.attname)


def _order(model: type[Model], lookup: str, falling: bool) -> OrderBy | str:
    """One part of the order. Only what can be unknown says where that goes: saying it otherwise loses the index."""
    turned = lookup.startswith("-") != falling
    name = lookup.removeprefix("-")
    if not _nullable(model, name):
        return f"-{name}" if turned else name
    return F(name).desc(nulls_last=True) if turned else F(name).asc(nulls_last=True)


def _nullable(model: type[Model], lookup: str) -> bool:
    current: Any = model
    for part in lookup.split("__"):
        if part == "pk":
            return False
        try:
            field = current._meta.get_field(part)
        except FieldDoesNotExist:
            return True
        if getattr(field, "null", True):
            return True
        current = field.related_model
    return False
