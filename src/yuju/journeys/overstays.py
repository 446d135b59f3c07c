"""Overstays (逾期未退): a lease is over and nobody checked out. Its contract's daily charge is posted week by week.

A week is charged once it is full, the rest at check-out; the days of each charge are its period, so that no day is charged
twice, whoever charges and however often (ADR 0029).
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import NAMESPACE_URL, uuid5

from django.db import transaction
from django.db.models import Exists, OuterRef

from yuju.billing.choices import AdjustmentKind, Basis, FeeCategory
from yuju.billing.models import Adjustment, Charge, FeeItem, RecurringCharge, Tariff
from yuju.billing.pricing.derivation import OnceDerivation
from yuju.billing.selectors.repricing import Repriced
from yuju.billing.services.fee_items import fee_items_ensure
from yuju.billing.services.once import ONCE, charge_once
from yuju.billing.services.recurring import account_ensure
from yuju.billing.services.runs import property_lock
from yuju.identity.models import User
from yuju.kit.dates import local_date
from yuju.payments.selectors import total
from yuju.payments.services import account_hold, credit_settle, repriced_post
from yuju.residency.choices import TenureKind, TenureState
from yuju.residency.deaths import frozen_now, frozen_spans
from yuju.residency.models import Agreement, Tenure, TenureLink
from yuju.residency.selectors import agreement_of

ONE_DAY = timedelta(days=1)
WEEK = 7
CODE = f"{ONCE}overstay"
NAME = "逾期占用费"


def overstay_charges(tenure: Tenure) -> list[Charge]:
    """What was charged for days after the end of a lease, the earliest first."""
    rows = Charge.objects.filter(account__tenure=tenure, tariff__code=CODE, voids=None)
    return list(rows.select_related("tariff__fee_item", "run").order_by("start", "pk"))


@transaction.atomic
def overstay_charge(*, tenure: Tenure, until: date, whole_weeks: bool, by: User | None, at: datetime) -> list[Charge]:
    """Charges the days after the end of a lease up to a local day, as far as they are not charged. Again, nothing more.

    Args:
        until: the last day that counts.
        whole_weeks: leave days that fill no week for later; a check-out charges them, too.

    Returns:
        what was charged now; nothing where the contract names no daily charge, or nobody lives there any more.
    """
    property_lock(tenure.property_id)
    held = Tenure.objects.select_related("property").get(pk=tenure.pk)
    agreed = agreement_of(held)
    if held.end is None or held.state != TenureState.LIVING or agreed is None or not agreed.overstay_rate:
        return []
    charged = [one.end for one in overstay_charges(held)]
    first = max([held.end, *charged]) + ONE_DAY
    made = []
    for begin, end in _not_frozen(held, first, until):
        while begin <= end:
            last = min(begin + timedelta(days=WEEK - 1), end)
            # What comes before a freeze need not fill a week: nothing follows it.
            if whole_weeks and last == until and (last - begin).days + 1 < WEEK:
                break
            made.append(_charge(held, agreed, begin, last, at))
            begin = last + ONE_DAY
    if made and account_ensure(held).uses_credit:
        credit_settle(account=account_hold(account_ensure(held).pk), at=at)
    return made


def _not_frozen(tenure: Tenure, first: date, until: date) -> list[tuple[date, date]]:
    """The spans of days, both ends inclusive, on which a stay was not frozen for a review."""
    spans = []
    for since, last in frozen_spans(tenure.pk):
        if since > first:
            spans.append((first, min(since - ONE_DAY, until)))
        first = max(first, last + ONE_DAY) if last < date.max else until + ONE_DAY
    return [*spans, (first, until)]


def overstay_begun(tenure: Tenure, day: date) -> bool:
    """Whether the contract's daily charge is in force on a day: the lease is over by then."""
    held = Tenure.objects.get(pk=tenure.pk)
    agreed = agreement_of(held)
    return bool(held.kind == TenureKind.LEASE and held.end and held.end < day and agreed and agreed.overstay_rate)


def metered_to(*, tenure: Tenure, last_day: date) -> None:
    """What meters count is billed to the day somebody leaves, though nothing else is beyond the end of the lease."""
    held = Tenure.objects.get(pk=tenure.pk)
    rows = RecurringCharge.objects.filter(account__tenure=held, point__isnull=False, end=held.end)
    for row in rows.order_by("pk"):
        row.end = last_day
        row.save(update_fields=["end"])


@transaction.atomic
def overstay_reprice(*, tenure: Tenure, end: date, reason: str, by: User | None, at: datetime) -> list[Adjustment]:
    """Takes off what was charged for days that are within the lease, once its end moved."""
    account_hold(account_ensure(tenure).pk)
    made = []
    for charge in overstay_charges(tenure):
        left = min(max((charge.end - end).days, 0), (charge.end - charge.start).days + 1)
        price = Decimal(str(charge.derivation["rate"]))
        again = Adjustment.objects.filter(charge=charge, kind=AdjustmentKind.PRICE)
        one = Repriced(
            charge,
            was=charge.amount + total(again),
            now=price * left,
            derivation=OnceDerivation(price, Decimal(left)).document() if left else {},
        )
        if one.now != one.was:
            made += repriced_post(one, reason=reason, by=by, at=at)
    return made


def overstays_charge(*, at: datetime) -> int:
    """Charges the full weeks of every overstay; returns how many charges were made."""
    followed = TenureLink.objects.filter(before=OuterRef("pk")).exclude(after__state=TenureState.CANCELLED)
    agreed = Agreement.objects.filter(tenure=OuterRef("pk"), overstay_rate__gt=0)
    rows = Tenure.objects.filter(
        ~Exists(followed),
        Exists(agreed),
        ~frozen_now(),
        kind=TenureKind.LEASE,
        state=TenureState.LIVING,
        end__lt=at.date(),
    )
    with transaction.atomic():
        found = list(rows.select_related("property").order_by("pk"))
    count = 0
    for tenure in found:
        yesterday = local_date(at, tenure.property.time_zone) - ONE_DAY
        count += len(overstay_charge(tenure=tenure, until=yesterday, whole_weeks=True, by=None, at=at))
    return count


def _charge(tenure: Tenure, agreed: Agreement, first: date, last: date, at: datetime) -> Charge:
    return charge_once(
        account=account_ensure(tenure),
        tariff=_tariff(tenure.property_id),
        on=last,
        first=first,
        due=local_date(at, tenure.property.time_zone) + timedelta(days=WEEK),
        key=uuid5(NAMESPACE_URL, f"overstay:{tenure.operator_id}:{tenure.pk}:{first}"),
        rate=agreed.overstay_rate,
        quantity=Decimal((last - first).days + 1),
        at=at,
    )


def _tariff(property_id: int) -> Tariff:
    """The tariff under which overstays stand; made when first needed."""
    found: Tariff | None = Tariff.objects.filter(property_id=property_id, code=CODE).first()
    if found is not None:
        return found
    # The operator's first item of this category stays the first.
    fee_items_ensure()
    item, _new = FeeItem.objects.get_or_create(name=NAME, defaults={"category": FeeCategory.OTHER, "priority": 85})
    made, _new = Tariff.objects.get_or_create(
        property_id=property_id, code=CODE, defaults={"name": NAME, "fee_item": item, "basis": Basis.ONCE}
    )
    return made
