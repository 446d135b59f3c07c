"""Recording that a resident died, releasing a stay after its review, and taking back what was recorded wrongly."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _

from yuju.identity.models import User
from yuju.identity.services import edits
from yuju.kit.errors import Refused
from yuju.residency.choices import DeathDocument, TenureState
from yuju.residency.deaths import death_of
from yuju.residency.models import Death, Freeze, Resident, Tenure
from yuju.residency.services.documents import scan_kept

FOLDER = "deaths"


@transaction.atomic
@edits
def death_record(
    *,
    resident: Resident,
    died_on: date,
    document: DeathDocument,
    scan: File[bytes],
    note: str = "",
    today: date,
    by: User | None,
    at: datetime,
) -> Death:
    """Records a death and freezes every stay of the resident that goes on. Recorded already, it is what is there.

    Args:
        died_on, today: local days.

    Raises:
        Refused: it is a company, the day is still to come, or the file is no scan.
    """
    Resident.objects.select_for_update(no_key=True).get(pk=resident.pk)
    known = death_of(resident.pk)
    if known is not None:
        return known
    if resident.is_company:
        raise Refused(_("This is a company: a death is recorded of a person."), code="company")
    if died_on > today:
        raise Refused(_("This day is still to come."), field="died_on")
    with scan_kept(scan, folder=FOLDER) as kept:
        death = Death.objects.create(
            resident=resident,
            died_on=died_on,
            document=document,
            path=kept.path,
            sha256=kept.sha256,
            note=note.strip()[:500],
            entered_at=at,
            entered_by=by,
        )
        over = (TenureState.ENDED, TenureState.CANCELLED)
        for tenure in Tenure.objects.filter(resident=resident).exclude(state__in=over).order_by("pk"):
            Freeze.objects.create(death=death, tenure=tenure, since=max(died_on, tenure.start))
    return death


@transaction.atomic
@edits
def freeze_release(*, freeze: Freeze, today: date, by: User | None, at: datetime) -> Freeze:
    """Ends a freeze: from today on the stay is billed again, with what was held. Released already, nothing happens."""
    held: Freeze = Freeze.objects.select_for_update(no_key=True).get(pk=freeze.pk)
    if held.released_at is None:
        held.until = max(today - timedelta(days=1), held.since)
        held.released_at, held.released_by = at, by
        held.save()
    return held


@transaction.atomic
@edits
def death_withdraw(*, death: Death, reason: str, today: date, by: User | None, at: datetime) -> Death:
    """Takes back a death that was recorded wrongly, and releases what it froze. Taken back already, nothing happens.

    Raises:
        Refused: no reason.
    """
    held: Death = Death.objects.select_for_update(no_key=True).get(pk=death.pk)
    if held.withdrawn_at is not None:
        return held
    if not reason.strip():
        raise Refused(_("Say why it is taken back."), field="reason")
    for freeze in Freeze.objects.filter(death=held, released_at=None):
        freeze_release(freeze=freeze, today=today, by=by, at=at)
    held.withdrawn_at, held.withdrawn_by, held.withdrawn_because = at, by, reason.strip()[:300]
    held.save()
    return held
