"""Which tables have a history, and what of their rows is in it.

A model says `history = Tracked(…)`. Triggers then write every change to `identity_change`, whoever makes it and by what means;
`yuju.kit.wall` builds them after each migration. ADR 0017 says why it is done this way.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import Field, Model
from psycopg import sql

from yuju.kit.fields import EncryptedTextField

_TRANSITIONS = {
    "made": ("INSERT", "NEW TABLE AS new_rows"),
    "changed": ("UPDATE", "OLD TABLE AS old_rows NEW TABLE AS new_rows"),
    "removed": ("DELETE", "OLD TABLE AS old_rows"),
}


@dataclass(frozen=True)
class Tracked:
    """What the history of a model holds. Fields that nobody edits (`editable=False`) are left out.

    Args:
        part_of: the foreign key to the row that this one is a part of: the history is told on that row's page, since this one
            has none of its own.
        left_out: further fields that are not recorded.
        hidden: fields that are recorded as changed, without their values.
        shares: fields that hold a share (0.1), told as a percentage.
        name: what one row is called; the model's own name where nothing is said.
        whose: of a part, the foreign key by which it is told from the other parts: what changed about it is told with it.
    """

    part_of: str = ""
    left_out: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    shares: tuple[str, ...] = ()
    name: Any = ""
    whose: str = ""


def tracking_of(model: type[Model]) -> Tracked | None:
    """What a model says of its history."""
    found: Tracked | None = getattr(model, "history", None)
    return found


def tracked_models() -> Iterator[type[Model]]:
    """Every model with a history; proxies share that of their table."""
    for model in apps.get_models():
        if not model._meta.proxy and tracking_of(model) is not None:
            yield model


def fields_told(model: type[Model]) -> dict[str, Field[Any, Any]]:
    """The fields that a model's history holds, by their column."""
    tracking = tracking_of(model)
    if tracking is None:
        return {}
    return {
        str(field.column): field
        for field in model._meta.concrete_fields
        if field.editable and not field.primary_key and field.name not in tracking.left_out
    }


def subject_model(model: type[Model]) -> type[Model]:
    """The model on whose page a model's history is told: its own, or that of what it is a part of."""
    tracking = tracking_of(model)
    if tracking is None or not tracking.part_of:
        return model
    found: Any = model._meta.get_field(tracking.part_of).related_model
    return found  # type: ignore[no-any-return]


def install(cursor: Any) -> None:
    """Builds the triggers as the models declare them, and takes away those that none declares any more."""
    cursor.execute(
        "SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE 'history\\_%' AND NOT tgisinternal"
    )
    for name, table in cursor.fetchall():
        cursor.execute(sql.SQL("DROP TRIGGER {} ON {}").format(sql.Identifier(name), sql.Identifier(table)))
    for model in tracked_models():
        said = json.dumps(_said_to_triggers(model), sort_keys=True)
        for act, (event, transition) in _TRANSITIONS.items():
            cursor.execute(
                sql.SQL(
                    "CREATE TRIGGER {name} AFTER {event} ON {table} REFERENCING {transition} "
                    "FOR EACH STATEMENT EXECUTE FUNCTION yuju_history({said})"
                ).format(
                    name=sql.Identifier(f"history_{act}"),
                    event=sql.SQL(event),
                    table=sql.Identifier(model._meta.db_table),
                    transition=sql.SQL(transition),
                    said=sql.Literal(said),
                )
            )


def _said_to_triggers(model: type[Model]) -> dict[str, Any]:
    tracking = tracking_of(model)
    assert tracking is not None
    told, subject = fields_told(model), subject_model(model)
    return {
        "columns": sorted(told),
        "hidden": sorted(column for column, field in told.items() if field.name in tracking.hidden),
        "sealed": sorted(column for column, field in told.items() if isinstance(field, EncryptedTextField)),
        "part_of": None if subject is model else str(model._meta.get_field(tracking.part_of).column),  # type: ignore[union-attr]
        "subject": subject._meta.db_table,
        "property": _property_column(model),
        "subject_property": None if subject is model else _property_column(subject),
    }


def _property_column(model: type[Model]) -> str | None:
    """The column that names a row's property. A property is its own."""
    if model._meta.db_table == "premises_property":
        return "id"
    columns = {str(field.column) for field in model._meta.concrete_fields}
    return "property_id" if "property_id" in columns else None
