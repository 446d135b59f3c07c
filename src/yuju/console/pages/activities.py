"""Activities (社区活动): the list, one of them with who comes, and the form."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any, cast
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from yuju.care import services
from yuju.care.activities import invited_ids, may_tick, on_invitation, with_figures
from yuju.care.choices import SignUpState
from yuju.care.models import Activity, Segment, SignUp
from yuju.care.selectors import segments_seen
from yuju.console.days import DayField
from yuju.console.local_day import today
from yuju.console.navigation import GROUP_SERVICES
from yuju.console.pages.premises import PropertyForm, user_of
from yuju.console.pages.segments import EDIT, VIEW
from yuju.kit.console import (
    Action,
    Card,
    ChoiceFilter,
    Column,
    ConsoleForm,
    DetailPage,
    Fieldset,
    ModelConsole,
    MomentColumn,
    NumberColumn,
    Tab,
    console_site,
)
from yuju.kit.dates import local_date
from yuju.kit.errors import Refused
from yuju.kit.toasts import toast_add
from yuju.premises.models import Property
from yuju.reporting.stays import homes_on
from yuju.residency.models import Resident

SHOWN_ANSWERS = 50


def invited_words(activity: Activity) -> str:
    """Who is invited."""
    return _("Everybody who lives here") if activity.segment is None else activity.segment.name


def _clock(label: Any, initial: time) -> forms.TimeField:
    return forms.TimeField(label=label, initial=initial, widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}))


class ActivityForm(PropertyForm):
    """What happens, when and where, and for whom."""

    on = DayField(label=gettext_lazy("Day"))
    from_time = _clock(gettext_lazy("Begins at"), time(14))
    until_time = _clock(gettext_lazy("Ends at"), time(16))
    seats = forms.IntegerField(
        label=gettext_lazy("Seats"), required=False, help_text=gettext_lazy("Left empty, as many may come as like.")
    )

    class Meta:
        model = Activity
        fields = ("property", "name", "place", "about", "seats", "segment")
        widgets = {"about": forms.Textarea(attrs={"rows": 4})}

    def narrow_choices(self) -> None:
        super().narrow_choices()
        if "property" in self.fields:
            field = cast("forms.ModelChoiceField[Property]", self.fields["property"])
            field.queryset = Property.objects.visible_to(user_of(self.request), EDIT).order_by("code", "pk")
        chosen = cast("forms.ModelChoiceField[Segment]", self.fields["segment"])
        chosen.queryset = segments_seen(user_of(self.request), getattr(self.request, "property", None))
        chosen.empty_label = _("Everybody who lives here")


@console_site.register
class ActivityConsole(ModelConsole[Activity]):
    """Community activities of a property."""

    model = Activity
    slug = "activities"
    title, title_one = gettext_lazy("Activities"), gettext_lazy("Activity")
    icon = "confetti"
    group, order = GROUP_SERVICES, 420
    view_permission, edit_permission = VIEW, EDIT
    ordering = ("-starts_at",)
    search_fields = ("name", "place")
    search_hint = gettext_lazy("Name, place")
    empty_text = gettext_lazy("Invite residents to something, see who comes, and read how they liked it.")
    tabs = (
        Tab("ahead", gettext_lazy("Ahead"), lambda request: Q(ends_at__gte=timezone.now(), cancelled_because="")),
        Tab("past", gettext_lazy("Past"), lambda request: Q(ends_at__lt=timezone.now()) | ~Q(cancelled_because="")),
        Tab("all", gettext_lazy("All")),
    )
    columns = (
        Column("name", gettext_lazy("Activity"), sort=("name", "-starts_at"), link=True, sm=1),
        MomentColumn("starts_at", gettext_lazy("Begins"), sort=("starts_at", "name"), sm=4),
        Column("place", gettext_lazy("Where"), sm=5),
        NumberColumn("coming", gettext_lazy("Signed up"), unit=pgettext_lazy("counted", "signed up"), sm=2),
        NumberColumn("seats", gettext_lazy("Seats")),
        NumberColumn("waiting", gettext_lazy("Waiting list"), hidden=True),
        NumberColumn("came", gettext_lazy("Came")),
        NumberColumn("rating", gettext_lazy("Rating"), places=1),
        Column("segment", gettext_lazy("Who is invited"), value=invited_words, hidden=True),
        Column("property", gettext_lazy("Property"), across=True),
    )
    filters = (
        ChoiceFilter(
            "segment",
            gettext_lazy("Segment"),
            lambda request: segments_seen(user_of(request), getattr(request, "property", None)).values_list(
                "pk", "name"
            ),
        ),
    )
    cards = (
        Card(
            gettext_lazy("Activity"),
            (
                MomentColumn("starts_at", gettext_lazy("Begins")),
                MomentColumn("ends_at", gettext_lazy("Ends")),
                Column("place", gettext_lazy("Where")),
                Column("segment", gettext_lazy("Who is invited"), value=invited_words),
                Column("about", gettext_lazy("What happens")),
            ),
        ),
    )
    form_class = ActivityForm
    fieldsets = (
        Fieldset(gettext_lazy("Activity"), ("property", "name", "place", "about")),
        Fieldset(
            gettext_lazy("When"),
            ("on", "from_time", "until_time"),
            gettext_lazy("Moved later on, those who signed up are told."),
        ),
        Fieldset(
            gettext_lazy("For whom"),
            ("segment", "seats"),
            gettext_lazy("Nobody is told before you send the invitations."),
        ),
    )
    detail_template = "console/care/activity.html"

    def with_related(self, rows: QuerySet[Activity]) -> QuerySet[Activity]:
        return with_figures(rows.select_related("property", "segment"))

    def may_edit(self, request: HttpRequest, row: Activity) -> bool:
        return super().may_edit(request, row) and not row.cancelled_because

    def detail(self, request: HttpRequest, row: Activity) -> DetailPage:
        if row.cancelled_because:
            state = ("bad", _("Called off"))
        elif row.ends_at < timezone.now():
            state = ("", _("Over"))
        elif row.invited_at is None:
            state = ("warn", _("Nobody is invited yet"))
        else:
            state = ("ok", pgettext("to an activity", "Invited"))
        return DetailPage(heading=row.name, tags=[state])

    def detail_actions(self, request: HttpRequest, row: Activity) -> list[Action]:
        if not self.may_edit(request, row):
            return []
        picture = Action(_("Picture"), reverse("console:activity-cover", args=[row.pk]), icon="photo")
        if row.starts_at <= timezone.now():
            return [picture]
        return [picture, Action(_("Call off"), reverse("console:activity-cancel", args=[row.pk]), icon="x")]

    def detail_context(self, request: HttpRequest, row: Activity) -> dict[str, Any]:
        now = timezone.now()
        edits = self.may_edit(request, row)
        people = list(
            row.sign_ups.exclude(state=SignUpState.WITHDRAWN)
            .select_related("resident")
            .defer("resident__phone", "resident__id_number", "resident__emergency_phone")
            .order_by("state", "since", "pk")
        )
        _find_homes(row, people, today(request))
        invited = invited_ids(row)
        to_invite = 0
        if edits and row.ends_at > now:
            rows = Resident.objects.filter(on_invitation(row, today(request))).exclude(pk__in=invited)
            to_invite = rows.count()
        return {
            "people": people,
            "answers": [one for one in people if one.rating][:SHOWN_ANSWERS],
            "invited": invited.count(),
            "to_invite": to_invite,
            "ticks": edits and may_tick(row, now),
            "stars": range(1, 6),
        }

    def initial(self, request: HttpRequest, row: Activity | None) -> dict[str, Any]:
        if row is None:
            return super().initial(request, None)
        zone = ZoneInfo(row.property.time_zone)
        begins, ends = row.starts_at.astimezone(zone), row.ends_at.astimezone(zone)
        return super().initial(request, row) | {
            "on": begins.date(),
            "from_time": begins.time(),
            "until_time": ends.time(),
        }

    def save(self, request: HttpRequest, form: Any, row: Activity | None) -> Activity:
        given = dict(form.cleaned_data)
        place: Property = row.property if row is not None else given["property"]
        zone, day = ZoneInfo(place.time_zone), given.pop("on")
        given.pop("property", None)
        return services.activity_save(
            activity=row,
            property=place,
            starts_at=datetime.combine(day, given.pop("from_time"), tzinfo=zone),
            ends_at=datetime.combine(day, given.pop("until_time"), tzinfo=zone),
            **given,
            by=user_of(request),
            at=timezone.now(),
        )


def _activity(request: HttpRequest, pk: int) -> Activity:
    """
    Raises:
        Http404: there is none where the user may change activities.
    """
    rows = Activity.objects.visible_to(user_of(request), EDIT).select_related("property", "segment")
    found: Activity = get_object_or_404(rows, pk=pk)
    return found


def _find_homes(activity: Activity, people: list[SignUp], day: date) -> None:
    """Gives each sign-up its `home`: the unit in which they live, or lived on the day of the activity."""
    held_on = local_date(activity.starts_at, activity.property.time_zone)
    homes = homes_on([one.resident_id for one in people], min(held_on, day))
    for one in people:
        cast(Any, one).home = homes.get(one.resident_id, "")


@console_site.page(
    "activity-invite", title="", permission=EDIT, route="activities/<int:pk>/invite", in_navigation=False
)
@require_POST
def invite_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Tells everybody of the segment who was not told yet."""
    try:
        count = services.activity_invite(activity=_activity(request, pk), by=user_of(request), at=timezone.now())
    except Refused as refusal:
        toast_add(request, refusal, kind="bad")
    else:
        said = ngettext("%(count)d resident is invited", "%(count)d residents are invited", count)
        toast_add(request, said % {"count": count})
    return redirect("console:activities-detail", pk)


