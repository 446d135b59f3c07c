"""Codes: good once, for a while, for few tries; silent about who is known here; slow to be asked for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections, transaction
from django.urls import reverse

from tests.journeys.test_deaths import died
from tests.portal.people import AT, LIN, NOBODY, WANG, PortalWorld, phone_set
from tests.support.operators import make_operator
from yuju.identity.models import AuditEntry, Change
from yuju.kit.errors import Refused
from yuju.kit.tenancy import operator_context
from yuju.residency.choices import CodePurpose
from yuju.residency.models import PortalCode, Resident
from yuju.residency.selectors import Person, person_of
from yuju.residency.services import portal_codes
from yuju.residency.services.portal_codes import (
    CODE_LIFE,
    REQUESTS_PER_ADDRESS,
    REQUESTS_PER_PHONE,
    SLIP_LIFE,
    TRIES,
    portal_code_request,
    portal_phone_change,
    portal_sign_in,
    portal_slip_print,
)

pytestmark = pytest.mark.django_db


class Channel:
    """What would be sent."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []

    def send(self, *, phone: str, code: str) -> None:
        self.sent.append((phone, code))


@pytest.fixture
def channel() -> Channel:
    return Channel()


def ask(channel: Channel, phone: str = LIN, address: str = "10.0.0.1", **given: Any) -> str:
    values: dict[str, Any] = {"at": AT, "channels": [channel], **given}
    return portal_code_request(phone=phone, address=address, **values)


def enter(phone: str, code: str, *, address: str = "10.0.0.1", at: Any = AT) -> Person | str:
    """The person, or why not."""
    try:
        return portal_sign_in(phone=phone, code=code, address=address, at=at)
    except Refused as refused:
        return str(refused.code)


def test_a_code_that_was_sent_signs_in_once(world: PortalWorld, channel: Channel) -> None:
    ask(channel, " 138 0000 6021")
    ((phone, code),) = channel.sent
    assert (phone, len(code)) == (LIN, 6)
    found = enter("+86 13800006021", f"{code[:3]} {code[3:]}")
    assert isinstance(found, Person)
    assert [one.name for one in found.residents] == ["林晓彤"]
    assert enter(LIN, code) == "wrong"


def test_a_code_expires(world: PortalWorld, channel: Channel) -> None:
    ask(channel)
    assert enter(LIN, channel.sent[0][1], at=AT + CODE_LIFE) == "wrong"


def test_a_code_is_good_for_its_number_alone(world: PortalWorld, channel: Channel) -> None:
    ask(channel)
    assert enter(WANG, channel.sent[0][1]) == "wrong"


def test_a_code_that_was_mistyped_too_often_is_no_longer_good(world: PortalWorld, channel: Channel) -> None:
    ask(channel)
    right = channel.sent[0][1]
    wrong = "000000" if right != "000000" else "111111"
    assert [enter(LIN, wrong) for _ in range(TRIES)] == ["wrong"] * TRIES
    assert enter(LIN, right) == "wrong"


def test_neither_number_nor_code_is_stored_in_the_clear(world: PortalWorld, channel: Channel) -> None:
    ask(channel)
    stored = str(list(PortalCode.objects.values_list()))
    assert LIN not in stored
    assert channel.sent[0][1] not in stored


def test_fifty_requests_send_no_more_than_the_limit(world: PortalWorld, channel: Channel) -> None:
    answers = {ask(channel, address=f"10.0.0.{n}") for n in range(50)}
    assert answers == {""}
    assert len(channel.sent) == REQUESTS_PER_PHONE
    ask(channel, at=AT + timedelta(minutes=16))
    assert len(channel.sent) == REQUESTS_PER_PHONE + 1


def test_an_address_asks_for_no_more_than_its_limit(world: PortalWorld) -> None:
    for n in range(50):
        ask(Channel(), f"1390000{n:04d}")
    assert PortalCode.objects.count() == REQUESTS_PER_ADDRESS


