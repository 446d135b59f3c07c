"""What meters show when a unit is handed over: noted first, a reading once it is signed."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from yuju.identity.models import User
from yuju.identity.services import edits
from yuju.kit.dates import local_date
from yuju.metering.models import HandoverReading, Meter
from yuju.metering.services.readings import reading_check
from yuju.residency.models import Handover
from yuju.residency.services.handovers import handover_held


@edits
@transaction.atomic
def handover_reading_set(
    *, handover: Handover, meter: Meter, value: Decimal, is_rollover: bool = False, by: User | None, at: datetime
) -> HandoverReading:
    """Notes what a meter shows on the local day of the moment; noted again, the latest counts.

    Raises:
        Refused: the handover is signed, or as `reading_record` (code `backwards` below the reading before).
    """
    handover_held(handover)
    day = local_date(at, meter.property.time_zone)
    reading_check(meter=meter, date=day, value=value, is_rollover=is_rollover, at=at)
    noted, _new = HandoverReading.objects.update_or_create(
        handover=handover, meter=meter, defaults={"date": day, "value": value, "is_rollover": is_rollover}
    )
    return noted
