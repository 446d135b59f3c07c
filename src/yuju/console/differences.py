"""The changes of the history in words: fields by their names, choices by their labels, keys by what they point at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Any, cast

from django.db.models import BooleanField, DateField, DateTimeField, DecimalField, Field, IntegerField, Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.html import format_html_join
from django.utils.translation import gettext as _

from yuju.care.conditions import Options, conditions_read, conditions_words
from yuju.console.things import BY_TABLE, Key, names_of, noun_of
from yuju.identity.choices import ChangeAct, Role
from yuju.identity.models import Change, RoleSetting
from yuju.kit import display
from yuju.kit.console import Difference
from yuju.kit.countries import country_name
from yuju.kit.crypto import Undecipherable
from yuju.kit.fields import EncryptedTextField
from yuju.kit.history import Tracked, fields_told, tracking_of
from yuju.kit.templatetags.ui import masked
from yuju.kit.wall import SOFT_KEYS
from yuju.premises.models import ALWAYS

REVEAL = "residents.reveal"
SIDES = ("before", "after")
NOBODY: Key = ("", 0)


ROLE_COLUMNS = {("identity_posting", "role"), ("care_careplan", "group"), ("workforce_task", "group")}
"""Where the history holds the code of a role."""


class Wording:
    """Words the values of a set of changes, with the names of what they point at looked up once.

    Args:
        request: by it is known who may uncover personal data; None covers all of it and offers nothing.
    """

    def __init__(self, request: HttpRequest | None, changes: Iterable[Change]) -> None:
        self._request = request
        told = list(changes)
        self._whose = _whose(told)
        self._names = names_of([*_pointed_at(told), *self._whose.values()])

    def lines(self, change: Change, *, is_part: bool) -> list[Difference]:
        """What differs by a change. Of what was made or taken away as a part, one line that says what it is."""
        if change.act == ChangeAct.CHANGED:
            return [
                Difference(self._label(change, column), self._html(change, column, 0), self._html(change, column, 1))
                for column in _shown(change)
                if change.changes[column] != [None, None]
            ] or [Difference(self._label(change, column)) for column in _shown(change)]
        if not is_part:
            return []
        side = 0 if change.act == ChangeAct.REMOVED else 1
        said = self._summary(change, side)
        noun = noun_of(BY_TABLE.get(change.kind))
        return [Difference(noun, said, None) if side == 0 else Difference(noun, None, said)]

    def text(self, change: Change) -> str:
        """What differs by a change as one plain sentence, personal data covered: for exports."""
        parts = []
        for column in _shown(change):
            before, after = (self._text(change, column, side) for side in (0, 1))
            shown = after if change.act == ChangeAct.MADE else before if change.act == ChangeAct.REMOVED else None
            parts.append(f"{self._label(change, column)} {shown if shown is not None else f'{before} → {after}'}")
        return _("; ").join(parts)

    def _label(self, change: Change, column: str) -> str:
        """What a column is called, after the name of whom the part is about."""
        whose = self._names.get(self._whose.get((change.kind, change.row_id), NOBODY), "")
        return f"{whose} {_label(change, column)}".strip()

    def _summary(self, change: Change, side: int) -> Any:
        columns = _shown(change)
        if len(columns) == 1:
            return self._html(change, columns[0], side)
        pairs = [(_label(change, column), self._html(change, column, side)) for column in columns]
        return format_html_join(_(", "), "{} {}", pairs) if pairs else ""

    def _html(self, change: Change, column: str, side: int) -> Any:
        value = change.changes[column][side]
        if value is None or value == "":
            return display.MISSING
        field = _field(change, column)
        if isinstance(field, EncryptedTextField):
            return masked(covered(field, value), url=self._reveal_url(change, column, side), what=field.verbose_name)
        return self._worded(change, column, field, value)

    def _text(self, change: Change, column: str, side: int) -> str:
        value = change.changes[column][side]
        if value is None or value == "":
            return "—"
        field = _field(change, column)
        if isinstance(field, EncryptedTextField):
            return covered(field, value)
        return str(self._worded(change, column, field, value))

    def _worded(self, change: Change, column: str, field: Field[Any, Any] | None, value: Any) -> str:
        target = _target(change.kind, column, field)
        if target is not None:
            return self._names.get((target, int(value)), f"#{value}")
        if (change.kind, column) in ROLE_COLUMNS:
            return self._roles.get(str(value), str(value))
        if (change.kind, column) == ("care_segment", "conditions"):
            return _(", ").join(conditions_words(conditions_read(value), self._options))
        tracking = tracking_of(BY_TABLE[change.kind]) if change.kind in BY_TABLE else None
        if tracking is not None and field is not None and field.name in tracking.shares:
            return display.percent_text(Decimal(str(value)), places=2).replace(".00%", "%")
        return value_words(field, value)

    @cached_property
    def _options(self) -> Options:
        return Options(None)

    @cached_property
    def _roles(self) -> dict[str, str]:
        """What roles are called here, by their codes."""
        named = {one.code: str(one) for one in RoleSetting.objects.all() if one.name_zh or one.name_en}
        return {str(role.value): str(role.label) for role in Role} | named

    def _reveal_url(self, change: Change, column: str, side: int) -> str:
        user: Any = self._request.user if self._request is not None else None
        if user is None or not user.may(REVEAL, change.property_id):
            return ""
        return reverse("console:history-reveal", args=[change.pk, column, SIDES[side]])


def value_words(field: Field[Any, Any] | None, value: Any) -> str:
    """A value as JSON holds it, as a page writes it."""
    if field is not None and field.choices:
        return next((str(name) for key, name in field.flatchoices if str(key) == str(value)), str(value))
    if field is not None and field.name == "nationality":
        return country_name(str(value))
    if isinstance(field, BooleanField):
        return _("Yes") if value else _("No")
    if isinstance(field, DateTimeField):
        moment = parse_datetime(str(value))
        return str(value) if moment is None else f"{display.local(moment):%Y-%m-%d %H:%M}"
    if isinstance(field, DateField):
        return _("always") if parse_date(str(value)) == ALWAYS else str(value)
    if isinstance(field, DecimalField):
        return str(display.number_text(Decimal(str(value)), 2 if field.decimal_places == 2 else None))
    if isinstance(field, IntegerField):
        return str(display.number_text(value))
    return str(value)


def covered(field: EncryptedTextField, stored: str) -> str:
    """An encrypted value of the history, covered."""
    try:
        return field.mask(field.opened(stored))
    except Undecipherable:
        return "****"


def _whose(changes: Iterable[Change]) -> dict[Key, Key]:
    """Whom changed parts are about, by table and row: one statement for each table whose parts say so."""
    found: dict[Key, Key] = {}
    rows: dict[type[Model], set[int]] = defaultdict(set)
    for change in changes:
        model = BY_TABLE.get(change.kind)
        tracking = tracking_of(model) if model is not None else None
        if model is not None and tracking is not None and tracking.whose and change.act == ChangeAct.CHANGED:
            rows[model].add(change.row_id)
    for model, ids in rows.items():
        field: Any = model._meta.get_field(cast(Tracked, tracking_of(model)).whose)
        target = field.related_model._meta.db_table
        for pk, about in model._default_manager.filter(pk__in=ids).values_list("pk", field.attname):
            found[(model._meta.db_table, pk)] = (target, about)
    return found


def _pointed_at(changes: Iterable[Change]) -> Iterator[Key]:
    for change in changes:
        for column in _shown(change):
            target = _target(change.kind, column, _field(change, column))
            if target is not None:
                yield from ((target, int(value)) for value in change.changes[column] if value is not None)


def _target(kind: str, column: str, field: Field[Any, Any] | None) -> str | None:
    """The table that a column points at."""
    if field is not None and field.is_relation:
        related: Any = field.related_model
        return str(related._meta.db_table)
    return SOFT_KEYS.get((kind, column))


def _shown(change: Change) -> Sequence[str]:
    """The columns of a change in the order of the model's fields; where it belongs stands above already."""
    model = BY_TABLE.get(change.kind)
    order = list(fields_told(model)) if model is not None else []
    own = {
        _part_of(model),
        *(["property_id"] if change.act != ChangeAct.CHANGED and change.kind not in _AT_PLACES else []),
    }
    columns = [column for column in change.changes if column not in own]
    return sorted(columns, key=lambda column: (order.index(column) if column in order else len(order), column))


_AT_PLACES = {"identity_posting"}
"""Tables where the property is what is said, not where it is said."""


def _part_of(model: type[Model] | None) -> str:
    tracking = tracking_of(model) if model is not None else None
    if model is None or tracking is None or not tracking.part_of:
        return ""
    return str(model._meta.get_field(tracking.part_of).column)  # type: ignore[union-attr]


def _field(change: Change, column: str) -> Field[Any, Any] | None:
    model = BY_TABLE.get(change.kind)
    return fields_told(model).get(column) if model is not None else None


def _label(change: Change, column: str) -> str:
    field = _field(change, column)
    return column if field is None else str(field.verbose_name)
