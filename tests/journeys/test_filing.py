"""What happens to a stay asks for the filings it needs: once, with their deadline, with one task a lease."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.support.stays import AT, ID_NUMBER, TODAY, make_lease, make_property, make_resident, make_unit
from yuju.journeys.filing import (
    arrivals_file,
    filings_drop,
    filings_file,
    filings_take_back,
    lease_end_file,
    lease_file,
    leases_list_before,
    person_file_anew,
)
from yuju.journeys.lease_changes import rent_agree
from yuju.journeys.letting import lease_let
from yuju.journeys.move_in import move_in
from yuju.journeys.occupants import occupant_correct, occupant_join, occupant_leave
from yuju.journeys.renewals import renewal
from yuju.journeys.stay_moves import room_change
from yuju.journeys.tasks import task_complete
from yuju.kit.errors import Refused
from yuju.residency.choices import FilingKind, FilingState, TenureKind, TenureState, TimeUnit
from yuju.residency.filing import Rule, rules_at, rules_of
from yuju.residency.models import Filing, FilingRule, Occupant, Tenure
from yuju.residency.services import filing_rules_set, resident_change
from yuju.residency.services.filings import Within
from yuju.workforce.choices import StepResult, TaskState
from yuju.workforce.models import Task

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("operator")]
BY: dict[str, Any] = {"by": None, "at": AT}
LATE = AT + timedelta(days=40)


def arriving(**resident: Any) -> Tenure:
    """A lease that begins today and is signed, of somebody with an ID card unless something else is said."""
    place = make_property()
    given = {"id_type": "id_card", "id_number": ID_NUMBER, **resident}
    return lease_let(
        kind=TenureKind.LEASE,
        unit=make_unit(place),
        resident=make_resident(place, **given),
        start=TODAY,
        end=date(2027, 11, 24),
        rent=Decimal(4000),
        state=TenureState.SIGNED,
        **BY,
    )


def of(tenure: Tenure) -> dict[str, FilingState]:
    return {one.kind: FilingState(one.state) for one in Filing.objects.filter(tenure=tenure)}


def one(tenure: Tenure, kind: FilingKind) -> Filing:
    return Filing.objects.select_related("property", "tenure").get(tenure=tenure, kind=kind)


def only(row: Filing) -> Any:
    return Filing.objects.filter(pk=row.pk)


class TestWhatIsAskedFor:
    def test_a_lease_in_thirty_days_a_resident_in_three_a_foreigner_within_hours(self) -> None:
        # Given a lease of a resident with an ID card, signed today (11:00 in Shanghai)
        tenure = arriving()

        # When they move in, and a foreigner with them
        move_in(tenure=tenure, on=TODAY, **BY)
        occupant_join(
            tenure=tenure, name="Emma", relation="配偶", phone="", since=TODAY, id_number="C4J7K2M9", nationality="DE",
            occupants=None, **BY,
        )  # fmt: skip

        # Then each has its deadline: the end of the local day, or to the minute
        due = {row.kind: row.due_at for row in Filing.objects.filter(tenure=tenure)}
        assert due == {
            FilingKind.LEASE: datetime(2026, 12, 25, 15, 59, 59, tzinfo=UTC),
            FilingKind.RESIDENCE: datetime(2026, 11, 28, 15, 59, 59, tzinfo=UTC),
            FilingKind.FOREIGNER: AT + timedelta(hours=24),
        }

        # And one task for all of them, due with the first
        task = Task.objects.get(tenure=tenure, source="filing")
        assert task.due_at == AT + timedelta(hours=24)
        assert task.steps.count() == 3

    @pytest.mark.parametrize(
        ("document", "kind"),
        [
            ({}, FilingKind.RESIDENCE),
            ({"id_type": "hmt_permit", "id_number": "H12345678"}, FilingKind.HMT),
            ({"id_type": "passport", "id_number": "P1234567"}, FilingKind.FOREIGNER),
            ({"id_type": "passport", "id_number": "P1234567", "nationality": "CN"}, FilingKind.RESIDENCE),
            ({"id_type": "", "id_number": ""}, FilingKind.RESIDENCE),
        ],
    )
    def test_the_document_says_which_registration(self, document: dict[str, str], kind: FilingKind) -> None:
        tenure = arriving(**document)
        arrivals_file(tenure=tenure, on=TODAY, **BY)
        assert set(of(tenure)) == {FilingKind.LEASE, kind}

    def test_asked_again_nothing_is_asked_twice(self) -> None:
        tenure = arriving()
        for _time in range(2):
            lease_file(tenure=tenure, **BY)
            arrivals_file(tenure=tenure, on=TODAY, **BY)
        assert Filing.objects.filter(tenure=tenure).count() == 2
        assert Task.objects.filter(tenure=tenure, source="filing").count() == 1

    def test_a_renewal_changes_what_was_filed_and_registers_nobody_anew(self) -> None:
        tenure = make_lease(make_unit(make_property()))
        made = renewal(tenure=tenure, end=date(2028, 2, 28), rent=Decimal(4850), deposit=None, key=uuid4(), **BY)
        assert of(made.after) == {FilingKind.LEASE_CHANGE: FilingState.DUE}

    def test_what_was_never_filed_is_not_changed_or_taken_off(self) -> None:
        # Given a lease that waits to be filed
        tenure = arriving()
        move_in(tenure=tenure, on=TODAY, **BY)

        # When its rent changes, and it ends
        rent_agree(tenure=tenure, rent=Decimal(4200), valid_from=date(2027, 3, 1), reason="agreed", **BY)
        lease_end_file(tenure=tenure, **BY)

        # Then it is filed as it is now; once filed, both are asked for
        assert not {FilingKind.LEASE_CHANGE, FilingKind.LEASE_END} & set(of(tenure))
        filings_file(filings=only(one(tenure, FilingKind.LEASE)), filed_on=TODAY, number="HZ-1", **BY)
        rent_agree(tenure=tenure, rent=Decimal(4300), valid_from=date(2027, 4, 1), reason="agreed", **BY)
        lease_end_file(tenure=tenure, **BY)
        assert {FilingKind.LEASE_CHANGE, FilingKind.LEASE_END} <= set(of(tenure))

    def test_a_change_of_room_is_filed_and_registers_everybody_at_the_new_door(self) -> None:
        place = make_property()
        tenure = make_lease(make_unit(place))
        made = room_change(
            tenure=tenure, unit=make_unit(place, "1702"), on=TODAY, rent=Decimal(4850), deposit=None,
            reason="wish", key=uuid4(), **BY,
        )  # fmt: skip
        assert of(made.after) == {FilingKind.LEASE: FilingState.DUE, FilingKind.RESIDENCE: FilingState.DUE}
        assert of(tenure) == {FilingKind.LEASE_END: FilingState.DUE}

    def test_leaving_is_asked_for_where_the_property_says_so(self) -> None:
        # Given one that says so
        tenure = arriving()
        move_in(tenure=tenure, on=TODAY, **BY)
        given = {k: Within(True, r.amount, r.unit, r.source) for k, r in rules_of(tenure.property).items()}
        filing_rules_set(property=tenure.property, region="330106", given=given, **BY)
        assert list(FilingRule.objects.values_list("kind", flat=True)) == [FilingKind.LEAVING]

        # When somebody moves in and out
        occupant_join(tenure=tenure, name="王丽", relation="", phone="", since=TODAY, occupants=None, **BY)
        occupant_leave(occupant=Occupant.objects.get(name="王丽"), on=TODAY, occupants=None, **BY)

        # Then
        assert one(tenure, FilingKind.LEAVING).occupant == Occupant.objects.get(name="王丽")

    def test_a_corrected_nationality_asks_for_another_registration_in_the_time_that_runs(self) -> None:
        tenure = arriving(id_type="passport", id_number="P1234567")
        arrivals_file(tenure=tenure, on=TODAY, **BY)
        person = tenure.resident
        resident_change(
            resident=person, name=person.name, ref=person.ref, phone="", id_type="passport", id_number="P1234567",
            category=person.category, emergency_name="", emergency_phone="", nationality="CN", by=None, at=LATE,
        )  # fmt: skip
        person_file_anew(person=person, by=None, at=LATE)
        assert set(of(tenure)) == {FilingKind.LEASE, FilingKind.RESIDENCE}
        assert one(tenure, FilingKind.RESIDENCE).counted_from == AT


class TestFiling:
    def test_what_is_filed_ticks_the_task_and_the_last_finishes_it(self) -> None:
        # Given a lease and its resident to be filed
        tenure = arriving()
        move_in(tenure=tenure, on=TODAY, **BY)
        task = Task.objects.get(tenure=tenure, source="filing")
        task.steps.update(result=StepResult.OK)
        with pytest.raises(Refused, match="居住登记|Residence"):
            task_complete(task=task, **BY)
        task.steps.update(result="")

        # When one is filed, and the other is not needed
        filings_file(filings=only(one(tenure, FilingKind.RESIDENCE)), filed_on=TODAY, **BY)
        task.refresh_from_db()
        assert (task.state, task.steps.filter(result="").count()) == (TaskState.OPEN, 1)
        assert task.due_at == one(tenure, FilingKind.LEASE).due_at
        filings_drop(filings=only(one(tenure, FilingKind.LEASE)), reason="公租房", **BY)

        # Then it is done; taken back, there is a task again
        task.refresh_from_db()
        assert task.state == TaskState.DONE
        filings_take_back(filings=only(one(tenure, FilingKind.LEASE)), state=FilingState.DUE, **BY)
        assert Task.objects.undone().filter(tenure=tenure, source="filing").count() == 1

    def test_many_are_filed_by_a_number_of_statements_that_does_not_grow(self) -> None:
        counts = []
        for number in (2, 6):
            place = make_property()
            for door in range(number):
                tenure = make_lease(make_unit(place, f"{1600 + door}"))
                arrivals_file(tenure=tenure, on=TODAY, **BY)
            rows = Filing.objects.filter(property=place)
            with CaptureQueriesContext(
                connection,
            ) as said:
                assert filings_file(filings=rows, filed_on=TODAY, number="批次-7", **BY) == number
            counts.append(len(said))
        assert counts[0] == counts[1]

    @pytest.mark.parametrize(
        ("day", "field"), [(TODAY - timedelta(days=1), "filed_on"), (TODAY + timedelta(days=1), "filed_on")]
    )
    def test_a_day_before_the_contract_or_to_come_is_refused(self, day: date, field: str) -> None:
        tenure = arriving()
        with pytest.raises(Refused) as refused:
            filings_file(filings=only(one(tenure, FilingKind.LEASE)), filed_on=day, **BY)
        assert refused.value.field == field
        assert of(tenure)[FilingKind.LEASE] == FilingState.DUE

    def test_a_number_is_of_one_lease(self) -> None:
        place = make_property()
        leases = [make_lease(make_unit(place, number)) for number in ("1601", "1602")]
        for tenure in leases:
            lease_file(tenure=tenure, **BY)
        rows = Filing.objects.filter(property=place)
        with pytest.raises(Refused) as refused:
            filings_file(filings=rows, filed_on=TODAY, number="HZ-7", **BY)
        assert refused.value.field == "number"
        filings_file(filings=only(one(leases[0], FilingKind.LEASE)), filed_on=TODAY, number="HZ-7", **BY)
        with pytest.raises(Refused, match=leases[0].number):
            filings_file(filings=only(one(leases[1], FilingKind.LEASE)), filed_on=TODAY, number="HZ-7", **BY)

    def test_not_needed_says_why(self) -> None:
        tenure = arriving()
        with pytest.raises(Refused):
            filings_drop(filings=Filing.objects.filter(tenure=tenure), reason=" ", **BY)


class TestWhatWasThereBefore:
    def test_it_is_listed_when_asked_for_and_is_never_late(self) -> None:
        # Given a lease brought by an import, with somebody living there too
        tenure = make_lease(make_unit(make_property()))
        Occupant.objects.create(tenure=tenure, name="周伟", id_type="passport")
        assert of(tenure) == {}

        # When it is listed, twice
        for _time in range(2):
            leases_list_before(property=tenure.property, **BY)

        # Then once, without a deadline or a task
        rows = Filing.objects.filter(tenure=tenure)
        assert {(row.kind, row.state, row.due_at) for row in rows} == {
            (FilingKind.LEASE, FilingState.BEFORE, None),
            (FilingKind.RESIDENCE, FilingState.BEFORE, None),
            (FilingKind.FOREIGNER, FilingState.BEFORE, None),
        }
        assert not any(row.is_late(LATE) for row in rows)
        assert not Task.objects.filter(tenure=tenure).exists()


class TestRules:
    def test_the_smallest_place_that_says_something_holds(self) -> None:
        def rule(place: str, amount: int) -> Rule:
            return Rule(FilingKind.RESIDENCE, True, amount, TimeUnit.DAYS, "test", TODAY, place)

        rules = [rule("3301", 7), rule("", 3), rule("330106", 1), rule("11", 2)]
        for region, days in (("330106", 1), ("330109", 7), ("310101", 3), ("", 3)):
            assert rules_at(region, rules)[FilingKind.RESIDENCE].amount == days

    def test_what_is_shipped_covers_everything_and_says_where_it_stands(self) -> None:
        rules = rules_at("")
        assert set(rules) == set(FilingKind)
        assert all(rule.source and rule.looked_on <= date(2026, 11, 26) for rule in rules.values())

    def test_a_propertys_word_moves_what_waits_and_goes_when_it_is_the_usual(self) -> None:
        tenure = arriving()
        usual = {k: Within(r.is_asked, r.amount, r.unit, r.source) for k, r in rules_of(tenure.property).items()}
        own = {**usual, FilingKind.LEASE: Within(True, 15, TimeUnit.DAYS, "本市规定")}
        filing_rules_set(property=tenure.property, region="", given=own, **BY)
        assert one(tenure, FilingKind.LEASE).due_at == datetime(2026, 12, 10, 15, 59, 59, tzinfo=UTC)
        filing_rules_set(property=tenure.property, region="", given=usual, **BY)
        assert not FilingRule.objects.exists()
        assert one(tenure, FilingKind.LEASE).due_at == datetime(2026, 12, 25, 15, 59, 59, tzinfo=UTC)

    @pytest.mark.parametrize("region", ["33", "33010a", "033010", "３３０１０６"])
    def test_a_code_that_is_none_is_refused(self, region: str) -> None:
        with pytest.raises(Refused):
            filing_rules_set(property=make_property(), region=region, given={}, **BY)


class TestDocuments:
    def test_a_document_of_another_country_than_the_one_said_is_refused(self) -> None:
        with pytest.raises(Refused) as refused:
            make_resident(make_property(), id_type="id_card", id_number=ID_NUMBER, nationality="US")
        assert refused.value.field == "nationality"

    def test_an_occupants_document_is_told_from_its_number(self) -> None:
        tenure = arriving()
        occupant_join(
            tenure=tenure, name="陈", relation="", phone="", since=TODAY, id_number=ID_NUMBER, occupants=None, **BY
        )
        found = Occupant.objects.get(tenure=tenure)
        assert (found.id_type, found.nationality) == ("id_card", "CN")
        occupant_correct(
            occupant=found, name="陈", relation="", phone="", id_type="", id_number="M1234567", nationality="", **BY
        )
        assert (found.id_type, found.nationality) == ("passport", "")
