"""Tasks (任务): the list, one of them, and the form that asks somebody to do something."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from yuju.console.bulk.tasks import NOBODY, TASK_ACTIONS, doers
from yuju.console.days import DayField
from yuju.console.local_day import today
from yuju.console.navigation import GROUP_SERVICES
from yuju.console.pages.premises import user_of
from yuju.identity.models import User
from yuju.identity.selectors import staff_roles
from yuju.journeys.tasks import task_give
from yuju.kit import display
from yuju.kit.console import (
    Action,
    ChoiceFilter,
    Column,
    ConsoleForm,
    DetailPage,
    Fieldset,
    ModelConsole,
    MomentColumn,
    PickField,
    StateColumn,
    Tab,
    console_site,
)
from yuju.kit.console.columns import RowContext
from yuju.kit.templatetags.ui import tag
from yuju.premises.models import Property, Unit
from yuju.residency.models import Resident
from yuju.workforce.choices import Priority, TaskKind, TaskState
from yuju.workforce.icons import TONES
from yuju.workforce.models import STILL_TO_DO, Task
from yuju.workforce.searching import TASK
from yuju.workforce.selectors import DO
from yuju.workforce.services import task_add, task_change
from yuju.workforce.steps import steps_of, steps_text
from yuju.workforce.wording import due_words

VIEW, EDIT = "tasks.view", "tasks.edit"
EVENING = time(18)


def _mine(request: HttpRequest) -> Q:
    return STILL_TO_DO & Q(assignee=user_of(request))


def _due_today(request: HttpRequest) -> Q:
    place: Property | None = getattr(request, "property", None)
    zone = ZoneInfo(place.time_zone) if place is not None else timezone.get_current_timezone()
    start = datetime.combine(today(request), time(), tzinfo=zone)
    return STILL_TO_DO & Q(due_at__gte=start, due_at__lt=start + timedelta(days=1))


def _late(request: HttpRequest) -> Q:
    return STILL_TO_DO & Q(due_at__lt=timezone.now())


def _next_evening(request: HttpRequest) -> date:
    """The day of the next evening: today's, while there is time to do something until then."""
    place: Property | None = getattr(request, "property", None)
    zone = ZoneInfo(place.time_zone) if place is not None else timezone.get_current_timezone()
    return (timezone.now().astimezone(zone) + timedelta(hours=24 - EVENING.hour + 1)).date()


class DueColumn(MomentColumn):
    """Until when, and how late it is."""

    def show(self, value: Any, row: Any, context: RowContext) -> Any:
        due = due_words(row, timezone.now())
        return tag(due.text, due.tone, icon="clock") if due.tone else display.moment_html(value)


