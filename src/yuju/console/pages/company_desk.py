"""A company at the cashier's desk: one amount for all its units, one receipt."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from yuju.console.desk_form import Entered, seal, unseal
from yuju.console.desk_place import TAKE, company_of
from yuju.console.desk_shown import desk_page, shift_at
from yuju.console.pages.premises import user_of
from yuju.kit.console import console_site
from yuju.kit.dates import local_date
from yuju.kit.errors import Refused
from yuju.kit.identity_numbers import mask_phone
from yuju.kit.money import parse_money
from yuju.payments.models import Shift
from yuju.payments.services import company_take
from yuju.reporting.company_desk import bundle_charges, company_desk
from yuju.reporting.desk import settles_of
from yuju.residency.models import Resident

FOLLOWED = 40
"""So many accounts of a company an open page follows live."""


def company_context(
    request: HttpRequest, company: Resident, shift: dict[str, Any], entered: Entered | None = None
) -> dict[str, Any]:
    """What the desk shows of a company.

    Args:
        shift: the user's shift at its property, as the desk shows it.
        entered: what was sent and refused.
    """
    desk = company_desk(company, local_date(timezone.now(), company.property.time_zone))
    entered = entered or Entered.blank(free=not desk.lines)
    residents = console_site.consoles["residents"]
    return {
        "place": company.property,
        **shift,
        "desk": desk,
        "company": company,
        "entered": entered,
        "ticked": {
            line.key for line in desk.lines if (line.is_due if entered.charges is None else line.key in entered.charges)
        },
        "seal": seal(_whose(company), desk.shown),
        "phone": mask_phone(company.phone) if company.phone else "",
        "topics": ",".join([*(f"account:{one.pk}" for one in desk.accounts[:FOLLOWED]), "bill_run"]),
        "pay_url": reverse("console:cashier-company-pay", args=[company.pk]),
        "preview_url": reverse("console:cashier-company-preview", args=[company.pk]),
        "resident_url": residents.url("detail", company.pk)
        if residents.may(request, residents.view_permission, company)
        else "",
    }


@console_site.page(
    "cashier-company-pay", title="", permission=TAKE, route="cashier/companies/<int:pk>/pay/", in_navigation=False
)
@require_http_methods(["GET", "POST"])
def company_pay_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Takes a company's money. Sent twice it pays once; refused, the company is shown as it stands now."""
    company = company_of(request, pk)
    if request.method == "GET":
        return redirect(f"{reverse('console:cashier')}?company={pk}")
    entered, at = Entered.posted(request.POST), timezone.now()
    shift = shift_at(request, company.property)
    try:
        if shift["shift"] is None:
            raise Refused(_("Open your shift at this property first."), code="shift")
        taken = _take(request, company, entered, shift["shift"], at)
    except Refused as refusal:
        context = company_context(request, company, shift, entered)
        context |= {"error": str(refusal), "at_fault": refusal.field or ""}
        return desk_page(request, context, status=422)
    return redirect(f"{reverse('console:cashier')}?{urlencode({'paid': taken.payments[0].pk})}", permanent=False)


def _take(request: HttpRequest, company: Resident, entered: Entered, shift: Shift, at: Any) -> Any:
    shown = unseal(_whose(company), request.POST.get("seen", ""))
    charges = bundle_charges(shown, entered.charges or ())
    given = replace(entered, charges=frozenset(str(pk) for pk in charges)).read()
    on = local_date(at, company.property.time_zone)
    return company_take(company=company, shown=shown, shift=shift, on=on, by=user_of(request), at=at, **given)


@console_site.page(
    "cashier-company-preview",
    title="",
    permission=TAKE,
    route="cashier/companies/<int:pk>/preview",
    in_navigation=False,
)
@require_GET
def company_preview_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """What a free amount would settle, and what of it would stay as credit."""
    company = company_of(request, pk)
    text = request.GET.get("amount", "").replace("\x00", "").strip()[:60]
    context: dict[str, Any] = {}
    if text:
        try:
            amount = parse_money(text)
            if amount <= 0:
                raise Refused(_("The amount has to be more than 0."))
            desk = company_desk(company, local_date(timezone.now(), company.property.time_zone))
            context["settles"] = settles_of(desk.charges, amount)
        except Refused as refusal:
            context["error"] = str(refusal)
    return render(request, "console/cashier/preview.html", context)


def _whose(company: Resident) -> str:
    return f"company {company.pk}"
