"""The cashier's desk (收银台): find who pays, see what is open, take the money, hand out the receipt."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from yuju.billing.models import BillingAccount
from yuju.console.desk_form import Entered, seal, unseal
from yuju.console.desk_place import TAKE, account_of, company_of, number_of, payment_of, places, shifts_open
from yuju.console.desk_shown import HITS, PARTS, desk_hits, desk_page, shift_at
from yuju.console.navigation import GROUP_FEES
from yuju.console.pages.company_desk import company_context
from yuju.console.pages.premises import user_of
from yuju.kit.capital import in_words
from yuju.kit.console import console_site
from yuju.kit.dates import local_date
from yuju.kit.errors import Refused
from yuju.kit.identity_numbers import mask_phone
from yuju.kit.money import parse_money
from yuju.payments.models import Payment
from yuju.payments.services import desk_take
from yuju.premises.models import Property
from yuju.reporting.desk import desk_account, settled_before, settles, slip


@console_site.page(
    "cashier", title=gettext_lazy("Cashier desk"), icon="cash-register", group=GROUP_FEES, order=225, permission=TAKE
)
@require_GET
def cashier_page(request: HttpRequest) -> HttpResponseBase:
    """The desk. `q` finds, `account` opens an account (with `all` everything open is ticked, not only what is due), `company`
    a company with all its accounts, `paid` shows what came of a payment."""
    target = request.headers.get("HX-Target", "")
    response: HttpResponseBase
    if target == HITS:
        response = render(request, PARTS[HITS], desk_hits(request))
    else:
        paid, account_id, company_id = (number_of(request.GET.get(name, "")) for name in ("paid", "account", "company"))
        if paid is not None:
            context = _paid(request, payment_of(request, paid))
        elif account_id is not None:
            context = _account(request, account_of(request, account_id))
        elif company_id is not None:
            company = company_of(request, company_id)
            context = company_context(request, company, shift_at(request, company.property))
        else:
            context = {"place": _place(request), **shift_at(request, _place(request))}
        response = desk_page(request, context, target)
    patch_vary_headers(response, ["HX-Target"])
    return response


def _place(request: HttpRequest) -> Property | None:
    """The property of the desk: the one chosen, the only one, or the one where a shift is open."""
    offered = places(request)
    if len(offered) == 1:
        return offered[0]
    within = {one.pk for one in offered}
    return next((one.property for one in shifts_open(request) if one.property_id in within), None)


def _account(request: HttpRequest, account: BillingAccount, entered: Entered | None = None) -> dict[str, Any]:
    desk = desk_account(account, local_date(timezone.now(), account.property.time_zone))
    entered = entered or Entered.blank(free=not desk.lines)
    everything = request.GET.get("all") == "yes"
    ticked = {
        line.charge_id
        for line in desk.lines
        if (everything or line.is_due if entered.charges is None else str(line.charge_id) in entered.charges)
    }
    residents = console_site.consoles["residents"]
    return {
        "place": account.property,
        **shift_at(request, account.property),
        "desk": desk,
        "entered": entered,
        "ticked": ticked,
        "seal": seal(account.pk, desk.shown),
        "phone": mask_phone(account.tenure.resident.phone) if account.tenure.resident.phone else "",
        "topics": f"account:{account.pk},bill_run",
        "pay_url": reverse("console:cashier-pay", args=[account.pk]),
        "preview_url": reverse("console:cashier-preview", args=[account.pk]),
        "resident_url": residents.url("detail", account.tenure.resident_id)
        if residents.may(request, residents.view_permission, account.tenure.resident)
        else "",
    }


def _paid(request: HttpRequest, payment: Payment) -> dict[str, Any]:
    numbers = request.GET.get("meanwhile", "")[:400].split(",")
    meanwhile = [pk for text in numbers if (pk := number_of(text)) is not None]
    receipts = console_site.consoles.get("receipts")
    shown = slip(payment)
    return {
        "place": payment.property,
        **shift_at(request, payment.property),
        "slip": shown,
        "words": in_words(shown.receipt.amount),
        "settled_before": settled_before(payment, meanwhile) if meanwhile else [],
        "receipt_url": receipts.detail_url(shown.receipt)
        if receipts is not None and receipts.may(request, receipts.view_permission, shown.receipt)
        else "",
    }


@console_site.page("cashier-pay", title="", permission=TAKE, route="cashier/<int:pk>/pay/", in_navigation=False)
@require_http_methods(["GET", "POST"])
def pay_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Takes the money. Sent twice it pays once; refused, the account is shown as it stands now."""
    account = account_of(request, pk)
    if request.method == "GET":
        return redirect(f"{reverse('console:cashier')}?account={pk}")
    entered = Entered.posted(request.POST)
    at = timezone.now()
    try:
        shift = shift_at(request, account.property)["shift"]
        if shift is None:
            raise Refused(_("Open your shift at this property first."), code="shift")
        done = desk_take(
            account=account,
            shown=unseal(account.pk, request.POST.get("seen", "")),
            shift=shift,
            on=local_date(at, account.property.time_zone),
            by=user_of(request),
            at=at,
            link=f"{reverse('console:cashier')}?account={pk}",
            **entered.read(),
        )
    except Refused as refusal:
        context = _account(request, account, entered)
        context |= {"error": str(refusal), "at_fault": refusal.field or ""}
        return desk_page(request, context, status=422)
    query: dict[str, Any] = {"paid": done.taken.payment.pk}
    if done.meanwhile:
        query["meanwhile"] = ",".join(map(str, done.meanwhile))
    return redirect(f"{reverse('console:cashier')}?{urlencode(query)}", permanent=False)


@console_site.page("cashier-preview", title="", permission=TAKE, route="cashier/<int:pk>/preview", in_navigation=False)
@require_GET
def preview_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """What a free amount would settle, and what of it would stay as credit."""
    account = account_of(request, pk)
    text = request.GET.get("amount", "").replace("\x00", "").strip()[:60]
    context: dict[str, Any] = {}
    if text:
        try:
            amount = parse_money(text)
            if amount <= 0:
                raise Refused(_("The amount has to be more than 0."))
            day: date = local_date(timezone.now(), account.property.time_zone)
            context["settles"] = settles(desk_account(account, day), amount)
        except Refused as refusal:
            context["error"] = str(refusal)
    return render(request, "console/cashier/preview.html", context)
