"""The lists that registration offices ask for (备案清单, 登记清单): one row a lease or a person, in their columns."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from yuju.identity.models import Operator
from yuju.kit.countries import country_name
from yuju.kit.identity_numbers import mask_id_number, mask_phone
from yuju.kit.tenancy import require_operator_id
from yuju.residency.choices import Category, IdType
from yuju.residency.models import Filing, Occupant, TenureTerm
from yuju.residency.nationality import born_on, is_male


def lease_headings() -> list[str]:
    """The columns of a list of leases."""
    return [
        _("Filing"),
        _("Lease"),
        _("Landlord"),
        _("Landlord's credit code"),
        _("Tenant"),
        _("ID type"),
        _("ID number"),
        _("Phone"),
        _("Property"),
        _("Address"),
        _("Unit"),
        _("Title number"),
        _("Area (m²)"),
        _("Category"),
        _("Start"),
        _("End"),
        _("Monthly rent (yuan)"),
        _("Deposit agreed (yuan)"),
        _("File until"),
        _("Filed on"),
        _("Filing number"),
    ]


def person_headings() -> list[str]:
    """The columns of a list of people."""
    return [
        _("Filing"),
        pgettext("of a person", "Name"),
        _("Sex"),
        _("Nationality"),
        _("ID type"),
        _("ID number"),
        _("Born on"),
        _("Phone"),
        _("Property"),
        _("Address"),
        _("Unit"),
        _("Moved in"),
        _("Stays until"),
        _("Relation"),
        _("Tenant"),
        _("Lease"),
        _("File until"),
        _("Filed on"),
        _("Filing number"),
    ]


def lease_rows(filings: QuerySet[Filing], full_at: Collection[int] | None) -> Iterator[list[Any]]:
    """The rows of a list of leases.

    Args:
        full_at: the properties whose numbers stand there in full; None for all. The others' are masked.
    """
    operator = Operator.objects.get(pk=require_operator_id()).name
    latest = TenureTerm.objects.filter(tenure=OuterRef("tenure")).order_by("-valid_from")
    for row in _read(filings.annotate(rent=Subquery(latest.values("rent")[:1]))):
        tenure, place, person = row.tenure, row.property, row.tenure.resident
        yield [
            str(row.get_kind_display()),
            tenure.number,
            place.landlord or operator,
            place.landlord_code,
            person.name,
            _id_type(person.id_type),
            _shown(row, full_at, person.id_number, mask_id_number),
            _shown(row, full_at, person.phone, mask_phone),
            place.name,
            place.address,
            tenure.unit.label,
            tenure.unit.title_number or place.title_number,
            tenure.unit.area,
            str(Category(tenure.category).label),
            tenure.start,
            tenure.end,
            row.rent,
            tenure.deposit,
            row.due_at,
            row.filed_on,
            row.number,
        ]


def person_rows(filings: QuerySet[Filing], full_at: Collection[int] | None) -> Iterator[list[Any]]:
    """The rows of a list of people; sex and birthday where a card tells them.

    Args:
        full_at: as `lease_rows`; a birthday is told only with the number in full.
    """
    for row in _read(filings):
        tenure, place, person = row.tenure, row.property, row.person()
        other = isinstance(person, Occupant)
        seen = full_at is None or row.property_id in full_at
        male = is_male(person.id_type, person.id_number)
        yield [
            str(row.get_kind_display()),
            person.name,
            "" if male is None else pgettext("sex", "Male") if male else pgettext("sex", "Female"),
            country_name(person.nationality) if person.nationality else "",
            _id_type(person.id_type),
            _shown(row, full_at, person.id_number, mask_id_number),
            born_on(person.id_type, person.id_number) if seen else None,
            _shown(row, full_at, person.phone, mask_phone),
            place.name,
            place.address,
            tenure.unit.label,
            row.counted_from,
            tenure.end,
            person.relation if isinstance(person, Occupant) else _("Tenant"),
            tenure.resident.name if other else person.name,
            tenure.number,
            row.due_at,
            row.filed_on,
            row.number,
        ]


def _read(filings: QuerySet[Filing]) -> Iterator[Any]:
    joined = filings.select_related("property", "tenure__unit", "tenure__resident", "resident", "occupant")
    return joined.order_by("property__code", "due_at", "pk").iterator(chunk_size=1000)


def _shown(row: Filing, full_at: Collection[int] | None, value: str, mask: Callable[[str], str]) -> str:
    value = str(value)
    if not value or full_at is None or row.property_id in full_at:
        return value
    return mask(value)


def _id_type(kind: str) -> str:
    return str(IdType(kind).label) if kind else ""
