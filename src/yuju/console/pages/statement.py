"""The statement of a billing account (对账单): on the page, as PDF and as Excel."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import quote

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from yuju.billing.models import BillingAccount
from yuju.console.days import DayField
from yuju.console.pages.premises import user_of
from yuju.identity.choices import AuditAction
from yuju.identity.services import audit_record
from yuju.kit.console import Action, ConsoleForm, console_site
from yuju.kit.console.export import CONTENT_TYPES
from yuju.kit.dates import add_months, local_date, month_start
from yuju.kit.errors import Refused
from yuju.kit.toasts import toast_add
from yuju.reporting.statement import Statement, account_statement
from yuju.reporting.statement_files import period_text, statement_name, statement_pdf, statement_xlsx

VIEW = "payments.view"
PDF, EXCEL = "pdf", "xlsx"
TYPES = {PDF: "application/pdf", EXCEL: CONTENT_TYPES["xlsx"]}
MONTHS = 12
"""How many calendar months are shown at first, the current one included."""


class PeriodForm(ConsoleForm):
    """From and to, both included; either may be left open."""

    start = DayField(label=gettext_lazy("From"), required=False)
    until = DayField(label=gettext_lazy("To"), required=False)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        start, until = values.get("start"), values.get("until")
        if start and until and until < start:
            self.add_error("until", _("The last day is before the first."))
        return values


def statement_url(account_id: int) -> str:
    """The address of an account's statement."""
    return reverse("console:statement", args=[account_id])


def statement_action(request: HttpRequest, account: BillingAccount | None) -> list[Action]:
    """The way to an account's statement, for who may see it."""
    if account is None or not user_of(request).may(VIEW, account.property_id):
        return []
    return [Action(_("Statement"), statement_url(account.pk), icon="list-details")]


@console_site.page("statement", title="", permission=VIEW, route="accounts/<int:pk>/statement/", in_navigation=False)
@require_GET
def statement_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The statement over a period: the latest months, unless the address says another."""
    account = _account(request, pk)
    day = local_date(timezone.now(), account.property.time_zone)
    form, statement = _read(request, account, day)
    user, tenure = user_of(request), account.tenure
    others = BillingAccount.objects.visible_to(user, VIEW).filter(tenure__resident_id=tenure.resident_id)
    files = {kind: reverse("console:statement-file", args=[account.pk, kind]) for kind in (PDF, EXCEL)}
    query = _query(statement.start, statement.until)
    context = {
        "account": account,
        "tenure": tenure,
        "statement": statement,
        "period": period_text(statement),
        "form": form,
        "presets": _presets(account, statement, day),
        "accounts": [
            {
                "label": f"{other.tenure.unit.label} · {other.tenure.number}",
                "url": f"{statement_url(other.pk)}?{query}",
                "active": other.pk == account.pk,
            }
            for other in others.select_related("tenure__unit").order_by("-tenure__start", "-pk")
        ],
        "files": {kind: f"{url}?{query}" for kind, url in files.items()},
        "resident_url": _url_of(request, "residents", tenure.resident_id, account),
        "lease_url": _url_of(request, "leases", tenure.pk, account),
        "may_bills": user.may("bills.view", account.property_id),
    }
    return render(request, "console/payments/statement.html", context)


@console_site.page(
    "statement-file", title="", permission=VIEW, route="accounts/<int:pk>/statement.<str:kind>", in_navigation=False
)
@require_GET
def statement_file(request: HttpRequest, pk: int, kind: str) -> HttpResponseBase:
    """The statement as a file; that it was fetched is written down."""
    if kind not in TYPES:
        raise Http404
    account = _account(request, pk)
    day = local_date(timezone.now(), account.property.time_zone)
    form, statement = _read(request, account, day)
    back = HttpResponseRedirect(f"{statement_url(account.pk)}?{request.GET.urlencode()}")
    if form.is_bound and not form.is_valid():
        return back
    try:
        made = statement_pdf(statement, made_on=day) if kind == PDF else statement_xlsx(statement)
    except Refused as refused:
        toast_add(request, refused, kind="bad")
        return back
    audit_record(
        action=AuditAction.EXPORTED,
        by=user_of(request),
        at=timezone.now(),
        about=account,
        property_id=account.property_id,
        rows=len(statement.entries),
        format=kind,
    )
    response = HttpResponse(made, content_type=TYPES[kind])
    name = f"{statement_name(statement)}.{kind}"
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    response["Cache-Control"] = "private, no-store"
    return response


def _account(request: HttpRequest, pk: int) -> BillingAccount:
    rows = BillingAccount.objects.visible_to(user_of(request), VIEW)
    found: BillingAccount | None = (
        rows.select_related("property", "tenure__unit", "tenure__resident").filter(pk=pk).first()
    )
    if found is None:
        raise Http404
    return found


def _read(request: HttpRequest, account: BillingAccount, day: date) -> tuple[PeriodForm, Statement]:
    """The form as it was sent, and the statement over its period; the usual one where it makes no sense."""
    sent = request.GET if {"start", "until"} & request.GET.keys() else None
    usual: dict[str, Any] = {"start": _first_day(day, MONTHS), "until": None}
    form = PeriodForm(sent, initial=usual, request=request)
    period = {name: form.cleaned_data.get(name) for name in usual} if sent is not None and form.is_valid() else usual
    return form, account_statement(account, today=day, **period)


def _query(start: date | None, until: date | None = None) -> str:
    return urlencode({"start": str(start or ""), "until": str(until or "")})


def _first_day(day: date, months: int) -> date:
    return add_months(month_start(day), 1 - months)


def _presets(account: BillingAccount, statement: Statement, day: date) -> list[dict[str, Any]]:
    """Periods that are asked for again and again."""
    starts = [
        (_("3 months"), _first_day(day, 3)),
        (_("12 months"), _first_day(day, MONTHS)),
        (_("Everything"), None),
    ]
    return [
        {
            "label": label,
            "url": f"{statement_url(account.pk)}?{_query(start)}",
            "active": statement.start == start and statement.until is None,
        }
        for label, start in starts
    ]


def _url_of(request: HttpRequest, slug: str, pk: int, account: BillingAccount) -> str:
    console = console_site.consoles.get(slug)
    if console is None or not console.may(request, console.view_permission, account):
        return ""
    return console.url("detail", pk)
