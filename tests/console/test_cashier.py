"""The cashier's desk: who is found, what is taken, and what is never taken twice or from the wrong page."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.support.console_world import AT, ConsoleWorld
from tests.support.stays import bind, make_lease, make_resident, make_tariff, make_unit, run_bills
from yuju.billing.models import BillingAccount, Charge, ChargeVoid
from yuju.identity.models import User
from yuju.kit.dates import add_months, local_date, month_start
from yuju.kit.testing.console import ConsoleTests
from yuju.messaging.models import Notice
from yuju.payments.choices import PaymentChannel
from yuju.payments.models import Payment, Receipt, Shift
from yuju.payments.selectors import account_standing, open_charges
from yuju.payments.services import payment_reverse, payment_take, shift_close, shift_open
from yuju.premises.models import Property
from yuju.reporting.desk import SOON, accounts_found, desk_account

pytestmark = pytest.mark.django_db
TODAY = local_date(timezone.now(), "Asia/Shanghai")
FIRST = add_months(month_start(TODAY), -2)


class Till:
    """A cashier at a desk, with an open shift."""

    def __init__(self, world: ConsoleWorld, place: Property, role: str = "cashier", *, shift: bool = True) -> None:
        self.user: User = world.user(role, at=place)
        self.client: Client = world.client_of(self.user)
        self.shift = shift_open(property=place, cashier=self.user, opening_float=Decimal(500), at=AT) if shift else None

    def form(self, account: BillingAccount, **given: Any) -> dict[str, Any]:
        """The form as the page shows it, with its ticks."""
        page = self.client.get(f"/cashier/?account={account.pk}").content.decode()
        found: dict[str, Any] = dict(re.findall(r'<input type="hidden" name="(key|seen)" value="([^"]*)"', page))
        found["charges"] = re.findall(r'name="charges" value="(\d+)"[^>]* checked', page)
        return {"channel": "cash", "tendered": "", "mode": "", "amount": "", **found, **given}

    def send(self, account: BillingAccount, form: dict[str, Any]) -> HttpResponse:
        answer: Any = self.client.post(f"/cashier/{account.pk}/pay/", form)
        return answer

    def pay(self, account: BillingAccount, **given: Any) -> HttpResponse:
        return self.send(account, self.form(account, **given))


def let(place: Property, number: str = "0904", name: str = "王建业", **given: Any) -> BillingAccount:
    """A lease since two months ago, at 4,000 a month, billed up to now: three open charges."""
    unit = make_unit(place, number)
    person = make_resident(place, name, phone=given.pop("phone", "13900004417"))
    lease = make_lease(unit, person, start=FIRST, end=add_months(TODAY, 9))
    bind(lease, make_tariff(place, rate="4000"))
    return BillingAccount.objects.select_related("tenure__unit", "tenure__resident", "property").get(tenure=lease)


@pytest.fixture
def account(world: ConsoleWorld) -> BillingAccount:
    found = let(world.here)
    run_bills(world.here, TODAY)
    assert account_standing(found).open == 12_000
    return found


@pytest.fixture
def till(world: ConsoleWorld) -> Till:
    return Till(world, world.here)


def taken() -> int:
    return Payment.objects.count()


# Finding


@pytest.mark.parametrize("typed", ["3-0904", "3栋0904", "王建业", "wangjianye", "wjy", "13900004417", "4417"])
def test_somebody_is_found_by_what_people_say(till: Till, account: BillingAccount, typed: str) -> None:
    page = till.client.get("/cashier/", {"q": typed}, headers={"HX-Target": "desk-hits"}).content.decode()
    assert "王建业" in page
    assert "¥12,000.00" in page


def test_the_lease_number_finds_too_and_nonsense_finds_nobody(till: Till, account: BillingAccount) -> None:
    def find(text: str) -> str:
        return till.client.get("/cashier/", {"q": text}, headers={"HX-Target": "desk-hits"}).content.decode()

    assert "王建业" in find(account.tenure.number)
    for nonsense in ("\x00", "'; DROP TABLE", "%_", "9" * 5000, "（）"):
        assert "王建业" not in find(nonsense)


def test_who_left_stands_behind_who_is_here_and_other_properties_are_not_found(
    world: ConsoleWorld, account: BillingAccount, django_assert_num_queries: Any
) -> None:
    gone = make_lease(
        make_unit(world.here, "0905"), make_resident(world.here, "王建平"), start=FIRST, end=TODAY - timedelta(9)
    )
    let(world.elsewhere, "0904", "王建业")
    with django_assert_num_queries(6):
        found = accounts_found("王", [world.here.pk], TODAY)
    assert [(one.name, one.ended) for one in found] == [("王建业", False), ("王建平", True)]
    assert gone.pk
    # However many there are
    for number in range(20):
        let(world.here, f"1{number:03d}", "王小明")
    with django_assert_num_queries(6):
        assert len(accounts_found("王", [world.here.pk], TODAY)) == 12


# The account


def test_what_is_due_is_ticked_and_what_is_not_due_yet_is_not(world: ConsoleWorld, till: Till) -> None:
    account = let(world.here)
    lease = account.tenure
    bind(lease, make_tariff(world.here, "property", "100", due_days=SOON + 40), start=month_start(TODAY))
    run_bills(world.here, TODAY)
    desk = desk_account(account, TODAY)
    assert {line.is_due for line in desk.lines if line.due <= TODAY} == {True}
    later = [line for line in desk.lines if line.due > TODAY + timedelta(days=SOON)]
    assert later
    ticked = set(till.form(account)["charges"])
    assert ticked == {str(line.charge_id) for line in desk.lines if line.is_due}
    assert not ticked & {str(line.charge_id) for line in later}
    assert desk.lines[0].days_late == (TODAY - desk.lines[0].due).days


def test_the_account_shows_its_facts_in_a_fixed_number_of_statements(
    world: ConsoleWorld, till: Till, account: BillingAccount
) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            page = till.client.get(f"/cashier/?account={account.pk}", headers={"HX-Target": "desk-work"})
        text = page.content.decode()
        assert "139****4417" in text
        assert "13900004417" not in text
        return sum("SAVEPOINT" not in one["sql"] for one in captured)

    first = statements()
    for category in ("property", "network", "other"):
        bind(account.tenure, make_tariff(world.here, category, "88"))
    run_bills(world.here, TODAY + timedelta(days=1))
    assert len(open_charges(account)) > 8
    assert statements() == first <= 17


def test_other_accounts_of_the_resident_can_be_reached(world: ConsoleWorld, till: Till) -> None:
    first = let(world.here)
    second = make_lease(make_unit(world.here, "0905"), first.tenure.resident, start=FIRST, end=TODAY - timedelta(1))
    bind(second, make_tariff(world.here, rate="300"))
    run_bills(world.here, TODAY)
    other = BillingAccount.objects.get(tenure=second)
    page = till.client.get(f"/cashier/?account={first.pk}").content.decode()
    assert f"account={other.pk}" in page
    assert "已退租" in page


# Taking


def test_cash_is_taken_for_the_ticked_and_the_receipt_is_there_at_once(till: Till, account: BillingAccount) -> None:
    # When
    answer = till.pay(account, tendered="１２，１００")

    # Then
    payment = Payment.objects.get()
    assert (payment.amount, payment.tendered, payment.shift, payment.posted_by) == (
        12_000,
        12_100,
        till.shift,
        till.user,
    )
    assert answer.status_code == 302
    page = till.client.get(answer["Location"]).content.decode()
    receipt = Receipt.objects.get()
    for text in (receipt.number, "壹万贰仟元整", "¥100.00", "王建业", till.user.name):
        assert text in page
    # Whoever closed the page finds it among the latest
    assert f"?paid={payment.pk}" in till.client.get("/cashier/").content.decode()
    assert account_standing(account).open == 0


def test_a_card_needs_its_voucher(till: Till, account: BillingAccount) -> None:
    refused = till.pay(account, channel="card", tendered="20000")
    assert (refused.status_code, taken()) == (422, 0)
    assert "凭条号" in refused.content.decode()
    assert till.pay(account, channel="card", reference="x" * 41).status_code == 422
    assert till.pay(account, channel="card", reference="001842").status_code == 302
    payment = Payment.objects.get()
    assert (payment.channel, payment.reference, payment.tendered) == ("card", "001842", None)


def test_a_free_amount_settles_by_the_rules_and_the_rest_is_credit(till: Till, account: BillingAccount) -> None:
    preview = till.client.get(f"/cashier/{account.pk}/preview", {"amount": "９０００"}).content.decode()
    assert re.findall(r"¥([\d,.]+)", preview) == ["4,000.00", "4,000.00", "1,000.00", "0.00"]
    assert "¥500.00" in till.client.get(f"/cashier/{account.pk}/preview", {"amount": "12500"}).content.decode()
    assert till.pay(account, mode="amount", amount="12500", charges=[]).status_code == 302
    standing = account_standing(account)
    assert (standing.open, standing.credit) == (0, 500)
    # With nothing open, what is paid is credit
    assert till.pay(account, mode="amount", amount="1").status_code == 302
    assert account_standing(account).credit == 501


@pytest.mark.parametrize(
    "amount", ["0", "-1", "−1", "0.001", "1e12", "1000000000000", "NaN", "inf", "abc", "", "１．２．３"]
)
def test_senseless_amounts_take_nothing(till: Till, account: BillingAccount, amount: str) -> None:
    answer = till.pay(account, mode="amount", amount=amount)
    assert (answer.status_code, taken()) == (422, 0)
    assert 'role="alert"' in answer.content.decode()
    assert till.client.get(f"/cashier/{account.pk}/preview", {"amount": amount}).status_code == 200


@pytest.mark.parametrize("tendered", ["0", "-1", "11999.99", "0.001", "1e12", "abc"])
def test_cash_that_is_not_enough_takes_nothing_and_stays_as_typed(
    till: Till, account: BillingAccount, tendered: str
) -> None:
    answer = till.pay(account, tendered=tendered)
    assert (answer.status_code, taken()) == (422, 0)
    assert f'name="tendered" value="{tendered}"' in answer.content.decode()


def test_full_width_digits_are_understood(till: Till, account: BillingAccount) -> None:
    assert till.pay(account, mode="amount", amount="１，０００．５０").status_code == 302
    assert Payment.objects.get().amount == Decimal("1000.50")


def test_amounts_of_the_page_are_not_believed(till: Till, account: BillingAccount) -> None:
    form = till.form(account, amount="0.01")
    assert till.send(account, form).status_code == 302
    assert Payment.objects.get().amount == 12_000


@pytest.mark.parametrize("key", ["seen", "key"])
@pytest.mark.parametrize("value", ["", "x", "eyJ4IjoxfQ:1x:abc", "9" * 400])
def test_a_form_that_was_tampered_with_takes_nothing(till: Till, account: BillingAccount, key: str, value: str) -> None:
    assert till.send(account, till.form(account, **{key: value})).status_code == 422
    assert taken() == 0


def test_another_accounts_charge_is_refused(world: ConsoleWorld, till: Till, account: BillingAccount) -> None:
    other = let(world.here, "0905", "沈一鸣")
    run_bills(world.here, TODAY + timedelta(days=1))
    theirs = Charge.objects.filter(account=other)[0]
    form = till.form(account)
    for charges in ([theirs.pk], [*form["charges"], theirs.pk], ["9" * 30], ["x"], ["-1"]):
        assert till.send(account, {**form, "charges": charges}).status_code == 422
    # Neither is what another account's page showed
    assert till.send(account, {**form, "seen": till.form(other)["seen"]}).status_code == 422
    assert taken() == 0


def test_nothing_ticked_takes_nothing(till: Till, account: BillingAccount) -> None:
    assert till.send(account, till.form(account, charges=[])).status_code == 422
    assert taken() == 0


def test_another_propertys_account_is_out_of_reach(world: ConsoleWorld, till: Till) -> None:
    theirs = let(world.elsewhere)
    run_bills(world.elsewhere, TODAY)
    there = Till(world, world.elsewhere)
    form = there.form(theirs)
    assert there.send(theirs, {**form, "mode": "amount", "amount": "5"}).status_code == 302
    payment = Payment.objects.get()
    for address in (
        f"/cashier/?account={theirs.pk}",
        f"/cashier/?paid={payment.pk}",
        f"/cashier/{theirs.pk}/pay/",
        f"/cashier/{theirs.pk}/preview?amount=1",
        f"/cashier/{'9' * 25}/preview",
        f"/cashier/shift/{there.shift.pk if there.shift else 0}/close",
    ):
        assert till.client.get(address).status_code == 404, address
    assert till.send(theirs, there.form(theirs)).status_code == 404
    assert taken() == 1


def test_senseless_addresses_show_the_desk(till: Till, account: BillingAccount) -> None:
    for query in ("account=x", "account=", "paid=１", "account=-1", "q=%00", "account=" + "9" * 40):
        assert till.client.get(f"/cashier/?{query}").status_code == 200
    assert till.client.get("/cashier/?account=999999999").status_code == 404
    page = till.client.get(f"/cashier/{account.pk}/pay/")
    assert page["Location"] == f"/cashier/?account={account.pk}"


# Once, and only for what was seen


def test_a_form_posted_twice_pays_once(till: Till, account: BillingAccount) -> None:
    form = till.form(account)
    first, second = till.send(account, form), till.send(account, form)
    assert first["Location"] == second["Location"]
    assert (taken(), Receipt.objects.count()) == (1, 1)
    # A free amount too
    free = till.form(account, mode="amount", amount="10")
    assert till.send(account, free)["Location"] == till.send(account, free)["Location"]
    assert taken() == 2


def test_a_key_used_for_one_account_pays_no_other(world: ConsoleWorld, till: Till, account: BillingAccount) -> None:
    other = let(world.here, "0905", "沈一鸣")
    run_bills(world.here, TODAY + timedelta(days=1))
    form = till.form(account)
    till.send(account, form)
    assert till.send(other, till.form(other, key=form["key"])).status_code == 422
    assert taken() == 1


def test_what_was_settled_meanwhile_becomes_credit_and_both_are_told(
    world: ConsoleWorld, till: Till, account: BillingAccount
) -> None:
    # Given two cashiers with the same account open
    other = Till(world, world.here, "front_desk")
    form, theirs = till.form(account), other.form(account)
    oldest = open_charges(account)[0].charge
    assert other.send(account, {**theirs, "charges": [oldest.pk]}).status_code == 302

    # When the first takes all that was open
    answer = till.send(account, form)

    # Then the money is taken as it was counted, and what was settled already is credit
    assert answer.status_code == 302
    assert sorted(Payment.objects.values_list("amount", flat=True)) == [4000, 12_000]
    standing = account_standing(account)
    assert (standing.open, standing.credit) == (0, 4000)
    page = till.client.get(answer["Location"]).content.decode()
    assert "已由他人收讫" in page
    assert "¥4,000.00" in page
    assert other.user.name in page
    notice = Notice.objects.get()
    assert notice.recipient == other.user
    assert "王建业" in notice.title
    assert "4,000.00" in notice.body
    # Sent again it tells nobody again
    assert till.send(account, form)["Location"].split("&")[0] == answer["Location"].split("&")[0]
    assert (Notice.objects.count(), taken()) == (1, 2)


def test_both_take_everything_at_once(world: ConsoleWorld, till: Till, account: BillingAccount) -> None:
    other = Till(world, world.here)
    form, theirs = till.form(account), other.form(account)
    other.send(account, theirs)
    assert till.send(account, form).status_code == 302
    assert account_standing(account).credit == 12_000
    assert Notice.objects.get().recipient == other.user


def test_any_other_change_takes_nothing_and_shows_it_anew(
    world: ConsoleWorld, till: Till, account: BillingAccount
) -> None:
    def refused(form: dict[str, Any]) -> str:
        before = taken()
        answer = till.send(account, form)
        assert (answer.status_code, taken()) == (422, before)
        return answer.content.decode()

    # A free amount would settle something else than was shown
    free = till.form(account, mode="amount", amount="4000")
    assert till.pay(account, mode="amount", amount="100").status_code == 302
    assert "有变化" in refused(free)
    # A ticked charge was taken away
    oldest = open_charges(account)[-1].charge
    form = till.form(account)
    ChargeVoid.objects.create(charge=oldest, at=AT, by=None, reason="重复")
    assert "有变化" in refused(form)
    # A ticked charge is open again
    form = till.form(account)
    payment = Payment.objects.get()
    payment_reverse(payment=payment, reason="录错", on=TODAY, by=None, at=timezone.now())
    page = refused(form)
    # What is shown anew can be taken
    seen = re.findall(r'name="seen" value="([^"]*)"', page)
    assert till.send(account, {**form, "seen": seen[0]}).status_code == 302


def test_without_a_shift_nothing_is_taken(world: ConsoleWorld, account: BillingAccount) -> None:
    till = Till(world, world.here, shift=False)
    page = till.client.get(f"/cashier/?account={account.pk}").content.decode()
    assert 'name="opening_float"' in page
    assert "data-collect" not in page
    with_shift = Till(world, world.here).form(account)
    for channel in ("cash", "card"):
        answer = till.send(account, {**with_shift, "channel": channel, "reference": "1"})
        assert (answer.status_code, taken()) == (422, 0)


# Shifts


def test_a_shift_is_opened_handed_over_and_listed(world: ConsoleWorld, account: BillingAccount) -> None:
    till = Till(world, world.here, shift=False)
    for wrong in ("", "-1", "abc", "0.001", "1e12", "99999999999"):
        till.client.post("/cashier/shift/open", {"property": world.here.pk, "opening_float": wrong})
    assert not Shift.objects.exists()
    given = {"property": world.here.pk, "opening_float": "５００", "account": account.pk}
    assert till.client.post("/cashier/shift/open", given)["Location"] == f"/cashier/?account={account.pk}"
    shift = Shift.objects.get()
    assert shift.opening_float == 500
    # A second one is refused in words
    till.client.post("/cashier/shift/open", given)
    assert "未交班" in till.client.get("/cashier/").content.decode()
    assert Shift.objects.count() == 1
    assert till.client.post("/cashier/shift/open", {**given, "property": world.elsewhere.pk}).status_code == 404

    till.pay(account, mode="amount", amount="100")
    till.pay(account, mode="amount", amount="50", channel="card", reference="77")
    page = till.client.get("/cashier/").content.decode()
    assert "本班已收 2 笔" in page
    dialog = till.client.get(f"/cashier/shift/{shift.pk}/close").content.decode()
    assert 'data-expected="600.00"' in dialog
    for counted, note in (("", ""), ("-1", "x"), ("abc", "x"), ("599", "")):
        answer = till.client.post(f"/cashier/shift/{shift.pk}/close", {"counted": counted, "note": note})
        assert answer.status_code == 422, counted
    closed = till.client.post(f"/cashier/shift/{shift.pk}/close", {"counted": "599", "note": "少一元"})
    assert closed["HX-Redirect"] == f"/shifts/{shift.pk}/"
    shift.refresh_from_db()
    assert (shift.expected, shift.counted, shift.note) == (600, 599, "少一元")
    assert till.client.get(f"/cashier/shift/{shift.pk}/close").status_code == 404
    shown = world.client("accountant").get(f"/shifts/{shift.pk}/").content.decode()
    assert "少一元" in shown
    assert "150.00" in shown


class TestShifts(ConsoleTests):
    slug = "shifts"
    viewer, editor, stranger = "accountant", "manager", "engineer"
    list_queries = 8

    def make(self, world: Any, property: Any, number: int) -> Shift:
        cashier = world.user("cashier", at=property)
        shift = shift_open(property=property, cashier=cashier, opening_float=Decimal(100 + number), at=AT)
        return shift if number % 2 else shift_close(shift=shift, counted=shift.opening_float, by=cashier, at=AT)


# Takings


def test_the_takings_of_a_day_by_channel_and_cashier(world: ConsoleWorld, account: BillingAccount) -> None:
    one, two = Till(world, world.here), Till(world, world.here, "front_desk")
    one.pay(account, mode="amount", amount="100")
    one.pay(account, mode="amount", amount="30", channel="card", reference="1")
    two.pay(account, mode="amount", amount="7")
    wrong = Payment.objects.get(amount=7)
    payment_reverse(payment=wrong, reason="录错", on=TODAY, by=two.user, at=timezone.now(), shift=two.shift)
    client = world.client("auditor")
    page = client.get("/takings/").content.decode()
    for text in ("100.00", "30.00", "130.00", "−7.00"):
        assert text in page
    only = client.get(f"/takings/?day={TODAY}&cashier={one.user.pk}&channel=card")
    assert [row.amount for row in only.context["page"]] == [30]
    assert len(client.get(f"/takings/?day={TODAY - timedelta(days=1)}").context["lines"]) == 0
    for nonsense in ("day=x", "day=9999-99-99", "day=3000-01-01", "cashier=x", "cashier=0", "channel=x", "page=zz"):
        assert client.get(f"/takings/?{nonsense}").status_code == 200
    # Its sum is on the home page
    home = client.get("/", headers={"HX-Target": "kpis"}).content.decode()
    assert "今日收款" in home
    assert "¥130" in home
    # Elsewhere nothing was taken
    assert not world.client("manager", at=world.elsewhere).get("/takings/").context["lines"]


def test_the_takings_take_the_same_few_statements_for_any_number_of_payments(
    world: ConsoleWorld, account: BillingAccount
) -> None:
    client, counts = world.client("manager"), []
    for number in (1, 12):
        for _ in range(number):
            payment_take(
                account=account,
                amount=Decimal(1),
                channel=PaymentChannel.CASH,
                key=uuid4(),
                on=TODAY,
                by=world.user("cashier"),
                at=timezone.now(),
            )
        with CaptureQueriesContext(connection) as captured:
            client.get("/takings/")
        counts.append(sum("SAVEPOINT" not in one["sql"] for one in captured))
    assert counts[0] == counts[1] <= 16


@pytest.mark.parametrize(
    ("role", "desk", "takings"),
    [
        ("manager", 200, 200),
        ("front_desk", 200, 200),
        ("cashier", 200, 200),
        ("accountant", 403, 200),
        ("auditor", 403, 200),
        ("engineer", 403, 403),
        ("guard", 403, 403),
        ("cleaner", 403, 403),
    ],
)
def test_each_role_has_its_pages(world: ConsoleWorld, role: str, desk: int, takings: int) -> None:
    account = let(world.here)
    client = world.client(role)
    assert client.get("/cashier/").status_code == desk
    assert client.get(f"/cashier/{account.pk}/preview").status_code == desk
    assert client.get("/takings/").status_code == takings
    if desk == 403:
        assert client.post(f"/cashier/{account.pk}/pay/").status_code == 403
        assert client.post("/cashier/shift/open").status_code == 403
    assert Client().get("/cashier/").status_code == 302
