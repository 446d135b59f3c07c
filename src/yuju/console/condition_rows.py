"""The builder of conditions: rows of fact, comparison and value, drawn by the server and grown with each choice.

What the rows say together is one text, so that drafts, two savers at once and the panel know a field like any other.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _

from yuju.care.choices import Operator
from yuju.care.conditions import MOST, Options, conditions_read, conditions_words
from yuju.care.facts import FACTS, Fact

LONGEST = 40
MOST_VALUES = 300

Row = dict[str, Any]
START: Row = {"fact": "state", "operator": str(Operator.ANY), "value": ["living"]}
"""The row a new segment begins with: most are about people who live here."""


class ConditionsWidget(forms.Textarea):
    """Rows of conditions. A text area as far as forms lay it out: it takes the whole width.

    Attributes:
        options: what may be chosen; the form sets it.
        gathers: its value is made of several inputs.
    """

    template_name = "console/care/conditions.html"
    gathers = True
    options = Options([])
    rows_url = ""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        rows = read(value)
        context["widget"] |= {
            "rows": [self._row(name, number, row) for number, row in enumerate(rows)],
            "url": self.rows_url,
            "full": len(rows) >= MOST,
        }
        return context

    def value_from_datadict(self, data: Any, files: Any, name: str) -> str:
        # A draft, and what two savers agreed on, come as one text.
        return written(read(data.get(name)) if name in data else rows_typed(data, name))

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return name not in data and f"{name}-rows" not in data

    def _row(self, name: str, number: int, row: Row) -> dict[str, Any]:
        fact = FACTS.get(row["fact"])
        drawn: dict[str, Any] = {
            "number": number,
            "name": f"{name}-{number}",
            "fact": row["fact"],
            "facts": [(one.name, one.label, one.name == row["fact"]) for one in FACTS.values()],
        }
        if fact is None:
            return drawn
        chosen = set(row["value"]) if isinstance(row["value"], list) else set()
        return drawn | {
            "label": fact.label,
            "takes": fact.takes,
            "operators": [(str(one), one.label, one == row["operator"]) for one in fact.operators],
            "options": [(value, label, value in chosen) for value, label in self.options.of(fact)],
            "value": "" if row["value"] is None or fact.takes != "number" else row["value"],
            "unit": fact.unit,
        }


class ConditionsField(forms.Field):
    """Conditions as `yuju.care.conditions` keeps them; the service checks them."""

    widget = ConditionsWidget

    def prepare_value(self, value: Any) -> str:
        return written(read(value) if isinstance(value, str) else [_row_of(one) for one in value or []])

    def to_python(self, value: Any) -> list[Row]:
        return read(value)

    def words_of(self, value: str) -> str:
        """The conditions as somebody reads them."""
        options = cast(ConditionsWidget, self.widget).options
        return _(", ").join(conditions_words(conditions_read(read(value)), options))


def read(text: Any) -> list[Row]:
    """Rows from their text; none where it makes no sense."""
    try:
        found = json.loads(text) if isinstance(text, str) and text else []
    except ValueError:
        return []
    return [_row_of(one) for one in found[: MOST + 1]] if isinstance(found, list) else []


def written(rows: Sequence[Row]) -> str:
    """Rows as one text, always the same for the same rows."""
    return json.dumps(list(rows), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def rows_typed(data: Any, name: str) -> list[Row]:
    """Rows as the inputs of the builder say."""
    said = str(data.get(f"{name}-rows", ""))
    count = min(int(said), MOST + 1) if said.isascii() and said.isdecimal() and len(said) < 4 else 0
    return [_typed(data, f"{name}-{number}") for number in range(count)]


def _typed(data: Any, name: str) -> Row:
    fact = FACTS.get(str(data.get(f"{name}-fact", "")))
    if fact is None:
        return blank()
    same = data.get(f"{name}-was", fact.name) == fact.name
    values = [_short(one) for one in data.getlist(f"{name}-value")[:MOST_VALUES]] if same else []
    value: Any = values if fact.takes == "choices" else None
    if fact.takes == "number":
        value = values[0] if values else ""
    return _row_of({"fact": fact.name, "operator": data.get(f"{name}-operator", ""), "value": value})


def blank() -> Row:
    """A row in which nothing is chosen yet."""
    return {"fact": "", "operator": "", "value": None}


def _row_of(given: Any) -> Row:
    row = given if isinstance(given, dict) else {}
    fact = FACTS.get(str(row.get("fact", "")))
    if fact is None:
        return blank()
    operator = row.get("operator")
    known = operator if operator in fact.operators else fact.operators[0]
    return {"fact": fact.name, "operator": str(known), "value": _value_of(fact, row.get("value"))}


def _value_of(fact: Fact, value: Any) -> Any:
    if fact.takes == "choices":
        return [_short(one) for one in value[:MOST_VALUES]] if isinstance(value, list) else []
    if fact.takes == "number":
        text = _short("" if value is None else value).strip()
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 12 else text
    return None


def _short(value: Any) -> str:
    return str(value).replace("\x00", "")[:LONGEST]
