"""Letting a unit without a check-in: a lease that was agreed elsewhere is written down."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from yuju.identity.models import User
from yuju.journeys.filing import arrivals_file, lease_file
from yuju.journeys.tenures import tenure_open
from yuju.kit.dates import local_date
from yuju.residency.choices import TenureKind, TenureState
from yuju.residency.models import Tenure


@transaction.atomic
def lease_let(*, by: User | None, at: datetime, **given: Any) -> Tenure:
    """Writes a lease or an ownership down (`tenure_open`), with what has to be filed of it.

    A stay that began on an earlier day is from before it was written here: nothing is asked for, and the property's page of
    filing rules lists it with the others.

    Raises:
        Refused: as `tenure_open`.
    """
    tenure = tenure_open(by=by, at=at, **given)
    today = local_date(at, tenure.property.time_zone)
    if tenure.kind == TenureKind.LEASE and tenure.start >= today:
        lease_file(tenure=tenure, by=by, at=at)
        if tenure.state == TenureState.LIVING:
            arrivals_file(tenure=tenure, on=tenure.start, by=by, at=at)
    return tenure
