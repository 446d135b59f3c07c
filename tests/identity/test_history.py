"""The history of what people edit: written by the database whatever way a change comes, and never taken back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import ProgrammingError, connection, connections, transaction
from django.db.utils import InternalError

from tests.support.operators import make_operator
from tests.support.stays import make_lease, make_property, make_resident, make_unit
from yuju.identity.choices import Role
from yuju.identity.jobs import forget_history
from yuju.identity.models import Change, User
from yuju.identity.services import history_forget, user_create
from yuju.kit import crypto
from yuju.kit.sealed_columns import move_to_newest, sealed_places, values_by_key
from yuju.kit.tenancy import acting, operator_context
from yuju.premises import services as premises
from yuju.premises.models import Building, ParkingSpace, Unit, UnitFact
from yuju.residency import services as residency
from yuju.residency.models import Resident

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("operator")]

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


def told(row: Any, *, act: str = "changed") -> list[dict[str, Any]]:
    """What the history holds of the changes of a row, in order."""
    rows = Change.objects.filter(kind=row._meta.db_table, row_id=row.pk, act=act).order_by("pk")
    return [change.changes for change in rows]


def manager() -> User:
    return user_create(
        username="wang", name="王经理", password="long enough", postings=[(Role.MANAGER, None)], by=None, at=NOW
    )


def test_a_change_keeps_only_the_columns_that_differ_with_who_and_from_where() -> None:
    # Given a unit
    by, unit = manager(), make_unit(make_property(), number="1602")
    # When it is changed on a page
    with acting(user_id=by.pk, origin={"address": "203.0.113.7", "device": "Chrome · Windows"}):
        premises.unit_change(
            unit=unit,
            number="1603",
            entrance="",
            layout="两室一厅",
            floor=None,
            area=Decimal("62.50"),
            valid_from=None,
            by=by,
            at=NOW,
        )
    # Then the history says what, who, from where; what follows from the number is not told
    change = Change.objects.get(kind="premises_unit", row_id=unit.pk, act="changed")
    assert change.changes == {"number": ["1602", "1603"]}
    assert (change.user, change.origin) == (by, {"address": "203.0.113.7", "device": "Chrome · Windows"})
    assert (change.subject, change.subject_id, change.property_id) == ("premises_unit", unit.pk, unit.property_id)


def test_a_service_is_put_down_to_whom_it_is_told() -> None:
    by, place = manager(), make_property()
    with acting(origin={"command": "demo"}):
        space = premises.space_create(property=place, code="B1-01", by=by, at=NOW)
    made = Change.objects.get(kind="premises_parkingspace", row_id=space.pk)
    assert (made.user, made.origin, made.act) == (by, {"command": "demo"}, "made")
    assert made.changes == {"code": [None, "B1-01"], "property_id": [None, place.pk]}


def test_plain_sql_is_written_down_too_with_nobody_named() -> None:
    unit = make_unit(make_property(), number="1602")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE premises_unit SET layout = '三室' WHERE id = %s", [unit.pk])
    change = Change.objects.get(kind="premises_unit", row_id=unit.pk, act="changed")
    assert (change.changes, change.user, change.origin) == ({"layout": ["两室一厅", "三室"]}, None, {})


def test_saving_without_a_change_says_nothing() -> None:
    resident = Resident.objects.get(pk=make_resident(make_property(), "林晓彤", phone="13800006021").pk)
    resident.phone = "138" + "00006021"
    resident.save()
    make_unit(resident.property).save()
    assert not Change.objects.filter(act="changed").exists()


def test_numbers_stay_encrypted_in_the_history_and_open_for_their_field_only() -> None:
    resident = make_resident(make_property(), "林晓彤", phone="13800006021")
    resident = Resident.objects.get(pk=resident.pk)
    resident.phone = "13900007730"
    resident.save()
    (changes,) = told(resident)
    field: Any = Resident._meta.get_field("phone")
    assert "13800006021" not in str(changes)
    assert [field.opened(value) for value in changes["phone"]] == ["13800006021", "13900007730"]
    with pytest.raises(crypto.Undecipherable):
        Resident._meta.get_field("id_number").opened(changes["phone"][0])  # type: ignore[union-attr]


def test_parts_are_told_with_what_they_are_a_part_of() -> None:
    lease = make_lease(make_unit(make_property()), rent=Decimal("4850"))
    person = residency.occupant_add(tenure=lease, name="高远", by=None, at=NOW)
    residency.tenure_term_set(tenure=lease, rent=Decimal("5000"), occupants=None, valid_from=None, by=None, at=NOW)
    person.delete()
    parts = Change.objects.filter(subject="residency_tenure", subject_id=lease.pk).exclude(kind="residency_tenure")
    assert {one.property_id for one in parts} == {lease.property_id}
    removed = parts.get(kind="residency_occupant", act="removed")
    assert removed.changes["name"] == ["高远", None]
    assert parts.get(kind="residency_tenureterm", act="changed").changes == {"rent": [4850, 5000]}


def test_many_rows_made_at_once_take_one_entry_that_knows_each_of_them() -> None:
    # Given a building, and a number that somebody else draws in between
    place = make_property()
    building = make_unit(place).building
    made = Unit.objects.bulk_create(
        [Unit(property=place, building=building, number=str(number), label=str(number)) for number in range(150)]
    )
    # Then one entry stands for them
    change = Change.objects.get(kind="premises_unit", row_id=made[0].pk)
    assert (change.last_id, change.changes, change.property_id) == (made[-1].pk, {}, place.pk)
    # And where their ids have gaps, one for each stretch of them
    spaces = [
        ParkingSpace(id=number, property=place, code=str(number))
        for number in range(10_001, 10_302)
        if number != 10_150
    ]
    ParkingSpace.objects.bulk_create(spaces)
    stretches = Change.objects.filter(kind="premises_parkingspace").order_by("row_id").values_list("row_id", "last_id")
    assert list(stretches) == [(10_001, 10_149), (10_151, 10_301)]


def test_changing_many_rows_at_once_tells_each() -> None:
    place = make_property()
    for number in range(3):
        make_unit(place, number=str(number), area="50")
    UnitFact.objects.update(area=Decimal(51))
    changed = Change.objects.filter(kind="premises_unitfact", act="changed")
    assert [one.changes for one in changed] == [{"area": [50, 51]}] * 3
    assert len({one.subject_id for one in changed}) == 3


def test_the_history_cannot_be_written_or_altered_by_the_application() -> None:
    make_unit(make_property())
    change = Change.objects.first()
    assert change is not None
    attempts = (
        lambda: Change.objects.filter(pk=change.pk).update(changes={}),
        lambda: Change.objects.filter(pk=change.pk).delete(),
        lambda: Change.objects.create(
            at=NOW, kind="x", row_id=1, last_id=1, subject="x", subject_id=1, act="made", changes={}
        ),
    )
    for attempt in attempts:
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            attempt()


def test_another_operators_history_is_out_of_sight() -> None:
    with operator_context(make_operator().pk):
        make_unit(make_property())
        assert Change.objects.exists()
    assert not Change.objects.exists()


def test_a_new_key_takes_history_and_rows_along(settings: Any, tmp_path: Any) -> None:
    # Given a number that was changed, under the first key of a ring
    settings.YUJU_KEYS_DIR = str(tmp_path / "keys")
    resident = Resident.objects.get(pk=make_resident(make_property(), "林晓彤", phone="13800006021").pk)
    resident.phone = "13900007730"
    resident.save()
    (place,) = [place for place in sealed_places() if place.name == "identity_change"]
    with connection.cursor() as cursor:
        assert place.count(cursor) == {1: 2}  # before and after
    # When a key is added, and everything is put under it
    crypto.key_ring().add_key()
    moved = move_to_newest(2)
    assert (moved.values, moved.unreadable, dict(values_by_key())) == (3, {}, {2: 3})
    # Then all of it is under the new key, says the same, and no change was made up
    (changes,) = told(resident)
    field: Any = Resident._meta.get_field("phone")
    assert [value[:2] for value in changes["phone"]] == ["2.", "2."]
    assert [field.opened(value) for value in changes["phone"]] == ["13800006021", "13900007730"]


def test_only_a_sealed_value_takes_the_place_of_a_sealed_one() -> None:
    unit = make_unit(make_property(), number="1602")
    unit.number = "1603"
    unit.save()
    change = Change.objects.get(kind="premises_unit", row_id=unit.pk, act="changed")
    refused = pytest.raises((InternalError, ProgrammingError), match="kept as it was written")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT yuju_history_reseal(%s, 'number', '[\"1\", \"2\"]')", [change.pk])


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_what_need_not_be_kept_is_forgotten_but_never_the_latest_year() -> None:
    # Given a building made three years ago, as far as the history knows, and changed today
    with transaction.atomic():
        make_unit(make_property())
    with connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE identity_change SET at = at - interval '3 years'")
    with transaction.atomic():
        Building.objects.update(name="新")
        # When everything up to tomorrow may go, then the latest year stays
        assert history_forget(before=datetime.now(UTC) + timedelta(days=1)) > 0
        assert [change.changes for change in Change.objects.all()] == [{"name": ["", "新"]}]


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_the_history_is_kept_unless_the_installation_says_how_long(settings: Any) -> None:
    with transaction.atomic():
        make_unit(make_property())
    with connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE identity_change SET at = at - interval '3 years'")
    with transaction.atomic():
        before = Change.objects.count()
        forget_history()
        assert Change.objects.count() == before
        settings.YUJU_KEEP_HISTORY_YEARS = 2
        forget_history()
        assert not Change.objects.exists()
