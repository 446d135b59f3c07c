"""The pages of filings: the list with its deadlines, noting what was filed, the Excel list, a property's rules, occupants."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from python_calamine import CalamineWorkbook

from tests.console.test_bulk import Dialog
from tests.console.test_residents import living
from tests.support.console_world import ConsoleWorld
from tests.support.stays import ID_NUMBER, make_lease, make_resident, make_unit
from yuju.identity.choices import AuditAction
from yuju.identity.models import AuditEntry, RoleSetting
from yuju.kit.records import BulkRun
from yuju.kit.testing.console import ConsoleTests
from yuju.premises.models import Property
from yuju.residency.choices import FilingKind, FilingState
from yuju.residency.models import Filing, FilingRule, Occupant, Tenure

pytestmark = pytest.mark.django_db
HOURS = timedelta(hours=1)


def filing(tenure: Tenure, kind: str = FilingKind.LEASE, *, hours: float = 72, **given: Any) -> Filing:
    """One that is due in so many hours."""
    now = timezone.now()
    return Filing.objects.create(
        property=tenure.property,
        tenure=tenure,
        kind=kind,
        counted_from=now - timedelta(days=2),
        due_at=now + hours * HOURS,
        **given,
    )


def foreigner(tenure: Tenure) -> Occupant:
    return Occupant.objects.create(
        tenure=tenure, name="Emma Fischer", id_type="passport", id_number="C4J7K2M9", nationality="DE"
    )


class TestFilings(ConsoleTests):
    slug = "filings"
    viewer, editor, stranger = "auditor", "front_desk", "guard"
    list_queries = 9

    def make(self, world: ConsoleWorld, property: Property, number: int) -> Filing:
        Property.objects.filter(pk=property.pk).update(region="330106")
        return filing(living(property, number), hours=number + 1)

    def test_the_hours_left_of_a_foreigner_stand_in_red_and_what_is_over_is_late(self, world: ConsoleWorld) -> None:
        tenure = living(world.here, 1)
        person = foreigner(tenure)
        filing(tenure, FilingKind.FOREIGNER, hours=5.5, occupant=person)
        late = filing(tenure, FilingKind.RESIDENCE, hours=-30)
        client = world.client("front_desk")
        due = client.get(self.console.url("list") + "?tab=due").content.decode()
        assert "剩 5 小时" in due
        assert "c-bad" in due
        assert "逾期 30 小时" in client.get(self.console.url("list") + "?tab=late").content.decode()
        page = client.get(reverse("console:leases-detail", args=[tenure.pk])).content.decode()
        assert "Emma Fischer" in page
        assert reverse("console:filing-done", args=[late.pk]) in page

    def test_one_is_noted_as_filed_with_its_receipt(self, world: ConsoleWorld) -> None:
        row, client = filing(living(world.here, 1)), world.client("front_desk")
        url, today = reverse("console:filing-done", args=[row.pk]), timezone.localdate()
        refused = client.post(url, {"filed_on": today - timedelta(days=9), "number": ""})
        assert (refused.status_code, list(refused.context["form"].errors)) == (422, ["filed_on"])

        receipt = SimpleUploadedFile("回执.pdf", b"%PDF-1.7 filed")
        assert client.post(url, {"filed_on": today, "number": "HZ-1", "proof": receipt}).status_code == 302
        row.refresh_from_db()
        assert (row.state, row.filed_on, row.number) == (FilingState.DONE, today, "HZ-1")
        proof = client.get(reverse("console:filing-proof", args=[row.pk]))
        assert b"".join(proof.streaming_content) == b"%PDF-1.7 filed"
        assert world.client("auditor").post(url, {"filed_on": today}).status_code == 403

    def test_many_are_noted_at_once_and_taken_back(self, world: ConsoleWorld) -> None:
        rows = [filing(living(world.here, number), FilingKind.RESIDENCE) for number in range(3)]
        client, today = world.client("front_desk"), timezone.localdate()
        dialog = Dialog(client, "filings", "filed", ids=",".join(str(row.pk) for row in rows))
        assert "3" in dialog.look(filed_on=str(today), number="批次-7")
        dialog.go()
        assert set(Filing.objects.values_list("state", "number")) == {(FilingState.DONE, "批次-7")}
        assert client.post(f"/filings/bulk/done/{BulkRun.objects.get().pk}/undo").status_code == 302
        assert set(Filing.objects.values_list("state", "number")) == {(FilingState.DUE, "")}

    def test_the_list_for_the_office_has_full_numbers_for_whoever_may_see_them(self, world: ConsoleWorld) -> None:
        tenure = living(world.here, 1, id_type="id_card", id_number=ID_NUMBER)
        filing(tenure, FilingKind.RESIDENCE, resident=tenure.resident)
        filing(tenure, FilingKind.FOREIGNER, occupant=foreigner(tenure))
        far = living(world.elsewhere, 2)
        filing(far, FilingKind.RESIDENCE, resident=far.resident)

        def rows(role: str, what: str) -> list[list[Any]]:
            client = world.client(role, at=world.here)
            answer = client.post(reverse("console:filing-list-export"), {"what": what, "state": "due"})
            sheet = CalamineWorkbook.from_filelike(BytesIO(b"".join(answer.streaming_content))).get_sheet_by_index(0)
            return list(sheet.to_python())

        heading, *people = rows("front_desk", "people")
        found = {row[1]: dict(zip(heading, row, strict=True)) for row in people}
        assert set(found) == {tenure.resident.name, "Emma Fischer"}
        assert found["Emma Fischer"]["证件号"] == "C4J7K2M9"
        assert found["Emma Fischer"]["国籍"] == "德国"
        mine = found[tenure.resident.name]
        assert (mine["证件号"], mine["性别"], str(mine["出生日期"])) == (ID_NUMBER, "女", "1949-12-31")
        written = AuditEntry.objects.filter(detail__list="filings")
        assert [one.detail["rows"] for one in written.filter(action=AuditAction.REVEALED)] == [2]
        assert written.filter(action=AuditAction.EXPORTED, property_id=world.here.pk).exists()

    def test_without_the_right_to_see_them_numbers_stay_covered(self, world: ConsoleWorld) -> None:
        tenure = living(world.here, 1, id_type="id_card", id_number=ID_NUMBER)
        filing(tenure, FilingKind.RESIDENCE, resident=tenure.resident)
        RoleSetting.objects.create(code="front_desk", removed=["residents.reveal"])
        answer = world.client("front_desk").post(reverse("console:filing-list-export"), {"what": "people", "state": ""})
        sheet = CalamineWorkbook.from_filelike(BytesIO(b"".join(answer.streaming_content))).get_sheet_by_index(0)
        heading, row = list(sheet.to_python())
        assert "****" in dict(zip(heading, row, strict=True))["证件号"]
        assert not AuditEntry.objects.filter(action=AuditAction.REVEALED).exists()


def test_a_property_says_its_own_time_and_lists_what_was_there_before(world: ConsoleWorld) -> None:
    client, tenure = world.client("manager"), living(world.here, 1)
    url = reverse("console:property-filing", args=[world.here.pk])
    form = client.get(url).context["form"]
    data = {name: form[name].value() for name in form.fields}
    data = {name: value for name, value in data.items() if value is not None and value is not False} | {
        "region": "310104"
    }
    saved = client.post(url, {**data, "residence_amount": "7", "residence_source": "本市规定"})
    assert saved.status_code == 302, saved.context["form"].errors
    rule = FilingRule.objects.get()
    assert (rule.kind, rule.amount, rule.source) == (FilingKind.RESIDENCE, 7, "本市规定")
    refused = client.post(url, {**data, "region": "31"})
    assert (refused.status_code, list(refused.context["form"].errors)) == (422, ["region"])
    client.post(reverse("console:property-filing-before", args=[world.here.pk]))
    assert set(Filing.objects.filter(tenure=tenure).values_list("state", flat=True)) == {FilingState.BEFORE}


def test_an_occupants_number_is_covered_shown_and_corrected(world: ConsoleWorld) -> None:
    tenure = make_lease(make_unit(world.here), make_resident(world.here))
    person, client = foreigner(tenure), world.client("front_desk")
    page = client.get(reverse("console:leases-detail", args=[tenure.pk])).content.decode()
    assert "C4J7K2M9" not in page
    shown = client.post(reverse("console:occupant-reveal", args=[tenure.pk, person.pk, "id_number"]))
    assert "C4J7K2M9" in shown.content.decode()
    entry = AuditEntry.objects.get(action=AuditAction.REVEALED)
    assert (entry.object_id, entry.detail) == (person.pk, {"field": "id_number"})

    url = reverse("console:occupant-edit", args=[tenure.pk, person.pk])
    given = {"name": "Emma Fischer", "id_type": "id_card", "id_number": "C4J7K2M9"}
    assert list(client.post(url, given).context["form"].errors) == ["id_number"]
    given = {"name": "Emma Fischer", "id_type": "passport", "id_number": "C4J7K2M9", "nationality": "FR"}
    assert client.post(url, given).status_code == 302
    person.refresh_from_db()
    assert person.nationality == "FR"
