"""What an act would change, found out by doing it and taking it back: for the panels beside forms."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

from django.db import OperationalError, connection, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from yuju.billing.choices import Cause
from yuju.billing.models import RecurringCharge
from yuju.billing.pricing.line import Priced
from yuju.billing.selectors.preview import Next, next_charges
from yuju.kit.console import Caution, Line
from yuju.kit.display import amount_text
from yuju.kit.errors import Refused

SHOWN = 5
"""So many charges are worked out at most: each takes a few statements, before and after."""

AHEAD = 13
"""The first other charge is looked for among so many: a year of months and one."""

PATIENCE = "300ms"
"""A panel does not wait behind a bill run that holds the property."""


@contextmanager
def rehearsal() -> Iterator[None]:
    """Whatever is written inside is taken back at the end.

    Raises:
        OperationalError: somebody else holds what would be written.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [PATIENCE])
        yield
        transaction.set_rollback(True)


@dataclass(frozen=True)
class Rehearsed:
    """What came of it.

    Attributes:
        lines: the next charges that would be other ones, before and after.
        same: how many of those looked at would stay as they are.
        cautions: why the act would be refused, or that it could not be tried now.
    """

    lines: list[Line] = field(default_factory=list)
    same: int = 0
    cautions: list[Caution] = field(default_factory=list)


def rehearse(act: Callable[[], Any], charges: Iterable[RecurringCharge]) -> Rehearsed:
    """What an act would make of the next charges of some recurring charges."""
    shown = list(charges)
    before = {charge.pk: next_charges(charge, AHEAD) for charge in shown}
    after: dict[int, list[Next]] = {}
    try:
        with rehearsal():
            act()
            for charge in charges_to_price(RecurringCharge.objects.filter(pk__in=before)):
                after[charge.pk] = next_charges(charge, AHEAD)
    except Refused as refusal:
        return Rehearsed(cautions=[Caution(str(refusal))])
    except OperationalError:
        busy = _("Somebody is writing to this property right now; change anything to look again.")
        return Rehearsed(cautions=[Caution(busy, kind="info")])
    lines = changed_lines(shown, before, after)
    return Rehearsed(lines, len(shown) - len(lines))


def changed_lines(
    charges: Iterable[RecurringCharge], before: Mapping[int, list[Next]], after: Mapping[int, list[Next]]
) -> list[Line]:
    """Of each recurring charge the first coming charge that would be another one, before and after."""
    return [
        _line(charge, *other)
        for charge in charges
        if (other := _first_other(before.get(charge.pk, []), after.get(charge.pk, []))) is not None
    ]


def _first_other(before: list[Next], after: list[Next]) -> tuple[Next | None, Next | None] | None:
    """The first charge that would be another one."""
    for old, new in zip_longest(before, after):
        if _key(old) != _key(new):
            return old, new
    return None


def _key(found: Next | None) -> Any:
    return None if found is None else (found.start, found.end, found.due_date, _words(found))


def charges_to_price(charges: QuerySet[RecurringCharge]) -> QuerySet[RecurringCharge]:
    """Recurring charges with what pricing them needs."""
    return charges.select_related("tariff__fee_item", "unit", "account__tenure__resident").prefetch_related(
        "tariff__versions"
    )


def going_on(charges: QuerySet[RecurringCharge], today: Any) -> QuerySet[RecurringCharge]:
    """Those that have not ended."""
    return charges_to_price(charges.filter(Q(end=None) | Q(end__gte=today))).order_by(
        "tariff__fee_item__priority", "pk"
    )


def _line(charge: RecurringCharge, before: Next | None, after: Next | None) -> Line:
    shown = after or before
    days = f"{shown.start} – {shown.end}" if shown is not None else ""
    label = f"{charge.unit.label} {charge.tariff.name}"
    return Line(label, f"{_words(before)} → {_words(after)}", days)


def _words(found: Next | None) -> str:
    if found is None:
        return "—"
    if isinstance(found.price, Priced):
        return amount_text(found.price.amount)
    return str(Cause(found.price.cause.value).label)
