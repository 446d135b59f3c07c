"""Where a cashier takes money: the property of the desk, the shift that is open there, and the accounts in reach."""

from __future__ import annotations

from django.http import Http404, HttpRequest

from yuju.billing.models import BillingAccount
from yuju.console.pages.premises import user_of
from yuju.payments.models import Payment, Shift
from yuju.premises.models import Property
from yuju.reporting.takings import payments_to_read
from yuju.residency.choices import ResidentKind
from yuju.residency.models import Resident

TAKE, VIEW = "payments.take", "payments.view"
LARGEST_KEY = 2**63 - 1


def scope_of(request: HttpRequest, permission: str = TAKE) -> list[int]:
    """The properties the pages are about where the user holds a permission."""
    held = user_of(request).property_scope(permission)
    offered: list[Property] = list(getattr(request, "properties", ()))
    chosen: Property | None = getattr(request, "property", None)
    rows = [one.pk for one in offered if chosen is None or one.pk == chosen.pk]
    return [pk for pk in rows if held is None or pk in held]


def places(request: HttpRequest) -> list[Property]:
    """The properties where the user may take money, under the property switcher."""
    scope = set(scope_of(request))
    return [one for one in getattr(request, "properties", ()) if one.pk in scope]


def shifts_open(request: HttpRequest) -> list[Shift]:
    """The user's open shifts, the latest first."""
    rows = Shift.objects.filter(cashier=user_of(request), closed_at=None).select_related("property", "cashier")
    return list(rows.order_by("-opened_at", "-pk"))


def account_of(request: HttpRequest, pk: int) -> BillingAccount:
    """An account where the user may take money, with what the desk says of it at hand.

    Raises:
        Http404: there is none in the user's reach.
    """
    rows = BillingAccount.objects.visible_to(user_of(request), TAKE)
    related = rows.select_related("property", "tenure__unit", "tenure__resident")
    account = related.filter(pk=pk).first() if pk <= LARGEST_KEY else None
    if account is None:
        raise Http404
    found: BillingAccount = account
    return found


def company_of(request: HttpRequest, pk: int) -> Resident:
    """A company for which the user may take money.

    Raises:
        Http404: there is none in the user's reach.
    """
    rows = Resident.objects.visible_to(user_of(request), TAKE).filter(kind=ResidentKind.COMPANY)
    company = rows.select_related("property").filter(pk=pk).first() if pk <= LARGEST_KEY else None
    if company is None:
        raise Http404
    found: Resident = company
    return found


def payment_of(request: HttpRequest, pk: int) -> Payment:
    """A payment that was taken at a desk in the user's reach.

    Raises:
        Http404: there is none.
    """
    rows = payments_to_read(Payment.objects.visible_to(user_of(request), TAKE))
    payment = rows.filter(pk=pk, reverses=None, receipts__isnull=False).first() if pk <= LARGEST_KEY else None
    if payment is None:
        raise Http404
    found: Payment = payment
    return found


def number_of(text: str) -> int | None:
    """An id from an address; None for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
