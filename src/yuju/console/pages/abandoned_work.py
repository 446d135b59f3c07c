"""What is done on the case of an abandoned room: opened, notices, storage, things given back or disposed of, closed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yuju.console.check_out import VIEW
from yuju.console.days import DayField
from yuju.console.pages.abandoned import EDIT
from yuju.console.pages.premises import user_of
from yuju.console.pages.residents import local_today
from yuju.identity.choices import AuditAction
from yuju.identity.services import audit_record
from yuju.journeys import abandoned as story
from yuju.kit import files
from yuju.kit.console import ConsoleForm, console_site
from yuju.kit.errors import Refused
from yuju.kit.pictures import picture_answer
from yuju.kit.toasts import toast_add
from yuju.premises.models import Property
from yuju.reporting.abandoned_pdf import abandoned_pdf
from yuju.residency.abandoned import abandonment_now, entry_of, notice_term
from yuju.residency.choices import ServedBy, TenureKind, WhatBecame
from yuju.residency.models import Abandonment, AbandonmentNotice, EntryPhoto, EntryThing, Tenure
from yuju.residency.services import abandonment_rule_set

SETTINGS = "premises.edit"


class OpenForm(ConsoleForm):
    """What speaks for it that a room was abandoned."""

    last_payment_on = DayField(label=gettext_lazy("Last payment"), required=False)
    last_seen_on = DayField(label=pgettext_lazy("of an abandoned room", "Last seen"), required=False)
    unpaid_since = DayField(label=pgettext_lazy("of an abandoned room", "Unpaid since"), required=False)
    note = forms.CharField(
        label=gettext_lazy("What speaks for it"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Such as: calls unanswered, power off for weeks, what neighbours say."),
    )


class AbandonedNoticeForm(ConsoleForm):
    """A notice that was served."""

    served_on = DayField(label=gettext_lazy("Served on"))
    way = forms.ChoiceField(label=gettext_lazy("Way"), choices=ServedBy.choices)
    days = forms.IntegerField(label=gettext_lazy("Term (days)"), min_value=1, max_value=365)
    scan = forms.FileField(
        label=gettext_lazy("Photo or scan that shows it"),
        widget=forms.FileInput(
            attrs={
                "accept": ".pdf,.jpg,.jpeg,.png",
                "class": "form-control",
                "data-largest": files.PDF.largest,
                "data-too-large": gettext_lazy("The file has {size} MB; at most 50 MB are taken."),
            }
        ),
        help_text=gettext_lazy("The notice on the door, the postal receipt, a screenshot of the message."),
    )
    words = forms.CharField(label=gettext_lazy("Note"), max_length=300, required=False)


class StorageForm(ConsoleForm):
    """Where the things are kept."""

    place = forms.CharField(label=gettext_lazy("Stored at"), max_length=120)
    until = DayField(label=gettext_lazy("Stored until"))
    cost = forms.DecimalField(
        label=gettext_lazy("Cost of storage (yuan)"),
        max_digits=10,
        decimal_places=2,
        min_value=0,
        required=False,
        help_text=gettext_lazy("Charged once, and settled with the stay. Left empty, nothing is charged."),
    )


class OutcomeForm(ConsoleForm):
    """What became of a thing."""

    what = forms.ChoiceField(
        label=gettext_lazy("What became of it"), choices=WhatBecame.choices, widget=forms.RadioSelect
    )
    day = DayField(label=gettext_lazy("Day"))
    who = forms.CharField(label=gettext_lazy("Who got it or took it away"), max_length=60)
    note = forms.CharField(label=gettext_lazy("Note"), max_length=300, required=False)


class TermForm(ConsoleForm):
    """How long notices run at a property, and by what."""

    days = forms.IntegerField(label=gettext_lazy("Term (days)"), min_value=1, max_value=365)
    source = forms.CharField(
        label=gettext_lazy("By what"),
        max_length=120,
        help_text=gettext_lazy("Such as the clause of your lease, or a rule of the place."),
    )


def case_url(case: Abandonment) -> str:
    """The page of a case."""
    return reverse("console:abandonments-detail", args=[case.pk])


def _case(request: HttpRequest, pk: int, permission: str = EDIT) -> Abandonment:
    rows = Abandonment.objects.visible_to(user_of(request), permission)
    found: Abandonment = get_object_or_404(
        rows.select_related("property", "tenure__unit", "tenure__resident", "tenure__property"), pk=pk
    )
    return found


def _given(request: HttpRequest) -> dict[str, Any]:
    return {"by": user_of(request), "at": timezone.now()}


def _crumbs(case: Abandonment, last: str) -> list[tuple[str, str]]:
    return [
        (_("Abandoned rooms"), reverse("console:abandonments-list")),
        (case.number, case_url(case)),
        (last, ""),
    ]


def _form_page(
    request: HttpRequest, form: ConsoleForm, work: Callable[[dict[str, Any]], str], said: str, **context: Any
) -> HttpResponseBase:
    """A small form; sent and right, it is done, and the page that the work names is next."""
    if request.method == "POST" and form.is_valid():
        try:
            url = work(form.cleaned_data)
        except Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            toast_add(request, said)
            return redirect(url)
    context["form"] = form
    return render(request, "console/residency/small_form.html", context, status=422 if form.errors else 200)


@console_site.page("abandoned-open", title="", permission=EDIT, route="leases/<int:pk>/abandoned/", in_navigation=False)
@require_http_methods(["GET", "POST"])
def open_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Opens the case of a lease; one that goes on is shown."""
    rows = Tenure.objects.visible_to(user_of(request), EDIT).filter(kind=TenureKind.LEASE)
    tenure: Tenure = get_object_or_404(rows.select_related("property", "unit", "resident"), pk=pk)
    known = abandonment_now(tenure)
    if known is not None and request.method == "GET":
        return redirect(case_url(known))
    back = reverse("console:leases-detail", args=[pk])
    return _form_page(
        request,
        OpenForm(request.POST or None, request=request, initial=story.facts_known(tenure, local_today(tenure))),
        lambda values: case_url(story.case_open(tenure=tenure, **values, **_given(request))),
        _("The case is open, and the manager has a task"),
        heading=_("Open an abandoned-room case"),
        sub=f"{tenure.unit.label} · {tenure.resident.name} · {tenure.number}",
        hint=_(
            "Notices come first. The room is entered after the last one's term only, with two witnesses; until then "
            "nothing of the lease changes."
        ),
        crumbs=[(_("Leases"), reverse("console:leases-list")), (tenure.number, back), (_("Abandoned room"), "")],
        back_url=back,
    )


