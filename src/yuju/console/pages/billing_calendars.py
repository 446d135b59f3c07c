"""The billing calendar of each property: when runs are drafted by themselves, and who decides."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.db.models import Max, Prefetch, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yuju.billing.models import BillingCalendar
from yuju.billing.services.calendar import billing_calendar_set
from yuju.console.form_panels.charges import calendar_panel
from yuju.console.navigation import GROUP_FEES
from yuju.console.pages.premises import user_of
from yuju.identity.models import User
from yuju.journeys.billing_calendar import day_next
from yuju.kit.console import (
    Action,
    Card,
    Column,
    Consequences,
    ConsoleForm,
    DateColumn,
    DetailPage,
    Fieldset,
    ModelConsole,
    console_site,
)
from yuju.kit.dates import local_date
from yuju.premises.models import Property

VIEW, EDIT = "bill_runs.view", "settings.edit"
DAYS = [(day, str(day)) for day in range(1, 29)] + [(0, gettext_lazy("last day"))]
HOURS = [(hour, f"{hour:02d}:00") for hour in range(24)]


def calendar_of(place: Property) -> BillingCalendar | None:
    """The calendar of a property that `with_related` gave."""
    return next(iter(cast(Any, place).calendars.all()), None)


def day_text(place: Property) -> str:
    """The day and hour of a calendar that is on."""
    calendar = calendar_of(place)
    if calendar is None or not calendar.is_on:
        return _("by hand")
    if calendar.day == 0:
        return _("last day of the month, from %(hour)s") % {"hour": f"{calendar.hour:02d}:00"}
    return _("day %(day)d of the month, from %(hour)s") % {"day": calendar.day, "hour": f"{calendar.hour:02d}:00"}


def next_day(place: Property) -> Any:
    """The next day a run is drafted by itself."""
    calendar = calendar_of(place)
    if calendar is None or not calendar.is_on:
        return None
    today = local_date(timezone.now(), place.time_zone)
    return day_next(day=calendar.day, since=calendar.since, after=cast(Any, place).last_day, today=today)


def decision_text(place: Property) -> str:
    """Who decides about a run."""
    calendar = calendar_of(place)
    if calendar is not None and calendar.second_person:
        return _("somebody other than who drafted it approves")
    if calendar is not None and calendar.issue_when_clean:
        return _("issues itself when nothing is exceptional")
    return _("who may issue runs")


def approver_text(place: Property) -> str:
    calendar = calendar_of(place)
    return str(calendar.approver) if calendar is not None and calendar.approver else ""


class CalendarForm(ConsoleForm):
    """A property's calendar."""

    is_on = forms.BooleanField(label=gettext_lazy("Draft runs by itself"), required=False)
    day = forms.TypedChoiceField(label=gettext_lazy("Day of the month"), coerce=int, choices=DAYS)
    hour = forms.TypedChoiceField(label=gettext_lazy("From this hour"), coerce=int, choices=HOURS)
    approver = forms.ModelChoiceField(
        label=gettext_lazy("Who is told"),
        queryset=User.objects.none(),
        required=False,
        empty_label=gettext_lazy("everybody who may issue runs"),
    )
    second_person = forms.BooleanField(label=gettext_lazy("Another person approves every run"), required=False)
    issue_when_clean = forms.BooleanField(
        label=gettext_lazy("Issue by itself when nothing is exceptional"), required=False
    )

    def narrow_choices(self) -> None:
        users = User.objects.filter(is_active=True).prefetch_related("postings").order_by("name", "pk")
        # Whom one may not know of is not offered: those posted at other properties alone.
        scope = user_of(self.request).property_scope(EDIT)
        places = [None] if scope is None else scope
        cast(Any, self.fields["approver"]).queryset = users.filter(
            pk__in=[one.pk for one in users if any(one.may("bill_runs.issue", place) for place in places)]
        )


@console_site.register
class BillingCalendarConsole(ModelConsole[Property]):
    """Billing calendars, one a property."""

    model = Property
    slug = "billing-calendars"
    title = gettext_lazy("Billing calendar")
    title_one = gettext_lazy("Billing calendar")
    icon = "calendar-event"
    group, order = GROUP_FEES, 280
    view_permission, edit_permission = VIEW, EDIT
    property_path = "pk"
    can_create = False
    ordering = ("code",)
    search_fields = ("code", "name")
    search_hint = gettext_lazy("Code, name")
    columns = (
        Column("name", gettext_lazy("Property"), sort=("name", "code"), link=True, sm=1),
        Column("day", gettext_lazy("Drafted"), value=day_text, sm=4),
        DateColumn("next", gettext_lazy("Next"), value=next_day, sm=3),
        Column("decision", gettext_lazy("Who decides"), value=decision_text),
        Column("approver", gettext_lazy("Who is told"), value=approver_text, sm=5),
    )
    cards = (Card(gettext_lazy("Billing calendar"), columns[1:]),)
    form_class = CalendarForm
    fieldsets = (
        Fieldset(
            gettext_lazy("When"),
            ("is_on", "day", "hour"),
            gettext_lazy("On this day a run is drafted once, even after an outage. Nothing is issued by drafting."),
        ),
        Fieldset(gettext_lazy("Who decides"), ("approver", "second_person", "issue_when_clean")),
    )

    def scoped(self, request: HttpRequest) -> QuerySet[Property]:
        return self.permitted(request, self.view_permission)

    def with_related(self, rows: QuerySet[Property]) -> QuerySet[Property]:
        calendars = Prefetch("calendars", BillingCalendar.objects.select_related("approver"))
        return rows.annotate(last_day=Max("calendar_days__day")).prefetch_related(calendars)

    def detail(self, request: HttpRequest, row: Property) -> DetailPage:
        calendar = calendar_of(row)
        is_on = calendar is not None and calendar.is_on
        return DetailPage(heading=row.name, tags=[("ok", _("on"))] if is_on else [("", _("off"))])

    def detail_actions(self, request: HttpRequest, row: Property) -> list[Action]:
        return [Action(_("Bill runs"), reverse("console:bill-runs-list"), icon="receipt-2")]

    def initial(self, request: HttpRequest, row: Property | None) -> dict[str, Any]:
        calendar = (calendar_of(row) if row is not None else None) or BillingCalendar(day=25, hour=6)
        names = ("is_on", "day", "hour", "second_person", "issue_when_clean")
        return {**{name: getattr(calendar, name) for name in names}, "approver": calendar.approver_id}

    def consequences(self, request: HttpRequest, form: Any, row: Property | None) -> Consequences | None:
        if row is None:
            return None
        day = local_date(timezone.now(), row.time_zone)
        return calendar_panel(form.cleaned_data, calendar_of(row), cast(Any, row).last_day, day)

    def recorded(self, row: Property) -> Any:
        return calendar_of(row) or row

    def save(self, request: HttpRequest, form: Any, row: Property | None) -> Property:
        assert row is not None
        now = timezone.now()
        billing_calendar_set(
            property=row, today=local_date(now, row.time_zone), by=user_of(request), at=now, **form.cleaned_data
        )
        return row
