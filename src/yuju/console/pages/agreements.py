"""What was agreed for a lease besides days and rent (合同约定): one form, which a contract is filled in from."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from yuju.console.pages.premises import user_of
from yuju.kit.console import ConsoleForm, console_site
from yuju.kit.errors import Refused
from yuju.kit.toasts import toast_add
from yuju.residency import services
from yuju.residency.choices import PenaltyKind, TenureKind
from yuju.residency.models import Tenure
from yuju.residency.selectors import agreement_of

EDIT = "leases.edit"


class AgreementForm(ConsoleForm):
    """How it is paid, what leaving costs, and when the deposit goes back."""

    pay_months = forms.IntegerField(label=gettext_lazy("Months paid at once"), min_value=1, max_value=36, initial=1)
    deposit_months = forms.DecimalField(
        label=gettext_lazy("Deposit (months' rent)"), min_value=0, max_digits=4, decimal_places=1, initial=1
    )
    deposit_return_days = forms.IntegerField(
        label=gettext_lazy("Deposit returned within (days)"), min_value=0, max_value=365, initial=7
    )
    notice_days = forms.IntegerField(label=gettext_lazy("Notice (days)"), min_value=0, max_value=365, initial=30)
    penalty_kind = forms.ChoiceField(
        label=gettext_lazy("Penalty on early termination"), choices=PenaltyKind.choices, initial=PenaltyKind.NONE
    )
    penalty = forms.DecimalField(
        label=gettext_lazy("Penalty"),
        min_value=0,
        max_digits=12,
        decimal_places=2,
        initial=0,
        help_text=gettext_lazy("Yuan, or how many months' rent."),
    )
    overstay_rate = forms.DecimalField(
        label=gettext_lazy("Per day after the end (yuan)"), min_value=0, max_digits=12, decimal_places=2, initial=0
    )


def agreement_url(request: HttpRequest, tenure: Tenure) -> str:
    """Where what was agreed is changed; empty for ownerships and whoever may not."""
    if tenure.kind != TenureKind.LEASE or not user_of(request).may(EDIT, tenure.property_id):
        return ""
    return reverse("console:lease-agreement", args=[tenure.pk])


@console_site.page(
    "lease-agreement", title="", permission=EDIT, route="leases/<int:pk>/agreement/", in_navigation=False
)
@require_http_methods(["GET", "POST"])
def agreement_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Writes down what was agreed for a lease."""
    rows = Tenure.objects.visible_to(user_of(request), EDIT).filter(kind=TenureKind.LEASE)
    tenure: Tenure = get_object_or_404(rows.select_related("unit", "resident"), pk=pk)
    held = agreement_of(tenure)
    initial: dict[str, Any] = {name: getattr(held, name) for name in AgreementForm.base_fields} if held else {}
    form = AgreementForm(request.POST or None, request=request, initial=initial)
    back = reverse("console:leases-detail", args=[pk])
    if request.method == "POST" and form.is_valid():
        try:
            given = {**form.cleaned_data, "penalty_kind": PenaltyKind(form.cleaned_data["penalty_kind"])}
            end = held.agreed_end if held is not None else None
            services.agreement_set(tenure=tenure, agreed_end=end, **given, by=user_of(request), at=timezone.now())
            toast_add(request, _("Saved"))
            return redirect(back)
        except Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
    heading = _("What was agreed")
    context = {
        "form": form,
        "heading": heading,
        "sub": f"{tenure.number} · {tenure.unit.label} · {tenure.resident.name}",
        "crumbs": [(_("Leases"), reverse("console:leases-list")), (tenure.number, back), (heading, "")],
        "back_url": back,
    }
    return render(request, "console/residency/small_form.html", context, status=422 if form.errors else 200)
