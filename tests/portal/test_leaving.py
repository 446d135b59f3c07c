"""Leaving in the portal: notice, the settlement read, objected to and agreed with, and what came of it."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from tests.portal.people import LIN, WANG, client_of, phone_set
from tests.support.settlements import BY, LAST_DAY, Stay, closed, make_stay
from tests.support.stays import make_resident
from yuju.identity.models import Operator
from yuju.journeys.objections import objection_answer
from yuju.journeys.settling import settlement_prepare, settlement_refund, settlement_show
from yuju.messaging.models import ResidentNotice
from yuju.payments.choices import AgreedHow, RefundChannel, SettlementState
from yuju.payments.models import Settlement
from yuju.payments.selectors import settlement_lines
from yuju.residency.models import Resident
from yuju.residency.selectors import move_out_notice_of
from yuju.workforce.choices import TaskState
from yuju.workforce.models import Task

pytestmark = pytest.mark.django_db


SCRIBBLE = json.dumps([[[10 * step, 20 * (step % 5)] for step in range(40)]])


@pytest.fixture
def stay(operator: Operator, settings: Any) -> Stay:
    settings.YUJU_DEMO = True  # the page shows the codes
    made = make_stay()
    phone_set(made.tenure.resident, LIN)
    phone_set(make_resident(made.place, "王建国"), WANG)
    return made


def phone_of(stay: Stay, name: str = "林晓彤") -> Client:
    resident = Resident.objects.get(name=name)
    return client_of(resident.operator_id, resident.phone_hash)


def read(client: Client, path: str, **given: Any) -> str:
    answer = client.post(path, given, follow=True) if given else client.get(path)
    return str(answer.content.decode())


def hidden(page: str, pattern: str) -> str:
    found = re.search(pattern, page)
    assert found is not None
    return found[1]


def sign(client: Client, path: str, seal: str) -> str:
    """Asks for the code, as whoever read lines under a seal, and signs with it."""
    page = read(client, path, seal=seal, send="1")
    sha256 = hidden(page, 'name="sha256" value="([0-9a-f]{64})"')
    code = hidden(page, "data-shown-code>([0-9]{6})<")
    return read(client, path, seal=seal, sha256=sha256, code=code, strokes=SCRIBBLE)


def test_notice_becomes_an_inspection(stay: Stay) -> None:
    path = f"/my/stays/{stay.tenure.pk}/notice"
    lin = phone_of(stay)
    assert path in read(lin, "/my/")
    # A day that is over is refused, and nobody else gives notice for her
    assert "不能早于今天" in read(lin, path, last_day="2026-01-01")
    assert phone_of(stay, "王建国").post(path, {"last_day": "2099-01-01"}).status_code == 404
    assert "退租申请已提交" in read(lin, path, last_day="2099-01-01", reason="回老家")
    notice = move_out_notice_of(stay.tenure)
    assert notice is not None
    assert (str(notice.last_day), Task.objects.get(tenure=stay.tenure).details) == ("2099-01-01", "回老家")
    assert "2099-01-01" in read(lin, "/my/")


def test_she_reads_objects_and_agrees_line_by_line(stay: Stay) -> None:
    drawn = stay.prepare()
    path, lin = f"/my/settlements/{drawn.pk}", phone_of(stay)
    # Before it is shown nobody sees it
    assert lin.get(path).status_code == 404
    shown = settlement_show(settlement=drawn, **BY)
    assert ResidentNotice.objects.filter(kind="settlement_shown", about_id=shown.pk).count() == 1
    assert path in read(lin, "/my/notices")
    page = read(lin, path)
    for words in ("4,265.71", "1 个月租金", "同意全部明细"):
        assert words in page, words
    assert phone_of(stay, "王建国").get(path).status_code == 404

    # When she objects, she can only agree once that has its answer
    line = settlement_lines(shown)[0]
    assert "九月已付" in read(lin, f"{path}/lines/{line.pk}", objection="九月已付")
    assert "同意全部明细" not in read(lin, path)
    # And the front desk is asked for it until then
    asked = Task.objects.get(source="objection")
    assert (asked.details, asked.state) == ("九月已付", TaskState.OPEN)
    objection_answer(line=line, text="查过，未到账", **BY)
    asked.refresh_from_db()
    assert asked.state == TaskState.DONE
    assert "查过，未到账" in read(lin, "/my/notices")
    assert "查过，未到账" in read(lin, path)
    # And the signature is asked for, besides the code
    assert "请在签名框内签写全名。" in read(lin, path, seal=shown.seal, sha256="0" * 64, code="123456", strokes="[]")
    assert "谢谢" in sign(lin, path, shown.seal)
    shown.refresh_from_db()
    assert (shown.state, shown.agreed_how) == (SettlementState.AGREED, AgreedHow.PHONE)
    signature = shown.signatures.get()
    assert signature.sha256 in read(lin, path)
    fetched = lin.get(f"{path}/pdf").getvalue()  # type: ignore[attr-defined]
    assert hashlib.sha256(fetched).hexdigest() == signature.signed_sha256


def test_what_changed_is_shown_anew_and_what_is_drawn_up_anew_is_not_seen(stay: Stay) -> None:
    shown = settlement_show(settlement=stay.prepare(), **BY)
    path, lin = f"/my/settlements/{shown.pk}", phone_of(stay)
    stay.pay("175.00")
    assert "4,440.71" in read(lin, path, seal=shown.seal, send="1")
    shown.refresh_from_db()
    assert (shown.state, shown.version) == (SettlementState.SHOWN, 2)
    # When the desk draws it up with another reading, then the notice leads nowhere but says why
    settlement_prepare(
        tenure=stay.tenure, last_day=LAST_DAY, reason="x", key=shown.key, readings={stay.meter: 1190}, **BY
    )
    assert "正在重新核算" in str(lin.get(path, follow=True).content.decode())


def test_she_sees_the_refund(stay: Stay) -> None:
    settlement: Settlement = closed(stay.prepare())
    path, lin = f"/my/settlements/{settlement.pk}", phone_of(stay)
    assert "待退款" in read(lin, path)
    out = {"channel": RefundChannel.BANK, "payee": "林晓彤", "payee_account": "6222", "key": uuid4(), "on": LAST_DAY}
    settlement_refund(settlement=settlement, **out, **BY)
    assert "已全部结清" in read(lin, path)
    assert f'href="{path}"' in read(lin, "/my/")
