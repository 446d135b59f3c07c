"""The end of a lease at the desk: what the resident wants, what overstaying costs, and when a property asks."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from yuju.console.pages.lease_changes import CHANGES, change_url, changes_of
from yuju.console.pages.premises import user_of
from yuju.console.pages.residents import local_today
from yuju.journeys.lease_ends import lease_end_answer
from yuju.journeys.overstays import overstay_charges
from yuju.kit.console import ConsoleForm, console_site
from yuju.kit.errors import Refused
from yuju.kit.toasts import toast_add
from yuju.payments.services import charge_comes_to
from yuju.premises.models import Property
from yuju.residency.choices import EndAnswerKind, LinkKind, TenureKind, TenureState
from yuju.residency.models import Tenure, TenureLink
from yuju.residency.selectors import agreement_of, end_answer_of, links_of, move_out_notice_of, reminder_days
from yuju.residency.services import end_reminders_set

EDIT = "leases.edit"
SETTINGS = "premises.edit"
ASKED_DAYS = 90
"""So many days before the end the lease's page has room for an answer, whatever the property asks when."""

BEFORE_WORDS = {
    LinkKind.RENEWAL: gettext_lazy("Renews"),
    LinkKind.ROOM: gettext_lazy("Moved here from"),
    LinkKind.TENANT: gettext_lazy("Taken over from"),
}
AFTER_WORDS = {
    LinkKind.RENEWAL: gettext_lazy("Renewed by"),
    LinkKind.ROOM: gettext_lazy("Moved on to"),
    LinkKind.TENANT: gettext_lazy("Handed over to"),
}


def lease_going_on(request: HttpRequest, row: Any) -> dict[str, Any]:
    """What a lease's page tells of what comes before, after and at the end, and what can be changed."""
    may_edit = user_of(request).may(EDIT, row.property_id)
    before, after = links_of(row)
    # Once another lease follows, what was said before of the end is no news any more.
    answer = end_answer_of(row) if not after else None
    leaving = move_out_notice_of(row) if row.state == TenureState.LIVING else None
    return {
        "changes": changes_of(row) if may_edit else [],
        "links": _links(before, after),
        "answer": answer,
        "leaving": leaving,
        "answers": _answers(row) if may_edit and not after and leaving is None else [],
        "overstay": _overstay(row) if not after else None,
        "renew_url": change_url(row, "renew") if may_edit and CHANGES["renew"].offered(row) else "",
    }


def _links(before: list[TenureLink], after: list[TenureLink]) -> list[dict[str, Any]]:
    """The leases this one follows and those that follow it, in words."""
    return [{"words": BEFORE_WORDS[LinkKind(one.kind)], "tenure": one.before, "link": one} for one in before] + [
        {"words": AFTER_WORDS[LinkKind(one.kind)], "tenure": one.after, "link": one} for one in after
    ]


def _answers(row: Any) -> list[dict[str, Any]]:
    """The answers the desk can write down by now."""
    if row.kind != TenureKind.LEASE or row.state != TenureState.LIVING or row.end is None:
        return []
    if row.end > local_today(row) + timedelta(days=ASKED_DAYS):
        return []
    return [
        {"value": EndAnswerKind.RENEW, "label": EndAnswerKind.RENEW.label, "icon": "refresh"},
        {"value": EndAnswerKind.LEAVE, "label": EndAnswerKind.LEAVE.label, "icon": "logout"},
    ]


def _overstay(row: Any) -> dict[str, Any] | None:
    """How long somebody stays beyond the end, and what that costs; None where nobody does."""
    today: date = local_today(row)
    if row.kind != TenureKind.LEASE or row.state != TenureState.LIVING or row.end is None or row.end >= today:
        return None
    agreed = agreement_of(row)
    rate = agreed.overstay_rate if agreed is not None else Decimal(0)
    days = (today - row.end).days
    charged = sum((charge_comes_to(one) for one in overstay_charges(row)), Decimal(0))
    return {"days": days, "rate": rate, "comes_to": rate * days, "charged": charged}


@console_site.page("lease-answer", title="", permission=EDIT, route="leases/<int:pk>/answer", in_navigation=False)
@require_POST
def answer_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Writes down what the resident said."""
    rows = Tenure.objects.visible_to(user_of(request), EDIT).select_related("property")
    tenure: Tenure = get_object_or_404(rows, pk=pk)
    answer = request.POST.get("answer", "")
    if answer in EndAnswerKind.values:
        try:
            with transaction.atomic():
                lease_end_answer(tenure=tenure, answer=EndAnswerKind(answer), by=user_of(request), at=timezone.now())
            toast_add(request, _("Saved"))
        except Refused as refusal:
            toast_add(request, str(refusal), kind="bad")
    return redirect("console:leases-detail", tenure.pk)


class RemindersForm(ConsoleForm):
    """How many days before the end residents are asked."""

    days = forms.CharField(
        label=gettext_lazy("Days before the end"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("Such as 60, 30, 7. Left empty, nobody is asked."),
    )

    def clean_days(self) -> list[int]:
        words = str(self.cleaned_data["days"]).replace("，", ",").replace("、", ",").replace(" ", ",").split(",")
        numbers = [one for one in words if one]
        if not all(one.isascii() and one.isdecimal() and len(one) < 5 for one in numbers):
            raise forms.ValidationError(_("Give whole numbers of days, such as 60, 30, 7."))
        return [int(one) for one in numbers]


@console_site.page(
    "property-reminders",
    title="",
    permission=SETTINGS,
    route="properties/<int:pk>/lease-reminders/",
    in_navigation=False,
)
@require_http_methods(["GET", "POST"])
def reminders_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """When a property asks what comes after a lease."""
    property = get_object_or_404(Property.objects.visible_to(user_of(request), SETTINGS), pk=pk)
    back = reverse("console:properties-detail", args=[property.pk])
    initial = {"days": ", ".join(str(one) for one in reminder_days(property))}
    form = RemindersForm(request.POST or None, request=request, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            end_reminders_set(property=property, days=form.cleaned_data["days"], by=user_of(request), at=timezone.now())
            toast_add(request, _("Saved"))
            return redirect(back)
        except Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
    context = {
        "form": form,
        "heading": _("Reminders before a lease ends"),
        "hint": _("On each of these days the front desk gets a task, and the resident is asked in the portal."),
        "crumbs": [
            (_("Properties"), reverse("console:properties-list")),
            (property.name, back),
            (_("Reminders before a lease ends"), ""),
        ],
        "back_url": back,
        "sub": property.name,
    }
    return render(request, "console/residency/small_form.html", context, status=422 if form.errors else 200)
