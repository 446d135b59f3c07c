"""Care plans (关怀计划): what is done for a segment every so often, and what came of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

from django import forms
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from yuju.care.choices import Rhythm
from yuju.care.facts import Asked
from yuju.care.jobs import care_visits
from yuju.care.models import CarePlan, Segment
from yuju.care.selectors import segments_seen, under_plan
from yuju.care.services import plan_save
from yuju.care.services.visits import SOURCE
from yuju.console.days import DayField
from yuju.console.form_panels.care_plans import plan_panel
from yuju.console.local_day import today
from yuju.console.navigation import GROUP_SERVICES
from yuju.console.pages.premises import user_of
from yuju.console.pages.segments import EDIT, VIEW, place_name
from yuju.console.whole_or_property import WholeOrPropertyConsole, WholeOrPropertyForm
from yuju.identity.selectors import staff_roles
from yuju.kit.console import (
    BooleanColumn,
    Card,
    Column,
    Consequences,
    DateColumn,
    DetailPage,
    Fieldset,
    Tab,
    console_site,
)
from yuju.residency.models import Resident
from yuju.workforce.choices import TaskState
from yuju.workforce.models import Task
from yuju.workforce.selectors import DO
from yuju.workforce.steps import steps_of

RECENT = timedelta(days=30)
SHOWN = 10


def interval_words(plan: CarePlan) -> str:
    """How often, as somebody says it."""
    return _("every %(number)d %(rhythm)s") % {"number": plan.every, "rhythm": plan.get_rhythm_display()}


def steps_words(plan: CarePlan) -> str:
    """What is looked at on a visit, in one line."""
    return _(", ").join(step.text for step in steps_of(plan.steps))


def group_words(plan: CarePlan) -> str:
    """Who does it."""
    if not plan.group:
        return _("Everybody who does tasks")
    return next((role.label for role in staff_roles() if role.code == plan.group), plan.group)


class CarePlanForm(WholeOrPropertyForm):
    """A care plan."""

    permission = EDIT
    every = forms.IntegerField(label=gettext_lazy("Every"), min_value=1, max_value=730, initial=14)
    lead_days = forms.IntegerField(
        label=gettext_lazy("Shown before it is due (days)"), min_value=0, max_value=60, initial=3
    )
    group = forms.ChoiceField(label=gettext_lazy("Done by"), required=False)
    starts_on = DayField(label=pgettext_lazy("of a plan", "From"))
    until = DayField(label=gettext_lazy("Until"), required=False, help_text=gettext_lazy("Left empty, it goes on."))

    class Meta:
        model = CarePlan
        fields = (
            "property",
            "segment",
            "title",
            "details",
            "every",
            "rhythm",
            "spread",
            "lead_days",
            "group",
            "served_first",
            "starts_on",
            "until",
            "steps",
        )
        widgets = {"details": forms.Textarea(attrs={"rows": 3}), "steps": forms.Textarea(attrs={"rows": 6})}
        help_texts = {
            "steps": gettext_lazy("One step a line. A line that ends with * needs a photo."),
            "spread": gettext_lazy("Not everybody on the same day."),
            "served_first": gettext_lazy("Its tasks are urgent and stand before others."),
        }

    def narrow_choices(self) -> None:
        super().narrow_choices()
        segments = segments_seen(user_of(self.request), getattr(self.request, "property", None))
        cast("forms.ModelChoiceField[Segment]", self.fields["segment"]).queryset = segments
        roles = [(role.code, role.label) for role in staff_roles() if not role.retired and DO in role.permissions]
        cast(forms.ChoiceField, self.fields["group"]).choices = [("", _("Everybody who does tasks")), *roles]
        self.initial.setdefault("starts_on", today(self.request))
        self.initial.setdefault("rhythm", Rhythm.DAYS)


@console_site.register
class CarePlanConsole(WholeOrPropertyConsole[CarePlan]):
    """Care plans of a property, and those of all."""

    model = CarePlan
    slug = "care-plans"
    title, title_one = gettext_lazy("Care plans"), gettext_lazy("Care plan")
    icon = "heart-handshake"
    group, order = GROUP_SERVICES, 410
    view_permission, edit_permission = VIEW, EDIT
    ordering = ("title",)
    search_fields = ("title", "segment__name")
    search_hint = gettext_lazy("What to do, segment")
    empty_text = gettext_lazy(
        "A plan makes tasks by itself, such as a visit every 14 days to old people who live alone."
    )
    tabs = (
        Tab("running", gettext_lazy("Running"), lambda request: Q(until=None) | Q(until__gte=today(request))),
        Tab("over", gettext_lazy("Ended"), lambda request: Q(until__lt=today(request))),
        Tab("all", gettext_lazy("All")),
    )
    columns = (
        Column("title", gettext_lazy("What to do"), sort="title", link=True, sm=1),
        Column("segment", gettext_lazy("Segment"), sort=("segment__name", "title"), sm=4),
        Column("interval", gettext_lazy("How often"), value=interval_words, sm=5),
        Column("place", gettext_lazy("Property"), value=place_name, sm=2),
        BooleanColumn("served_first", gettext_lazy("Served first"), hidden=True),
        DateColumn("starts_on", pgettext_lazy("of a plan", "From"), sort=("starts_on", "title")),
        DateColumn("until", gettext_lazy("Until"), sort=("until", "title")),
    )
    cards = (
        Card(
            gettext_lazy("The plan"),
            (
                Column("segment", gettext_lazy("Segment")),
                Column("interval", gettext_lazy("How often"), value=interval_words),
                Column("place", gettext_lazy("Property"), value=place_name),
                Column("who", gettext_lazy("Done by"), value=group_words),
                BooleanColumn("served_first", gettext_lazy("Served first")),
                DateColumn("starts_on", pgettext_lazy("of a plan", "From")),
                DateColumn("until", gettext_lazy("Until")),
                Column("details", gettext_lazy("Details")),
                Column("steps", gettext_lazy("Steps"), value=steps_words),
            ),
        ),
    )
    form_class = CarePlanForm
    fieldsets = (
        Fieldset(gettext_lazy("For whom"), ("segment", "property")),
        Fieldset(gettext_lazy("What is done"), ("title", "group", "served_first", "details", "steps")),
        Fieldset(
            gettext_lazy("How often"),
            ("every", "rhythm", "starts_on", "until", "lead_days", "spread"),
            gettext_lazy("The tasks are made by themselves. Whoever moves out gets no more of them."),
        ),
    )
    detail_template = "console/care/plan.html"

    def with_related(self, rows: QuerySet[CarePlan]) -> QuerySet[CarePlan]:
        return rows.select_related("property", "segment")

    def detail(self, request: HttpRequest, row: CarePlan) -> DetailPage:
        over = row.until is not None and row.until < today(request)
        state = ("", _("Ended")) if over else ("ok", _("Running"))
        first = [("vio", _("Served first"))] if row.served_first else []
        return DetailPage(heading=row.title, tags=[state, *first], subtitle=f"{interval_words(row)} · {row.segment}")

    def detail_context(self, request: HttpRequest, row: CarePlan) -> dict[str, Any]:
        user, now = user_of(request), timezone.now()
        visits = Task.objects.filter(source=SOURCE, source_key__startswith=f"{row.pk}:").visible_to(user, "tasks.view")
        late = Q(due_at__lt=now)
        undone = Q(ended_at=None)
        figures = visits.aggregate(
            open=Count("pk", filter=undone),
            late=Count("pk", filter=undone & late),
            done=Count("pk", filter=Q(state=TaskState.DONE, ended_at__gte=now - RECENT)),
        )
        held = Resident.objects.filter(under_plan(row, Asked(today(request)))).visible_to(user, "residents.view")
        shown = visits.filter(undone).select_related("resident", "unit", "assignee").order_by("due_at")
        return {"figures": figures, "holds_for": held.count(), "visits": list(shown[:SHOWN]), "now": now}

    def consequences(self, request: HttpRequest, form: Any, row: CarePlan | None) -> Consequences:
        return plan_panel(form.cleaned_data, row, today(request))

    def save(self, request: HttpRequest, form: Any, row: CarePlan | None) -> CarePlan:
        given = dict(form.cleaned_data)
        place = row.property if row is not None else given.get("property")
        given.pop("property", None)
        saved = plan_save(plan=row, property=place, **given, by=user_of(request), at=timezone.now())
        care_visits.defer(once="plans")
        return saved
