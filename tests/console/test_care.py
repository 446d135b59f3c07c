"""The pages of segments, care plans and the blacklist."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.support.console_world import ConsoleWorld
from tests.support.stays import AT, make_company, make_lease, make_resident, make_unit
from yuju.care.models import Activity, CarePlan, Segment
from yuju.care.services import activity_save, plan_save, segment_save, sign_up
from yuju.identity.choices import AuditAction
from yuju.identity.models import AuditEntry
from yuju.kit.testing.console import ConsoleFormTests, ConsoleTests
from yuju.messaging.models import ResidentNotice
from yuju.premises.models import Property
from yuju.residency.blacklist import blacklist_matches
from yuju.residency.choices import TagTone
from yuju.residency.models import Blacklisting, Resident, Tenure
from yuju.residency.services import blacklisting_save, resident_tags_set, tag_create

pytestmark = pytest.mark.django_db
BY: dict[str, Any] = {"by": None, "at": AT}
LIVING = [{"fact": "state", "operator": "any", "value": ["living"]}]


def make_segment(property: Property | None, number: int = 1) -> Segment:
    return segment_save(segment=None, property=property, name=f"在住 {property} {number}", conditions=LIVING, **BY)


class TestSegments(ConsoleTests, ConsoleFormTests):
    slug = "segments"
    viewer = "auditor"
    editor = "front_desk"
    stranger = "guard"
    list_queries = 8
    invalid = ("name", "")

    def make(self, world: ConsoleWorld, property: Property, number: int) -> Segment:
        return make_segment(property, number)

    def form_data(self, world: ConsoleWorld, number: int) -> Mapping[str, Any]:
        rows = [{"fact": "age", "operator": "at_least", "value": 60 + number}]
        return {"property": world.here.pk, "name": f"老人 {number}", "conditions": json.dumps(rows)}

    def test_rows_are_added_removed_and_follow_the_fact_chosen(self, world: ConsoleWorld) -> None:
        tag = tag_create(name="老人", tone=TagTone.CARE, **BY)
        client, url = world.client("front_desk"), reverse("console:segment-rows")
        typed = {
            "conditions-rows": "2",
            "conditions-0-fact": "age",
            "conditions-0-was": "age",
            "conditions-0-operator": "at_least",
            "conditions-0-value": "60",
            # What was typed for another fact is not taken for this one
            "conditions-1-fact": "tags",
            "conditions-1-was": "age",
            "conditions-1-value": f"{tag.pk}",
        }
        drawn = client.post(url, {**typed, "conditions-add": "1"})
        page = drawn.content.decode()
        assert page.count("<fieldset") == 3
        assert 'value="60"' in page
        assert "老人" in page
        assert " checked" not in page
        assert drawn["HX-Trigger"] == "picked"
        assert client.post(url, {**typed, "conditions-remove": "0"}).content.decode().count("<fieldset") == 1
        nonsense = {"conditions-rows": "99", "conditions-0-fact": "x\x00", "conditions-remove": "²"}
        assert client.post(url, nonsense).status_code == 200

    def test_what_is_typed_in_rows_is_saved_and_the_panel_names_who_it_is(self, world: ConsoleWorld) -> None:
        resident = make_resident(world.here, "王建国")
        make_lease(make_unit(world.here), resident)
        make_resident(world.here, "路人")
        make_lease(make_unit(world.here, "0909"), make_company(world.here))
        client = world.client("front_desk", at=world.here)
        typed = {
            "property": world.here.pk,
            "name": "在住",
            "conditions-rows": "1",
            "conditions-0-fact": "state",
            "conditions-0-was": "state",
            "conditions-0-operator": "any",
            "conditions-0-value": "living",
        }
        panel = client.post(self.console.url("new-panel"), typed).content.decode()
        assert "王建国" in panel
        assert "1 位住户" in panel
        assert "路人" not in panel
        made = client.post(self.console.url("new"), typed)
        assert made.status_code == 302
        assert Segment.objects.get().conditions == LIVING
        shown = client.get(made["Location"]).content.decode()
        assert "王建国" in shown
        assert "在住" in shown
        # And residents are narrowed by it
        residents = client.get(f"/residents/?tab=all&segment={Segment.objects.get().pk}").content.decode()
        assert "王建国" in residents
        assert "路人" not in residents
        # Without a condition nothing is saved
        refused = client.post(self.console.url("new"), {**typed, "conditions-rows": "0"})
        assert refused.status_code == 422
        assert "conditions" in refused.context["form"].errors

    def test_what_nothing_is_for_can_be_deleted(self, world: ConsoleWorld) -> None:
        used, unused = make_segment(world.here, 1), make_segment(world.here, 2)
        begins = timezone.now() + timedelta(days=1)
        activity_save(
            activity=None, property=world.here, name="讲座", place="会客厅", about="", seats=None, segment=used,
            starts_at=begins, ends_at=begins + timedelta(hours=1), **BY,
        )  # fmt: skip
        client = world.client("front_desk")
        shown = client.get(self.console.url("detail", used.pk)).content.decode()
        assert "讲座" in shown
        assert "删除" not in shown
        assert "删除" in client.get(self.console.url("detail", unused.pk)).content.decode()
        for segment in (used, unused):
            assert client.post(reverse("console:segment-delete", args=[segment.pk])).status_code == 302
        assert list(Segment.objects.all()) == [used]

    def test_one_of_all_properties_is_seen_everywhere_and_changed_by_few(self, world: ConsoleWorld) -> None:
        everywhere = make_segment(None)
        posted, manager = world.client("front_desk", at=world.here), world.client("front_desk")
        assert everywhere.pk in self.listed(posted)
        assert posted.get(self.console.url("edit", everywhere.pk)).status_code == 403
        assert manager.get(self.console.url("edit", everywhere.pk)).status_code == 200
        # Who is posted at one property makes none for all
        whole = {**self.form_data(world, 1), "property": ""}
        assert posted.post(self.console.url("new"), whole).status_code == 422
        assert manager.post(self.console.url("new"), whole).status_code == 302


class TestCarePlans(ConsoleTests, ConsoleFormTests):
    slug = "care-plans"
    viewer = "auditor"
    editor = "front_desk"
    stranger = "guard"
    list_queries = 8
    invalid = ("every", "0")

    def make(self, world: ConsoleWorld, property: Property, number: int) -> CarePlan:
        return plan_save(
            plan=None,
            property=property,
            segment=make_segment(property, number),
            title=f"探访 {property} {number}",
            every=14,
            rhythm="days",
            starts_on=timezone.localdate(),
            **BY,
        )

    def form_data(self, world: ConsoleWorld, number: int) -> Mapping[str, Any]:
        segment = Segment.objects.filter(name="在住").first()
        segment = segment or segment_save(segment=None, property=None, name="在住", conditions=LIVING, **BY)
        return {
            "property": world.here.pk,
            "segment": segment.pk,
            "title": f"安全检查 {number}",
            "details": "",
            "every": "3",
            "rhythm": "months",
            "spread": "on",
            "lead_days": f"{number % 30}",
            "group": "engineer",
            "starts_on": f"{timezone.localdate()}",
            "until": "",
            "steps": "燃气\n电线 *",
        }

    def test_the_panel_says_how_much_work_it_makes(self, world: ConsoleWorld) -> None:
        make_lease(make_unit(world.here), make_resident(world.here))
        client = world.client("front_desk")
        data = {**self.form_data(world, 1), "every": "5", "rhythm": "days"}
        panel = client.post(self.console.url("new-panel"), data).content.decode()
        assert "1 位住户" in panel
        assert ">6<" in panel
        # A rule is said in words at its field, not by what the database calls it
        refused = client.post(self.console.url("new"), {**data, "until": "2020-01-01"})
        assert refused.context["form"].errors == {"until": ["截止日期早于开始日期。"]}


class TestBlacklist(ConsoleTests, ConsoleFormTests):
    slug = "blacklist"
    viewer = "auditor"
    editor = "manager"
    stranger = "cashier"
    list_queries = 8
    invalid = ("phone", "12")

    def make(self, world: ConsoleWorld, property: Property, number: int) -> Blacklisting:
        return blacklisting_save(
            entry=None,
            name=f"某人 {number}",
            id_number="",
            phone=f"1380000{number:04}",
            reason="欠费离开",
            since=timezone.localdate(),
            until=None,
            **BY,
        )

    def form_data(self, world: ConsoleWorld, number: int) -> Mapping[str, Any]:
        return {
            "name": f"某人 {number}",
            "id_number": f"E1234{number:04}",
            "phone": "",
            "reason": f"损坏家具 {number}",
            "since": f"{timezone.localdate()}",
            "until": "",
        }

    def test_it_warns_at_every_property_until_it_is_lifted(self, world: ConsoleWorld) -> None:
        entry = self.make(world, world.elsewhere, 7)
        today = timezone.localdate()
        assert blacklist_matches(id_number="", phone="138 0000 0007", on=today) == [entry]
        assert blacklist_matches(id_number="E1", phone="not one", on=today) == []
        typed = {"property": world.here.pk, "name": "某人", "category": "long_term", "phone": "13800000007"}
        panel = world.client("front_desk").post("/residents/new/panel", typed).content.decode()
        assert "黑名单" in panel
        assert f"/blacklist/{entry.pk}/" in panel
        # So it does of who moves in with somebody, and of who moves in later on
        lease = make_lease(make_unit(world.here))
        joins = reverse("console:lease-change-panel", args=[lease.pk, "occupant-in"])
        assert "黑名单" in world.client("front_desk").post(joins, {"phone": "13800000007"}).content.decode()
        # And of who takes the lease over
        takes_over = reverse("console:lease-change-panel", args=[lease.pk, "tenant"])
        listed, other = make_resident(world.here, "某人", phone="13800000007"), make_resident(world.here, "别人")
        warned = [
            "黑名单" in world.client("front_desk").post(takes_over, {"resident": one.pk}).content.decode()
            for one in (listed, other)
        ]
        assert warned == [True, False]
        # Opening the reason is written down
        manager = world.client("manager")
        assert "欠费离开" in manager.get(self.console.url("detail", entry.pk)).content.decode()
        assert AuditEntry.objects.filter(action=AuditAction.REVEALED, object_id=entry.pk).count() == 1
        lift = reverse("console:blacklist-lift", args=[entry.pk])
        assert manager.post(lift, {"reason": ""}).status_code == 422
        assert manager.post(lift, {"reason": "已结清"}).status_code == 302
        assert blacklist_matches(id_number="", phone="13800000007", on=today) == []
        assert manager.get(self.console.url("edit", entry.pk)).status_code == 403


class TestActivities(ConsoleTests, ConsoleFormTests):
    slug = "activities"
    viewer = "auditor"
    editor = "front_desk"
    stranger = "guard"
    list_queries = 9
    invalid = ("from_time", "noon")

    def make(self, world: ConsoleWorld, property: Property, number: int) -> Activity:
        if not Segment.objects.exists():
            make_segment(None)
        begins = timezone.now() + timedelta(days=number)
        return activity_save(
            activity=None,
            property=property,
            name=f"包饺子 {number}",
            place="会客厅",
            about="",
            starts_at=begins,
            ends_at=begins + timedelta(minutes=1),
            seats=number + 5,
            segment=None,
            **BY,
        )

    def form_data(self, world: ConsoleWorld, number: int) -> Mapping[str, Any]:
        return {
            "property": world.here.pk,
            "name": f"讲座 {number}",
            "place": "会客厅",
            "about": "",
            "seats": f"{number}",
            "segment": "",
            "on": f"{timezone.localdate() + timedelta(days=number)}",
            "from_time": "14:00",
            "until_time": "16:00",
        }

    def test_it_is_sent_ticked_and_called_off(self, world: ConsoleWorld) -> None:
        resident = make_resident(world.here, "王建国")
        lease = make_lease(make_unit(world.here), resident)
        activity = self.make(world, world.here, 1)
        made = sign_up(activity=activity, resident=resident, by=None, at=timezone.now())
        client = world.client("front_desk")
        assert "邀请 1 位住户" in client.get(self.console.url("detail", activity.pk)).content.decode()
        client.post(reverse("console:activity-invite", args=[activity.pk]))
        assert ResidentNotice.objects.filter(kind="activity_invited", resident_id=resident.pk).count() == 1
        came = reverse("console:activity-came", args=[activity.pk, made.pk])
        # Of two of one name each is told by where they live; and nobody is ticked before its day
        phone = f"/field/activities/{activity.pk}"
        for page in (self.console.url("detail", activity.pk), phone):
            shown = client.get(page).content.decode()
            assert lease.unit.label in shown
            assert "/came" not in shown
        assert "全部在住住户" in client.get(self.console.url("detail", activity.pk)).content.decode()
        Activity.objects.update(starts_at=timezone.now(), ends_at=timezone.now() + timedelta(hours=1))
        drawn = client.post(came, {"came": "yes"}, headers={"HX-Request": "true"}).content.decode()
        assert 'aria-pressed="true"' in drawn
        assert lease.unit.label in drawn
        assert "/came" in client.get(phone).content.decode()
        made.refresh_from_db()
        assert made.came is True
        # The history says of whom
        assert "王建国 到场" in client.get(self.console.url("detail", activity.pk)).content.decode()
        assert client.post(came, {"came": "perhaps"}).status_code == 404
        assert world.client("auditor").post(came, {"came": "no"}).status_code == 403
        other = self.make(world, world.here, 2)
        cancel = reverse("console:activity-cancel", args=[other.pk])
        assert client.post(cancel, {"reason": ""}).status_code == 422
        assert client.post(cancel, {"reason": "漏水"}).status_code == 302
        assert client.get(self.console.url("edit", other.pk)).status_code == 403


def test_guards_see_which_rooms_need_help_and_nothing_else_of_anybody(world: ConsoleWorld) -> None:
    resident = make_resident(world.here, "王建国", phone="13800000001")
    resident_tags_set(resident=resident, tags=[tag_create(name="行动不便", tone=TagTone.CARE, **BY)], **BY)
    lease = make_lease(make_unit(world.here), resident)
    page = world.client("guard", at=world.here).get("/field/needs").content.decode()
    assert lease.unit.label in page
    assert "行动不便" in page
    assert "王建国" not in page
    assert "138" not in page
    assert lease.unit.label not in world.client("guard", at=world.elsewhere).get("/field/needs").content.decode()
    assert world.client("cleaner").get("/field/needs").status_code == 403
    # Whoever stays on after the last day of their lease is there, too
    Tenure.objects.filter(pk=lease.pk).update(end=timezone.localdate() - timedelta(days=1))
    assert lease.unit.label in world.client("guard", at=world.here).get("/field/needs").content.decode()


def test_the_residents_page_shows_care_to_those_who_may_see_it(world: ConsoleWorld) -> None:
    resident: Resident = make_resident(world.here, "王建国")
    resident_tags_set(resident=resident, tags=[tag_create(name="老人", tone=TagTone.CARE, **BY)], **BY)
    make_lease(make_unit(world.here), resident)
    TestCarePlans().make(world, world.here, 1)
    page = f"/residents/{resident.pk}/"
    assert "探访" in world.client("front_desk").get(page).content.decode()
    assert "探访" not in world.client("guard").get(page).content.decode()
