"""Bill runs (出账): their list, a new draft, and the review from draft to issue."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from yuju.billing.choices import Cause, Decision, RunSource, RunState
from yuju.billing.jobs import draft_run
from yuju.billing.models import BillRun, RecurringCharge, RunException
from yuju.billing.services import runs
from yuju.console.days import DayField
from yuju.console.local_day import today
from yuju.console.navigation import GROUP_FEES, count_for
from yuju.console.pages.premises import user_of
from yuju.console.run_review import review, run_title, run_word
from yuju.journeys.billing_cycle import bill_run_complete
from yuju.kit.console import (
    Action,
    ChoiceFilter,
    Column,
    ConsoleForm,
    DateColumn,
    DateRangeFilter,
    DetailPage,
    Happening,
    ModelConsole,
    MomentColumn,
    Money,
    NumberColumn,
    StateColumn,
    console_site,
)
from yuju.kit.errors import Refused
from yuju.kit.toasts import toast_add
from yuju.premises.models import Property

VIEW, DRAFT, ISSUE = "bill_runs.view", "bill_runs.draft", "bill_runs.issue"
IN_THE_BACKGROUND = 20_000
"""A property with more recurring charges than this is drafted by a background job."""

FARTHEST = timedelta(days=366)
"""How far ahead a run may look."""

STATE_TONES = {RunState.DRAFT.value: "warn", RunState.ISSUED.value: "ok"}


@console_site.register
class BillRunConsole(ModelConsole[BillRun]):
    """Bill runs; the page of one is its review."""

    model = BillRun
    slug = "bill-runs"
    title = gettext_lazy("Bill runs")
    title_one = gettext_lazy("Bill run")
    icon = "receipt-2"
    group, order = GROUP_FEES, 210
    view_permission = VIEW
    ordering = ("-drafted_at",)
    empty_text = gettext_lazy("A run bills every period that has become due. Draft one, look at it, then issue it.")
    detail_template = "console/billing/run.html"
    columns = (
        Column(
            "title",
            gettext_lazy("Bill run"),
            value=lambda run: run_title(run),
            sort=("as_of", "number"),
            link=True,
            sm=1,
        ),
        Column("property", gettext_lazy("Property"), sort="property__code", across=True, sm=2),
        StateColumn("state", gettext_lazy("State"), tones=STATE_TONES, sm=4),
        DateColumn("as_of", gettext_lazy("As of"), sort="as_of", sm=5),
        NumberColumn("bill_count", gettext_lazy("Bills"), sort="bill_count"),
        NumberColumn("charge_count", gettext_lazy("Charges"), sort="charge_count"),
        Money("total", gettext_lazy("Total (yuan)"), sort="total", sm=3),
        Column("source", gettext_lazy("Made by"), value=lambda run: maker(run)),
        MomentColumn("issued_at", gettext_lazy("Issued at"), sort="issued_at"),
    )
    filters = (
        ChoiceFilter("state", gettext_lazy("State"), RunState.choices),
        DateRangeFilter("as_of", gettext_lazy("As of")),
    )

    def permitted(self, request: HttpRequest, permission: str) -> QuerySet[BillRun]:
        # What was issued to one account at once stands with its bills.
        return super().permitted(request, permission).filter(account=None)

    def with_related(self, rows: QuerySet[BillRun]) -> QuerySet[BillRun]:
        return rows.select_related("property", "drafted_by", "approved_by", "issued_by", "dropped_by")

    def list_actions(self, request: HttpRequest) -> list[Action]:
        if not self.may(request, DRAFT):
            return []
        label = _("New bill run")
        return [Action(label, self.site_url("bill-run-new"), icon="plus", primary=True)]

    def detail(self, request: HttpRequest, row: BillRun) -> DetailPage:
        return DetailPage(heading=run_title(row))

    def detail_context(self, request: HttpRequest, row: BillRun) -> dict[str, Any]:
        return review(request, self, row)

    def history_more(self, request: HttpRequest, row: BillRun) -> list[Happening]:
        return [Happening(_("Drafted"), row.drafted_at, by=maker(row), kind="brand")]

    def site_url(self, name: str, *args: Any) -> str:
        """The address of a page that belongs to runs besides the console's own."""
        return reverse(f"{self.site.namespace}:{name}", args=args)


def maker(run: BillRun) -> str:
    """Who or what drafted a run."""
    return str(run.drafted_by) if run.drafted_by else str(RunSource(run.source).label)


@count_for("bill-runs")
def drafts_waiting(request: HttpRequest) -> int:
    """How many drafts wait for somebody."""
    rows = BillRun.objects.visible_to(user_of(request), VIEW).filter(state=RunState.DRAFT)
    chosen: Property | None = getattr(request, "property", None)
    return rows.filter(property=chosen).count() if chosen is not None else rows.count()


class DraftForm(ConsoleForm):
    """Which property is billed, as of which day."""

    property = forms.ModelChoiceField(label=gettext_lazy("Property"), queryset=Property.objects.none())
    as_of = DayField(
        label=gettext_lazy("As of"),
        help_text=gettext_lazy(
            "Every period that has to be billed by this day is taken, whatever earlier runs left out."
        ),
    )

    def clean_as_of(self) -> date:
        """A slip in the year would bill centuries ahead."""
        day: date = self.cleaned_data["as_of"]
        if day > today(self.request) + FARTHEST:
            raise forms.ValidationError(_("A run can look ahead one year at most."))
        return day

    def narrow_choices(self) -> None:
        offered = Property.objects.visible_to(user_of(self.request), DRAFT).order_by("code", "pk")
        field: Any = self.fields["property"]
        field.queryset = offered
        chosen: Property | None = getattr(self.request, "property", None)
        if chosen is not None:
            self.initial.setdefault("property", chosen.pk)
        if chosen is not None or offered.count() == 1:
            field.empty_label = None
        self.initial.setdefault("as_of", today(self.request))


