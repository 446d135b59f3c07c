"""The pages of residents."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.support.console_world import AT, ConsoleWorld
from tests.support.stays import (
    CREDIT_CODE,
    ID_NUMBER,
    bind,
    make_lease,
    make_meter,
    make_resident,
    make_tariff,
    make_unit,
    run_bills,
)
from yuju.care.services import segment_save
from yuju.identity.choices import AuditAction
from yuju.identity.models import AuditEntry
from yuju.kit.identity_numbers import mask_id_number
from yuju.kit.testing.console import ConsoleFormTests, ConsoleTests
from yuju.premises.models import Property
from yuju.residency.choices import TagTone, TenureState
from yuju.residency.models import Resident, Tag, Tenure
from yuju.residency.services import resident_tags_set, tag_create, tenure_move

pytestmark = pytest.mark.django_db
NAMES = ("林晓彤", "王建业", "赵欣然", "周婉清", "张国栋")


def living(property: Property, number: int, *, days: int = 200, **given: Any) -> Tenure:
    """A resident who lives here by a lease that ends in so many days; below 0 nobody checked out."""
    today = timezone.localdate()
    name = f"{NAMES[number % len(NAMES)]}{number}"
    resident = make_resident(property, name, phone=f"138{number:08d}", **given)
    unit = make_unit(property, f"{number:04d}")
    start, end = today - timedelta(days=100), today + timedelta(days=days)
    return make_lease(unit, resident, start=start, end=end, state=TenureState.LIVING)


class TestResidents(ConsoleTests, ConsoleFormTests):
    slug = "residents"
    viewer = "auditor"
    editor = "manager"
    stranger = "engineer"
    list_queries = 13
    invalid = ("phone", "138")

    def make(self, world: ConsoleWorld, property: Property, number: int) -> Resident:
        if not Tag.objects.exists():
            tag_create(name="养犬", by=None, at=AT)
            ends = [{"fact": "ends_within", "operator": "at_most", "value": 0}]
            segment_save(segment=None, property=None, name="今天到期", conditions=ends, by=None, at=AT)
        return living(property, number).resident

    def form_data(self, world: ConsoleWorld, number: int) -> Mapping[str, Any]:
        # Who has no lease yet stands in no view but the last: somebody who has keeps the first one filled.
        if not Tenure.objects.exists():
            living(world.here, 900)
        return {
            "property": world.here.pk,
            "name": f"欧阳雪{number}",
            "category": "long_term",
            "phone": f"159{number:08d}",
            "id_type": "",
            "id_number": "",
        }

    def test_the_views_hold_who_lives_here_ends_soon_needs_care_or_lacks_a_document(self, world: ConsoleWorld) -> None:
        # Given
        stays, soon = living(world.here, 1, id_number=ID_NUMBER), living(world.here, 2, days=60)
        later, over, gone = living(world.here, 3, days=61), living(world.here, 4, days=-1), living(world.here, 5)
        # Checked out before the last day
        tenure_move(tenure=gone, to=TenureState.ENDED, by=None, at=AT)
        nobody = make_resident(world.here, "新人")
        tag = tag_create(name="独居老人", tone=TagTone.CARE, by=None, at=AT)
        for one in (later, over, gone):
            resident_tags_set(resident=one.resident, tags=[tag], by=None, at=AT)
        client = world.client("auditor")

        # Then
        living_here = {one.resident_id for one in (stays, soon, later, over)}
        assert set(self.listed(client)) == living_here
        assert self.listed(client, "?tab=ending") == [soon.resident_id]
        assert set(self.listed(client, "?tab=care")) == {later.resident_id, over.resident_id}
        assert set(self.listed(client, "?tab=documents")) == living_here - {stays.resident_id}
        counts = self.console.tab_counts(client.get(self.console.url("list")).wsgi_request)
        assert (counts["living"], counts["care"], counts["documents"]) == (4, 2, 3)
        assert "已搬离" in client.get(self.console.detail_url(gone.resident)).content.decode()
        units = world.client("auditor").get(reverse("console:units-list"), {"occupied": "yes"}).context["listing"].rows
        assert {one.pk for one in units} == {one.unit_id for one in (stays, soon, later, over)}
        assert set(self.listed(client, "?tab=all")) >= {gone.resident_id, nobody.pk}

    @pytest.mark.parametrize("query", ["wjy1", "wangjianye", "王建", "0001", "13800000001", "3栋0001"])
    def test_the_search_knows_pinyin_phone_and_room(self, world: ConsoleWorld, query: str) -> None:
        found = living(world.here, 1)
        living(world.here, 22)
        assert self.listed(world.client("auditor"), f"?q={query}") == [found.resident_id]

    def test_personal_data_is_covered_until_somebody_uncovers_it(self, world: ConsoleWorld) -> None:
        resident = living(world.here, 1, id_number=ID_NUMBER).resident
        client = world.client("front_desk")
        for page in (self.console.url("list"), self.console.detail_url(resident)):
            text = client.get(page).content.decode()
            assert resident.phone not in text
            assert ID_NUMBER not in text
            assert "138****0001" in text
        shown = client.post(self.console.url("reveal", resident.pk, "id_number"))
        assert ID_NUMBER in shown.content.decode()
        assert AuditEntry.objects.get(action=AuditAction.REVEALED).detail == {"field": "id_number"}
        assert world.client("guard").post(self.console.url("reveal", resident.pk, "phone")).status_code == 403

    def test_numbers_stay_covered_in_the_form(self, world: ConsoleWorld) -> None:
        # Given a resident with numbers on file
        client = world.client("manager")
        row = make_resident(world.here, phone="13800006021", id_type="id_card", id_number=ID_NUMBER)
        address = self.console.url("edit", row.pk)

        # When the form is opened, then they are covered, and one is shown by the eye
        page = client.get(address)
        assert not any(number in page.text for number in ("13800006021", ID_NUMBER))
        shown = client.post(self.console.url("reveal", row.pk, "phone") + "?as=field").text
        assert "<input" in shown
        assert 'value="13800006021"' in shown
        assert AuditEntry.objects.filter(action=AuditAction.REVEALED, object_id=row.pk).count() == 1

        # And saved as they were shown, they stay
        form = page.context["form"]
        data = {name: form[name].value() or "" for name in form.fields if name != "tags"}
        covered = {
            "phone": "138****6021",
            "id_number": mask_id_number(ID_NUMBER),
            "name": "林晓彤二",
            "_version": page.context["version"],
        }
        assert client.post(address, {**data, **covered}).status_code == 302
        row.refresh_from_db()
        assert (row.name, row.phone, row.id_number) == ("林晓彤二", "13800006021", ID_NUMBER)

    def test_a_company_is_registered_by_a_form_of_its_own_and_told_apart_in_the_list(self, world: ConsoleWorld) -> None:
        # Given
        client, form = world.client("manager"), f"{self.console.url('new')}?kind=company"
        person = living(world.here, 1).resident
        page = client.get(form)
        assert {"id_type", "emergency_name"}.isdisjoint(page.context["form"].fields)
        data = {
            "property": world.here.pk,
            "name": "星海科技有限公司",
            "category": "long_term",
            "contact_name": "陈静",
            "phone": "13912345678",
            "id_number": ID_NUMBER,
            "bank": "工商银行",
        }

        # When a person's document is given, and then its own
        refused = client.post(form, data)
        assert refused.context["form"].errors.keys() == {"id_number"}
        client.post(form, {**data, "id_number": CREDIT_CODE})

        # Then
        company = Resident.objects.get(kind="company")
        title = company.invoice_titles.get()
        assert (title.title, title.tax_number, title.bank) == (company.name, CREDIT_CODE, "工商银行")
        assert self.listed(client, "?tab=all&kind=company") == [company.pk]
        assert company.pk not in self.listed(client, "?tab=all&kind=person")
        assert person.pk in self.listed(client)
        edit = client.get(self.console.url("edit", company.pk))
        assert edit.context["form"]["tax_number"].value() == CREDIT_CODE

    def test_what_is_open_stands_in_the_list(self, world: ConsoleWorld) -> None:
        lease = living(world.here, 1)
        bind(lease, make_tariff(world.here, rate="100"), start=date(2026, 9, 1))
        run_bills(world.here, date(2026, 11, 25))
        row = world.client("auditor").get(self.console.url("list")).context["listing"].rows[0]
        assert row.open == Decimal(300)

    def test_everything_about_a_resident_takes_few_queries_however_much_there_is(self, world: ConsoleWorld) -> None:
        lease = living(world.here, 1)
        make_meter(world.here, lease.unit, kind="electricity")
        bind(lease, make_tariff(world.here), start=date(2026, 1, 1))
        client = world.client("manager")
        counts = []
        for month in (3, 11):
            run_bills(world.here, date(2026, month, 25))
            with CaptureQueriesContext(connection) as captured:
                response = client.get(self.console.detail_url(lease.resident))
            assert response.status_code == 200
            counts.append(sum("SAVEPOINT" not in query["sql"] for query in captured))
        assert counts == [28, 28]
        figures = response.context["figures"]
        assert (figures.open, figures.open_bills) == (Decimal(4850) * 11, 11)
        assert len(response.context["bills"]) == 6

    @pytest.mark.parametrize("tab", ["leases", "bills", "meters", "history"])
    def test_every_part_of_the_page_opens(self, world: ConsoleWorld, tab: str) -> None:
        lease = living(world.here, 1)
        make_meter(world.here, lease.unit)
        bind(lease, make_tariff(world.here), start=date(2026, 9, 1))
        run_bills(world.here, date(2026, 11, 25))
        response = world.client("manager").get(f"{self.console.detail_url(lease.resident)}?tab={tab}")
        assert response.status_code == 200
        assert response.context["tab"] == tab

    def test_the_guard_sees_neither_leases_nor_money(self, world: ConsoleWorld) -> None:
        lease = living(world.here, 1)
        response = world.client("guard").get(f"{self.console.detail_url(lease.resident)}?tab=bills")
        assert (response.context["tab"], "figures" in response.context) == ("", False)
        assert lease.number not in response.content.decode()

    def test_a_resident_without_a_lease_has_a_page(self, world: ConsoleWorld) -> None:
        resident = make_resident(world.here, "新人")
        assert world.client("manager").get(self.console.detail_url(resident)).status_code == 200

    def test_all_there_is_to_mend_is_said_at_once(self, world: ConsoleWorld) -> None:
        wrong = {
            "name": "",
            "phone": "138",
            "emergency_phone": "12",
            "id_type": "id_card",
            "id_number": ID_NUMBER[:-1] + "1",
        }
        response = world.client("manager").post(self.console.url("new"), {**self.form_data(world, 1), **wrong})
        assert set(response.context["form"].errors) == {"name", "phone", "emergency_phone", "id_number"}

    @pytest.mark.parametrize(
        ("field", "value", "kind"),
        [
            ("phone", "13900000009", "c-ok"),
            ("phone", "138 0000 0001", "c-warn"),
            ("phone", "139", "c-bad"),
            ("id_number", ID_NUMBER, "c-warn"),
            ("id_number", ID_NUMBER[:-1] + "1", "c-bad"),
            ("id_number", "440524188001010014", "c-bad"),
        ],
    )
    def test_a_number_is_checked_while_it_is_typed(
        self, world: ConsoleWorld, field: str, value: str, kind: str
    ) -> None:
        living(world.here, 1, id_number=ID_NUMBER)
        address = f"{reverse('console:resident-check')}?field={field}"
        assert kind in world.client("manager").post(address, {field: value}).content.decode()

    def test_tags_are_set_with_the_form(self, world: ConsoleWorld) -> None:
        tag = tag_create(name="企业租客", by=None, at=AT)
        client = world.client("manager")
        assert client.post(self.console.url("new"), {**self.form_data(world, 1), "tags": [tag.pk]}).status_code == 302
        assert list(Resident.objects.get(name="欧阳雪1").tags.all()) == [tag]
