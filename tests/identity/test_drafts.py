"""Drafts of forms: whose they are, how they rest, when they go."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from tests.support.console_world import ConsoleWorld
from yuju.identity.models import FormDraft, Operator, User
from yuju.identity.selectors import drafts_of
from yuju.identity.services import draft_drop, draft_keep, drafts_forget
from yuju.kit.errors import Refused

AT = datetime(2026, 11, 25, 6, 32, tzinfo=UTC)
PHONE = "13800006021"


@pytest.fixture
def user(operator: Operator) -> User:
    return ConsoleWorld(operator).user("front_desk")


def keep(user: User, key: str = "opening-0001", *, row_id: int | None = None, at: datetime = AT) -> FormDraft:
    contents = {"data": {"phone": [PHONE]}}
    return draft_keep(user=user, form="residents", row_id=row_id, key=key, contents=contents, at=at)


def test_a_draft_rests_encrypted(user: User) -> None:
    draft = keep(user)
    with connection.cursor() as cursor:
        cursor.execute("SELECT contents FROM identity_formdraft WHERE id = %s", [draft.pk])
        stored = cursor.fetchone()[0]
    assert PHONE not in stored
    assert PHONE in drafts_of(user, "residents", None)[0].contents


def test_one_opening_of_a_form_has_one_draft(user: User) -> None:
    keep(user)
    keep(user, at=AT + timedelta(minutes=1))
    assert [one.at for one in drafts_of(user, "residents", None)] == [AT + timedelta(minutes=1)]


def test_drafts_are_told_apart_by_user_and_row(user: User, operator: Operator) -> None:
    keep(user)
    keep(user, row_id=7)
    draft_drop(user=user, form="residents", row_id=8, key="opening-0001")
    assert len(drafts_of(user, "residents", 7)) == 1
    assert len(drafts_of(user, "residents", None)) == 1
    other = User.objects.create(username="other", name="别人")
    assert not drafts_of(other, "residents", None)


def test_only_the_latest_of_a_form_stay(user: User) -> None:
    for number in range(12):
        keep(user, f"opening-{number:04d}", at=AT + timedelta(minutes=number))
    kept = drafts_of(user, "residents", None)
    assert len(kept) == 10
    assert kept[-1].key == "opening-0002"


def test_what_no_form_has_is_refused(user: User) -> None:
    with pytest.raises(Refused):
        draft_keep(user=user, form="residents", row_id=None, key="k" * 12, contents={"data": "x" * 70_000}, at=AT)
    assert not FormDraft.objects.exists()


def test_after_thirty_days_a_draft_goes(user: User) -> None:
    keep(user, "opening-old1", at=AT - timedelta(days=31))
    keep(user, "opening-new1", at=AT - timedelta(days=29))
    assert drafts_forget(at=AT) == 1
    assert [one.key for one in drafts_of(user, "residents", None)] == ["opening-new1"]