@console_site.page(
    "abandoned-notice", title="", permission=EDIT, route="abandonments/<int:pk>/notices/new/", in_navigation=False
)
@require_http_methods(["GET", "POST"])
def notice_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Notes a notice that was served."""
    case = _case(request, pk)
    term = notice_term(case.property)
    form = AbandonedNoticeForm(
        request.POST or None,
        request.FILES or None,
        request=request,
        initial={"served_on": local_today(case), "days": term.days},
    )
    form.fields["days"].help_text = _("Usual here: %(days)d, %(source)s.") % {"days": term.days, "source": term.source}

    def serve(values: dict[str, Any]) -> str:
        story.notice_serve(case=case, **{**values, "way": ServedBy(values["way"])}, **_given(request))
        return case_url(case)

    return _form_page(
        request,
        form,
        serve,
        _("Noted. When the room may be entered follows the last notice."),
        heading=_("Notice served"),
        sub=f"{case.tenure.unit.label} · {case.tenure.resident.name}",
        hint=_("The day on which it is served does not count; the term runs in full days from the day after."),
        crumbs=_crumbs(case, _("Notice served")),
        back_url=case_url(case),
    )


@console_site.page(
    "abandoned-notice-withdraw",
    title="",
    permission=EDIT,
    route="abandonments/<int:pk>/notices/<int:notice>/withdraw",
    in_navigation=False,
)
@require_POST
def notice_withdraw_page(request: HttpRequest, pk: int, notice: int) -> HttpResponseBase:
    """Takes back a notice that was entered wrongly."""
    case = _case(request, pk)
    row = get_object_or_404(AbandonmentNotice.objects.select_related("abandonment"), pk=notice, abandonment=case)
    return _act(request, case, lambda: story.notice_withdraw(notice=row, reason=_reason(request), **_given(request)))


@console_site.page(
    "abandoned-notice-scan",
    title="",
    permission=VIEW,
    route="abandonments/<int:pk>/notices/<int:notice>/scan",
    in_navigation=False,
)
@require_GET
def scan_page(request: HttpRequest, pk: int, notice: int) -> HttpResponseBase:
    """What shows that a notice was served."""
    row = get_object_or_404(AbandonmentNotice, pk=notice, abandonment=_case(request, pk, VIEW))
    name = f"{row.served_on}{row.path[row.path.rindex('.') :]}"
    try:
        return files.answer(row.path, name, inline=True, request=request)
    except FileNotFoundError as error:
        raise Http404 from error


@console_site.page(
    "abandoned-photo",
    title="",
    permission=VIEW,
    route="abandonments/<int:pk>/photos/<int:photo>",
    in_navigation=False,
)
@require_GET
def photo_page(request: HttpRequest, pk: int, photo: int) -> HttpResponseBase:
    """A photo of what was found; `?small` for its small copy."""
    found = get_object_or_404(EntryPhoto, pk=photo, entry__abandonment=_case(request, pk, VIEW))
    return picture_answer(found.thumbnail if "small" in request.GET else found.path, str(found.pk), request)


@console_site.page("abandoned-pdf", title="", permission=VIEW, route="abandonments/<int:pk>/pdf", in_navigation=False)
@require_GET
def pdf_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The record on paper, once both witnesses signed; that it was fetched is written down."""
    case = _case(request, pk, VIEW)
    entry = entry_of(case)
    if entry is None or entry.is_open():
        raise Http404
    try:
        covered = not user_of(request).may("residents.reveal", case.property_id)
        made = abandoned_pdf(case, entry, covered=covered)
    except Refused as refusal:
        toast_add(request, refusal, kind="bad")
        return redirect(case_url(case))
    audit_record(
        action=AuditAction.EXPORTED, about=case, property_id=case.property_id, rows=1, format="pdf", **_given(request)
    )
    response = HttpResponse(made, content_type="application/pdf")
    response["Content-Disposition"] = f"inline; filename*=UTF-8''{quote(case.number)}.pdf"
    response["Cache-Control"] = "private, no-store"
    return response