def test_an_unknown_number_is_treated_alike(
    world: PortalWorld, channel: Channel, django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a known and an unknown number, then both cost the same statements and codes, and only one is sent."""
    made: list[str] = []
    real = portal_codes._code
    monkeypatch.setattr(portal_codes, "_code", lambda digits: made.append(real(digits)) or made[-1])
    with django_assert_num_queries(9):
        ask(channel, LIN)
    with django_assert_num_queries(9):
        ask(channel, NOBODY)
    assert [phone for phone, _code in channel.sent] == [LIN]
    assert enter(NOBODY, made[1]) == enter(LIN, "12345678") == "wrong"


def test_without_a_channel_no_code_is_made(world: PortalWorld) -> None:
    assert portal_code_request(phone=LIN, address="10.0.0.1", channels=[], at=AT) == ""
    assert not PortalCode.objects.exists()


def test_what_is_no_number_is_refused(world: PortalWorld, channel: Channel) -> None:
    with pytest.raises(Refused) as refused:
        ask(channel, "12345")
    assert refused.value.field == "phone"


def test_a_slip_is_good_for_a_day_and_the_newest_alone(world: PortalWorld, manager: Any) -> None:
    resident = Resident.objects.get(name="林晓彤")
    first = portal_slip_print(resident=resident, by=manager, at=AT)
    second = portal_slip_print(resident=resident, by=manager, at=AT)
    assert len(second) == 8
    assert enter(LIN, first) == "wrong"
    assert enter(LIN, second, at=AT + SLIP_LIFE) == "wrong"
    assert isinstance(enter(LIN, second, at=AT + SLIP_LIFE - timedelta(seconds=1)), Person)
    told = AuditEntry.objects.filter(object_kind="resident", object_id=resident.pk, user=manager)
    assert [entry.detail for entry in told] == [{"what": "portal_slip"}] * 2


def test_a_slip_needs_a_number(world: PortalWorld, manager: Any) -> None:
    resident = Resident.objects.get(name="林晓彤")
    phone_set(resident, "")
    with pytest.raises(Refused):
        portal_slip_print(resident=resident, by=manager, at=AT)


def test_nobody_gets_in_by_the_number_of_somebody_who_died(world: PortalWorld, channel: Channel, manager: Any) -> None:
    # Given somebody signed in who died since, and a relative who has their telephone
    resident = Resident.objects.get(name="林晓彤")
    browser = world.client()
    assert browser.get(reverse("portal:home")).status_code == 200
    died(world.leases[0].tenure, died_on=AT.date(), at=AT)

    # Then the session is over and says whom to turn to, but not why; no slip is printed, and the code that is sent opens
    # nothing but says why
    shown = browser.get(reverse("portal:home"), follow=True).content.decode()
    assert "前台" in shown.partition("<form")[0]
    assert not {"身故", "去世", "林晓彤"} & {word for word in ("身故", "去世", "林晓彤") if word in shown}
    assert 'role="status"' not in browser.get(reverse("portal:home"), follow=True).content.decode()
    with pytest.raises(Refused) as refusal:
        portal_slip_print(resident=resident, by=manager, at=AT)
    assert refusal.value.code == "deceased"
    ask(channel)
    assert enter(LIN, "000000") == "wrong"
    assert enter(LIN, channel.sent[-1][1]) == "deceased"

    # And whoever lives and has the same number still gets in, for what is theirs alone
    phone_set(Resident.objects.get(name="王建国"), LIN)
    ask(channel)
    person = enter(LIN, channel.sent[-1][1])
    assert isinstance(person, Person)
    assert person.name == "王建国"
    assert len(person.residents) == 1


def test_one_person_is_every_resident_with_the_number(world: PortalWorld, channel: Channel) -> None:
    phone_set(Resident.objects.get(name="王建国"), LIN)
    ask(channel)
    found = enter(LIN, channel.sent[0][1])
    assert isinstance(found, Person)
    assert {one.name for one in found.residents} == {"林晓彤", "王建国"}


def test_another_operators_resident_is_another_person(world: PortalWorld, channel: Channel) -> None:
    other = make_operator()
    with operator_context(other.pk):
        PortalWorld(other)
        ask(channel)
        found = enter(LIN, channel.sent[0][1])
        assert isinstance(found, Person)
        assert {one.operator_id for one in found.residents} == {other.pk}
    assert enter(LIN, channel.sent[0][1]) == "wrong"


def test_a_new_number_counts_once_it_is_proved(world: PortalWorld, channel: Channel) -> None:
    lin = Resident.objects.get(name="林晓彤")
    person = person_of(lin.phone_hash)
    assert person is not None
    portal_code_request(phone=NOBODY, purpose=CodePurpose.PHONE, bearer=person, address="a", channels=[channel], at=AT)
    ((sent_to, code),) = channel.sent
    assert sent_to == NOBODY

    # Until then the old one stays, the code signs nobody in, and nobody else can use it
    wang = person_of(Resident.objects.get(name="王建国").phone_hash)
    assert wang is not None
    assert enter(NOBODY, code) == "wrong"
    for bearer, typed in ((wang, code), (person, "12")):
        with pytest.raises(Refused):
            portal_phone_change(person=bearer, phone=NOBODY, code=typed, address="a", at=AT)
    assert Resident.objects.get(pk=lin.pk).phone == LIN

    # Then it is theirs
    changed = portal_phone_change(person=person, phone=NOBODY, code=code, address="a", at=AT)
    assert changed.phone == NOBODY
    assert person_of(lin.phone_hash) is None
    told = Change.objects.filter(subject="residency_resident", subject_id=lin.pk, act="changed").order_by("-pk")[0]
    assert list(told.changes) == ["phone"]


def test_an_address_that_guesses_is_stopped(world: PortalWorld, channel: Channel) -> None:
    for n in range(portal_codes.TRIES_PER_ADDRESS):
        assert enter(f"1390000{n:04d}", "000000") == "wrong"
    ask(channel)
    assert enter(LIN, channel.sent[0][1]) == "throttled"
    assert isinstance(enter(LIN, channel.sent[0][1], address="10.0.0.2"), Person)


@pytest.mark.django_db(transaction=True)
def test_of_many_who_use_a_code_at_once_one_gets_in(channel: Channel) -> None:
    # Given one code
    operator = make_operator()
    with operator_context(operator.pk), transaction.atomic():
        PortalWorld(operator)
        ask(channel)
    code = channel.sent[0][1]

    def use(number: int) -> Person | str:
        try:
            with operator_context(operator.pk), transaction.atomic():
                return enter(LIN, code, address=f"10.0.0.{number}")
        finally:
            connections.close_all()

    # When eight browsers enter it at the same moment
    with ThreadPoolExecutor(8) as pool:
        came = list(pool.map(use, range(8)))

    # Then it signed in once
    assert sorted(isinstance(one, Person) for one in came) == [False] * 7 + [True]
