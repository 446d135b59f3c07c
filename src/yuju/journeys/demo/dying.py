"""The demo's resident who died: recorded with its document, the stay frozen and waiting for the manager's review."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from io import BytesIO

from django.core.files.base import ContentFile
from django.db.models import Exists, OuterRef
from PIL import Image

from yuju.identity.models import User
from yuju.journeys.deaths import death_record
from yuju.kit.dates import local_date
from yuju.premises.models import Property
from yuju.residency.choices import DeathDocument, HeirBasis, IdType, TenureKind, TenureState
from yuju.residency.models import MoveOutNotice, Tenure, TenureLink
from yuju.residency.services import heir_add
from yuju.workforce.models import Task

DIED = timedelta(days=3)
"""How long ago it was."""


def death_make(*, property: Property, manager: User, at: datetime) -> None:
    """Makes it of a stay that nothing else in the demo is about."""
    today = local_date(at, property.time_zone)
    stay = quiet_stay(property, today=today, since=DIED)
    if stay is None:
        return
    death = death_record(
        resident=stay.resident,
        died_on=today - DIED,
        document=DeathDocument.MEDICAL,
        scan=empty_scan(),
        note="家属已到访，钥匙暂存前台。",
        by=manager,
        at=at,
    )
    heir_add(
        death=death,
        name="周明远",
        relation="子",
        id_type=IdType.PASSPORT,
        id_number="E20268813",
        phone="13900005512",
        share=Decimal(100),
        basis=HeirBasis.NOTARY,
        basis_number="（2026）杭证字第 1182 号",
        scan=empty_scan(),
        by=manager,
        at=at,
    )


def quiet_stay(property: Property, *, today: date, since: timedelta) -> Tenure | None:
    """The newest stay that has gone on for so long and that nothing else in the demo is about."""
    about = (
        Exists(MoveOutNotice.objects.filter(tenure=OuterRef("pk"))),
        Exists(TenureLink.objects.filter(before=OuterRef("pk"))),
        Exists(TenureLink.objects.filter(after=OuterRef("pk"))),
        Exists(Task.objects.filter(resident=OuterRef("resident"))),
    )
    rows = Tenure.objects.filter(
        *(~one for one in about),
        property=property,
        kind=TenureKind.LEASE,
        state=TenureState.LIVING,
        start__lte=today - since,
        end__gt=today + timedelta(days=90),
    )
    found: Tenure | None = rows.select_related("resident__property").order_by("-start", "-pk").first()
    return found


def empty_scan() -> ContentFile[bytes]:
    """An empty sheet that stands for a scan."""
    sheet = BytesIO()
    Image.new("RGB", (620, 877), "white").save(sheet, "JPEG")
    return ContentFile(sheet.getvalue(), "scan.jpg")
