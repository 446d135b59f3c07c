"""The blacklist (黑名单): whom the desk is warned of, with the reason. Who opens an entry is written down."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods

from yuju.console.days import DayField
from yuju.console.local_day import today
from yuju.console.navigation import GROUP_TENANCY
from yuju.console.pages.premises import user_of
from yuju.identity.choices import AuditAction
from yuju.identity.services import audit_record
from yuju.kit.console import (
    Action,
    Card,
    Column,
    ConsoleForm,
    ConsoleModelForm,
    DateColumn,
    DetailPage,
    Fieldset,
    Masked,
    ModelConsole,
    Tab,
    console_site,
)
from yuju.kit.errors import Refused
from yuju.kit.identity_numbers import mask_id_number, mask_phone
from yuju.kit.toasts import toast_add
from yuju.residency.blacklist import VIEW, in_force
from yuju.residency.models import Blacklisting
from yuju.residency.services import blacklisting_lift, blacklisting_save

EDIT = "blacklist.edit"


class BlacklistForm(ConsoleModelForm):
    """Who, and why."""

    since = DayField(label=pgettext_lazy("of an entry", "Since"))
    until = DayField(
        label=gettext_lazy("Until"), required=False, help_text=gettext_lazy("Left empty, it warns until it is lifted.")
    )

    class Meta:
        model = Blacklisting
        fields = ("name", "id_number", "phone", "reason", "since", "until")
        widgets = {
            "reason": forms.Textarea(attrs={"rows": 3}),
            "id_number": forms.TextInput(attrs={"autocomplete": "off"}),
            "phone": forms.TextInput(attrs={"autocomplete": "off"}),
        }
        help_texts = {"reason": gettext_lazy("Facts, as they can be shown to whoever asks.")}

    def narrow_choices(self) -> None:
        self.initial.setdefault("since", today(self.request))


@console_site.register
class BlacklistConsole(ModelConsole[Blacklisting]):
    """The blacklist of the operator: it warns at every property."""

    model = Blacklisting
    slug = "blacklist"
    title, title_one = gettext_lazy("Blacklist"), gettext_lazy("Blacklist entry")
    icon = "user-x"
    group, order = GROUP_TENANCY, 58
    view_permission, edit_permission = VIEW, EDIT
    property_path = None
    ordering = ("name_sort",)
    search_fields = ("name", "name_sort")
    search_hint = gettext_lazy("Name")
    empty_text = gettext_lazy("Whoever is entered here with a reason is pointed out at check-in, at every property.")
    tabs = (
        Tab("warning", gettext_lazy("Warns"), lambda request: in_force(today(request))),
        Tab("over", gettext_lazy("Lifted or run out"), lambda request: ~in_force(today(request))),
        Tab("all", gettext_lazy("All")),
    )
    columns = (
        Column("name", pgettext_lazy("of a person", "Name"), sort="name_sort", link=True, sm=1),
        Column("reason", gettext_lazy("Reason"), sm=4),
        Masked("id_number", gettext_lazy("ID number"), mask=mask_id_number),
        Masked("phone", gettext_lazy("Phone"), mask=mask_phone),
        DateColumn("since", pgettext_lazy("of an entry", "Since"), sort=("since", "name_sort"), sm=2),
        DateColumn("until", gettext_lazy("Until"), sort=("until", "name_sort")),
        DateColumn("lifted_on", gettext_lazy("Lifted on"), sort=("lifted_on", "name_sort"), sm=5),
    )
    cards = (
        Card(
            gettext_lazy("Blacklist entry"),
            (
                Column("reason", gettext_lazy("Reason")),
                Masked("id_number", gettext_lazy("ID number"), mask=mask_id_number, permission=EDIT),
                Masked("phone", gettext_lazy("Phone"), mask=mask_phone, permission=EDIT),
                DateColumn("since", pgettext_lazy("of an entry", "Since")),
                DateColumn("until", gettext_lazy("Until")),
                Column("entered_by", gettext_lazy("Entered by")),
                DateColumn("lifted_on", gettext_lazy("Lifted on")),
                Column("lifted_because", gettext_lazy("Lifted because")),
            ),
        ),
    )
    form_class = BlacklistForm
    fieldsets = (
        Fieldset(
            gettext_lazy("Who it is"),
            ("name", "id_number", "phone"),
            gettext_lazy("Found by the document or the phone. Stored encrypted and shown covered."),
        ),
        Fieldset(gettext_lazy("Why and how long"), ("reason", "since", "until")),
    )

    def with_related(self, rows: QuerySet[Blacklisting]) -> QuerySet[Blacklisting]:
        return rows.select_related("entered_by")

    def may_edit(self, request: HttpRequest, row: Blacklisting) -> bool:
        return super().may_edit(request, row) and row.lifted_on is None

    def detail(self, request: HttpRequest, row: Blacklisting) -> DetailPage:
        warns = Blacklisting.objects.filter(Q(pk=row.pk) & in_force(today(request))).exists()
        state = ("bad", _("Warns")) if warns else ("", _("Does not warn"))
        return DetailPage(heading=row.name, tags=[state])

    def detail_actions(self, request: HttpRequest, row: Blacklisting) -> list[Action]:
        if not self.may_edit(request, row):
            return []
        return [Action(_("Lift"), reverse("console:blacklist-lift", args=[row.pk]), icon="check")]

    def detail_context(self, request: HttpRequest, row: Blacklisting) -> dict[str, Any]:
        audit_record(action=AuditAction.REVEALED, by=user_of(request), at=timezone.now(), about=row, field="reason")
        return {}

    def save(self, request: HttpRequest, form: Any, row: Blacklisting | None) -> Blacklisting:
        return blacklisting_save(entry=row, **form.cleaned_data, by=user_of(request), at=timezone.now())


class LiftForm(ConsoleForm):
    """Why somebody is not warned of any more."""

    reason = forms.CharField(label=gettext_lazy("Why it is lifted"), max_length=300)


@console_site.page("blacklist-lift", title="", permission=EDIT, route="blacklist/<int:pk>/lift/", in_navigation=False)
@require_http_methods(["GET", "POST"])
def lift_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Lifts an entry, with the reason."""
    entry = get_object_or_404(Blacklisting, pk=pk)
    back = reverse("console:blacklist-detail", args=[pk])
    form = LiftForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid():
        try:
            blacklisting_lift(
                entry=entry,
                reason=form.cleaned_data["reason"],
                on=today(request),
                by=user_of(request),
                at=timezone.now(),
            )
        except Refused as refusal:
            form.add_error("reason", str(refusal))
        else:
            toast_add(request, _("Saved"))
            return redirect(back)
    context = {
        "form": form,
        "heading": _("Lift"),
        "act": _("Lift"),
        "sub": entry.name,
        "crumbs": [(_("Blacklist"), reverse("console:blacklist-list")), (entry.name, back), (_("Lift"), "")],
        "back_url": back,
    }
    return render(request, "console/residency/small_form.html", context, status=422 if form.errors else 200)