@console_site.page(
    "abandoned-storage", title="", permission=EDIT, route="abandonments/<int:pk>/storage/", in_navigation=False
)
@require_http_methods(["GET", "POST"])
def storage_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Says where the things are kept, until when, and what it costs."""
    case = _case(request, pk)
    charge = story.storage_charge(case)
    initial = {"place": case.stored_at, "until": case.stored_until, "cost": charge.amount if charge else None}

    def store(values: dict[str, Any]) -> str:
        story.things_store(case=case, **values, **_given(request))
        return case_url(case)

    return _form_page(
        request,
        StorageForm(request.POST or None, request=request, initial=initial),
        store,
        _("Saved"),
        heading=_("Storage"),
        sub=f"{case.tenure.unit.label} · {case.tenure.resident.name}",
        hint=_("Nothing is disposed of before this day has passed and the lease has ended."),
        crumbs=_crumbs(case, _("Storage")),
        back_url=case_url(case),
    )


@console_site.page(
    "abandoned-outcome",
    title="",
    permission=EDIT,
    route="abandonments/<int:pk>/things/<int:thing>/",
    in_navigation=False,
)
@require_http_methods(["GET", "POST"])
def outcome_page(request: HttpRequest, pk: int, thing: int) -> HttpResponseBase:
    """Notes that a thing was given back or disposed of."""
    case = _case(request, pk)
    rows = EntryThing.objects.select_related("entry__abandonment__property")
    row: EntryThing = get_object_or_404(rows, pk=thing, entry__abandonment=case)
    initial = {"what": WhatBecame.GIVEN, "day": local_today(case)}

    def note(values: dict[str, Any]) -> str:
        story.thing_over(thing=row, **{**values, "what": WhatBecame(values["what"])}, **_given(request))
        return case_url(case)

    return _form_page(
        request,
        OutcomeForm(request.POST or None, request=request, initial=initial),
        note,
        _("Saved"),
        heading=row.name,
        sub=f"{case.tenure.unit.label} · {case.tenure.resident.name}",
        hint=_("Said once, it stays on record."),
        crumbs=_crumbs(case, row.name),
        back_url=case_url(case),
    )


@console_site.page(
    "abandoned-close", title="", permission=EDIT, route="abandonments/<int:pk>/close", in_navigation=False
)
@require_POST
def close_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The resident came back."""
    case = _case(request, pk)
    said = _("The case is closed; the lease goes on")
    return _act(request, case, lambda: story.case_close(case=case, reason=_reason(request), **_given(request)), said)


@console_site.page(
    "abandoned-term",
    title="",
    permission=SETTINGS,
    route="properties/<int:pk>/abandoned-term/",
    in_navigation=False,
)
@require_http_methods(["GET", "POST"])
def term_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """How long notices on abandoned rooms run at a property."""
    property = get_object_or_404(Property.objects.visible_to(user_of(request), SETTINGS), pk=pk)
    term = notice_term(property)
    back = reverse("console:properties-detail", args=[pk])

    def decide(values: dict[str, Any]) -> str:
        abandonment_rule_set(property=property, **values, **_given(request))
        return back

    return _form_page(
        request,
        TermForm(request.POST or None, request=request, initial={"days": term.days, "source": term.source}),
        decide,
        _("Saved"),
        heading=_("Term of notices on abandoned rooms"),
        sub=property.name,
        hint=_("It is suggested for each notice; a notice may give another one."),
        crumbs=[
            (_("Properties"), reverse("console:properties-list")),
            (property.name, back),
            (_("Term of notices on abandoned rooms"), ""),
        ],
        back_url=back,
    )


def _reason(request: HttpRequest) -> str:
    return request.POST.get("reason", "").replace("\x00", "").strip()


def _act(request: HttpRequest, case: Abandonment, act: Callable[[], Any], said: str = "") -> HttpResponseBase:
    try:
        act()
        toast_add(request, said or _("Saved"))
    except Refused as refusal:
        toast_add(request, refusal, kind="bad")
    return redirect(case_url(case))
