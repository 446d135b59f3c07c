"""Residents: their numbers, their tags, and what is covered."""

from typing import Any

import pytest

from tests.support.stays import AT, ID_NUMBER, make_property, make_resident
from yuju.identity.choices import AuditAction, Role
from yuju.identity.models import AuditEntry, Change, Operator
from yuju.identity.services import user_create
from yuju.kit import search
from yuju.kit.crypto import keyed_hash
from yuju.kit.errors import Refused
from yuju.residency.models import Resident
from yuju.residency.services import (
    resident_change,
    resident_tags_set,
    reveal_personal_data,
    tag_create,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("operator")]


def change(resident: Resident, **given: str) -> Resident:
    names = ("name", "ref", "phone", "id_type", "id_number", "category", "emergency_name", "emergency_phone")
    values = {name: getattr(resident, name) for name in names}
    return resident_change(resident=resident, **{**values, **given}, by=None, at=AT)


def test_a_resident_is_kept_tidy_and_found_by_name_phone_and_document() -> None:
    # When somebody registers with spaces in the numbers and no kind of document
    place = make_property()
    resident = make_resident(place, "曾强", phone="138 0000 6021", id_number=ID_NUMBER.lower())

    # Then
    stored = Resident.objects.get(pk=resident.pk)
    assert (stored.phone, stored.id_type, stored.id_number) == ("13800006021", "id_card", ID_NUMBER)
    assert stored.id_number_hash == keyed_hash(ID_NUMBER, "id_number")
    assert stored.name_sort == "zeng qiang"
    assert stored.ref == "R000001"
    for query in ("zq", "zengqiang", "6021", "13800006021", "002x"):
        assert [hit.object_id for hit in search.find(query, ["resident"])] == [resident.pk], query


def test_a_number_given_by_hand_is_passed_over() -> None:
    place = make_property()
    make_resident(place, ref="R000001")
    assert make_resident(place, "王建业").ref == "R000002"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id_number", "110105194912310021"),
        ("id_number", "11010519491331002X"),
        ("phone", "1380000602a"),
        ("phone", "138"),
        ("emergency_phone", "12"),
        ("name", "  "),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(field: str, value: str) -> None:
    place = make_property()
    with pytest.raises(Refused) as refusal:
        make_resident(place, **{"name": "林晓彤", field: value})
    assert refusal.value.field == field
    assert not Resident.objects.exists()


def test_a_document_is_one_person_at_a_property() -> None:
    place, other = make_property(), make_property()
    make_resident(place, id_number=ID_NUMBER)
    make_resident(other, id_number=ID_NUMBER)
    with pytest.raises(Refused, match="林晓彤"):
        make_resident(place, "林小彤", id_number=ID_NUMBER)


def told(resident: Resident) -> list[dict[str, Any]]:
    """What the history has of a resident's changes."""
    return [one.changes for one in Change.objects.filter(kind="residency_resident", act="changed").order_by("pk")]


def test_a_change_is_recorded_without_the_numbers_themselves() -> None:
    resident = make_resident(make_property(), phone="13800006021", id_number=ID_NUMBER)
    change(resident, phone="13900004417", emergency_name="林建国", emergency_phone="13700002260")
    (changes,) = told(resident)
    assert set(changes) == {"phone", "emergency_name", "emergency_phone"}
    assert changes["emergency_name"] == ["", "林建国"]
    assert not any(number in str(changes) for number in ("13800006021", "13900004417", "13700002260"))
    assert search.find("6021", ["resident"]) == []
    assert [hit.object_id for hit in search.find("4417", ["resident"])] == [resident.pk]


def test_nothing_changed_records_nothing() -> None:
    resident = make_resident(make_property(), phone="13800006021", id_number=ID_NUMBER)
    change(resident)
    assert told(resident) == []


def test_what_is_covered_is_shown_to_nobody_unrecorded(operator: Operator) -> None:
    resident = make_resident(make_property(), phone="13800006021")
    user = user_create(
        username="m", name="周明", password="long enough to do", postings=[(Role.MANAGER, None)], by=None, at=AT
    )
    assert reveal_personal_data(resident=resident, field="phone", by=user, at=AT) == "13800006021"
    entry = AuditEntry.objects.get(action=AuditAction.REVEALED)
    assert (entry.user, entry.object_id, entry.detail) == (user, resident.pk, {"field": "phone"})
    with pytest.raises(Refused):
        reveal_personal_data(resident=resident, field="name_sort", by=user, at=AT)


def test_a_resident_has_exactly_the_tags_given() -> None:
    resident = make_resident(make_property())
    old, pet = (tag_create(name=name, by=None, at=AT) for name in ("独居老人", "养犬"))
    resident_tags_set(resident=resident, tags=[old, pet], by=None, at=AT)
    resident_tags_set(resident=resident, tags=[pet], by=None, at=AT)
    assert list(resident.tags.all()) == [pet]
    tags = Change.objects.filter(kind="residency_residenttag", subject_id=resident.pk).order_by("pk")
    added, gone = ["made", None, old.pk], ["removed", old.pk, None]
    assert [[one.act, *one.changes["tag_id"]] for one in tags] == [added, ["made", None, pet.pk], gone]
    with pytest.raises(Refused):
        tag_create(name="养犬 ", by=None, at=AT)
