"""Who belongs to a segment."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.support.stays import (
    AT,
    TODAY,
    bind,
    make_lease,
    make_property,
    make_resident,
    make_tariff,
    make_unit,
    run_bills,
)
from yuju.care.facts import FACTS, Asked
from yuju.care.models import Segment
from yuju.care.selectors import in_segment, segment_residents
from yuju.care.services import segment_save
from yuju.kit.errors import Refused
from yuju.kit.identity_numbers import check_character
from yuju.premises.models import Property
from yuju.residency.choices import TagTone, TenureState
from yuju.residency.models import Resident, Tag
from yuju.residency.services import occupant_add, ownership_create, resident_tags_set, tag_create, tenure_move

pytestmark = pytest.mark.django_db
BY: dict[str, Any] = {"by": None, "at": AT}


def id_number(born: date) -> str:
    """An ID number of nobody, with a date of birth."""
    start = f"110105{born:%Y%m%d}002"
    return start + check_character(start)


def segment(property: Property | None, *conditions: tuple[str, str, Any], name: str = "人群") -> Segment:
    rows = [{"fact": fact, "operator": operator, "value": value} for fact, operator, value in conditions]
    Segment.objects.all().delete()
    return segment_save(segment=None, property=property, name=name, conditions=rows, **BY)


def names(property: Property | None, *conditions: tuple[str, str, Any]) -> set[str]:
    found = segment_residents(segment(property, *conditions), TODAY)
    return set(found.values_list("name", flat=True))


@pytest.fixture
def here(operator: Any) -> Property:
    """The old Mr Wang alone, young Li with her husband, Zhao who owns, Sun who moved out, Qian who comes."""
    here = make_property()
    old = tag_create(name="老人", tone=TagTone.CARE, **BY)
    deaf = tag_create(name="听障", tone=TagTone.CARE, **BY)
    wang = make_resident(here, "王建国", id_number=id_number(date(1948, 11, 20)))
    li = make_resident(here, "李晴", id_number=id_number(date(1996, 12, 1)))
    zhao = make_resident(here, "赵敏", category="owner", id_number="E12345678", id_type="passport")
    sun, qian = make_resident(here, "孙洋"), make_resident(here, "钱多")
    resident_tags_set(resident=wang, tags=[old, deaf], **BY)
    resident_tags_set(resident=zhao, tags=[old], **BY)
    make_lease(make_unit(here, "101"), wang, start=date(2024, 11, 25), end=date(2027, 1, 10))
    with_husband = make_lease(make_unit(here, "102"), li)
    occupant_add(tenure=with_husband, name="陈浩", relation="配偶", phone="", since=None, **BY)
    ownership_create(unit=make_unit(here, "103"), resident=zhao, start=date(2020, 1, 1), occupants=2, **BY)
    gone = make_lease(make_unit(here, "104"), sun, start=date(2026, 1, 1), end=date(2026, 12, 31))
    tenure_move(tenure=gone, to=TenureState.ENDED, **BY)
    make_lease(make_unit(here, "105"), qian, start=date(2026, 12, 1), end=date(2027, 11, 30), state=TenureState.SIGNED)
    return here


def tag(name: str) -> str:
    return str(Tag.objects.get(name=name).pk)


def test_each_fact_finds_whom_it_means(here: Property) -> None:
    old, deaf = tag("老人"), tag("听障")
    building = str(here.buildings.get().pk)
    expected: list[tuple[tuple[str, str, Any], set[str]]] = [
        (("tags", "any", [old]), {"王建国", "赵敏"}),
        (("tags", "all", [old, deaf]), {"王建国"}),
        (("tags", "none", [deaf]), {"李晴", "赵敏", "孙洋", "钱多"}),
        (("category", "any", ["owner"]), {"赵敏"}),
        (("category", "none", ["owner"]), {"王建国", "李晴", "孙洋", "钱多"}),
        (("state", "any", ["living"]), {"王建国", "李晴", "赵敏"}),
        (("state", "any", ["ahead", "left"]), {"孙洋", "钱多"}),
        (("state", "none", ["left"]), {"王建国", "李晴", "赵敏", "钱多"}),
        (("alone", "yes", None), {"王建国"}),
        (("alone", "no", None), {"李晴", "赵敏"}),
        # Seventy-eight this month; thirty next month. Of a passport nothing is known.
        (("age", "at_least", 78), {"王建国"}),
        (("age", "at_least", 79), set()),
        (("age", "at_most", 29), {"李晴"}),
        (("building", "any", [building]), {"王建国", "李晴", "赵敏"}),
        (("building", "none", [building]), set()),
        (("holds", "any", ["ownership"]), {"赵敏"}),
        (("stay_length", "at_least", 24), {"王建国", "赵敏"}),
        (("stay_length", "at_most", 24), {"王建国", "李晴"}),
        (("ends_within", "at_most", 46), {"王建国"}),
        (("ends_within", "at_most", 45), set()),
    ]
    for condition, who in expected:
        assert names(here, condition) == who, condition
    told = {condition[0] for condition, _who in expected}
    assert told | {"owes", "overdue"} == set(FACTS)


def test_all_conditions_have_to_hold_and_a_property_narrows(here: Property) -> None:
    conditions = [("tags", "any", [tag("老人")]), ("alone", "yes", None)]
    assert names(here, *conditions) == {"王建国"}
    assert names(make_property(), *conditions) == set()
    assert names(None, *conditions) == {"王建国"}


def test_who_owes_is_told_by_what_is_open_and_since_when(here: Property) -> None:
    # Given rent of 4,850.00 yuan a month billed to Wang and Li, and a payment by nobody
    rent = make_tariff(here)
    for resident in Resident.objects.filter(name__in=["王建国", "李晴"]):
        bind(resident.tenures.get(), rent)
    run_bills(here, as_of=date(2026, 11, 1))
    owed = {one.name for one in segment_residents(segment(here, ("owes", "at_least", 1)), TODAY)}
    # Then what is open is measured by its sum, and by the first day it was due
    assert owed == {"王建国", "李晴"}
    assert names(here, ("owes", "at_least", 9_999_999)) == set()
    assert names(here, ("overdue", "at_least", 1)) == owed
    assert names(here, ("overdue", "at_least", 3650)) == set()
    only = Asked(TODAY, Resident.objects.get(name="李晴").pk)
    found = Resident.objects.filter(in_segment(segment(here, ("owes", "at_least", 1)), only))
    assert [one.name for one in found] == ["李晴"]


def test_a_condition_that_makes_no_sense_is_refused_at_its_field(here: Property) -> None:
    elsewhere = make_property()
    make_unit(elsewhere)
    strange = str(elsewhere.buildings.get().pk)
    for conditions in (
        [],
        [("weight", "at_least", 3)],
        [("age", "any", ["3"])],
        [("age", "at_least", "old")],
        [("age", "at_least", 131)],
        [("tags", "any", [])],
        [("tags", "any", ["999999"])],
        [("building", "any", [strange])],
        [("category", "any", ["squatter"])],
        [("alone", "yes", None)] * 21,
    ):
        with pytest.raises(Refused) as refusal:
            segment(here, *conditions)
        assert refusal.value.field == "conditions"


def test_one_that_cannot_be_read_any_more_holds_nobody(here: Property) -> None:
    # A condition passed over would let everybody in
    kept = segment(here, ("tags", "any", [tag("老人")]))
    Segment.objects.filter(pk=kept.pk).update(conditions=[*kept.conditions, {"fact": "shoe_size"}])
    assert not segment_residents(Segment.objects.get(), TODAY).exists()


def test_a_name_is_given_once(here: Property) -> None:
    segment(here, ("alone", "yes", None), name="独居")
    with pytest.raises(Refused) as refusal:
        segment_save(segment=None, property=None, name="独居", conditions=[{"fact": "alone", "operator": "yes"}], **BY)
    assert refusal.value.field == "name"
