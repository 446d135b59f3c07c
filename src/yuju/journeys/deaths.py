"""A resident died (住户身故): everything of their stays waits for a review, and somebody is asked to see to it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django.conf import settings
from django.core.files.base import File
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from yuju.billing.models import RecurringCharge
from yuju.billing.services.recurring import recurring_charge_end
from yuju.billing.services.runs import property_lock
from yuju.identity.choices import AuditAction, Role
from yuju.identity.models import User
from yuju.identity.services import audit_record
from yuju.journeys.change_tasks import evening
from yuju.journeys.end_questions import lease_ends_drop
from yuju.kit.dates import local_date
from yuju.kit.errors import Refused
from yuju.residency import services
from yuju.residency.choices import DeathDocument
from yuju.residency.models import Death, Freeze, Resident
from yuju.workforce.choices import UNDONE, Priority, TaskKind
from yuju.workforce.models import Task
from yuju.workforce.services import Step, task_add, task_cancel

SOURCE = "death"
DAYS_TO_REVIEW = 3
"""Within how many days a frozen stay has to be reviewed."""


@transaction.atomic
def death_record(
    *,
    resident: Resident,
    died_on: date,
    document: DeathDocument,
    scan: File[bytes],
    note: str = "",
    by: User | None,
    at: datetime,
) -> Death:
    """Records a death, freezes the resident's stays and asks the manager to review them. Recorded already, nothing happens.

    Raises:
        Refused: as the service of the same name.
    """
    property_lock(resident.property_id)
    today = local_date(at, resident.property.time_zone)
    death = services.death_record(
        resident=resident, died_on=died_on, document=document, scan=scan, note=note, today=today, by=by, at=at
    )
    freezes = list(Freeze.objects.filter(death=death).select_related("tenure__unit", "tenure__property"))
    with translation.override(settings.LANGUAGE_CODE):
        for freeze in freezes:
            lease_ends_drop(tenure=freeze.tenure, reason=_("The resident died."), by=by, at=at)
        task_add(
            property=resident.property,
            kind=TaskKind.GENERAL,
            title=_("%(name)s died: review the stay") % {"name": resident.name},
            details=_("Nothing is billed for the stay until it is reviewed on the resident’s page."),
            resident=resident,
            tenure=freezes[0].tenure if freezes else None,
            priority=Priority.URGENT,
            group=Role.MANAGER,
            due_at=evening(resident.property, today + timedelta(days=DAYS_TO_REVIEW)),
            steps=[
                Step(_("Contact the next of kin")),
                Step(_("Secure the room")),
                Step(_("Review the recurring charges")),
                Step(_("Note who inherits, and by what document")),
                Step(_("Settle the stay, or hand it over to an heir")),
            ],
            source=SOURCE,
            source_key=str(death.pk),
            by=by,
            at=at,
        )
    return death


@transaction.atomic
def stay_release(*, freeze: Freeze, ends: Mapping[RecurringCharge, date], by: User | None, at: datetime) -> Freeze:
    """Releases a frozen stay after its review: what is given a last day ends, the rest goes on and is billed again.

    Args:
        ends: the last local day of each recurring charge that ends.

    Raises:
        Refused: a charge is not of this stay, or as `recurring_charge_end`.
    """
    tenure = freeze.tenure
    property_lock(tenure.property_id)
    held: Freeze = Freeze.objects.select_for_update(no_key=True).get(pk=freeze.pk)
    if held.released_at is not None:
        return held
    for charge, end in ends.items():
        if charge.account.tenure_id != tenure.pk:
            raise Refused(_("This recurring charge belongs to another lease."))
        recurring_charge_end(charge=charge, end=end, by=by, at=at)
    today = local_date(at, tenure.property.time_zone)
    released = services.freeze_release(freeze=held, today=today, by=by, at=at)
    audit_record(
        action=AuditAction.DECIDED,
        by=by,
        at=at,
        about=tenure,
        property_id=tenure.property_id,
        decision="released",
        count=len(ends),
    )
    return released


@transaction.atomic
def death_withdraw(*, death: Death, reason: str, by: User | None, at: datetime) -> Death:
    """Takes back a death that was recorded wrongly: the stays go on, and nobody is asked any more. Again, nothing happens.

    Raises:
        Refused: no reason.
    """
    place = death.resident.property
    property_lock(place.pk)
    held = services.death_withdraw(death=death, reason=reason, today=local_date(at, place.time_zone), by=by, at=at)
    for task in Task.objects.filter(source=SOURCE, source_key=str(held.pk), state__in=UNDONE):
        task_cancel(task=task, reason=held.withdrawn_because, by=by, at=at)
    return held
