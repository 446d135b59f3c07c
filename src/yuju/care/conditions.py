"""The conditions of a segment: read and checked, asked of the database, and put into words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from yuju.care.choices import Operator
from yuju.care.facts import FACTS, Asked, Fact
from yuju.kit.errors import Refused

MOST = 20
FIELD = "conditions"


@dataclass(frozen=True)
class Condition:
    """One of the conditions: a fact, how it is compared, and with what.

    Attributes:
        value: a list of options, a number, or None where nothing is asked for.
    """

    fact: Fact
    operator: Operator
    value: Any = None

    def meets(self, asked: Asked) -> Q:
        """The condition of a resident."""
        return self.fact.meets(self.operator, self.value, asked)

    def kept(self) -> dict[str, Any]:
        """As it is kept in the database."""
        return {"fact": self.fact.name, "operator": str(self.operator), "value": self.value}


def conditions_read(kept: Any) -> list[Condition]:
    """Conditions as they are kept, or typed so far; what makes no sense is passed over."""
    found = []
    for one in kept if isinstance(kept, list) else []:
        try:
            found.append(_checked(one, known=None))
        except Refused:
            continue
    return found


def conditions_check(given: Any, *, property_ids: Sequence[int] | None) -> list[Condition]:
    """Conditions that somebody wants to save.

    Args:
        property_ids: the properties they are for; None for all.

    Raises:
        Refused: there is none, there are too many, or one of them lacks something or names what is not there.
    """
    rows = given if isinstance(given, list) else []
    if not rows:
        raise Refused(_("Add at least one condition."), field=FIELD)
    if len(rows) > MOST:
        raise Refused(_("At most %(most)d conditions are taken.") % {"most": MOST}, field=FIELD)
    known = Options(property_ids)
    return [_checked(one, known=known) for one in rows]


class Options:
    """What may be chosen of each fact, each asked for once.

    Args:
        property_ids: at which properties; None for all.
    """

    def __init__(self, property_ids: Sequence[int] | None) -> None:
        self._places = property_ids
        self._found: dict[str, list[tuple[str, Any]]] = {}

    def of(self, fact: Fact) -> list[tuple[str, Any]]:
        """Values and names; empty for a fact with nothing to choose."""
        if fact.options is None:
            return []
        if fact.name not in self._found:
            self._found[fact.name] = fact.options(self._places)
        return self._found[fact.name]

    def names(self, fact: Fact, values: Iterable[str]) -> list[str]:
        """What chosen values are called; those that are gone are left out."""
        wanted = set(values)
        return [str(name) for value, name in self.of(fact) if value in wanted]


def conditions_words(conditions: Iterable[Condition], options: Options) -> list[str]:
    """Each condition as a sentence somebody reads."""
    return [_words(one, options) for one in conditions]


def _words(one: Condition, options: Options) -> str:
    told: dict[str, Any] = {"fact": one.fact.label, "operator": one.operator.label}
    if one.fact.takes == "nothing":
        return _("%(fact)s: %(operator)s") % {
            "fact": one.fact.label,
            "operator": _("Yes") if one.operator == Operator.YES else _("No"),
        }
    if one.fact.takes == "number":
        return _("%(fact)s %(operator)s %(number)s %(unit)s") % {**told, "number": one.value, "unit": one.fact.unit}
    names = _(", ").join(options.names(one.fact, one.value)) or "–"
    return _("%(fact)s %(operator)s %(value)s") % {**told, "value": names}


def _checked(one: Any, *, known: Options | None) -> Condition:
    """
    Args:
        known: what may be chosen; None takes any value of the right kind.
    """
    row = one if isinstance(one, dict) else {}
    fact = FACTS.get(str(row.get("fact", "")))
    if fact is None:
        raise Refused(_("Choose a fact in each row, or remove the row."), field=FIELD)
    operator = row.get("operator")
    if operator not in fact.operators:
        raise Refused(_("“%(fact)s” cannot be compared like this.") % {"fact": fact.label}, field=FIELD)
    value: Any = None
    if fact.takes == "choices":
        value = _choices(fact, row.get("value"), known)
    elif fact.takes == "number":
        value = _number(fact, row.get("value"))
    return Condition(fact, Operator(operator), value)


def _choices(fact: Fact, given: Any, known: Options | None) -> list[str]:
    values = [str(one) for one in given] if isinstance(given, list) else []
    if known is not None:
        offered = {value for value, _name in known.of(fact)}
        values = [value for value in values if value in offered]
    elif fact.of_rows:
        values = [value for value in values if value.isascii() and value.isdecimal() and len(value) < 19]
    else:
        offered = {value for value, _name in Options(None).of(fact)}
        values = [value for value in values if value in offered]
    if not values:
        raise Refused(_("Choose what “%(fact)s” is compared with.") % {"fact": fact.label}, field=FIELD)
    return values


def _number(fact: Fact, given: Any) -> int:
    typed = str(given if given is not None else "").strip()
    if not (typed.isascii() and typed.isdecimal() and len(typed) < 12) or int(typed) > fact.most:
        raise Refused(
            _("“%(fact)s” needs a whole number from 0 to %(most)s.") % {"fact": fact.label, "most": fact.most},
            field=FIELD,
        )
    return int(typed)
