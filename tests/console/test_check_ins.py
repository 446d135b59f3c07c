"""The pages of check-ins: the list, and the steps from the room to the first bill."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.support.console_world import AT, ConsoleWorld
from tests.support.stays import ID_NUMBER, make_lease, make_resident, make_tariff, make_unit
from yuju.billing.models import BillingAccount, Charge
from yuju.console.acts import detail_of
from yuju.identity.choices import AuditAction
from yuju.identity.models import AuditEntry
from yuju.kit.identity_numbers import mask_id_number
from yuju.kit.testing.console import ConsoleTests
from yuju.premises.models import Property
from yuju.residency.choices import CheckInState, CheckInStep, TenureState
from yuju.residency.models import CheckIn, Occupant, Tenure
from yuju.residency.services import blacklisting_save, tag_create
from yuju.residency.services.check_ins import check_in_begin, check_in_keep, facts_of
from yuju.residency.services.tags import resident_tags_set

pytestmark = pytest.mark.django_db

CARD = f"姓 名 赵欣然\n性别 女 民族 汉\n出生 1949年12月31日\n住址 北京市\n公民身份号码 {ID_NUMBER}"

NONSENSE: list[tuple[str, dict[str, Any]]] = [
    ("room", {"start": "9999-12-31", "length": "36", "category": "nothing"}),
    ("who", {"name": "\x00" * 3, "resident": "99999999999999999999", "id_type": "x"}),
    ("who", {"name": "名" * 40_000}),
    ("terms", {"rent": "NaN", "pay": "a-b", "step_months": "1", "step_by": "Infinity"}),
    ("terms", {"rent": "9" * 30, "pay": "own", "pay_months": "9" * 30, "free_days": "-1", "free_from": "0"}),
    ("billed", {"tariffs": ["x", "9" * 30]}),
]


class TestCheckIns(ConsoleTests):
    slug = "check-ins"
    viewer = "auditor"
    stranger = "guard"
    list_queries = 9

    def make(self, world: ConsoleWorld, property: Property, number: int) -> CheckIn:
        unit = make_unit(property, f"{number:04d}")
        check_in = check_in_begin(unit=unit, by=None, at=AT + timedelta(minutes=number))
        return check_in_keep(
            check_in=check_in,
            step=CheckInStep.WHO,
            facts={},
            name=f"郑凯{number}",
            by=None,
            at=AT + timedelta(minutes=number),
        )


def url(page: str, check_in: CheckIn) -> str:
    return reverse(f"console:check-in-{page}", args=[check_in.pk])


def begun(client: Any, world: ConsoleWorld, **given: str) -> CheckIn:
    """A check-in whose room and days are chosen."""
    unit = make_unit(world.here, "1602")
    data = {"unit": unit.pk, "start": str(timezone.localdate()), "length": "12", "category": "long_term", **given}
    response = client.post(reverse("console:check-ins-new"), data)
    assert response.status_code == 302, response.context["form"].errors
    check_in = CheckIn.objects.get()
    assert response.url == url("who", check_in)
    return check_in


class TestSteps:
    def test_from_the_room_to_the_money(self, world: ConsoleWorld) -> None:
        # Given
        client, today = world.client("front_desk"), timezone.localdate()
        rent = make_tariff(world.here)
        check_in = begun(client, world)

        # When every step is answered
        who = {"name": "郑凯", "phone": "15200006174", "id_type": "id_card", "id_number": ID_NUMBER}
        others = {"other0_name": "郑海", "other0_relation": "父亲"}
        assert client.post(url("who", check_in), {**who, **others}).url == url("terms", check_in)
        terms = {"rent": "4780", "pay": "2-1", "step_kind": "percent", "penalty_kind": "none"}
        assert client.post(url("terms", check_in), terms).url == url("billed", check_in)
        page = client.get(url("billed", check_in))
        assert [one["checked"] for one in page.context["offered"]] == [True]
        assert client.post(url("billed", check_in), {"tariffs": [rent.pk]}).url == url("confirm", check_in)
        page = client.get(url("confirm", check_in))
        panel = page.context["panel"]
        assert panel.lines[0].value == Decimal(9560)
        assert not Tenure.objects.exists()
        answer = client.post(url("confirm", check_in), {"shown": page.context["shown"], "moves_in": "on"})

        # Then it stands as it was shown, and the money can be taken
        assert answer.status_code == 302
        lease = Tenure.objects.get()
        assert (lease.state, lease.start, lease.deposit) == (TenureState.LIVING, today, Decimal(9560))
        assert sum(Charge.objects.values_list("amount", flat=True)) == panel.total
        assert Occupant.objects.get().name == "郑海"
        done = client.get(answer.url)
        account = BillingAccount.objects.get()
        assert done.context["open"] == panel.total
        assert done.context["take_url"] == f"{reverse('console:cashier')}?account={account.pk}&all=yes"
        # And no step of it opens any more
        assert client.get(url("terms", check_in)).url == answer.url

    def test_somebody_else_goes_on_where_it_was_left(self, world: ConsoleWorld) -> None:
        check_in = begun(world.client("front_desk"), world)
        # What is typed is kept before it is right
        keep = world.client("front_desk").post(url("who-keep", check_in), {"name": "郑凯", "phone": "152"})
        assert keep.status_code == 200
        colleague = world.client("manager")
        page = colleague.get(url("who", check_in))
        assert page.context["form"]["phone"].value() == "152"
        assert page.context["at_it"]
        assert colleague.get(url("confirm", check_in)).url == url("who", check_in)
        assert colleague.post(url("who", check_in), {"name": "郑凯", "phone": "152"}).status_code == 422
        left = colleague.post(url("who", check_in), {"name": "郑凯", "phone": "152", "then": "leave"})
        assert left.url == reverse("console:check-ins-list")
        check_in.refresh_from_db()
        assert (check_in.name, facts_of(check_in)["who"]["phone"]) == ("郑凯", "152")
        assert "152" not in CheckIn.objects.values_list("step", "name").get()

    def test_numbers_are_covered_for_whoever_goes_on(self, world: ConsoleWorld) -> None:
        # Given somebody who left a new resident behind half-way
        client = world.client("front_desk")
        check_in = begun(client, world)
        who = {"name": "郑凯", "phone": "15200006174", "id_type": "id_card", "id_number": ID_NUMBER}
        client.post(
            url("who", check_in), {**who, "other0_name": "李明", "other0_phone": "13900001234", "then": "leave"}
        )

        # When a colleague opens it
        page = client.get(url("who", check_in))

        # Then no number stands there in full; the eye shows one, and that is written down
        assert not any(number in page.text for number in ("15200006174", ID_NUMBER, "13900001234"))
        eye = reverse("console:check-in-number", args=[check_in.pk, "phone"])
        assert eye in page.text
        assert 'value="15200006174"' in client.post(eye).text
        client.post(reverse("console:check-in-number", args=[check_in.pk, "other0_phone"]))
        told = [detail_of(one) for one in AuditEntry.objects.filter(action=AuditAction.REVEALED).order_by("pk")]
        assert told == ["电话", "同住人的电话"]
        assert client.post(reverse("console:check-in-number", args=[check_in.pk, "name"])).status_code == 404

        # And sent back as they were shown, they stay as they were kept
        shown = {"phone": "152****6174", "id_number": mask_id_number(ID_NUMBER), "other0_phone": "139****1234"}
        assert client.post(url("who", check_in), {**who, **shown, "other0_name": "李明"}).status_code == 302
        kept = facts_of(CheckIn.objects.get())[CheckInStep.WHO]
        assert (kept["phone"], kept["id_number"], kept["others"][0]["phone"]) == (
            "15200006174",
            ID_NUMBER,
            "13900001234",
        )

    def test_a_document_on_file_is_said_at_its_field(self, world: ConsoleWorld) -> None:
        # Given somebody on file
        client = world.client("front_desk")
        known = make_resident(world.here, id_type="id_card", id_number=ID_NUMBER)
        check_in = begun(client, world)

        # When they are entered as new
        who = {"name": "郑凯", "phone": "15200006174", "id_type": "id_card", "id_number": ID_NUMBER}
        page = client.post(url("who", check_in), who)

        # Then the step says who it is
        assert page.status_code == 422
        assert known.ref in str(page.context["form"].errors["id_number"])

    def test_a_card_fills_the_fields(self, world: ConsoleWorld) -> None:
        client = world.client("front_desk")
        check_in = begun(client, world)
        read = client.post(url("card", check_in), {"card": CARD, "phone": "15200006174"}).context["form"]
        assert (read["name"].value(), read["id_number"].value(), read["phone"].value()) == (
            "赵欣然",
            ID_NUMBER,
            "15200006174",
        )
        wrong = client.post(url("card", check_in), {"card": CARD.replace("002X", "0021")})
        assert not wrong.context["card_good"]
        assert wrong.context["card_said"]

    def test_whoever_is_on_file_is_offered_with_a_warning(self, world: ConsoleWorld) -> None:
        # Given somebody who is marked as a risk
        known = make_resident(world.here, "林晓彤", phone="13800006021")
        resident_tags_set(
            resident=known, tags=[tag_create(name="欠租未清", tone="bad", by=None, at=AT)], by=None, at=AT
        )
        client = world.client("front_desk")
        check_in = begun(client, world)

        # When their telephone is typed, then they are chosen
        panel = client.post(url("who-panel", check_in), {"phone": "138 0000 6021"}).context["panel"]
        assert [one.pk for one, _phone in panel.context["known"]] == [known.pk]
        assert "欠租未清" in panel.cautions[0].text
        # And whoever is on the blacklist is warned of, chosen or typed
        blacklisting_save(
            entry=None,
            name="林某",
            id_number="",
            phone="13800006021",
            reason="x",
            since=AT.date(),
            until=None,
            by=None,
            at=AT,
        )
        panel = client.post(url("who-panel", check_in), {"phone": "138 0000 6021"}).context["panel"]
        assert (panel.cautions[0].kind, "黑名单" in panel.cautions[0].text) == ("bad", True)
        panel = client.post(url("who-panel", check_in), {"name": "周某", "other0_phone": "13800006021"}).context[
            "panel"
        ]
        assert "黑名单" in panel.cautions[0].text
        page = client.get(f"{url('who', check_in)}?resident={known.pk}")
        assert page.context["panel"].title == "林晓彤"
        assert client.post(url("who", check_in), {"resident": known.pk}).status_code == 302
        check_in.refresh_from_db()
        assert check_in.resident == known

    def test_the_panel_says_what_is_in_the_way_and_what_is_free(self, world: ConsoleWorld) -> None:
        from tests.console.test_residents import living

        lease, free = living(world.here, 1), make_unit(world.here, "1602")
        client, today = world.client("front_desk"), timezone.localdate()
        panel = reverse("console:check-ins-new-panel")
        days = {"start": str(today), "length": "12", "category": "long_term"}
        assert [one.unit for one, *_ in client.post(panel, days).context["panel"].context["rows"]] == [free]
        taken = client.post(panel, {**days, "unit": lease.unit_id}).context["panel"]
        assert lease.number in taken.cautions[0].text
        one_day = {**days, "length": "", "end": str(lease.end), "start": str(lease.end), "unit": lease.unit_id}
        refused = client.post(reverse("console:check-ins-new"), one_day)
        assert lease.number in refused.context["form"].errors["start"][0]
        # What is let before the end of the days asked for is not free
        soon = today + timedelta(days=90)
        make_lease(make_unit(world.here, "1603"), lease.resident, start=soon, end=soon, number="HT-S")
        assert [one.unit for one, *_ in client.post(panel, days).context["panel"].context["rows"]] == [free]
        # The page of a room that is let begins on the day after
        first = client.get(f"{reverse('console:check-ins-new')}?unit={lease.unit_id}").context["form"]
        assert first.initial["start"] == str(lease.end + timedelta(days=1))
        # and nobody who has days left yet is said not to have left
        after = {**days, "start": first.initial["start"], "unit": lease.unit_id}
        assert client.post(panel, after).context["panel"].cautions == []
        zero = {**days, "length": "", "end": str(today - timedelta(days=1)), "unit": free.pk}
        assert client.post(reverse("console:check-ins-new"), zero).status_code == 422

    def test_nonsense_is_kept_or_refused_and_breaks_nothing(self, world: ConsoleWorld) -> None:
        client = world.client("front_desk")
        check_in = begun(client, world)
        client.post(url("who", check_in), {"name": "郑凯", "phone": "15200006174"})
        CheckIn.objects.update(step="confirm")
        for step, typed in NONSENSE:
            for page in (f"{step}-panel", f"{step}-keep", step):
                assert client.post(url(page, check_in), typed).status_code in (200, 302, 422), (page, typed)
            # And whatever was kept of it, every step still opens
            for page in ("room", "who", "terms", "billed", "confirm"):
                assert client.get(url(page, check_in)).status_code in (200, 302), (page, typed)

    def test_what_changed_meanwhile_is_shown_anew(self, world: ConsoleWorld) -> None:
        client = world.client("front_desk")
        make_tariff(world.here)
        check_in = begun(client, world)
        client.post(url("who", check_in), {"name": "郑凯", "phone": "15200006174"})
        terms = {"rent": "4780", "pay": "1-1", "step_kind": "percent", "penalty_kind": "none"}
        client.post(url("terms", check_in), terms)
        billed = {"tariffs": client.get(url("billed", check_in)).context["form"].initial["tariffs"]}
        client.post(url("billed", check_in), billed)
        shown = client.get(url("confirm", check_in)).context["shown"]
        client.post(url("terms", check_in), {**terms, "rent": "4800"})
        answer = client.post(url("confirm", check_in), {"shown": shown})
        assert answer.status_code == 409
        assert answer.context["shown"] != shown
        assert CheckIn.objects.get().state == CheckInState.OPEN

    def test_a_room_is_held_and_given_back(self, world: ConsoleWorld) -> None:
        client = world.client("front_desk")
        check_in = begun(client, world)
        held = client.post(url("who", check_in), {"name": "郑凯", "phone": "15200006174", "then": "reserve"})
        assert held.url == reverse("console:check-ins-detail", args=[check_in.pk])
        client.post(url("hold", check_in), {"hours": "72"})
        reserved = Tenure.objects.get()
        assert reserved.state == TenureState.RESERVED
        assert client.get(held.url).status_code == 200
        board = client.get(f"{reverse('console:board')}?unit={reserved.unit_id}")
        assert [action.url for action in board.context["actions"]] == [held.url]
        # Another day moves it along
        tomorrow = timezone.localdate() + timedelta(days=1)
        room = {"unit": reserved.unit_id, "start": str(tomorrow), "length": "6", "category": "short_term"}
        client.post(url("room", check_in), room)
        reserved.refresh_from_db()
        assert reserved.start == tomorrow
        client.post(url("release", check_in))
        client.post(url("drop", check_in))
        reserved.refresh_from_db()
        check_in.refresh_from_db()
        assert (reserved.state, check_in.state) == (TenureState.CANCELLED, CheckInState.DROPPED)
