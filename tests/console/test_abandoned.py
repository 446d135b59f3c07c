"""Abandoned rooms at the desk: the list, a case from its opening to the settlement on it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone

from tests.support.abandoned import DRAWN, PDF, entered, opened, served
from tests.support.console_world import ConsoleWorld
from tests.support.settlements import BY, make_stay
from tests.support.stays import make_lease, make_resident, make_unit
from tests.support.tasks import photo
from yuju.journeys.abandoned import notice_withdraw
from yuju.journeys.abandoned_end import ENTRY, case_tasks
from yuju.journeys.settling import settlement_show
from yuju.kit.testing.console import ConsoleTests
from yuju.payments.choices import SettlementState
from yuju.premises.models import Property
from yuju.residency.abandoned import notice_term
from yuju.residency.choices import AbandonmentState
from yuju.residency.models import Abandonment, AbandonmentNotice, EntryThing
from yuju.workforce.choices import TaskState
from yuju.workforce.services import task_take

pytestmark = pytest.mark.django_db


class TestAbandonedRooms(ConsoleTests):
    slug = "abandonments"
    viewer, editor, stranger = "auditor", "manager", "guard"
    list_queries = 8

    def make(self, world: ConsoleWorld, property: Property, number: int) -> Abandonment:
        return opened(make_lease(make_unit(property, f"16{number:02}"), make_resident(property, f"住户{number}")))

    def test_a_case_from_its_opening_to_the_record(self, world: ConsoleWorld) -> None:
        # Given a lease whose page leads there
        client = world.client("manager", at=world.here)
        lease = make_lease(make_unit(world.here), make_resident(world.here))
        url = reverse("console:abandoned-open", args=[lease.pk])
        page = reverse("console:leases-detail", args=[lease.pk])
        assert url in client.get(page).content.decode()

        # When it is opened, without grounds at first, and a notice is served
        assert client.post(url, {"note": ""}).status_code == 422
        assert client.post(url, {"last_seen_on": "2026-08-20"}).status_code == 302
        case = Abandonment.objects.get()
        assert client.get(url)["Location"] == self.console.url("detail", case.pk)
        assert case.number in client.get(page).content.decode()
        notice = reverse("console:abandoned-notice", args=[case.pk])
        assert "15" in client.get(notice).content.decode()
        today = timezone.localdate()
        filled = {"served_on": today - timedelta(days=20), "way": "door", "days": 15}
        wrong = client.post(notice, {**filled, "scan": ContentFile(b"MZ" + b"0" * 99, "a.jpg")})
        assert "scan" in wrong.context["form"].errors
        assert client.post(notice, {**filled, "scan": ContentFile(PDF, "a.pdf")}).status_code == 302
        row = AbandonmentNotice.objects.get()
        scan = client.get(reverse("console:abandoned-notice-scan", args=[case.pk, row.pk]))
        assert b"".join(scan.streaming_content) == PDF  # type: ignore[attr-defined]

        # Then the room may be entered, and there is neither record nor storage before both witnesses signed
        pdf = reverse("console:abandoned-pdf", args=[case.pk])
        assert client.get(pdf).status_code == 404
        assert client.get(self.console.url("detail", case.pk)).context["may_enter"]
        storage = reverse("console:abandoned-storage", args=[case.pk])
        assert client.post(storage, {"place": "库房", "until": "2099-01-01"}).status_code == 422

    def test_a_notice_is_taken_back_and_a_case_closed_with_a_reason(self, world: ConsoleWorld) -> None:
        client = world.client("manager", at=world.here)
        case = self.make(world, world.here, 1)
        close = reverse("console:abandoned-close", args=[case.pk])
        client.post(close, {"reason": " "})
        assert Abandonment.objects.get().state == AbandonmentState.OPEN
        client.post(close, {"reason": "住户返回"})
        assert Abandonment.objects.get().state == AbandonmentState.CLOSED
        assert "住户返回" in client.get(self.console.url("detail", case.pk)).content.decode()

    def test_who_only_looks_is_offered_nothing(self, world: ConsoleWorld) -> None:
        case = self.make(world, world.here, 1)
        client = world.client("auditor")
        assert client.get(self.console.url("detail", case.pk)).status_code == 200
        for name in ("abandoned-notice", "abandoned-storage", "abandoned-close"):
            assert client.post(reverse(f"console:{name}", args=[case.pk])).status_code == 403

    def test_changes_of_the_lease_lead_to_the_case_first(self, world: ConsoleWorld) -> None:
        # Given a room that seems abandoned
        stay = make_stay(place=world.here)
        case = opened(stay.tenure)
        client, there = world.client("manager", at=world.here), self.console.url("detail", case.pk)

        # Then who would renew it is told, with the way to the case; who only changes the rent is not
        for name, told in (("renew", True), ("room", True), ("tenant", True), ("early-end", True), ("rent", False)):
            page = client.get(reverse("console:lease-change", args=[stay.tenure.pk, name])).content.decode()
            assert (there in page) == told, name

    def test_the_stay_is_settled_on_it_at_the_desk(self, world: ConsoleWorld) -> None:
        # Given a signed case, stored things, and a settlement that was shown
        stay = make_stay(place=world.here)
        case = entered(stay.tenure)
        client = world.client("manager", at=world.here)
        detail = client.get(self.console.url("detail", case.pk))
        assert detail.context["as_signed"]
        assert client.get(reverse("console:abandoned-pdf", args=[case.pk])).content.startswith(b"%PDF-")
        thing = EntryThing.objects.get()
        shot = reverse("console:abandoned-photo", args=[case.pk, thing.photos.get().pk])
        assert client.get(shot)["Content-Type"] == "image/jpeg"
        storage = reverse("console:abandoned-storage", args=[case.pk])
        assert client.post(storage, {"place": "库房", "until": "2099-01-01", "cost": "100"}).status_code == 302
        settlement = settlement_show(settlement=stay.prepare(reason="弃租"), **BY)

        # When it is agreed on the record of the case
        page = client.get(reverse("console:check-out", args=[stay.tenure.pk]))
        assert page.context["form"]["how"].value() == "case"
        agree = reverse("console:check-out-agree", args=[stay.tenure.pk])
        client.post(agree, {"how": "case", "note": "", "seal": settlement.seal})

        # Then the settlement names it
        settlement.refresh_from_db()
        assert settlement.state == SettlementState.AGREED
        assert case.number in settlement.agreed_note
        outcome = reverse("console:abandoned-outcome", args=[case.pk, thing.pk])
        given = {"what": "given", "day": timezone.localdate(), "who": "林晓彤"}
        assert client.post(outcome, given).status_code == 302
        assert "林晓彤" in client.get(self.console.url("detail", case.pk)).content.decode()

    def test_the_term_is_decided_for_the_property(self, world: ConsoleWorld) -> None:
        url = reverse("console:abandoned-term", args=[world.here.pk])
        client = world.client("manager")
        assert client.post(url, {"days": 30, "source": ""}).status_code == 422
        assert client.post(url, {"days": 30, "source": "租约第 12 条"}).status_code == 302
        assert (notice_term(world.here).days, notice_term(world.elsewhere).days) == (30, 15)


class TestOnThePhone:
    def test_the_room_is_entered_in_the_task(self, world: ConsoleWorld) -> None:
        # Given a manager who took the task to enter a room, before the term is over
        user = world.user("manager", at=world.here)
        case = opened(make_lease(make_unit(world.here), make_resident(world.here)), by=user)
        now = timezone.now()
        recent = served(case, served_on=timezone.localdate(), at=now)
        client = world.client_of(user)
        task = case_tasks(case, ENTRY).get()
        task_take(task=task, by=user, at=now)

        def send(to: str, *arguments: int, **fields: Any) -> tuple[int, str]:
            address = reverse(f"field:{to}", args=[task.pk, *arguments])
            answer = client.post(address, {"entry": str(uuid4()), "entered": now.isoformat(), **fields})
            return answer.status_code, answer.content.decode()

        assert send("entry-begin")[0] == 422
        page = reverse("field:entry", args=[task.pk])
        assert client.get(page)["Location"] == reverse("field:task", args=[task.pk])

        # When the term is over
        served(case, served_on=timezone.localdate() - timedelta(days=20), at=now)
        notice_withdraw(notice=recent, reason="填错日期", by=user, at=now)
        assert "entry/begin" in client.get(reverse("field:task", args=[task.pk])).content.decode()
        assert send("entry-begin")[0] == 200
        thing = {"name": "行李箱", "count": "2", "condition": "worn", "stored": "库房", "words": "有划痕"}
        assert send("entry-thing-add", **thing)[0] == 422
        assert send("entry-thing-add", **thing, photo=photo(60, 40))[0] == 200
        assert send("entry-thing-add", **{**thing, "name": "误记"}, photo=photo(60, 40))[0] == 200
        first, wrong = EntryThing.objects.order_by("position")
        assert send("entry-thing-remove", wrong.pk)[0] == 200
        assert send("entry-thing-photo", first.pk, photo=photo(60, 40))[0] == 200
        assert "行李箱" in client.get(page).content.decode()
        assert client.get(reverse("field:entry-photo-small", args=[first.photos.all()[0].pk])).status_code == 200

        # Then both sign, once, and the task is done
        same = {f"{name}_{place}": "周明" for place in (1, 2) for name in ("name", "position")}
        drawn = {"signature_1": DRAWN, "signature_2": DRAWN}
        assert send("entry-sign", **same, **drawn)[0] == 422
        for _time in range(2):
            assert send("entry-sign", **{**same, "name_2": "王网格"}, **drawn)[0] == 200
        task.refresh_from_db()
        case.refresh_from_db()
        assert (task.state, case.state) == (TaskState.DONE, AbandonmentState.ENTERED)
        assert "王网格" in client.get(page).content.decode()
        assert send("entry-thing-add", **thing, photo=photo(60, 40))[0] == 422
