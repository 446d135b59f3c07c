"""The demo's contracts: our sample as its template, some signed on screen and on paper, one waiting in the portal."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from math import sin
from zoneinfo import ZoneInfo

from django.core.files.base import ContentFile

from yuju.identity.models import User
from yuju.journeys.contracts import (
    contract_draft,
    contract_send,
    contract_sign_on_paper,
    contract_sign_on_screen,
)
from yuju.kit import files
from yuju.kit.dates import local_date
from yuju.kit.strokes import Line
from yuju.premises.models import Property
from yuju.premises.services import property_change
from yuju.residency.choices import CodePurpose, PenaltyKind, TemplateKind, TenureKind
from yuju.residency.contracts.sample import sample_lease
from yuju.residency.models import Agreement, ContractTemplate, Tenure
from yuju.residency.selectors import holds_on
from yuju.residency.services import agreement_set
from yuju.residency.services.contract_templates import contract_template_add
from yuju.residency.services.portal_codes import portal_code_request

SCREEN, PAPER, WAITING = 6, 2, 2
"""How many are signed how, and how many wait for the resident."""
ADDRESS = "127.0.0.1"


def contracts_make(*, property: Property, manager: User, desk: User, at: datetime) -> int:
    """Gives the newest leases their contracts. Returns how many there are."""
    zone = ZoneInfo(property.time_zone)
    property_change(
        property=property,
        code=property.code,
        name=property.name,
        address=property.address or "上海市徐汇区青岚路 88 号",
        phone=property.phone,
        time_zone=property.time_zone,
        landlord="青岚公寓运营有限公司",
        landlord_code="91310104MA1DEMO00X",
        title_number="沪（2019）徐字不动产权第008816号",
        by=manager,
        at=at,
    )
    template = contract_template_add(
        name="住房租赁合同",
        kind=TemplateKind.NEW,
        property=None,
        file=ContentFile(sample_lease(), "sample.docx"),
        by=manager,
        at=at - timedelta(days=400),
    )
    leases = _newest(property, local_date(at, zone), SCREEN + PAPER + WAITING)
    for place, lease in enumerate(leases):
        _make(place, lease, template, desk, min(_noon(lease.start, zone), at))
    return len(leases)


def _newest(property: Property, today: date, count: int) -> list[Tenure]:
    rows = Tenure.objects.filter(
        holds_on(today),
        property=property,
        kind=TenureKind.LEASE,
        deposit__isnull=False,
        unit__area__isnull=False,
    )
    rows = rows.exclude(resident__phone_hash="").exclude(resident__id_number_hash="")
    return list(rows.select_related("unit", "resident", "property").order_by("-start", "pk")[:count])


def _make(place: int, lease: Tenure, template: ContractTemplate, desk: User, at: datetime) -> None:
    if not Agreement.objects.filter(tenure=lease).exists():
        agreement_set(
            tenure=lease,
            deposit_months=Decimal(1),
            pay_months=1,
            penalty_kind=PenaltyKind.MONTHS,
            penalty=Decimal(1),
            overstay_rate=Decimal(200),
            deposit_return_days=7,
            notice_days=30,
            by=desk,
            at=at,
        )
    contract = contract_draft(tenure=lease, template=template, by=desk, at=at)
    if place >= WAITING + SCREEN:
        scan = ContentFile(_paper(contract.path), "scan.pdf")
        contract_sign_on_paper(contract=contract, scan=scan, by=desk, at=at + timedelta(hours=1))
        return
    sent = contract_send(contract=contract, by=desk, at=at + timedelta(minutes=20))
    if place < WAITING:
        return
    moment = at + timedelta(minutes=45)
    code = portal_code_request(
        phone=str(lease.resident.phone),
        purpose=CodePurpose.CONTRACT,
        about=sent.sha256,
        address=ADDRESS,
        channels=(),
        show=True,
        at=moment,
    )
    strokes = scribble(place)
    contract_sign_on_screen(
        contract=sent, code=code, strokes=strokes, sha256=sent.sha256, address=ADDRESS, at=moment + timedelta(minutes=1)
    )


def _paper(path: str) -> bytes:
    """Stands for a scan: the demo has no scanner."""
    with files.open_kept(path) as kept:
        return kept.read()


def scribble(place: int) -> list[Line]:
    """A scribble, another one for each."""
    points = range(40)
    wave = [[120 + 19 * x, 200 + round(90 * sin(x * (0.5 + 0.07 * place)) * sin(x / 6))] for x in points]
    return [wave, [[150, 320], [880, 290 + 6 * place]]]


def _noon(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day - timedelta(days=3), time(14, 10), tzinfo=zone)
