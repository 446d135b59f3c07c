"""Activities: who is invited, who has a seat, who came, and what they said."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from tests.portal.people import AT, PortalWorld
from tests.support.stays import make_company, make_lease, make_unit
from tests.support.tasks import photo
from yuju.care.activities import upcoming_of, with_figures
from yuju.care.choices import SignUpState
from yuju.care.models import Activity, SignUp
from yuju.care.selectors import segment_residents
from yuju.care.services import (
    activity_cancel,
    activity_cover_set,
    activity_invite,
    activity_save,
    attendance_tick,
    feedback_give,
    segment_save,
    sign_up,
    sign_up_withdraw,
)
from yuju.kit.errors import Refused
from yuju.messaging.models import ResidentNotice
from yuju.residency.choices import DeathDocument
from yuju.residency.models import Resident
from yuju.residency.services import death_record

pytestmark = pytest.mark.django_db
BEGINS = AT + timedelta(days=3)
AFTER = BEGINS + timedelta(hours=3)
BY: dict[str, Any] = {"by": None, "at": AT}


@pytest.fixture
def world(operator: Any) -> PortalWorld:
    return PortalWorld(operator)


def make(world: PortalWorld, **given: Any) -> Activity:
    values: dict[str, Any] = {
        "activity": None,
        "name": "包饺子",
        "place": "会客厅",
        "about": "",
        "starts_at": BEGINS,
        "ends_at": BEGINS + timedelta(hours=2),
        "seats": 1,
        "segment": None,
        "property": world.here,
    }
    return activity_save(**{**values, **given}, **BY)


def people(world: PortalWorld) -> list[Resident]:
    return [lease.tenure.resident for lease in world.leases]


def states(activity: Activity) -> dict[str, str]:
    return dict(activity.sign_ups.values_list("resident__name", "state"))


def told(resident: Resident) -> list[str]:
    return list(
        ResidentNotice.objects.filter(resident_id=resident.pk, kind__startswith="activity")
        .order_by("pk")
        .values_list("kind", flat=True)
    )


def test_those_of_the_segment_are_invited_once(world: PortalWorld) -> None:
    lin, wang = people(world)
    Resident.objects.filter(pk=wang.pk).update(category="short_term")
    rows = [{"fact": "category", "operator": "any", "value": ["long_term"]}]
    segment = segment_save(segment=None, property=None, name="长租", conditions=rows, **BY)
    activity = make(world, segment=segment)
    assert list(upcoming_of([lin.pk], AT)) == []
    assert [activity_invite(activity=activity, **BY) for _turn in (1, 2)] == [1, 0]
    assert (told(lin), told(wang)) == (["activity_invited"], [])
    assert list(upcoming_of([lin.pk], AT)) == [activity]
    # And nobody who died
    death_record(
        resident=lin,
        died_on=AT.date(),
        document=DeathDocument.MEDICAL,
        scan=ContentFile(b"%PDF-1.4", "a.pdf"),
        today=AT.date(),
        **BY,
    )
    assert activity_invite(activity=make(world, name="讲座"), **BY) == 1
    assert told(lin) == ["activity_invited"]
    # Who belongs to it since is told when the others were
    Resident.objects.filter(pk=wang.pk).update(category="long_term")
    assert list(segment_residents(segment, AT.date())) == [wang]
    assert activity_invite(activity=activity, **BY) == 1


def test_a_company_is_in_no_segment_and_invited_to_nothing(world: PortalWorld) -> None:
    lease = make_lease(make_unit(world.here, "0909"), make_company(world.here), end=BEGINS.date() + timedelta(days=99))
    rows = [{"fact": "category", "operator": "any", "value": ["long_term"]}]
    segment = segment_save(segment=None, property=None, name="长租", conditions=rows, **BY)
    assert {one.pk for one in segment_residents(segment, AT.date())} == {one.pk for one in people(world)}
    activity_invite(activity=make(world), **BY)
    assert told(lease.resident) == []


def test_the_last_seat_is_given_once_and_who_waits_moves_up(world: PortalWorld) -> None:
    lin, wang = people(world)
    activity = make(world)
    sign_up(activity=activity, resident=lin, **BY)
    sign_up(activity=activity, resident=lin, **BY)
    sign_up(activity=activity, resident=wang, **BY)
    assert states(activity) == {lin.name: SignUpState.COMING, wang.name: SignUpState.WAITING}
    # When the seat is given back, then whoever waits has it and is told
    sign_up_withdraw(activity=activity, resident=lin, **BY)
    assert states(activity) == {lin.name: SignUpState.WITHDRAWN, wang.name: SignUpState.COMING}
    assert told(wang) == ["activity_seat"]
    # And whoever comes back stands behind, until there are more seats
    sign_up(activity=activity, resident=lin, **BY)
    assert states(activity)[lin.name] == SignUpState.WAITING
    make(world, activity=activity, seats=2)
    assert states(activity)[lin.name] == SignUpState.COMING
    with pytest.raises(Refused) as refusal:
        make(world, activity=activity, seats=1)
    assert refusal.value.field == "seats"


def test_moved_whoever_signed_up_is_told_and_not_into_the_past(world: PortalWorld) -> None:
    lin, wang = people(world)
    activity = make(world)
    for resident in (lin, wang):
        sign_up(activity=activity, resident=resident, **BY)
    # Another name moves nothing
    make(world, activity=activity, name="包汤圆")
    assert (told(lin), told(wang)) == ([], [])
    make(world, activity=activity, place="屋顶花园")
    later = BEGINS + timedelta(days=1)
    moved = {"place": "屋顶花园", "starts_at": later, "ends_at": later + timedelta(hours=1)}
    make(world, activity=activity, **moved)
    assert (told(lin), told(wang)) == (["activity_moved"] * 2, ["activity_moved"] * 2)
    for given, field in (
        ({"starts_at": AT - timedelta(hours=2), "ends_at": AT - timedelta(hours=1)}, "on"),
        ({"ends_at": BEGINS}, "until_time"),
    ):
        for held in (activity, None):
            with pytest.raises(Refused) as refusal:
                make(world, activity=held, **given)
            assert refusal.value.field == field
    # Once it has begun nobody is promised a seat
    activity_save(
        activity=activity, property=world.here, name="包汤圆", about="", seats=5, segment=None, **moved,
        by=None, at=later + timedelta(minutes=5),
    )  # fmt: skip
    assert states(activity)[wang.name] == SignUpState.WAITING
    # Nor does who had none say how it was
    with pytest.raises(Refused):
        feedback_give(activity=activity, resident=wang, rating=5, words="", at=later + timedelta(hours=2))


def test_who_came_says_how_it_was(world: PortalWorld) -> None:
    lin, wang = people(world)
    activity = make(world, seats=None)
    for resident in (lin, wang):
        sign_up(activity=activity, resident=resident, **BY)
    came, missed = activity.sign_ups.order_by("pk")
    # Nobody is ticked or asked before it begins
    with pytest.raises(Refused):
        attendance_tick(sign_up=came, came=True, **BY)
    with pytest.raises(Refused):
        feedback_give(activity=activity, resident=lin, rating=5, words="", at=AT)
    attendance_tick(sign_up=came, came=True, by=None, at=AFTER)
    attendance_tick(sign_up=missed, came=False, by=None, at=AFTER)
    feedback_give(activity=activity, resident=lin, rating=4, words="好吃", at=AFTER)
    with pytest.raises(Refused):
        feedback_give(activity=activity, resident=wang, rating=1, words="", at=AFTER)
    with pytest.raises(Refused):
        feedback_give(activity=activity, resident=lin, rating=6, words="", at=AFTER)
    figures: Any = with_figures(Activity.objects.all()).get()
    assert (figures.coming, figures.came, figures.rated, figures.rating) == (2, 1, 1, 4)
    # Once begun nobody signs up or withdraws
    with pytest.raises(Refused):
        sign_up_withdraw(activity=activity, resident=lin, by=None, at=AFTER)


def test_called_off_everybody_who_signed_up_is_told_why(world: PortalWorld) -> None:
    lin, wang = people(world)
    activity = make(world)
    sign_up(activity=activity, resident=lin, **BY)
    activity_cancel(activity=activity, reason="场地漏水", **BY)
    assert (told(lin), told(wang)) == (["activity_cancelled"], [])
    with pytest.raises(Refused):
        sign_up(activity=activity, resident=wang, **BY)
    assert SignUp.objects.count() == 1


def test_in_the_portal_only_those_invited_see_it_and_sign_up(world: PortalWorld) -> None:
    lin, _wang = people(world)
    now = timezone.now()
    activity = make(world, starts_at=now + timedelta(days=1), ends_at=now + timedelta(days=1, hours=2), seats=1)
    client, page = world.client(), f"/my/activities/{activity.pk}"
    assert client.get(page).status_code == 404
    assert client.post(f"{page}/sign-up").status_code == 404
    ResidentNotice.objects.create(
        resident_id=lin.pk, kind="activity_invited", about_id=activity.pk, at=now, facts={"name": "包饺子"}
    )
    assert "包饺子" in client.get("/my/").content.decode()
    assert "邀请您参加：包饺子" in client.get("/my/notices").content.decode()
    assert client.post(f"{page}/sign-up").status_code == 302
    assert states(activity) == {lin.name: SignUpState.COMING}
    assert "已报名" in client.get("/my/activities").content.decode()
    assert client.post(f"{page}/withdraw").status_code == 302
    assert states(activity) == {lin.name: SignUpState.WITHDRAWN}
    # Afterwards it asks how it was
    client.post(f"{page}/sign-up")
    Activity.objects.update(starts_at=now - timedelta(hours=2), ends_at=now - timedelta(hours=1))
    assert "活动怎么样" in client.get(page).content.decode()
    assert client.post(f"{page}/feedback", {"rating": "5", "words": "很好\x00"}).status_code == 302
    assert client.post(f"{page}/feedback", {"rating": "²"}).status_code == 302
    assert SignUp.objects.values_list("rating", "words").get() == (5, "很好")
    assert world.client(1).get(page).status_code == 404


def test_a_new_picture_takes_the_place_of_the_one_before(
    world: PortalWorld, django_capture_on_commit_callbacks: Any
) -> None:
    activity = make(world)
    activity_cover_set(activity=activity, photo=photo(40, 30), **BY)
    first = activity.cover
    assert default_storage.exists(first)
    with django_capture_on_commit_callbacks(execute=True):
        activity_cover_set(activity=activity, photo=photo(60, 30), **BY)
    assert activity.cover != first
    assert (default_storage.exists(first), default_storage.exists(activity.cover)) == (False, True)
    # What is no picture leaves the one there is
    with pytest.raises(Refused):
        activity_cover_set(activity=activity, photo=ContentFile(b"MZ" + b"0" * 100, name="a.jpg"), **BY)
    activity.refresh_from_db()
    assert default_storage.exists(activity.cover)
    # It is shown to those who are invited, and to nobody else
    activity_invite(activity=activity, **BY)
    address = f"/my/activities/{activity.pk}/picture"
    assert world.client().get(address).headers["Content-Type"] == "image/jpeg"
    assert f'src="{address}"' in world.client().get(f"/my/activities/{activity.pk}").content.decode()
