"""The portal's pages: each person sees their own, nobody else sees anything, and a session of staff is none here."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from tests.portal.people import AT, LIN, NOBODY, TODAY, WANG, PortalWorld, client_of, phone_set
from tests.support.billing_small import draft
from tests.support.companies import Billed
from tests.support.console_world import ConsoleWorld
from tests.support.operators import make_operator
from yuju.billing.choices import FeeCategory
from yuju.billing.models import Bill
from yuju.billing.services.once import charge_once, once_tariff
from yuju.identity.models import Change, User
from yuju.kit.tenancy import operator_context
from yuju.messaging.models import ResidentNotice
from yuju.payments.models import ReceiptPrint
from yuju.payments.services import payment_reverse
from yuju.portal.files import PDFS
from yuju.residency.models import PortalCode, Resident, Tenure

pytestmark = pytest.mark.django_db

PAGES = ("", "bills", "receipts", "notices", "me")


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def sign_in(client: Client, phone: str, code: str) -> Any:
    return client.post("/my/code", {"phone": phone, "code": code})


class TestSignIn:
    def test_a_stranger_is_sent_to_sign_in(self, world: PortalWorld) -> None:
        for path in (*PAGES, f"bills/{world.bills()[0].pk}", f"bills/{world.bills()[0].pk}/pdf", "me/phone"):
            answer = Client().get(f"/my/{path}")
            assert (answer.status_code, answer.headers["Location"]) == (302, "/my/sign-in")

    def test_a_slip_from_the_desk_signs_in(self, world: PortalWorld, manager: User) -> None:
        # Given a slip made on the resident's page
        desk = ConsoleWorld.client_of(None, manager)  # type: ignore[arg-type]
        resident = world.leases[0].tenure.resident_id
        assert "门户登录码" in text_of(desk.get(f"/residents/{resident}/"))
        made = desk.post(f"/residents/{resident}/portal-code", follow=True)
        shown = text_of(made)
        code = shown.partition("data-slip-code>")[2].partition("<")[0]
        assert len(code) == 9
        assert "http://testserver/my/" in shown
        assert code not in text_of(desk.get(f"/residents/{resident}/portal-code"))

        # When the resident enters number and code
        client = Client()
        asked = client.post("/my/sign-in", {"phone": LIN})
        assert asked.status_code == 200
        answer = sign_in(client, LIN, code)

        # Then they are in, for 30 days, and out again when they wish
        assert answer.headers["Location"] == "/my/"
        assert answer.cookies[settings.SESSION_COOKIE_NAME]["max-age"] == 30 * 86400
        assert "林晓彤" in text_of(client.get("/my/"))
        client.post("/my/sign-out")
        assert client.get("/my/").status_code == 302
        assert sign_in(Client(), LIN, code).status_code == 422

    @pytest.mark.parametrize("role", ["cashier", "accountant", "auditor"])
    def test_who_may_not_edit_residents_makes_no_slip(self, world: PortalWorld, role: str) -> None:
        desk = ConsoleWorld.client(ConsoleWorld.__new__(ConsoleWorld), role)
        resident = world.leases[0].tenure.resident_id
        assert desk.post(f"/residents/{resident}/portal-code").status_code == 403
        assert "门户登录码" not in text_of(desk.get(f"/residents/{resident}/"))
        assert not PortalCode.objects.exists()

    @pytest.mark.parametrize("demo", [False, True])
    def test_known_and_unknown_numbers_get_the_same_reply(self, world: PortalWorld, settings: Any, demo: bool) -> None:
        settings.YUJU_DEMO = demo
        replies = []
        for phone in (LIN, NOBODY):
            answer = Client().post("/my/sign-in", {"phone": phone})
            found = text_of(answer)
            for changing in (phone, f"{phone[:3]}****{phone[-4:]}"):
                found = found.replace(changing, "?")
            replies.append(_without_secrets(found))
            assert answer.status_code == 200
        assert replies[0] == replies[1]

    def test_fifty_requests_get_the_same_reply_and_five_codes(self, world: PortalWorld, settings: Any) -> None:
        settings.YUJU_DEMO = True
        answers = [Client().post("/my/sign-in", {"phone": LIN}) for _ in range(50)]
        assert {answer.status_code for answer in answers} == {200}
        assert PortalCode.objects.count() == 5

    def test_the_demo_shows_the_code_and_production_never(self, world: PortalWorld, settings: Any) -> None:
        settings.YUJU_DEMO = True
        client = Client()
        shown = text_of(client.post("/my/sign-in", {"phone": LIN}))
        code = shown.partition("data-shown-code>")[2].partition("<")[0]
        assert sign_in(client, LIN, code).status_code == 302
        settings.PRODUCTION = True
        assert "data-shown-code" not in text_of(Client().post("/my/sign-in", {"phone": LIN}))
        assert client.get("/my/me/phone").status_code == 404

    @pytest.mark.parametrize("phone", ["", "1", "０" * 40, "'; DROP TABLE x", "138000060211"])
    def test_nonsense_is_told_in_words(self, world: PortalWorld, phone: str) -> None:
        assert Client().post("/my/sign-in", {"phone": phone}).status_code == 422
        assert Client().post("/my/code", {"phone": phone, "code": "1"}).status_code == 422

    def test_several_operators_are_told_apart_by_the_address(self, world: PortalWorld) -> None:
        other = make_operator("yangguang")
        with operator_context(other.pk):
            PortalWorld(other)
        assert "operator" in text_of(Client().get("/my/sign-in"))
        assert Client().get("/my/o/yangguang/sign-in").status_code == 200
        assert Client().get("/my/o/nobody/sign-in").status_code == 404


class TestSessions:
    def test_staff_are_nobody_here_and_residents_nobody_there(self, world: PortalWorld, manager: User) -> None:
        desk = ConsoleWorld.client_of(None, manager)  # type: ignore[arg-type]
        assert desk.get("/my/").status_code == 302
        assert desk.get("/residents/").status_code == 200
        resident = world.client()
        assert resident.get("/my/").status_code == 200
        for path in ("/", "/residents/", f"/bills/{world.bills()[0].pk}/"):
            assert resident.get(path).headers["Location"].startswith("/sign-in")

    def test_who_is_on_file_is_asked_anew_each_time(self, world: PortalWorld) -> None:
        client = world.client()
        phone_set(Resident.objects.get(name="林晓彤"), NOBODY)
        assert client.get("/my/").status_code == 302
        phone_set(Resident.objects.get(name="林晓彤"), LIN)
        assert client.get("/my/").status_code == 302

    def test_nobody_keeps_the_pages(self, world: PortalWorld) -> None:
        for path in PAGES:
            answer = world.client().get(f"/my/{path}")
            assert answer.headers["Cache-Control"] == "private, no-store"
            assert "script-src" not in answer.headers["Content-Security-Policy"]

    def test_a_forged_form_is_refused_in_the_portals_words(self, world: PortalWorld) -> None:
        answer = Client(enforce_csrf_checks=True).post("/my/sign-in", {"phone": LIN})
        assert answer.status_code == 403
        assert 'href="/my/"' in text_of(answer)


class TestBills:
    def test_one_sees_ones_own(self, world: PortalWorld) -> None:
        client = world.client()
        home = text_of(client.get("/my/"))
        # 2 × (4,000 + 175) and 120 kWh: 100 × 0.50 + 20 × 0.80
        assert "8,416.00" in home
        listed = text_of(client.get("/my/bills"))
        for bill in world.bills():
            assert f'href="/my/bills/{bill.pk}"' in listed
        for bill in world.bills(1):
            assert f'href="/my/bills/{bill.pk}"' not in listed

    def test_anybody_elses_bill_is_not_there(self, world: PortalWorld) -> None:
        client = world.client()
        other = make_operator()
        with operator_context(other.pk):
            foreign = PortalWorld(other).bills()[0].pk
        for pk in (world.bills(1)[0].pk, foreign, 999999999, 0):
            for path in (f"/my/bills/{pk}", f"/my/bills/{pk}/pdf"):
                answer = client.get(path)
                assert answer.status_code == 404
                assert "不是您的" in text_of(answer)

    def test_drafts_are_nobodys(self, world: PortalWorld) -> None:
        drafted = Bill.objects.filter(run=draft(world.here, date(2026, 3, 1)), account=world.account())[0]
        client = world.client()
        assert client.get(f"/my/bills/{drafted.pk}").status_code == 404
        assert f"/my/bills/{drafted.pk}" not in text_of(client.get("/my/bills"))

    def test_a_bill_explains_its_lines_and_what_was_paid(self, world: PortalWorld) -> None:
        taken = world.pay("100.00")
        client = world.client()
        shown = "".join(text_of(client.get(f"/my/bills/{bill.pk}")) for bill in world.bills())
        for words in ("62.50", "2.80 元", "用量 120", "2026-01-31", *(str(bill.number) for bill in world.bills())):
            assert words in shown
        paid_on = next(one for one in world.bills() if taken.allocations[0].charge.bill_id == one.pk)
        assert taken.receipt.number in text_of(world.client().get(f"/my/bills/{paid_on.pk}"))

    def test_the_states_are_told_apart(self, world: PortalWorld) -> None:
        client = world.client()
        first, second = world.bills()[0], world.bills()[-1]
        world.pay(str(first.total))
        assert f"/my/bills/{first.pk}" in text_of(client.get("/my/bills?state=paid"))
        assert f"/my/bills/{second.pk}" not in text_of(client.get("/my/bills?state=paid"))
        assert f"/my/bills/{second.pk}" in text_of(client.get("/my/bills?state=overdue"))
        for nonsense in ("state=x", "page=0", "page=zz", "state=due&page=999999999999"):
            assert client.get(f"/my/bills?{nonsense}").status_code == 200

    def test_a_pdf_is_the_persons_own_and_not_without_end(self, world: PortalWorld, monkeypatch: Any) -> None:
        monkeypatch.setattr("yuju.portal.pages.bills.bills_pdf", lambda sheets: b"%PDF")
        client, bill = world.client(), world.bills()[0]
        answers = [client.get(f"/my/bills/{bill.pk}/pdf") for _ in range(PDFS + 1)]
        assert answers[0].headers["Content-Type"] == "application/pdf"
        assert [answer.status_code for answer in answers] == [200] * PDFS + [302]

    def test_a_person_with_two_stays_sees_both(self, world: PortalWorld) -> None:
        phone_set(Resident.objects.get(name="王建国"), LIN)
        shown = text_of(world.client().get("/my/bills"))
        for bill in (*world.bills(), *world.bills(1)):
            assert f"/my/bills/{bill.pk}" in shown

    def test_who_moved_out_keeps_bills_and_receipts(self, world: PortalWorld) -> None:
        taken = world.pay("10.00")
        Tenure.objects.filter(pk=world.leases[0].tenure.pk).update(end=date(2026, 2, 28))
        client = world.client()
        assert "已退房" in text_of(client.get("/my/"))
        assert "我的房间" not in text_of(client.get("/my/"))
        assert f"/my/bills/{world.bills()[0].pk}" in text_of(client.get("/my/bills"))
        assert taken.receipt.number in text_of(client.get("/my/receipts"))


class TestReceiptsAndNotices:
    def test_receipts_are_ones_own_and_void_ones_say_so(self, world: PortalWorld) -> None:
        mine, other = world.pay("10.00"), world.pay("11.00", 1)
        shown = text_of(world.client().get("/my/receipts"))
        assert mine.receipt.number in shown
        assert other.receipt.number not in shown
        assert "作废" not in shown
        payment_reverse(payment=mine.payment, reason="录错", on=AT.date(), by=None, at=AT)
        assert "作废" in text_of(world.client().get("/my/receipts"))

    def test_a_receipt_on_paper_is_the_persons_own_and_noted(self, world: PortalWorld) -> None:
        mine, other = world.pay("10.00").receipt, world.pay("11.00", 1).receipt
        client = world.client()
        made = client.post(f"/my/receipts/{mine.pk}/pdf")
        assert (made.headers["Content-Type"], made.content[:5]) == ("application/pdf", b"%PDF-")
        assert ReceiptPrint.objects.get().receipt_id == mine.pk
        for pk in (other.pk, 0, 999999999):
            assert client.post(f"/my/receipts/{pk}/pdf").status_code == 404
        assert client.get(f"/my/receipts/{mine.pk}/pdf").status_code == 405
        assert f'href="/r/{mine.token}"' in text_of(client.get("/my/receipts"))

    def test_money_and_its_return_are_told_and_read_once(self, world: PortalWorld) -> None:
        # Given a payment of all, another of a charge that is settled by then, and the first taken back
        charge = world.bills()[0].charges.all()[0]
        taken = world.pay("8416.00")
        from tests.payments.test_taking import pay

        pay(world.account(), "5.00", charges=[charge.pk])
        payment_reverse(payment=taken.payment, reason="录错", on=AT.date(), by=None, at=AT)
        client = world.client()

        # Then all is told, counted until it is read, and nothing of it to others
        assert ">4</b>" in text_of(client.get("/my/"))
        shown = text_of(client.get("/my/notices"))
        for words in ("已收到缴费 ¥8,416.00", "已冲红", "录错", "转为预存"):
            assert words in shown
        assert ">4</b>" not in text_of(client.get("/my/"))
        assert "8,416.00" not in text_of(world.client(1).get("/my/notices"))
        assert ResidentNotice.objects.filter(read_at=None).count() == 0


class TestMe:
    def test_personal_data_is_covered(self, world: PortalWorld) -> None:
        shown = text_of(world.client().get("/my/me"))
        assert "138****6021" in shown
        assert LIN not in shown

    def test_a_new_number_is_proved_first(self, world: PortalWorld, settings: Any) -> None:
        settings.YUJU_DEMO = True
        client = world.client()
        asked = text_of(client.post("/my/me/phone", {"phone": NOBODY}))
        code = asked.partition("data-shown-code>")[2].partition("<")[0]
        assert Resident.objects.get(name="林晓彤").phone == LIN
        assert client.post("/my/me/phone/code", {"phone": WANG, "code": code}).status_code == 422
        assert client.post("/my/me/phone/code", {"phone": NOBODY, "code": code}, follow=True).status_code == 200
        assert Resident.objects.get(name="林晓彤").phone == NOBODY
        assert "137****1111" in text_of(client.get("/my/me"))
        change = Change.objects.get(origin__face="portal", act="changed")
        assert (list(change.changes), change.user, change.origin["address"]) == (["phone"], None, "127.0.0.1")

    def test_the_language_is_switched(self, world: PortalWorld) -> None:
        client = world.client()
        answer = client.post("/my/language", {"language": "en", "next": "/my/bills"})
        assert answer.headers["Location"] == "/my/bills"
        assert "Overdue" in text_of(client.get("/my/bills"))
        for elsewhere in ("https://evil.example/my/", "//evil.example", "/residents/"):
            answer = client.post("/my/language", {"language": "en", "next": elsewhere})
            assert answer.headers["Location"] == "/my/"
        assert client.post("/my/language", {"language": "xx"}).status_code == 404


def test_what_stands_on_no_bill_is_shown_as_well(world: PortalWorld) -> None:
    # Given a deposit that was asked for
    deposit = once_tariff(property_id=world.here.pk, category=FeeCategory.DEPOSIT)
    given = {"account": world.account(), "tariff": deposit, "on": TODAY, "due": TODAY, "key": uuid4(), "at": AT}
    charge_once(**given, rate=Decimal("913.00"))

    # Then what is asked for in all can be found line by line
    for path in ("", "bills"):
        assert "¥913.00" in text_of(world.client().get(f"/my/{path}")), path
    assert "¥913.00" not in text_of(world.client(1).get("/my/bills"))


def test_statements_do_not_grow_with_what_there_is(world: PortalWorld, django_assert_num_queries: Any) -> None:
    for count in (1, 5):
        for _ in range(count):
            world.pay("10.00")
        client = world.client()
        bill = world.bills()[0].pk
        for path, statements in (
            ("", QUERIES["home"]),
            ("bills", QUERIES["bills"]),
            (f"bills/{bill}", QUERIES["bill"]),
            ("receipts", QUERIES["receipts"]),
            ("notices", QUERIES["notices"]),
            ("activities", QUERIES["activities"]),
            ("me", QUERIES["me"]),
        ):
            client.get(f"/my/{path}")
            with django_assert_num_queries(statements):
                client.get(f"/my/{path}")


QUERIES = {"home": 17, "activities": 6, "bills": 10, "bill": 12, "receipts": 8, "notices": 8, "me": 8}


def test_the_application_knows_nobody(world: PortalWorld) -> None:
    client = Client()
    manifest = client.get("/my/manifest.webmanifest").json()
    assert (manifest["scope"], manifest["display"]) == ("/my/", "standalone")
    assert {icon["sizes"] for icon in manifest["icons"]} == {"192x192", "512x512"}
    worker = client.get("/my/sw.js")
    assert worker.headers["Content-Type"].startswith("text/javascript")
    assert "/my/offline" in text_of(worker)
    assert client.get("/my/offline").status_code == 200
    assert text_of(world.client().get("/my/offline")).count("林晓彤") == 0


def test_another_operators_session_sees_its_own_wall(world: PortalWorld) -> None:
    other = make_operator()
    with operator_context(other.pk):
        PortalWorld(other)
        theirs = Resident.objects.get(name="林晓彤").phone_hash
    mine = Resident.objects.get(name="林晓彤").phone_hash
    assert theirs != mine
    assert client_of(other.pk, mine).get("/my/").status_code == 302
    assert client_of(other.pk, theirs).get("/my/").status_code == 200


def _without_secrets(page: str) -> str:
    page = re.sub(r'name="csrf(middlewaretoken|-token)" (value|content)="[^"]*"', "", page)
    return re.sub(r"data-shown-code>\d+<", "", page)


def test_a_companys_contact_sees_one_bill_that_opens_to_its_parts(operator: Any) -> None:
    # Given
    world = PortalWorld(operator)
    billed = Billed(world.here, date(2026, 3, 1))
    client, pk = client_of(operator.pk, billed.company.phone_hash), billed.collective.pk

    # When
    listed = client.get(reverse("portal:bills"))
    page = client.get(reverse("portal:collective-bill", args=[pk]))

    # Then
    assert [one.bill.pk for one, _tone, _items in listed.context["rows"]] == [pk]
    assert "7,500.50" in client.get(reverse("portal:home")).content.decode()
    parts = [reverse("portal:bill", args=[one.pk]) for one in billed.collective.bills.all()]
    assert len(parts) == 3
    assert all(url in page.content.decode() and client.get(url).status_code == 200 for url in parts)
    assert client.get(reverse("portal:collective-bill-pdf", args=[pk])).content.startswith(b"%PDF")
    assert world.client(1).get(reverse("portal:collective-bill", args=[pk])).status_code == 404