@console_site.page(
    "activity-came",
    title="",
    permission=EDIT,
    route="activities/<int:pk>/people/<int:person>/came",
    in_navigation=False,
)
@require_POST
def came_page(request: HttpRequest, pk: int, person: int) -> HttpResponseBase:
    """Notes whether somebody came."""
    activity = _activity(request, pk)
    sign_up = get_object_or_404(SignUp.objects.select_related("activity", "resident"), pk=person, activity=activity)
    came = {"yes": True, "no": False, "": None}.get(request.POST.get("came", "?"), "?")
    if came == "?":
        raise Http404
    try:
        services.attendance_tick(
            sign_up=sign_up, came=cast("bool | None", came), by=user_of(request), at=timezone.now()
        )
    except Refused as refusal:
        toast_add(request, refusal, kind="bad")
    if request.headers.get("HX-Request"):
        _find_homes(activity, [sign_up], today(request))
        context = {"one": sign_up, "activity": activity, "ticks": may_tick(activity, timezone.now())}
        return render(request, "console/care/sign_up.html", context)
    return redirect("console:activities-detail", pk)


class CancelForm(ConsoleForm):
    """Why an activity is called off."""

    reason = forms.CharField(
        label=gettext_lazy("Why it is called off"),
        max_length=200,
        help_text=gettext_lazy("Those who signed up are told this."),
    )


@console_site.page(
    "activity-cancel", title="", permission=EDIT, route="activities/<int:pk>/cancel/", in_navigation=False
)
@require_http_methods(["GET", "POST"])
def cancel_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Calls an activity off, with the reason."""
    activity = _activity(request, pk)
    back = reverse("console:activities-detail", args=[pk])
    form = CancelForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid():
        try:
            services.activity_cancel(
                activity=activity, reason=form.cleaned_data["reason"], by=user_of(request), at=timezone.now()
            )
        except Refused as refusal:
            form.add_error("reason", str(refusal))
        else:
            toast_add(request, _("Saved"))
            return redirect(back)
    context = {
        "form": form,
        "heading": _("Call off"),
        "act": _("Call off"),
        "back": _("Back"),
        "sub": activity.name,
        "crumbs": [(_("Activities"), reverse("console:activities-list")), (activity.name, back), (_("Call off"), "")],
        "back_url": back,
    }
    return render(request, "console/residency/small_form.html", context, status=422 if form.errors else 200)
