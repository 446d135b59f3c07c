"""The demo's filings: the register of those who were there before, one foreigner, some filed, one late, some due."""

from __future__ import annotations

from datetime import datetime, timedelta

from yuju.identity.models import User
from yuju.journeys.filing import filings_drop, filings_file, leases_list_before
from yuju.journeys.occupants import occupant_join
from yuju.kit.dates import local_date
from yuju.premises.models import Property
from yuju.residency.choices import ARRIVALS, FilingKind, FilingState, TenureKind, TenureState
from yuju.residency.filing import rules_of
from yuju.residency.models import Filing, Tenure
from yuju.residency.services import filing_rules_set
from yuju.residency.services.filings import Within

REGION = "330106"
FILED_BEFORE = 12


def filings_make(*, property: Property, manager: User, desk: User, at: datetime) -> None:
    """Makes them; the caller's transaction makes all or nothing."""
    today = local_date(at, property.time_zone)
    usual = rules_of(property)
    given = {kind: Within(rule.is_asked, rule.amount, rule.unit, rule.source) for kind, rule in usual.items()}
    filing_rules_set(property=property, region=REGION, given=given, by=manager, at=at)
    _foreigners(property, desk, at)
    leases_list_before(property=property, by=manager, at=at)
    before = Filing.objects.filter(property=property, kind=FilingKind.LEASE, state=FilingState.BEFORE)
    for number, one in enumerate(before.order_by("-counted_from", "pk")[:FILED_BEFORE], start=1):
        filed_on = min(local_date(one.counted_from, property.time_zone) + timedelta(days=9), today)
        filings_file(
            filings=Filing.objects.filter(pk=one.pk),
            filed_on=filed_on,
            number=f"HZ{filed_on:%Y}{330100 + number}",
            by=desk,
            at=at,
        )
    due = Filing.objects.filter(property=property, state=FilingState.DUE)
    changed = due.filter(kind__in=(FilingKind.LEASE, FilingKind.LEASE_CHANGE)).order_by("pk")
    for one in changed[:2]:
        filings_file(filings=Filing.objects.filter(pk=one.pk), filed_on=today, number=f"HZ{one.pk:08d}", by=desk, at=at)
    here = due.filter(kind=FilingKind.RESIDENCE).order_by("pk").first()
    if here is not None:
        filings_drop(filings=Filing.objects.filter(pk=here.pk), reason="户籍在本市，无需登记", by=desk, at=at)


def _foreigners(property: Property, desk: User, at: datetime) -> None:
    """Two who moved in with somebody: one this morning, one three days ago of whom nobody thought."""
    today = local_date(at, property.time_zone)
    stays = (
        Tenure.objects.filter(
            property=property,
            kind=TenureKind.LEASE,
            state=TenureState.LIVING,
            start__lt=today - timedelta(days=60),
            end__gt=today + timedelta(days=60),
        )
        .exclude(filings__kind__in=ARRIVALS)
        .filter(contracts=None)
    )
    first, second = stays.select_related("property", "unit", "resident").order_by("pk")[:2]
    for tenure, name, number, country, since in (
        (first, "Emma Fischer", "C4J7K2M9", "DE", today),
        (second, "佐藤健", "TK4417825", "JP", today - timedelta(days=3)),
    ):
        occupant_join(
            tenure=tenure,
            name=name,
            relation="配偶",
            phone="",
            id_type="passport",
            id_number=number,
            nationality=country,
            since=since,
            occupants=None,
            by=desk,
            at=at - timedelta(hours=5),
        )
