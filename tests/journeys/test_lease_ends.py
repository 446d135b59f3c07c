"""What comes after a lease: the question, the answer, and what it leaves alone."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import pytest

from tests.support.stays import make_lease, make_property, make_resident, make_unit
from yuju.identity.models import Operator
from yuju.journeys.lease_ends import lease_end_answer, lease_ends_ask
from yuju.journeys.move_out import notice_give, notice_withdraw
from yuju.journeys.renewals import renewal
from yuju.kit.errors import Refused
from yuju.messaging.models import ResidentNotice
from yuju.residency.choices import EndAnswerKind, TenureState
from yuju.residency.models import EndAnswer, Tenure
from yuju.residency.selectors import end_answer_of, move_out_notice_of
from yuju.residency.services import end_reminders_set
from yuju.workforce.choices import TaskState
from yuju.workforce.models import Task

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 25, 3, tzinfo=UTC)
BY: dict[str, Any] = {"by": None, "at": AT}


def on(month: int, day: int, hour: int = 3) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


@pytest.fixture
def lease(operator: Operator) -> Tenure:
    """To the end of 2026."""
    return make_lease(make_unit(make_property()), start=date(2026, 1, 1), end=date(2026, 12, 31))


def undone() -> list[str]:
    return [one.source_key.rpartition(":")[2] for one in Task.objects.filter(state=TaskState.OPEN)]


def test_it_is_asked_at_60_30_and_7_days_and_each_time_once(lease: Tenure) -> None:
    assert lease_ends_ask(at=on(10, 31)) == 0
    assert lease_ends_ask(at=on(11, 1, hour=0)) == 0  # 8 in the morning
    assert lease_ends_ask(at=on(11, 1)) == 1
    assert lease_ends_ask(at=on(11, 2)) == 0
    assert undone() == ["60"]
    # Nobody asked for a month: the next question takes its place
    assert lease_ends_ask(at=on(12, 5)) == 1
    assert undone() == ["30"]
    assert lease_ends_ask(at=on(12, 24)) == 1
    assert undone() == ["7"]
    assert ResidentNotice.objects.filter(about_id=lease.pk, kind="lease_ends").count() == 3


def test_the_days_are_the_propertys_own(lease: Tenure) -> None:
    end_reminders_set(property=lease.property, days=[90, 90, 14], **BY)
    assert lease_ends_ask(at=on(10, 5)) == 1
    end_reminders_set(property=lease.property, days=[], **BY)
    assert lease_ends_ask(at=on(12, 20)) == 0
    with pytest.raises(Refused):
        end_reminders_set(property=lease.property, days=[0], **BY)


def test_whoever_leaves_has_given_notice_and_is_not_asked_again(lease: Tenure) -> None:
    lease_ends_ask(at=on(11, 1))
    for _twice in range(2):
        lease_end_answer(tenure=lease, answer=EndAnswerKind.LEAVE, **BY)
    notice = move_out_notice_of(lease)
    assert EndAnswer.objects.count() == 1
    assert notice is not None
    assert notice.last_day == date(2026, 12, 31)
    asked = Task.objects.get(source="lease-ends")
    assert (asked.comments.count(), asked.state) == (1, TaskState.CANCELLED)
    assert lease_ends_ask(at=on(12, 5)) == 0
    # Somebody who thinks better of it is
    lease_end_answer(tenure=lease, answer=EndAnswerKind.RENEW, by=None, at=on(12, 6))
    answer = end_answer_of(lease)
    assert answer is not None
    assert answer.answer == EndAnswerKind.RENEW
    assert move_out_notice_of(lease) is None
    asked.refresh_from_db()
    assert asked.state == TaskState.OPEN
    assert lease_ends_ask(at=on(12, 7)) == 1


def test_a_renewal_is_the_answer_to_the_question(lease: Tenure) -> None:
    lease_ends_ask(at=on(11, 25))
    renewal(tenure=lease, end=date(2027, 12, 31), rent=None, deposit=None, key=uuid4(), **BY)
    assert Task.objects.get(source="lease-ends").state == TaskState.DONE
    assert lease_ends_ask(at=on(12, 24)) == 0


def test_nobody_answers_for_a_lease_nobody_lives_by(lease: Tenure) -> None:
    Tenure.objects.update(state=TenureState.ENDED)
    with pytest.raises(Refused) as refused:
        lease_end_answer(tenure=lease, answer=EndAnswerKind.RENEW, **BY)
    assert refused.value.code == "state"
    other = make_lease(make_unit(lease.property, "0202"), make_resident(lease.property, "王建国"))
    assert lease_end_answer(tenure=other, answer=EndAnswerKind.RENEW, **BY).end == other.end


def test_notice_given_at_the_desk_says_it_too(lease: Tenure) -> None:
    notice = notice_give(tenure=lease, last_day=date(2026, 12, 31), **BY)
    assert lease_ends_ask(at=on(11, 26)) == 0
    # Taken back, somebody has to ask again
    notice_withdraw(notice=notice, **BY)
    assert lease_ends_ask(at=on(11, 26)) == 1
