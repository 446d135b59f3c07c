"""What a lease's contract states: every variable, in Chinese, from what is on file."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Q
from django.utils.translation import override

from yuju.billing.choices import FeeCategory
from yuju.billing.models import RecurringCharge
from yuju.identity.models import Operator
from yuju.kit.capital import in_words
from yuju.kit.dates import add_months
from yuju.kit.display import amount_text
from yuju.kit.tenancy import require_operator_id
from yuju.premises.models import Property
from yuju.residency.choices import PenaltyKind
from yuju.residency.contracts.document import CHINESE
from yuju.residency.contracts.variables import DEDUCTIONS
from yuju.residency.models import Agreement, Occupant, Tenure, TenureTerm
from yuju.residency.selectors import agreement_of

ONE_DAY = timedelta(days=1)


def contract_facts(tenure: Tenure, number: str) -> dict[str, str]:
    """What a contract of a lease is filled in with, by the code of the variable; empty texts for what is not known."""
    held = Tenure.objects.select_related("unit", "resident", "property").get(pk=tenure.pk)
    agreement = agreement_of(held)
    with override(CHINESE):
        return {
            "contract_number": number,
            **_parties(held),
            **_unit(held),
            **_term(held, agreement),
            **_deposit(held, agreement),
        }


def _parties(tenure: Tenure) -> dict[str, str]:
    place, resident = tenure.property, tenure.resident
    occupants = Occupant.objects.filter(tenure=tenure, until=None).order_by("pk")
    return {
        "landlord": place.landlord or Operator.objects.get(pk=require_operator_id()).name,
        "landlord_code": place.landlord_code,
        "landlord_phone": place.phone,
        "tenant": resident.name,
        "tenant_id_type": str(resident.get_id_type_display()) if resident.id_type else "",
        "tenant_id_number": str(resident.id_number),
        "tenant_phone": str(resident.phone),
        "occupants": "、".join(f"{one.name}（{one.relation}）" if one.relation else one.name for one in occupants),
    }


def _unit(tenure: Tenure) -> dict[str, str]:
    place, unit = tenure.property, tenure.unit
    return {
        "property": place.name,
        "address": _address(place, unit.label),
        "unit": unit.label,
        "title_number": unit.title_number or place.title_number,
        "area": f"{unit.area}" if unit.area is not None else "",
        "layout": unit.layout,
        "floor": f"{unit.floor}" if unit.floor is not None else "",
    }


def _address(place: Property, unit: str) -> str:
    return f"{place.address} {unit}" if place.address else ""


def _term(tenure: Tenure, agreement: Agreement | None) -> dict[str, str]:
    end = agreement.agreed_end if agreement is not None else tenure.end
    terms = list(TenureTerm.objects.filter(tenure=tenure).order_by("valid_from"))
    started = [one for one in terms if one.valid_from <= tenure.start] or terms[:1]
    rent = started[-1].rent if started else None
    later = [one for one in terms if one.valid_from > tenure.start and one.rent is not None]
    steps = [f"自{_day(one.valid_from)}起每月{amount_text(one.rent or 0)}元" for one in later]
    return {
        "start": _day(tenure.start),
        "end": _day(end) if end is not None else "",
        "term": _how_long(tenure.start, end) if end is not None else "",
        "rent": amount_text(rent) if rent is not None else "",
        "rent_words": in_words(rent) if rent is not None else "",
        "rent_steps": "；".join(steps) or "租赁期限内不调整",
        "pay_months": f"{agreement.pay_months}" if agreement is not None else "",
        "fees": _fees(tenure) or "无",
    }


def _deposit(tenure: Tenure, agreement: Agreement | None) -> dict[str, str]:
    deposit = tenure.deposit
    return {
        "deposit": amount_text(deposit) if deposit is not None else "",
        "deposit_words": in_words(deposit) if deposit is not None else "",
        "deposit_return_days": _positive(agreement.deposit_return_days) if agreement is not None else "",
        "deposit_deductions": DEDUCTIONS,
        "notice_days": _positive(agreement.notice_days) if agreement is not None else "",
        "penalty": _penalty(agreement),
        "overstay_rate": amount_text(agreement.overstay_rate) if agreement and agreement.overstay_rate else "",
    }


def _penalty(agreement: Agreement | None) -> str:
    if agreement is None or agreement.penalty_kind == PenaltyKind.NONE:
        return "无"
    if agreement.penalty_kind == PenaltyKind.FIXED:
        return f"人民币{amount_text(agreement.penalty)}元"
    return f"{_plain(agreement.penalty)}个月租金"


def _fees(tenure: Tenure) -> str:
    """What is billed besides the rent and the deposit, by the names of the fee items."""
    rows = RecurringCharge.objects.filter(Q(end=None) | Q(end__gte=tenure.start), account__tenure=tenure)
    rows = rows.exclude(tariff__fee_item__category__in=(FeeCategory.RENT, FeeCategory.DEPOSIT))
    names: Iterable[str] = rows.order_by("tariff__fee_item__priority", "tariff__fee_item_id").values_list(
        "tariff__fee_item__name", flat=True
    )
    return "、".join(dict.fromkeys(names))


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _how_long(start: date, end: date) -> str:
    """Whole months where the days make them, days otherwise; both ends belong to it."""
    months = (end.year - start.year) * 12 + end.month - start.month + 1
    for count in (months, months - 1):
        if count > 0 and add_months(start, count) - ONE_DAY == end:
            return f"{count}个月"
    return f"{(end - start).days + 1}天"


def _positive(number: int) -> str:
    return f"{number}" if number else ""


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
