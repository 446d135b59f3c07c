"""What every model that belongs to an operator shares.

A walled table has `operator_id`; `yuju.kit.wall` gives it a row-security policy, the key
`(operator_id, id)`, and composite foreign keys, because plain foreign keys look behind the wall.
"""

from __future__ import annotations

from typing import Any

from django.db import models

from yuju.kit.tenancy import require_operator_id


class Walled(models.Model):
    """A row of one operator. `operator_id` is filled in from the context and never changes."""

    operator_id = models.BigIntegerField(default=require_operator_id, editable=False)

    class Meta:
        abstract = True


class WalledForeignKey(models.ForeignKey):  # type: ignore[type-arg]
    """A foreign key between walled tables.

    Django makes no constraint for it; `yuju.kit.wall` makes the composite one,
    `(operator_id, x_id)` → `(operator_id, id)`, deferred to the end of the transaction.
    Deleting what is pointed at is refused unless `on_delete` says CASCADE.

    Args:
        held_by_books: no constraint either: on tables that take millions of rows at once, keys that follow from
            others are left to `yuju books verify` (each is named there), for a check costs as much as the row.
    """

    def __init__(self, to: Any, on_delete: Any = models.PROTECT, *, held_by_books: bool = False, **kwargs: Any) -> None:
        kwargs["db_constraint"] = False
        self.held_by_books = held_by_books
        super().__init__(to, on_delete, **kwargs)

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("db_constraint", None)
        return name, path, args, kwargs


# Django looks for models here; the kit's own stand in a file beside, which needs the classes above.
from yuju.kit import records as records  # noqa: E402
