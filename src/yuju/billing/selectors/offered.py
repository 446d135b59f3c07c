"""Which tariffs are offered for a new stay, and which of them are ticked beforehand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from yuju.billing.choices import Basis, FeeCategory
from yuju.billing.models import StandardTariff, Tariff
from yuju.metering.models import MeteringPoint
from yuju.premises.models import Property, Unit


@dataclass(frozen=True)
class Offered:
    """A tariff of the unit's property.

    Attributes:
        ticked: it is billed unless somebody says otherwise.
        has_meter: a metered one has its meter in the unit; always so for the others.
    """

    tariff: Tariff
    ticked: bool
    has_meter: bool = True


def standard_tariffs(property: Property) -> dict[str, set[int]]:
    """The ids of the tariffs a property ticks beforehand, by category of stay."""
    found: dict[str, set[int]] = {}
    for category, tariff_id in StandardTariff.objects.filter(property=property).values_list("category", "tariff_id"):
        found.setdefault(category, set()).add(tariff_id)
    return found


def rent_cycles(property: Property) -> set[int]:
    """How many months at a time the property bills rent: the cycles of its rent tariffs."""
    return set(_recurring(property).filter(fee_item__category=FeeCategory.RENT).values_list("cycle_months", flat=True))


def tariffs_offered(*, unit: Unit, category: str, pay_months: int) -> list[Offered]:
    """The tariffs of the unit's property, in the order of their fee items.

    Of the rent tariffs the one is ticked that bills as many months at once as were agreed; of several the property's standard
    one. Besides, the property's standard charges; where it named none, what the unit has meters for, one of each kind.
    """
    tariffs = list(_recurring(unit.property).select_related("fee_item").order_by("fee_item__priority", "code", "pk"))
    metered = set(MeteringPoint.objects.filter(unit=unit).values_list("kind", flat=True))
    standard = standard_tariffs(unit.property).get(category, set())
    rents = [one for one in tariffs if one.fee_item.category == FeeCategory.RENT]
    ticked = _rent(rents, standard, pay_months) | _others(tariffs, standard, metered)
    return [
        Offered(
            one,
            ticked=one.pk in ticked and _has_meter(one, metered),
            has_meter=_has_meter(one, metered),
        )
        for one in tariffs
    ]


def _recurring(property: Property) -> QuerySet[Tariff]:
    return Tariff.objects.filter(property=property).exclude(basis=Basis.ONCE)


def _rent(rents: list[Tariff], standard: set[int], pay_months: int) -> set[int]:
    fitting = [one for one in rents if one.cycle_months == pay_months]
    chosen = next((one for one in fitting if one.pk in standard), next(iter(fitting), None))
    if chosen is None:
        # None bills as agreed: the page says so, and offers what the property has.
        chosen = next((one for one in rents if one.pk in standard), next(iter(rents), None))
    return {chosen.pk} if chosen is not None else set()


def _others(tariffs: Iterable[Tariff], standard: set[int], metered: set[str]) -> set[int]:
    others = [one for one in tariffs if one.fee_item.category != FeeCategory.RENT]
    if standard:
        return {one.pk for one in others if one.pk in standard}
    first: dict[str, int] = {}
    for one in others:
        if one.basis == Basis.METERED and one.fee_item.category in metered:
            first.setdefault(one.fee_item.category, one.pk)
    return set(first.values())


def _has_meter(tariff: Tariff, metered: set[str]) -> bool:
    return tariff.basis != Basis.METERED or tariff.fee_item.category in metered
