"""What a property has to file within what time: what the law and its place say, and what it says otherwise."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from yuju.console.pages.premises import user_of
from yuju.journeys.filing import leases_list_before
from yuju.kit.console import ConsoleForm, Fieldset, console_site
from yuju.kit.console.forms import bound_fieldsets
from yuju.kit.errors import Refused
from yuju.kit.toasts import toast_add
from yuju.premises.models import Property
from yuju.residency.choices import FilingKind, TimeUnit
from yuju.residency.filing import Rule, rules_of
from yuju.residency.services import filing_rules_set
from yuju.residency.services.filings import Within

EDIT = "premises.edit"


class RulesForm(ConsoleForm):
    """The division code, and for each kind of filing whether it is asked for, within what time, by which rule."""

    region = forms.CharField(
        label=gettext_lazy("Division code"),
        max_length=6,
        required=False,
        help_text=gettext_lazy(
            "Six digits, such as 330106. What the place asks is then taken over, as far as it is known."
        ),
    )

    def narrow_choices(self) -> None:
        for kind in FilingKind:
            self.fields |= {
                f"{kind}_asked": forms.BooleanField(label=gettext_lazy("Has to be filed here"), required=False),
                f"{kind}_amount": forms.IntegerField(label=gettext_lazy("Within"), min_value=0, max_value=720),
                f"{kind}_unit": forms.ChoiceField(label=gettext_lazy("Days or hours"), choices=TimeUnit.choices),
                f"{kind}_source": forms.CharField(
                    label=gettext_lazy("By which rule"),
                    max_length=200,
                    required=False,
                    widget=forms.Textarea(attrs={"rows": 2}),
                ),
            }

    def given(self) -> dict[FilingKind, Within]:
        """What was said of each kind."""
        values = self.cleaned_data
        return {
            kind: Within(
                values[f"{kind}_asked"],
                values[f"{kind}_amount"],
                TimeUnit(values[f"{kind}_unit"]),
                values[f"{kind}_source"],
            )
            for kind in FilingKind
        }


@console_site.page(
    "property-filing", title="", permission=EDIT, route="properties/<int:pk>/filing/", in_navigation=False
)
@require_http_methods(["GET", "POST"])
def rules_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Shows what holds and takes what the property says."""
    place = get_object_or_404(Property.objects.visible_to(user_of(request), EDIT), pk=pk)
    rules = rules_of(place)
    form = RulesForm(request.POST or None, request=request, initial=_initial(place, rules))
    if request.method == "POST" and form.is_valid():
        try:
            filing_rules_set(
                property=place,
                region=form.cleaned_data["region"],
                given=form.given(),
                by=user_of(request),
                at=timezone.now(),
            )
            toast_add(request, _("Saved"))
            return redirect("console:property-filing", place.pk)
        except Refused as refusal:
            field = refusal.field if refusal.field in form.fields else f"{refusal.field}_amount"
            form.add_error(field if field in form.fields else None, str(refusal))
    context = {
        "form": form,
        "faults": [field for field in form if field.errors],
        "groups": bound_fieldsets(form, _fieldsets(rules)),
        "property": place,
        "back_url": reverse("console:properties-detail", args=[place.pk]),
        "list_url": reverse("console:properties-list"),
    }
    return render(request, "console/residency/filing_rules.html", context, status=422 if form.errors else 200)


@console_site.page(
    "property-filing-before",
    title="",
    permission=EDIT,
    route="properties/<int:pk>/filing/before",
    in_navigation=False,
)
@require_POST
def before_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Lists the leases that were there before Yuju."""
    place = get_object_or_404(Property.objects.visible_to(user_of(request), EDIT), pk=pk)
    count = leases_list_before(property=place, by=user_of(request), at=timezone.now())
    words = ngettext("%(count)d lease is listed as before Yuju", "%(count)d leases are listed as before Yuju", count)
    toast_add(request, words % {"count": count})
    return redirect(f"{reverse('console:filings-list')}?tab=before")


def _initial(place: Property, rules: Any) -> dict[str, Any]:
    values: dict[str, Any] = {"region": place.region}
    for kind, rule in rules.items():
        values |= {
            f"{kind}_asked": rule.is_asked,
            f"{kind}_amount": rule.amount,
            f"{kind}_unit": rule.unit,
            f"{kind}_source": rule.source,
        }
    return values


def _fieldsets(rules: Any) -> list[Fieldset]:
    groups = [Fieldset(_("Place"), ("region",))]
    for kind in FilingKind:
        names = (f"{kind}_asked", f"{kind}_amount", f"{kind}_unit", f"{kind}_source")
        groups.append(Fieldset(kind.label, names, _said(rules[kind])))
    return groups


def _said(rule: Rule) -> str:
    """Whose word it is and from when."""
    said = _("Your own rule, entered on %(day)s.") if rule.is_own else _("As shipped, looked up on %(day)s.")
    words = [said % {"day": rule.looked_on}]
    if rule.countryside_hours:
        words.append(_("In the countryside %(hours)d hours.") % {"hours": rule.countryside_hours})
    return " ".join(words)