class TaskForm(ConsoleForm):
    """What is to be done, by whom and until when."""

    property = forms.ModelChoiceField(Property.objects.none(), label=gettext_lazy("Property"))
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=TaskKind.choices, initial=TaskKind.GENERAL)
    title = forms.CharField(label=gettext_lazy("What to do"), max_length=120)
    details = forms.CharField(
        label=gettext_lazy("Details"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    unit = PickField(Unit.objects.none(), slug="units", label=gettext_lazy("Unit"), required=False)
    resident = PickField(Resident.objects.none(), slug="residents", label=gettext_lazy("Resident"), required=False)
    assignee = forms.ModelChoiceField(
        User.objects.none(), label=gettext_lazy("Assigned to"), required=False, empty_label=NOBODY
    )
    group = forms.ChoiceField(
        label=gettext_lazy("May be taken by"),
        required=False,
        help_text=gettext_lazy("Who may take it while nobody is assigned."),
    )
    priority = forms.TypedChoiceField(
        label=gettext_lazy("Priority"), choices=Priority.choices, coerce=int, initial=Priority.NORMAL
    )
    start_on = DayField(label=gettext_lazy("Not before"), required=False)
    due_on = DayField(label=gettext_lazy("Due on"))
    due_time = forms.TimeField(
        label=gettext_lazy("Due at"),
        initial=EVENING,
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
    )
    steps = forms.CharField(
        label=gettext_lazy("Steps"),
        max_length=20_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=gettext_lazy("One step a line. A line that ends with * needs a photo."),
    )

    def narrow_choices(self) -> None:
        user = user_of(self.request)
        chosen: Property | None = getattr(self.request, "property", None)
        if self.initial.get("_exists"):
            del self.fields["property"]
        else:
            self._offer("property", Property.objects.visible_to(user, EDIT).order_by("code", "pk"))
            if chosen is not None:
                self.initial.setdefault("property", chosen.pk)
        self._offer("unit", Unit.objects.visible_to(user, "premises.view"))
        self._offer("resident", Resident.objects.visible_to(user, "residents.view"))
        self._offer("assignee", doers(self.request))
        roles = [(role.code, role.label) for role in staff_roles() if not role.retired and DO in role.permissions]
        cast(forms.ChoiceField, self.fields["group"]).choices = [("", _("Everybody who does tasks")), *roles]

    def _offer(self, name: str, rows: Any) -> None:
        cast("forms.ModelChoiceField[Any]", self.fields[name]).queryset = rows


def _does(user: User, row: Task) -> bool:
    """Whether a user may do a task as it stands: their own or nobody's, and everybody's who plans tasks."""
    own = row.assignee_id in (None, user.pk) or user.may(EDIT, row.property_id)
    return row.is_undone() and own and user.may(DO, row.property_id)


@console_site.register
class TaskConsole(ModelConsole[Task]):
    """Tasks of everybody at the properties where the user sees them."""

    model = Task
    slug = "tasks"
    title, title_one = gettext_lazy("Tasks"), gettext_lazy("Task")
    icon = "list-check"
    group, order = GROUP_SERVICES, 400
    view_permission, edit_permission = VIEW, EDIT
    ordering = ("due_at", "number")
    search_kind = TASK
    search_hint = gettext_lazy("What to do, unit, number")
    empty_text = gettext_lazy(
        "Whatever somebody is asked to do stands here: by hand, or made by a story such as a move-out."
    )
    columns = (
        Column("title", gettext_lazy("What to do"), link=True, sm=1),
        DueColumn("due_at", pgettext_lazy("of a task", "Due"), sort=("due_at", "number"), sm=3),
        StateColumn("state", gettext_lazy("State"), tones=TONES, sm=5),
        Column("assignee", gettext_lazy("Assigned to"), sm=2),
        Column("unit", gettext_lazy("Unit"), sm=4),
        Column("property", gettext_lazy("Property"), across=True),
        StateColumn("kind", gettext_lazy("Kind")),
        StateColumn("priority", gettext_lazy("Priority"), hidden=True),
        Column("number", pgettext_lazy("of a task", "Number"), sort=("number",), hidden=True),
        MomentColumn("created_at", gettext_lazy("Made at"), hidden=True),
        MomentColumn("ended_at", gettext_lazy("Finished at"), hidden=True),
    )
    tabs = (
        Tab("open", pgettext_lazy("tasks", "Open"), STILL_TO_DO),
        Tab("mine", gettext_lazy("Mine"), _mine),
        Tab("unassigned", gettext_lazy("To assign"), STILL_TO_DO & Q(assignee=None)),
        Tab("today", gettext_lazy("Due today"), _due_today),
        Tab("late", gettext_lazy("Late"), _late),
        Tab("all", gettext_lazy("All")),
    )
    filters = (
        ChoiceFilter("kind", gettext_lazy("Kind"), TaskKind.choices),
        ChoiceFilter("state", gettext_lazy("State"), TaskState.choices),
        ChoiceFilter(
            "assignee", gettext_lazy("Assigned to"), lambda request: [(one.pk, str(one)) for one in doers(request)]
        ),
        ChoiceFilter("priority", gettext_lazy("Priority"), Priority.choices),
    )
    bulk_actions = TASK_ACTIONS
    form_class = TaskForm
    fieldsets = (
        Fieldset(gettext_lazy("Task"), ("property", "kind", "title", "priority", "details")),
        Fieldset(gettext_lazy("Where"), ("unit", "resident")),
        Fieldset(gettext_lazy("Who and when"), ("assignee", "group", "start_on", "due_on", "due_time")),
        Fieldset(gettext_lazy("Steps"), ("steps",), gettext_lazy("It cannot be finished before each was looked at.")),
    )
    detail_template = "console/tasks/task.html"

    def with_related(self, rows: QuerySet[Task]) -> QuerySet[Task]:
        return rows.select_related("property", "unit", "resident", "tenure", "assignee", "made_by")

    def list_actions(self, request: HttpRequest) -> list[Action]:
        return [Action(_("Board"), reverse("console:task-board"), icon="layout-kanban")]

    def may_edit(self, request: HttpRequest, row: Task) -> bool:
        return super().may_edit(request, row) and row.is_undone()

    def detail(self, request: HttpRequest, row: Task) -> DetailPage:
        due = due_words(row, timezone.now())
        tags = [(TONES[row.state], str(row.get_state_display()))]
        if due.tone in ("bad", "warn"):
            tags.append((due.tone, due.text))
        place = row.unit.label if row.unit is not None else row.property.name
        return DetailPage(heading=row.title, tags=tags, subtitle=f"#{row.number} · {row.get_kind_display()} · {place}")

    def detail_context(self, request: HttpRequest, row: Task) -> dict[str, Any]:
        photos = list(row.photos.select_related("by"))
        return {
            "steps": [(step, [one for one in photos if one.step_id == step.pk]) for step in row.steps.all()],
            "photos": [one for one in photos if one.step_id is None],
            "comments": list(row.comments.select_related("by")),
            "does": _does(user_of(request), row),
            "sees_residents": user_of(request).may("residents.view", row.property_id),
        }

    def detail_actions(self, request: HttpRequest, row: Task) -> list[Action]:
        may_edit = self.may(request, EDIT, row)
        if not row.is_undone():
            return [Action(_("Open it again"), self._page("reopen", row), icon="refresh")] if may_edit else []
        found = [Action(_("Cancel the task"), self._page("cancel", row), icon="x")] if may_edit else []
        if row.state != TaskState.BLOCKED and _does(user_of(request), row):
            found.append(Action(_("Put on hold"), self._page("hold", row), icon="player-pause"))
        return found

    def _page(self, name: str, row: Task) -> str:
        return reverse(f"console:task-{name}", args=[row.pk])

    def initial(self, request: HttpRequest, row: Task | None) -> dict[str, Any]:
        if row is None:
            return {"due_on": _next_evening(request), **super().initial(request, None)}
        end = row.due_at.astimezone(ZoneInfo(row.property.time_zone))
        names = ("kind", "title", "details", "unit", "resident", "assignee", "group", "priority", "start_on")
        values = {name: getattr(row, name) for name in names}
        ids = {name: value.pk for name, value in values.items() if hasattr(value, "pk")}
        return {
            "_exists": True,
            **values,
            **ids,
            "due_on": end.date(),
            "due_time": end.time(),
            "steps": steps_text(row.steps.all()),
        }

    def save(self, request: HttpRequest, form: Any, row: Task | None) -> Task:
        given, by, at = dict(form.cleaned_data), user_of(request), timezone.now()
        place: Property = row.property if row is not None else given.pop("property")
        end = datetime.combine(given.pop("due_on"), given.pop("due_time"), tzinfo=ZoneInfo(place.time_zone))
        given |= {"due_at": end, "steps": steps_of(given["steps"])}
        assignee: User | None = given.pop("assignee")
        if row is None:
            made = task_add(property=place, **given, by=by, at=at)
            return task_give(task=made, to=assignee, by=by, at=at) if assignee is not None else made
        task_change(task=row, **given, by=by, at=at)
        return task_give(task=row, to=assignee, by=by, at=at) if assignee != row.assignee else row