@console_site.page(
    "bill-run-new", title=gettext_lazy("New bill run"), permission=DRAFT, route="bill-runs/new/", in_navigation=False
)
@require_http_methods(["GET", "POST"])
def draft_page(request: HttpRequest) -> HttpResponseBase:
    """Drafts a run; a large property is drafted in the background while the page shows how far it is."""
    console: Any = console_site.consoles["bill-runs"]
    form = DraftForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid():
        place, as_of = form.cleaned_data["property"], form.cleaned_data["as_of"]
        if RecurringCharge.objects.filter(property=place).count() > IN_THE_BACKGROUND:
            title = _("Drafting %(property)s as of %(day)s") % {"property": place, "day": as_of}
            progress = draft_run.defer_with_progress(
                title=title,
                user_id=user_of(request).pk,
                one_at_a_time=f"property:{place.pk}",
                property_id=place.pk,
                as_of=as_of.isoformat(),
                by_id=user_of(request).pk,
            )
            return HttpResponseRedirect(console.site_url("bill-job", progress.pk))
        run = runs.bill_run_draft(
            property=place, as_of=as_of, source=RunSource.CONSOLE, by=user_of(request), at=timezone.now()
        )
        return HttpResponseRedirect(console.detail_url(run))
    drafts = BillRun.objects.visible_to(user_of(request), DRAFT).filter(state=RunState.DRAFT).select_related("property")
    context = {
        "console": console,
        "form": form,
        "faults": [field for field in form if field.errors] if request.method == "POST" else [],
        "changed": None,
        "drafts": [(run, run_title(run), console.detail_url(run)) for run in drafts],
        "list_url": console.url("list"),
    }
    return render(request, "console/billing/run_new.html", context, status=422 if form.errors else 200)


Act = Callable[[HttpRequest, BillRun], str]


def _verb(slug: str, permission: str) -> Callable[[Act], Act]:
    """A button of the review: a POST about one run that the user may act on, back to the review afterwards."""

    def add(act: Act) -> Act:
        def view(request: HttpRequest, pk: int) -> HttpResponse:
            console = console_site.consoles["bill-runs"]
            run = console.get(request, pk, VIEW)
            if not console.may(request, permission, run):
                raise PermissionDenied
            try:
                with transaction.atomic():
                    said = act(request, run)
            except Refused as refused:
                toast_add(request, refused, kind="bad")
            else:
                toast_add(request, said)
            return HttpResponseRedirect(console.detail_url(run))

        page = console_site.page(
            f"bill-run-{slug}", title="", permission=permission, route=f"bill-runs/<int:pk>/{slug}", in_navigation=False
        )
        page(require_POST(view))
        return act

    return add


@_verb("decide", DRAFT)
def decide(request: HttpRequest, run: BillRun) -> str:
    """Confirms or leaves out one exception, or all open ones of a cause."""
    decision = Decision.CONFIRMED if request.POST.get("decision") == Decision.CONFIRMED else Decision.EXCLUDED
    rows = RunException.objects.filter(run=run, decision=Decision.OPEN)
    cause, one = request.POST.get("cause", ""), request.POST.get("exception", "")
    if cause in Cause:
        rows = rows.filter(cause=cause)
    elif one.isascii() and one.isdigit() and len(one) < 19:
        rows = rows.filter(pk=int(one))
    else:
        rows = rows.none()
    count = runs.exceptions_decide(
        run=run, exceptions=list(rows), decision=decision, by=user_of(request), at=timezone.now()
    )
    if decision == Decision.CONFIRMED:
        return ngettext("%(count)d exception confirmed", "%(count)d exceptions confirmed", count) % {"count": count}
    return ngettext("%(count)d exception left out", "%(count)d exceptions left out", count) % {"count": count}


@_verb("anew", DRAFT)
def make_anew(request: HttpRequest, run: BillRun) -> str:
    """Makes the draft anew as of the same day, with what has become known since."""
    if run.state != RunState.DRAFT:
        raise Refused(_("This run is not a draft any more."))
    runs.bill_run_draft(
        property=run.property, as_of=run.as_of, source=RunSource.CONSOLE, by=user_of(request), at=timezone.now()
    )
    return _("The draft was made anew")


@_verb("drop", DRAFT)
def drop(request: HttpRequest, run: BillRun) -> str:
    """Drops the draft."""
    runs.bill_run_drop(run=run, by=user_of(request), at=timezone.now())
    return _("The draft was dropped; its periods will be billed by the next run")


@_verb("approve", ISSUE)
def approve(request: HttpRequest, run: BillRun) -> str:
    """Approves the draft as the second person."""
    runs.bill_run_approve(run=run, by=user_of(request), at=timezone.now())
    return _("Approved")


@_verb("issue", ISSUE)
def issue(request: HttpRequest, run: BillRun) -> str:
    """Issues the bills; the period typed in the dialog is sent along and must be the run's."""
    if request.POST.get("period") != run_word(run):
        raise Refused(_("Type the period to issue the run."))
    run = bill_run_complete(run=run, by=user_of(request), at=timezone.now())
    return ngettext("%(count)d bill issued", "%(count)d bills issued", run.bill_count) % {"count": run.bill_count}
