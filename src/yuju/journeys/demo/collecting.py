"""What the demo's residents pay at the desk: bills of the last months, in cash and by card; late, in part or ahead, too."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_CEILING, Decimal
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

from yuju.billing.models import Bill, BillingAccount, BillRun, Charge
from yuju.identity.models import User
from yuju.journeys.demo.companies import company_pays
from yuju.kit.sets import statistics_renew
from yuju.payments.choices import PaymentChannel
from yuju.payments.models import Allocation, Payment, Shift
from yuju.payments.services import cash_expected, payment_take, shift_close, shift_open
from yuju.premises.models import Property
from yuju.reporting.desk import open_by_account
from yuju.residency.models import Resident

SEED = 20261102
FLOAT = Decimal(500)
OPENS = time(8, 50)
# Days after a run on which the desk takes money, and whether it is the front desk that does.
DAYS = ((1, False), (3, False), (5, True), (8, False), (12, True), (20, False), (26, False))
LATE_FROM = 4
"""The place in DAYS from which on money comes late."""

# Of a hundred accounts that owe something: how many pay it all at once, late, in part, and more than is owed.
PROMPT, LATE, PART, AHEAD = 80, 8, 5, 3
BIG = Decimal(1500)
"""Yuan; from here on most people pay by card."""
MUCH, SOME = Decimal(30_000), Decimal(3000)
"""Yuan; who owes more than the one goes on owing, and at best pays the other."""

TODAY_AT_MOST = 9


@dataclass(frozen=True)
class _Visit:
    """Somebody comes to the desk."""

    account: BillingAccount
    amount: Decimal


class Desk:
    """The desk of the demo's property."""

    def __init__(self, property: Property, cashier: User, front_desk: User, company: Resident) -> None:
        self._property, self._company = property, company
        self._zone = ZoneInfo(property.time_zone)
        self._people = (cashier, front_desk)
        self._chance = Random(SEED)  # noqa: S311 - the same demo every time
        self.payments = 0
        self._company_paid = False

    def collect(self, run: BillRun, *, before: datetime) -> None:
        """What comes in on the days after a run."""
        # All of the demo is one transaction: the planner knows of nothing in it unless it is told.
        statistics_renew(Bill, Charge, Payment, Allocation)
        visits: list[list[_Visit]] = [[] for _ in DAYS]
        for account, owed in self._owing():
            drawn = self._chance.randrange(100)
            late = PROMPT <= drawn < PROMPT + LATE
            place = self._chance.randrange(*((LATE_FROM, len(DAYS)) if late else (0, LATE_FROM)))
            if amount := self._pays(owed, drawn):
                visits[place].append(_Visit(account, amount))
        for (days, at_front_desk), coming in zip(DAYS, visits, strict=True):
            day = run.as_of + timedelta(days=days)
            closes = datetime.combine(day, time(18, 5), tzinfo=self._zone)
            if coming and closes < before:
                shift = self._shift(self._people[at_front_desk], day, coming, minutes=530)
                self._take_from_company(shift, closes - timedelta(hours=2))
                self._close(shift, closes)

    def today(self, *, at: datetime) -> None:
        """The shift of the day the story ends is still open; before it has begun there is none."""
        now = at.astimezone(self._zone)
        opens = datetime.combine(now.date(), OPENS, tzinfo=self._zone)
        minutes = int((now - opens) / timedelta(minutes=1))
        if minutes < 30:
            return
        owing = self._owing()
        self._chance.shuffle(owing)
        coming = [_Visit(account, owed) for account, owed in owing if owed <= MUCH][:TODAY_AT_MOST]
        self._shift(self._people[0], now.date(), coming, minutes=min(minutes, 530))

    def _owing(self) -> list[tuple[BillingAccount, Decimal]]:
        rows = BillingAccount.objects.filter(property=self._property).exclude(tenure__resident=self._company)
        accounts = {row.pk: row for row in rows.select_related("tenure__resident").order_by("pk")}
        owed = open_by_account(list(accounts))
        return [(accounts[pk], owed[pk]) for pk in accounts if owed.get(pk, 0) > 0]

    def _pays(self, owed: Decimal, drawn: int) -> Decimal:
        if owed > MUCH:
            return SOME if drawn < PART * 2 else Decimal(0)
        if drawn < PROMPT + LATE:
            return owed
        if drawn < PROMPT + LATE + PART:
            return (owed / 2).quantize(Decimal(10)) or owed
        if drawn < PROMPT + LATE + PART + AHEAD:
            return owed + self._chance.choice((200, 500, 1000))
        return Decimal(0)

    def _shift(self, cashier: User, day: date, coming: list[_Visit], *, minutes: int) -> Shift:
        opens = datetime.combine(day, OPENS, tzinfo=self._zone)
        shift = shift_open(property=self._property, cashier=cashier, opening_float=FLOAT, at=opens)
        for number, visit in enumerate(coming, start=1):
            moment = opens + timedelta(minutes=minutes * number / (len(coming) + 1), seconds=self._chance.randrange(50))
            by_card = self._chance.randrange(100) < (85 if visit.amount >= BIG else 40)
            hundreds = (visit.amount / 100).to_integral_value(ROUND_CEILING) * 100
            payment_take(
                account=visit.account,
                amount=visit.amount,
                channel=PaymentChannel.CARD if by_card else PaymentChannel.CASH,
                key=UUID(int=self._chance.getrandbits(128), version=4),
                on=day,
                by=cashier,
                at=moment,
                tendered=None if by_card else hundreds,
                reference=f"{self._chance.randrange(10**6):06d}" if by_card else "",
                shift=shift,
            )
            self.payments += 1
        return shift

    def _take_from_company(self, shift: Shift, at: datetime) -> None:
        """The company pays what it was billed so far, in the first shift of all."""
        if not self._company_paid:
            self.payments += company_pays(company=self._company, shift=shift, by=shift.cashier, at=at)
            self._company_paid = True

    def _close(self, shift: Shift, at: datetime) -> None:
        """Most drawers are right; now and then a little is missing."""
        missing = Decimal(self._chance.choice((5, 10))) if self._chance.randrange(8) == 0 else Decimal(0)
        note = "找零时多找，已与当事住户核实" if missing else ""
        counted = cash_expected(shift) - missing
        shift_close(shift=shift, counted=counted, by=shift.cashier, at=at, note=note)
