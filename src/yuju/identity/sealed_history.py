"""Encrypted values in the history of changes, which go along when the key changes."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from django.apps import apps

from yuju.kit.crypto import Undecipherable
from yuju.kit.fields import EncryptedTextField
from yuju.kit.history import fields_told
from yuju.kit.sealed_columns import BATCH, Row, SealedPlace

# Every value of a sealed column: `kinds` and `columns` say in pairs which columns of which table are sealed.
_VALUES = """
FROM unnest(%(kinds)s::text[], %(columns)s::text[]) AS sealed (kind, name)
JOIN identity_change c ON c.kind = sealed.kind AND c.changes ? sealed.name
CROSS JOIN LATERAL jsonb_array_elements_text(c.changes -> sealed.name) AS token
WHERE token <> ''
"""
_COUNT = f"SELECT coalesce(substring(token FROM '^([1-9][0-9]{{0,8}})\\.')::int, 0), count(*) {_VALUES} GROUP BY 1"
_TAKE = f"""
SELECT DISTINCT c.id, c.kind, c.changes {_VALUES} AND NOT starts_with(token, %(newest)s) AND c.id > %(after)s
ORDER BY c.id LIMIT %(most)s
"""


class SealedHistory(SealedPlace):
    """The values before and after, in `identity_change`. The database lets nothing else of an entry be altered."""

    name = "identity_change"

    def count(self, cursor: Any) -> dict[int, int]:
        cursor.execute(_COUNT, self._sealed())
        return Counter(dict(cursor.fetchall()))

    def take(self, cursor: Any, newest: int, after: int) -> list[Row]:
        cursor.execute(_TAKE, {**self._sealed(), "newest": f"{newest}.", "after": after, "most": BATCH})
        rows: list[Row] = cursor.fetchall()
        return rows

    def reseal(self, cursor: Any, row: Row) -> tuple[int, int]:
        pk, kind, changes = row[0], row[1], json.loads(row[2])
        moved = unreadable = 0
        for name, field in _sealed_fields().get(kind, {}).items():
            if name not in changes:
                continue
            try:
                resealed = [field.reseal(token) for token in changes[name]]
            except Undecipherable:
                unreadable += sum(1 for token in changes[name] if token)
                continue
            if resealed != changes[name]:
                cursor.execute("SELECT yuju_history_reseal(%s, %s, to_jsonb(%s::text[]))", [pk, name, resealed])
                moved += sum(new != old for new, old in zip(resealed, changes[name], strict=True))
        return moved, unreadable

    def _sealed(self) -> dict[str, Any]:
        pairs = [(kind, name) for kind, fields in _sealed_fields().items() for name in fields]
        return {"kinds": [kind for kind, _name in pairs], "columns": [name for _kind, name in pairs]}


def _sealed_fields() -> dict[str, dict[str, EncryptedTextField]]:
    """By table the sealed columns that the history tells."""
    return {
        model._meta.db_table: sealed
        for model in apps.get_models()
        if (sealed := {c: f for c, f in fields_told(model).items() if isinstance(f, EncryptedTextField)})
    }
