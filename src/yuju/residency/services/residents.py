"""Making and changing residents (住户), and showing what is covered."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.utils.translation import gettext as _

from yuju.identity.choices import AuditAction
from yuju.identity.models import User
from yuju.identity.services import audit_record, edits
from yuju.kit import identity_numbers
from yuju.kit.crypto import keyed_hash
from yuju.kit.errors import Refused
from yuju.kit.numbering import take
from yuju.kit.pinyin import sort_key
from yuju.premises.models import Property
from yuju.premises.services.saving import save_row, set_fields
from yuju.residency.births import birth_month
from yuju.residency.choices import PERSONAL_ID_TYPES, Category, IdType, ResidentKind
from yuju.residency.models import Resident, Tenure
from yuju.residency.nationality import nationality_of
from yuju.residency.phones import phone_hash
from yuju.residency.searching import residents_index, tenures_index
from yuju.residency.services.documents import id_number_check, nationality_check

COVERED: dict[str, Callable[[str], str]] = {
    "phone": identity_numbers.mask_phone,
    "id_number": identity_numbers.mask_id_number,
    "emergency_phone": identity_numbers.mask_phone,
}
"""The fields that hold personal data, and how each is covered."""

NAME_SORT_LENGTH = 160


@edits
def resident_create(
    *,
    property: Property,
    name: str,
    kind: str = ResidentKind.PERSON,
    ref: str = "",
    phone: str = "",
    id_type: str = "",
    id_number: str = "",
    nationality: str = "",
    category: str = Category.LONG_TERM,
    emergency_name: str = "",
    emergency_phone: str = "",
    contact_name: str = "",
    by: User | None,
    at: datetime,
) -> Resident:
    """Registers a resident: a person, or a company that rents.

    Args:
        kind: a company has its credit code for a document and a contact; it has no emergency contact.
        ref: the operator's own number of the resident; one is given out where it is empty.
        id_type: the kind of document; an empty one is an ID card where the number looks like it.
        nationality: the code of a country; empty for what the document says.

    Raises:
        Refused: a number cannot be one, the same document is registered here already, or the number is taken.
    """
    made = Resident(property=property, kind=kind, ref=ref.strip() or _free_ref(property), category=category)
    _fill(made, name, phone, id_type, id_number, nationality, emergency_name, emergency_phone, contact_name)
    made.created_at = made.updated_at = at
    save_row(made, _taken(made.ref))
    residents_index([made])
    return made


@edits
def resident_change(
    *,
    resident: Resident,
    name: str,
    ref: str,
    phone: str,
    id_type: str,
    id_number: str,
    category: str,
    emergency_name: str,
    emergency_phone: str,
    contact_name: str | None = None,
    nationality: str | None = None,
    by: User | None,
    at: datetime,
) -> Resident:
    """Changes a resident; what kind it is never changes.

    Args:
        contact_name: who speaks for a company; None leaves it as it is.
        nationality: None leaves it as it is, unless the document says another.

    Raises:
        Refused: as `resident_create`.
    """
    before = {field.name: getattr(resident, field.name) for field in Resident._meta.concrete_fields}
    set_fields(resident, {"ref": ref.strip() or resident.ref, "category": category})
    contact = resident.contact_name if contact_name is None else contact_name
    _fill(resident, name, phone, id_type, id_number, nationality, emergency_name, emergency_phone, contact)
    changed = {field for field, old in before.items() if old != getattr(resident, field)}
    if not changed:
        return resident
    resident.updated_at = at
    save_row(resident, _taken(resident.ref))
    residents_index([resident])
    if "name" in changed:
        tenures_index(Tenure.objects.filter(resident=resident).select_related("unit__building", "resident"))
    return resident


def reveal_personal_data(*, resident: Resident, field: str, by: User, at: datetime) -> str:
    """The full value of one covered field; that it was shown, to whom and when, is written down first.

    Raises:
        Refused: the field holds nothing that is covered.
    """
    if field not in COVERED:
        raise Refused(_("This is not covered."), field=field)
    audit_record(
        action=AuditAction.REVEALED, by=by, at=at, about=resident, property_id=resident.property_id, field=field
    )
    return str(getattr(resident, field))


def _fill(
    resident: Resident,
    name: str,
    phone: str,
    id_type: str,
    id_number: str,
    nationality: str | None,
    emergency_name: str,
    emergency_phone: str,
    contact_name: str,
) -> None:
    resident.name = name.strip()
    if not resident.name:
        raise Refused(_("A resident needs a name."), field="name")
    if resident.is_company:
        id_type, emergency_name, emergency_phone = _of_company(id_type, id_number, emergency_name, emergency_phone)
    elif id_type and id_type not in PERSONAL_ID_TYPES:
        raise Refused(_("Only a company has a credit code. Choose a document of a person."), field="id_type")
    resident.contact_name = contact_name.strip() if resident.is_company else ""
    resident.name_sort = sort_key(resident.name)[:NAME_SORT_LENGTH]
    resident.phone = identity_numbers.check_phone(phone, field="phone") if phone.strip() else ""
    resident.phone_hash = phone_hash(resident.phone)
    resident.id_type, resident.id_number = id_number_check(id_type=id_type, id_number=id_number)
    resident.id_number_hash = keyed_hash(resident.id_number, "id_number") if resident.id_number else ""
    told = nationality_of(resident.id_type, resident.id_number)
    resident.nationality = nationality_check(
        (told or resident.nationality) if nationality is None else nationality, resident.id_type, resident.id_number
    )
    resident.born_in = birth_month(resident.id_type, resident.id_number)
    resident.emergency_name = emergency_name.strip()
    resident.emergency_phone = (
        identity_numbers.check_phone(emergency_phone, field="emergency_phone") if emergency_phone.strip() else ""
    )
    _refuse_second_person(resident)


def _of_company(id_type: str, id_number: str, emergency_name: str, emergency_phone: str) -> tuple[str, str, str]:
    """The kind of a company's document, and its emergency contact, which is none.

    Raises:
        Refused: its document is a person's, or missing; or it has an emergency contact.
    """
    if id_type and id_type != IdType.CREDIT_CODE:
        raise Refused(_("A company is registered by its unified social credit code."), field="id_type")
    if not id_number.strip():
        raise Refused(_("A company needs its unified social credit code."), field="id_number")
    if emergency_name.strip() or emergency_phone.strip():
        raise Refused(_("A company has a contact and no emergency contact."), field="emergency_name")
    return IdType.CREDIT_CODE, "", ""


def _refuse_second_person(resident: Resident) -> None:
    """One document is one person; the same person may be registered at several properties."""
    if not resident.id_number_hash:
        return
    others = Resident.objects.filter(id_number_hash=resident.id_number_hash, property_id=resident.property_id)
    other = others.exclude(pk=resident.pk).first()
    if other is not None:
        raise Refused(
            _("This document is registered for %(name)s (%(ref)s) already.") % {"name": other.name, "ref": other.ref},
            field="id_number",
            code="taken",
        )


def _free_ref(property: Property) -> str:
    """The next free number of the series R000001; numbers brought in from elsewhere are passed over."""
    while True:
        ref = f"R{take('resident', property.pk)[0]:06d}"
        if not Resident.objects.filter(property=property, ref=ref).exists():
            return ref


def _taken(ref: str) -> dict[str, tuple[str, str]]:
    return {"resident_ref_once": ("ref", _("Another resident has the number “%(value)s”.") % {"value": ref})}
