"""Who lives in a company's units: several people are registered at once, and no lease changes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from django import forms
from django.db.models import Q
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods

from yuju.console.days import DayField
from yuju.console.form_panels.blacklist import blacklist_cautions
from yuju.console.pages.premises import user_of
from yuju.console.pages.residents import local_today
from yuju.journeys.occupants import Joiner, occupants_join
from yuju.kit.console import ConsoleForm, console_site
from yuju.kit.errors import Refused
from yuju.kit.identity_numbers import check_phone
from yuju.kit.toasts import toast_add
from yuju.residency.choices import ResidentKind, TenureKind, TenureState
from yuju.residency.models import Resident, Tenure

EDIT = "leases.edit"
ROWS = 8
PARTS = ("unit", "name", "phone")


class JoinForm(ConsoleForm):
    """People who move in on one day, each into one of the company's units."""

    since = DayField(label=gettext_lazy("Since"))
    counted = forms.BooleanField(
        label=gettext_lazy("Bills by headcount count them"),
        required=False,
        help_text=gettext_lazy("From that day on, as many as live in the unit."),
    )

    def narrow_choices(self) -> None:
        leases = cast("list[Tenure]", self.initial["leases"])
        self.leases = {str(one.pk): one for one in leases}
        choices = [("", _("Unit")), *((key, one.unit.label) for key, one in self.leases.items())]
        name, phone = pgettext_lazy("of a person", "Name"), gettext_lazy("Phone")
        for number in range(ROWS):
            unit: Any = forms.ChoiceField(label=_("Unit"), choices=choices, required=False)
            unit.widget.attrs = {"class": "form-select", "aria-label": _("Unit")}
            self.fields[f"unit{number}"] = unit
            for part, label, longest in (("name", name, 60), ("phone", phone, 30)):
                attrs = {"class": "form-control", "placeholder": label, "aria-label": label, "autocomplete": "off"}
                widget = forms.TextInput(attrs=attrs)
                self.fields[f"{part}{number}"] = forms.CharField(
                    label=label, max_length=longest, required=False, widget=widget
                )

    @property
    def rows(self) -> Iterator[list[forms.BoundField]]:
        for number in range(ROWS):
            yield [self[f"{part}{number}"] for part in PARTS]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        given = 0
        for number in range(ROWS):
            unit, name, phone = (values.get(f"{part}{number}") for part in PARTS)
            if name and not unit:
                self.add_error(f"unit{number}", _("Choose the unit."))
            if (unit or phone) and not name:
                self.add_error(f"name{number}", _("Give the name, too."))
            given += bool(name)
            if phone:
                try:
                    check_phone(phone)
                except Refused as refusal:
                    self.add_error(f"phone{number}", str(refusal))
        if not given and not self.errors:
            self.add_error("name0", _("Who moves in?"))
        return values

    def joiners(self) -> list[Joiner]:
        """Who was entered, in a form that is right."""
        rows = ([self.cleaned_data[f"{part}{number}"] for part in PARTS] for number in range(ROWS))
        return [Joiner(self.leases[unit], name, phone, relation=_("Staff")) for unit, name, phone in rows if name]


@console_site.page(
    "occupants-join", title="", permission=EDIT, route="residents/<int:pk>/occupants/", in_navigation=False
)
@require_http_methods(["GET", "POST"])
def join_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Registers who moves into a company's units."""
    rows = Resident.objects.visible_to(user_of(request), EDIT).filter(kind=ResidentKind.COMPANY)
    company: Resident = get_object_or_404(rows.select_related("property"), pk=pk)
    day = local_today(company)
    initial = {"leases": _leases(company, day), "since": day, "counted": True}
    form = JoinForm(request.POST or None, request=request, initial=initial)
    back = f"{reverse('console:residents-detail', args=[pk])}?tab=occupants"
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            occupants_join(
                joiners=form.joiners(),
                since=given["since"],
                counted=given["counted"],
                by=user_of(request),
                at=timezone.now(),
            )
            toast_add(request, _("Saved"))
            phones = [("", one.phone) for one in form.joiners()]
            for one in blacklist_cautions(id_number="", phone="", user=user_of(request), on=day, others=phones):
                toast_add(request, one.text, kind="bad")
            return redirect(back)
        except Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
    heading = _("Register occupants")
    context = {
        "form": form,
        "heading": heading,
        "sub": company.name,
        "crumbs": [(_("Residents"), reverse("console:residents-list")), (company.name, back), (heading, "")],
        "back_url": back,
    }
    return render(request, "console/residency/occupants_join.html", context, status=422 if form.errors else 200)


def _leases(company: Resident, day: Any) -> list[Tenure]:
    """The leases somebody can still move into."""
    rows = Tenure.objects.filter(Q(end=None) | Q(end__gte=day), kind=TenureKind.LEASE, resident=company)
    rows = rows.exclude(state__in=[TenureState.ENDED, TenureState.CANCELLED])
    return list(rows.select_related("unit").order_by("unit__sort_key", "pk"))
