"""A resident died: what is billed waits for a review, nobody is written to, and what was held is billed once."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.db.models import Sum

from tests.support.settlements import Stay, closed, make_stay
from tests.support.stays import bind, make_lease, make_property, make_resident, make_tariff, make_unit, run_bills
from yuju.billing.choices import Cause, Decision, RunSource
from yuju.billing.models import BillingAccount, Charge, RecurringCharge, RunException
from yuju.billing.services.runs import bill_run_draft, bill_run_issue
from yuju.billing.wording import exception_text
from yuju.books.verification import verify
from yuju.identity.choices import Role
from yuju.journeys.deaths import death_record, death_withdraw, stay_release
from yuju.journeys.lease_ends import leases_ending
from yuju.journeys.overstays import overstay_charge
from yuju.journeys.settlement_signing import settlement_code_send
from yuju.journeys.settling import settlement_refund, settlement_show
from yuju.journeys.stay_moves import tenant_change
from yuju.journeys.tenures import tenure_open
from yuju.kit.errors import Refused
from yuju.messaging.choices import ResidentNoticeKind
from yuju.messaging.services import resident_notice_add
from yuju.payments.choices import RefundChannel
from yuju.payments.models import Refund
from yuju.residency.choices import DeathDocument, HeirBasis, IdType, TenureKind
from yuju.residency.deaths import heirs_on_file, is_frozen
from yuju.residency.models import Death, Freeze, Heir, Tenure
from yuju.residency.selectors import can_be_taken_over
from yuju.residency.services import agreement_set, heir_add
from yuju.workforce.models import Task

pytestmark = pytest.mark.django_db
AT = datetime(2026, 10, 20, 2, tzinfo=UTC)
LATER = datetime(2026, 12, 5, 2, tzinfo=UTC)
DIED = date(2026, 10, 18)
PDF = b"%PDF-1.4 a certificate"


def died(tenure: Tenure, at: datetime = AT, **given: Any) -> Death:
    values: dict[str, Any] = {
        "died_on": DIED,
        "document": DeathDocument.MEDICAL,
        "scan": ContentFile(PDF, "a.pdf"),
        **given,
    }
    return death_record(resident=tenure.resident, by=None, at=at, **values)


def standing(account: BillingAccount) -> list[tuple[date, date]]:
    rows = Charge.objects.filter(account=account, kind="run", run__state="issued")
    return list(rows.order_by("recurring", "start").values_list("start", "end"))


def test_nothing_is_let_to_somebody_who_died(operator: Any) -> None:
    # Given a resident who died, and a free room
    lease = make_lease(make_unit(make_property()))
    died(lease)
    room = make_unit(lease.property, "1701")

    def let(start: date) -> Tenure:
        end = date(2027, 10, 1)
        return tenure_open(
            kind=TenureKind.LEASE, unit=room, resident=lease.resident, start=start, end=end, by=None, at=AT
        )

    # Then a lease from a later day on is refused, and what is entered late of an earlier one is not
    with pytest.raises(Refused) as refusal:
        let(date(2026, 10, 19))
    assert refusal.value.code == "died"
    assert let(DIED).start == DIED


@pytest.fixture
def stay(operator: Any) -> Stay:
    return make_stay()


def other_lease(stay: Stay) -> BillingAccount:
    tenure = make_lease(make_unit(stay.place, "1603"), make_resident(stay.place, "周启明"))
    bind(tenure, make_tariff(stay.place, rate="1000", anchor="lease"), start=date(2026, 10, 1))
    return BillingAccount.objects.get(tenure=tenure)


class TestBilling:
    def test_a_run_lists_what_is_held_and_issues_the_rest(self, stay: Stay) -> None:
        # Given a resident who died, and a neighbour
        neighbour = other_lease(stay)
        before = standing(stay.account)
        died(stay.tenure)

        # When the property is billed
        run = bill_run_draft(property=stay.place, as_of=date(2026, 12, 1), source=RunSource.CONSOLE, by=None, at=AT)

        # Then what is held is listed with its cause, and has to be decided
        held = RunException.objects.filter(run=run, cause=Cause.HELD).order_by("recurring", "start")
        assert {row.recurring.account_id for row in held if row.recurring} == {stay.account.pk}
        assert len(held) == 3
        assert "2026-10-18" in exception_text(held[0])
        assert "林晓彤" in exception_text(held[0])
        with pytest.raises(Refused) as refusal:
            bill_run_issue(run=run, by=None, at=AT)
        assert refusal.value.code == "open_exceptions"

        # And the neighbour is billed, the dead are not
        bill_run_issue(run=run, by=None, at=AT, leave_out_open=True)
        assert standing(stay.account) == before
        assert len(standing(neighbour)) == 3
        assert set(held.values_list("decision", flat=True)) == {Decision.EXCLUDED}

    def test_released_it_is_caught_up_once(self, stay: Stay) -> None:
        # Given three periods held by a run, of which the rent is confirmed as known
        before = len(standing(stay.account))
        death = died(stay.tenure)
        run = bill_run_draft(property=stay.place, as_of=date(2026, 12, 1), source=RunSource.CONSOLE, by=None, at=AT)
        run.exceptions.filter(cause=Cause.HELD).update(decision=Decision.CONFIRMED)
        bill_run_issue(run=run, by=None, at=AT)

        # When the review lets the rent go on and ends the fee, twice
        fee = RecurringCharge.objects.get(account=stay.account, tariff__fee_item__category="property")
        freeze = Freeze.objects.get(death=death)
        for _time in range(2):
            stay_release(freeze=freeze, ends={fee: date(2026, 10, 18)}, by=None, at=LATER)

        # Then the next run bills what was held, the fee to its last day, and another one nothing
        run_bills(stay.place, date(2026, 12, 1))
        fees = Charge.objects.filter(recurring=fee).order_by("start").values_list("start", "end")
        assert list(fees)[-1] == (date(2026, 10, 1), date(2026, 10, 18))
        assert len(standing(stay.account)) == before + 2
        assert run_bills(stay.place, date(2026, 12, 1)).charge_count == 0
        assert [one.check.name for one in verify() if one.astray_count] == []

    def test_a_draft_from_before_is_made_anew(self, stay: Stay) -> None:
        run = bill_run_draft(property=stay.place, as_of=date(2026, 12, 1), source=RunSource.CONSOLE, by=None, at=AT)
        died(stay.tenure)
        with pytest.raises(Refused) as refusal:
            bill_run_issue(run=run, by=None, at=LATER, leave_out_open=True)
        assert refusal.value.code == "stale"

    def test_it_is_not_settled_before_the_review(self, stay: Stay) -> None:
        died(stay.tenure)
        with pytest.raises(Refused) as refusal:
            stay.prepare()
        assert refusal.value.code == "frozen"


class TestStays:
    def test_recorded_twice_is_once_and_asks_the_manager(self, stay: Stay) -> None:
        death = died(stay.tenure)
        assert died(stay.tenure) == death
        task = Task.objects.get(source="death")
        assert (task.group, task.tenure, task.steps.count()) == (Role.MANAGER, stay.tenure, 5)
        assert [is_frozen(stay.tenure.pk, date(2026, 10, day)) for day in (17, 18)] == [False, True]

    def test_a_day_to_come_and_a_program_are_refused(self, stay: Stay) -> None:
        for given, field in (
            ({"died_on": date(2026, 10, 21)}, "died_on"),
            ({"scan": ContentFile(b"MZ\x90\x00", "a.pdf")}, "scan"),
        ):
            with pytest.raises(Refused) as refusal:
                died(stay.tenure, **given)
            assert refusal.value.field == field
        assert not Freeze.objects.exists()

    def test_nobody_is_asked_or_told(self, stay: Stay) -> None:
        def told() -> Any:
            return resident_notice_add(
                resident_id=stay.tenure.resident_id, kind=ResidentNoticeKind.LEASE_ENDS, about_id=1, facts={}, at=AT
            )

        day = date(2027, 2, 1)
        assert [row for row, _days in leases_ending(stay.place, day)] == [stay.tenure]
        assert told() is not None
        death = died(stay.tenure)
        assert leases_ending(stay.place, day) == []
        assert told() is None

        # Recorded wrongly, everything goes on and the row stays
        death_withdraw(death=death, reason="重名", by=None, at=AT)
        assert leases_ending(stay.place, day) != []
        assert told() is not None
        assert not is_frozen(stay.tenure.pk, DIED)
        assert Task.objects.get(source="death").state == "cancelled"
        assert Death.objects.get().withdrawn_because == "重名"

    def test_overstay_is_charged_to_the_day_before(self, stay: Stay) -> None:
        # Given a lease that ended three days before the resident died
        agreement_set(tenure=stay.tenure, overstay_rate=Decimal(100), by=None, at=AT)
        Tenure.objects.filter(pk=stay.tenure.pk).update(end=date(2026, 10, 14))
        death = died(stay.tenure)

        # When weeks are charged, before and after the review
        def charged() -> list[tuple[date, date]]:
            made = overstay_charge(tenure=stay.tenure, until=date(2026, 12, 13), whole_weeks=True, by=None, at=LATER)
            return [(one.start, one.end) for one in made]

        assert charged() == [(date(2026, 10, 15), date(2026, 10, 17))]
        stay_release(freeze=Freeze.objects.get(death=death), ends={}, by=None, at=LATER)

        # Then the days of the freeze stay free
        assert charged() == [(date(2026, 12, 5), date(2026, 12, 11))]


class TestHeirs:
    def heir(self, death: Death, name: str, number: str, share: str | None = None) -> Heir:
        return heir_add(
            death=death,
            name=name,
            relation="子女",
            id_type=IdType.PASSPORT,
            id_number=number,
            share=None if share is None else Decimal(share),
            basis=HeirBasis.NOTARY,
            scan=ContentFile(PDF, "a.pdf"),
            by=None,
            at=AT,
        )

    def test_the_deposit_goes_to_the_heirs_to_the_fen(self, stay: Stay) -> None:
        # Given a stay that is settled after its resident died, with two heirs
        death = died(stay.tenure, died_on=date(2026, 10, 14))
        daughter, son = self.heir(death, "林一", "E11111111", "50"), self.heir(death, "林二", "E22222222", "50")
        assert self.heir(death, "林一", "E11111111") == daughter
        stay_release(freeze=Freeze.objects.get(death=death), ends={}, by=None, at=AT)
        shown = settlement_show(settlement=stay.prepare(), by=None, at=AT)
        with pytest.raises(Refused) as refusal:
            settlement_code_send(settlement=shown, seal=shown.seal, address="10.0.0.1", by=None, at=AT)
        assert refusal.value.code == "heir"
        settled = closed(shown)
        assert settled.result < 0

        def pay(heir: Heir | None, amount: Decimal | None) -> None:
            settlement_refund(
                settlement=settled,
                channel=RefundChannel.BANK,
                key=uuid4(),
                payee=heir.name if heir else "林晓彤",
                payee_account="6222020200112233445",
                heir=heir,
                amount=amount,
                on=date(2026, 10, 20),
                by=None,
                at=AT,
            )

        # When it is paid out: not to the dead, nor more than is left, but in two parts
        with pytest.raises(Refused) as refusal:
            pay(None, None)
        assert refusal.value.code == "heir"
        half = (-settled.result / 2).quantize(Decimal("0.01"))
        pay(daughter, half)
        with pytest.raises(Refused) as refusal:
            pay(son, -settled.result)
        assert refusal.value.code == "credit"
        pay(son, None)

        # Then the parts add up, each row says who got it, and the account is closed
        paid = dict(Refund.objects.values_list("heir__name").annotate(Sum("amount")))
        assert paid == {"林一": half, "林二": -settled.result - half}
        settled.refresh_from_db()
        assert settled.is_even
        assert [one.check.name for one in verify() if one.astray_count] == []

    def test_shares_above_the_whole_and_a_wrong_document_are_refused(self, stay: Stay) -> None:
        death = died(stay.tenure)
        self.heir(death, "林一", "E11111111", "60")
        for number, share, field in (("E22222222", "50", "share"), ("1", None, "id_number"), ("", None, "id_number")):
            with pytest.raises(Refused) as refusal:
                self.heir(death, "林二", number, share)
            assert refusal.value.field == field
        assert Heir.objects.count() == 1

    def test_the_lease_goes_on_with_an_heir_who_is_a_resident_once_it_is_reviewed(self, stay: Stay) -> None:
        # Given an heir who is on file by their document, one who is not, and a stay that waits for its review
        death = died(stay.tenure, died_on=date(2026, 10, 14))
        daughter = make_resident(stay.place, "林一", id_type=IdType.PASSPORT, id_number="E11111111")
        heirs = [self.heir(death, "林一", "E11111111"), self.heir(death, "林二", "E22222222")]
        assert heirs_on_file(stay.place.pk, heirs) == {heirs[0].pk: daughter}

        def go_on() -> Tenure:
            return tenant_change(
                tenure=stay.tenure,
                resident=daughter,
                on=date(2026, 10, 20),
                deposit_moves=True,
                reason="继承人续租",
                key=uuid4(),
                readings={stay.meter.pk: Decimal(1200)},
                by=None,
                at=AT,
            ).after

        # Then it goes on after the review alone, and what is billed from then on is the daughter's
        with pytest.raises(Refused) as refusal:
            go_on()
        assert refusal.value.code == "frozen"
        stay_release(freeze=Freeze.objects.get(death=death), ends={}, by=None, at=AT)
        assert (go_on().resident, can_be_taken_over(stay.tenure)) == (daughter, False)
        assert [one.check.name for one in verify() if one.astray_count] == []
