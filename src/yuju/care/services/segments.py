"""Making, changing and deleting segments (人群)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from yuju.care.conditions import conditions_check
from yuju.care.models import Activity, CarePlan, Segment
from yuju.identity.models import User
from yuju.identity.services import edits
from yuju.kit.errors import Refused
from yuju.premises.models import Property
from yuju.premises.services.saving import save_row


@edits
@transaction.atomic
def segment_save(
    *,
    segment: Segment | None,
    property: Property | None,
    name: str,
    conditions: Any,
    by: User | None,
    at: datetime,
) -> Segment:
    """Makes a segment (`segment` is None) or changes it; plans that use it look again at whom they hold for.

    Args:
        property: whose residents; None for all of the operator's.
        conditions: as `yuju.care.conditions` keeps them.

    Raises:
        Refused: it has no name or one that is taken, or a condition makes no sense.
    """
    places = None if property is None else [property.pk]
    checked = [one.kept() for one in conditions_check(conditions, property_ids=places)]
    saved = segment if segment is not None else Segment(created_at=at)
    saved.property, saved.name, saved.conditions = property, name.strip(), checked
    if not saved.name:
        raise Refused(_("A segment needs a name."), field="name")
    save_row(saved, {"segment_name_once": ("name", _("There is a segment “%(name)s” already.") % {"name": saved.name})})
    CarePlan.objects.filter(segment=saved).update(asked_on=None)
    return saved


@edits
@transaction.atomic
def segment_delete(*, segment: Segment, by: User | None, at: datetime) -> None:
    """Deletes a segment that nothing is for, such as one made by mistake. Its history stays.

    Raises:
        Refused: a care plan or an activity is for it.
    """
    held = Segment.objects.select_for_update().get(pk=segment.pk)
    if segment_is_used(held):
        raise Refused(_("A care plan or an activity is for this segment, so it stays."))
    held.delete()


def segment_is_used(segment: Segment) -> bool:
    """Whether a care plan or an activity is for it, at whatever property."""
    used: bool = CarePlan.objects.filter(segment=segment).exists() or Activity.objects.filter(segment=segment).exists()
    return used
