"""What a property bills as a rule: the tariffs that are ticked beforehand when somebody checks in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from yuju.billing.choices import Basis
from yuju.billing.models import StandardTariff, Tariff
from yuju.identity.models import User
from yuju.identity.services import edits
from yuju.kit.errors import Refused
from yuju.premises.models import Property
from yuju.residency.choices import Category


@transaction.atomic
@edits
def standard_tariffs_set(
    *, property: Property, category: Category, tariffs: Iterable[Tariff], by: User | None, at: datetime
) -> None:
    """Says which tariffs of a property are ticked beforehand for stays of a category: exactly these.

    Raises:
        Refused: one is another property's, or is for one-off charges.
    """
    wanted = {one.pk: one for one in tariffs}
    for tariff in wanted.values():
        if tariff.property_id != property.pk:
            raise Refused(_("The tariff belongs to another property. Choose one of this property."))
        if tariff.basis == Basis.ONCE:
            raise Refused(_("This tariff is for one-off charges; nothing is billed by it again and again."))
    held = {one.tariff_id: one for one in StandardTariff.objects.filter(property=property, category=category)}
    gone = [one.pk for key, one in held.items() if key not in wanted]
    if gone:
        StandardTariff.objects.filter(pk__in=gone).delete()
    StandardTariff.objects.bulk_create(
        [
            StandardTariff(property=property, tariff=tariff, category=category)
            for key, tariff in wanted.items()
            if key not in held
        ]
    )
