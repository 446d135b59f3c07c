"""A property with two residents who have telephones and bills, and browsers signed in as them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.test import Client

from tests.support.billing_small import issued, lease_of, read
from yuju.billing.models import Bill, BillingAccount
from yuju.identity.models import Operator
from yuju.payments.choices import PaymentChannel
from yuju.payments.services import Taken, payment_take
from yuju.premises.models import Property
from yuju.premises.services import property_create
from yuju.residency.models import Resident
from yuju.residency.services import resident_change
from yuju.residency.services.portal_session import SESSION_OPERATOR, SESSION_PHONE

AT = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
TODAY = date(2026, 2, 5)
LIN, WANG, NOBODY = "13800006021", "13900007788", "13700001111"


class PortalWorld:
    """Lin and Wang, each with bills of January and February: 4,175.00 yuan, and electricity in January."""

    def __init__(self, operator: Operator, code: str = "here") -> None:
        self.operator = operator
        self.here: Property = property_create(code=code, name="青岚里公寓", by=None, at=AT)
        self.leases = [lease_of(self.here, 101, "林晓彤"), lease_of(self.here, 102, "王建国")]
        read(self.leases[0], (date(2026, 1, 1), 0), (date(2026, 1, 31), 120))
        for lease, phone in zip(self.leases, (LIN, WANG), strict=True):
            phone_set(lease.tenure.resident, phone)
        issued(self.here, date(2026, 2, 1))

    def account(self, number: int = 0) -> BillingAccount:
        return BillingAccount.objects.get(tenure=self.leases[number].tenure)

    def bills(self, number: int = 0) -> list[Bill]:
        return list(Bill.objects.filter(account=self.account(number)).order_by("due_date"))

    def pay(self, amount: str, number: int = 0) -> Taken:
        return payment_take(
            account=self.account(number),
            amount=Decimal(amount),
            channel=PaymentChannel.CASH,
            key=uuid4(),
            on=TODAY,
            by=None,
            at=AT,
        )

    def client(self, number: int = 0) -> Client:
        """A browser signed in to the portal."""
        resident = Resident.objects.get(pk=self.leases[number].tenure.resident_id)
        return client_of(self.operator.pk, resident.phone_hash)


def client_of(operator_id: int, phone_hash: str) -> Client:
    """A browser with a session of the portal."""
    client = Client()
    session = client.session
    session[SESSION_OPERATOR], session[SESSION_PHONE] = operator_id, phone_hash
    session.save()
    return client


def phone_set(resident: Resident, phone: str) -> None:
    """Gives a resident a telephone number, as the desk does."""
    names = ("name", "ref", "id_type", "id_number", "category", "emergency_name", "emergency_phone")
    given: dict[str, Any] = {name: getattr(resident, name) for name in names}
    resident_change(resident=resident, phone=phone, by=None, at=AT, **given)
