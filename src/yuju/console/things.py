"""What rows are called and where they are seen, for pages that speak of rows of any kind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from django.apps import apps
from django.db.models import Model
from django.http import HttpRequest
from django.utils.text import capfirst

from yuju.billing.models import Bill, BillingAccount, BillRun, Charge, RecurringCharge
from yuju.console.run_review import run_title
from yuju.kit.console import ModelConsole, console_site
from yuju.kit.display import amount_text, local
from yuju.kit.history import tracking_of
from yuju.metering.models import MeteringPoint, Reading
from yuju.payments.models import Payment, Shift

Key = tuple[str, int]
"""A row: its table and id."""

BY_TABLE: dict[str, type[Model]] = {model._meta.db_table: model for model in apps.get_models() if not model._meta.proxy}
BY_NAME: dict[str, type[Model]] = {
    str(model._meta.model_name): model._meta.concrete_model or model
    for app in apps.get_app_configs()
    if app.name.startswith("yuju.")
    for model in app.get_models()
}
"""Models by the name the audit keeps; a proxy is its table's model."""

_CALLED: dict[type[Model], tuple[tuple[str, ...], Callable[[Any], str]]] = {
    Bill: (("account__tenure__unit",), lambda row: f"{row.account.tenure.unit.label} {row}"),
    BillRun: (("property",), lambda row: f"{row.property} {run_title(row)}"),
    BillingAccount: (("tenure",), lambda row: row.tenure.number),
    Charge: (
        ("tariff__fee_item", "account__tenure__unit"),
        lambda row: f"{row.account.tenure.unit.label} {row.tariff.fee_item.name}",
    ),
    MeteringPoint: (
        ("unit",),
        lambda row: f"{row.unit.label if row.unit is not None else ''} {row.get_kind_display()}".strip(),
    ),
    Payment: (
        ("account__tenure__unit",),
        lambda row: f"{row.account.tenure.unit.label} {amount_text(row.amount, symbol=True)}",
    ),
    Reading: (("meter",), lambda row: f"{row.meter.serial} {row.date}"),
    RecurringCharge: (("tariff", "unit"), lambda row: f"{row.unit.label} {row.tariff}"),
    Shift: (("cashier",), lambda row: f"{row.cashier} {local(row.opened_at):%m-%d %H:%M}"),
}
"""What rows without a name of their own are called, and what has to be joined for it."""


def noun_of(model: type[Model] | None) -> str:
    """What one row of a model is called, with the capital letter a title has."""
    if model is None:
        return ""
    tracking = tracking_of(model)
    name = tracking.name if tracking is not None and tracking.name else ""
    if not name:
        console = console_site.console_for(model)
        name = console.title_one if console is not None else model._meta.verbose_name
    return str(capfirst(str(name)))


def names_of(keys: Iterable[Key]) -> dict[Key, str]:
    """What rows are called; those that are gone are missing. One statement for each table."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for table, pk in keys:
        wanted[table].add(pk)
    found: dict[Key, str] = {}
    for table, ids in wanted.items():
        model = BY_TABLE.get(table)
        if model is None:
            continue
        joined, called = _CALLED.get(model, ((), str))
        if called is str and model.__str__ is Model.__str__:
            found |= {(table, pk): f"#{pk}" for pk in ids}
            continue
        rows: Any = model._default_manager.filter(pk__in=ids)
        if joined:
            rows = rows.select_related(*joined)
        found |= {(table, row.pk): called(row) for row in rows}
    return found


def url_of_thing(request: HttpRequest, key: Key) -> str:
    """Where a row is seen, if it has a page and the user may open some of its kind."""
    table, pk = key
    model = BY_TABLE.get(table)
    console: ModelConsole[Any] | None = console_site.console_for(model) if model is not None else None
    if console is None or not console.may(request, console.view_permission):
        return ""
    return console.url("detail", pk)
