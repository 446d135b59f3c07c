"""Tasks (任务): what somebody is asked to do by when, its steps, what was said and photographed, and what phones sent."""

from __future__ import annotations

from datetime import date, datetime

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from yuju.identity.models import User
from yuju.kit.history import Tracked
from yuju.kit.models import Walled, WalledForeignKey
from yuju.premises.models import Property, PropertyScoped, Unit
from yuju.residency.models import Resident, Tenure
from yuju.workforce.choices import UNDONE, Priority, StepResult, TaskKind, TaskState

STILL_TO_DO = Q(state__in=[str(state) for state in UNDONE])


class TaskQuerySet(PropertyScoped):
    def undone(self) -> TaskQuerySet:
        """Those in which something is still to be done."""
        return self.filter(STILL_TO_DO)

    def late(self, at: datetime) -> TaskQuerySet:
        """Those that should have been done before a moment."""
        return self.undone().filter(due_at__lt=at)


class Task(Walled):
    """Something to do (任务), until a moment, by one person.

    Whoever it was made for by a story is told by `source` and `source_key`: a story that asks twice gets one task.

    Attributes:
        group: the code of the role that may take it while nobody is assigned; empty lets everybody take it who does tasks.
        start_on: the local day from which it can be done; empty for at once.
        risen_at: when its being late was told to those who plan tasks.
    """

    history = Tracked()
    property = WalledForeignKey(Property, related_name="tasks", verbose_name=_("property"))
    number = models.PositiveIntegerField(pgettext_lazy("of a task", "number"), editable=False)
    kind = models.CharField(_("kind"), max_length=20, choices=TaskKind.choices, default=TaskKind.GENERAL)
    title = models.CharField(_("what to do"), max_length=120)
    details = models.TextField(_("details"), max_length=2000, blank=True, default="")
    unit = WalledForeignKey(Unit, null=True, blank=True, related_name="tasks", verbose_name=_("unit"))
    resident = WalledForeignKey(Resident, null=True, blank=True, related_name="tasks", verbose_name=_("resident"))
    tenure = WalledForeignKey(Tenure, null=True, blank=True, related_name="tasks", verbose_name=_("tenure"))
    priority = models.PositiveSmallIntegerField(_("priority"), choices=Priority.choices, default=Priority.NORMAL)
    assignee = WalledForeignKey(User, null=True, blank=True, related_name="tasks", verbose_name=_("assigned to"))
    group = models.CharField(_("may be taken by"), max_length=20, blank=True, default="")
    start_on = models.DateField(_("not before"), null=True, blank=True)
    due_at = models.DateTimeField(_("due"))
    state = models.CharField(_("state"), max_length=10, choices=TaskState.choices, default=TaskState.OPEN)
    reason = models.CharField(_("reason"), max_length=300, blank=True, default="")
    source = models.CharField(max_length=40, blank=True, default="", editable=False)
    source_key = models.CharField(max_length=80, blank=True, default="", editable=False)
    made_by = WalledForeignKey(User, null=True, blank=True, related_name="+", editable=False)
    created_at = models.DateTimeField(_("made at"), default=timezone.now, editable=False)
    taken_at = models.DateTimeField(null=True, blank=True, editable=False)
    started_at = models.DateTimeField(null=True, blank=True, editable=False)
    ended_at = models.DateTimeField(_("finished at"), null=True, blank=True, editable=False)
    risen_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = TaskQuerySet.as_manager()

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "id"], name="task_key"),
            models.UniqueConstraint(fields=["operator_id", "property", "number"], name="task_number_once"),
            models.UniqueConstraint(
                fields=["operator_id", "source", "source_key"], condition=~Q(source=""), name="task_source_once"
            ),
            models.CheckConstraint(
                condition=(STILL_TO_DO & Q(ended_at=None)) | (~STILL_TO_DO & Q(ended_at__isnull=False)),
                name="task_ends_with_its_state",
            ),
        ]
        indexes = [
            models.Index(fields=["operator_id", "property", "due_at"], condition=STILL_TO_DO, name="task_undone"),
            models.Index(fields=["operator_id", "due_at"], condition=STILL_TO_DO, name="task_undone_of_all"),
            models.Index(fields=["operator_id", "assignee", "due_at"], condition=STILL_TO_DO, name="task_of_assignee"),
            models.Index(
                fields=["operator_id", "property", "due_at"],
                condition=STILL_TO_DO & Q(assignee=None),
                name="task_to_take",
            ),
            models.Index(fields=["operator_id", "property", "due_at", "number"], name="task_by_property"),
            models.Index(fields=["operator_id", "due_at", "number"], name="task_by_due"),
            models.Index(fields=["operator_id", "assignee", "-ended_at"], name="task_done_by"),
            models.Index(fields=["operator_id", "number"], name="task_by_number"),
            models.Index(fields=["operator_id", "unit"], name="task_by_unit"),
            models.Index(fields=["operator_id", "resident"], name="task_by_resident"),
            models.Index(fields=["operator_id", "tenure"], name="task_by_tenure"),
        ]

    def __str__(self) -> str:
        return self.title

    def is_undone(self) -> bool:
        """Whether something is still to be done."""
        return self.state in UNDONE

    def is_late(self, at: datetime) -> bool:
        """Whether it should have been done before a moment."""
        return self.is_undone() and self.due_at < at

    def is_planned(self, day: date) -> bool:
        """Whether it waits for a later local day before anybody can begin."""
        return self.state == TaskState.OPEN and self.start_on is not None and self.start_on > day


class TaskStep(Walled):
    """One thing to look at or do (检查项), and what was found."""

    history = Tracked(part_of="task", left_out=("position",))
    task = WalledForeignKey(Task, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    text = models.CharField(_("step"), max_length=200)
    needs_photo = models.BooleanField(_("needs a photo"), default=False)
    result = models.CharField(_("result"), max_length=10, choices=StepResult.choices, blank=True, default="")
    note = models.CharField(_("what is wrong"), max_length=500, blank=True, default="")
    ticked_by = WalledForeignKey(User, null=True, blank=True, related_name="+", editable=False)
    ticked_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "id"], name="task_step_key"),
            models.UniqueConstraint(fields=["operator_id", "task", "position"], name="task_step_place_once"),
        ]

    def __str__(self) -> str:
        return self.text


class TaskComment(Walled):
    """What somebody said about a task. Never changed."""

    task = WalledForeignKey(Task, on_delete=models.CASCADE, related_name="comments")
    by = WalledForeignKey(User, null=True, blank=True, related_name="+")
    at = models.DateTimeField()
    text = models.CharField(_("comment"), max_length=1000)

    class Meta:
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["operator_id", "task", "at"], name="task_comment_by_task")]


class TaskPhoto(Walled):
    """A photo of a task or one of its steps, upright, without what the camera noted of place and time. Never changed.

    Attributes:
        path, thumbnail: where `yuju.kit.files` keeps the photo and its small copy.
    """

    task = WalledForeignKey(Task, on_delete=models.CASCADE, related_name="photos")
    step = WalledForeignKey(TaskStep, null=True, blank=True, on_delete=models.CASCADE, related_name="photos")
    by = WalledForeignKey(User, null=True, blank=True, related_name="+")
    at = models.DateTimeField()
    path = models.CharField(max_length=120)
    thumbnail = models.CharField(max_length=120)

    class Meta:
        verbose_name = _("photo")
        verbose_name_plural = _("photos")
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["operator_id", "task", "at"], name="task_photo_by_task")]


class FieldEntry(Walled):
    """Something a phone sent, perhaps hours later and perhaps twice: its key lets it count once.

    Attributes:
        entered_at: when it was entered, as the phone says, within the last week.
    """

    key = models.UUIDField()
    user = WalledForeignKey(User, related_name="+")
    what = models.CharField(max_length=60)
    entered_at = models.DateTimeField()
    received_at = models.DateTimeField()

    class Meta:
        verbose_name = _("entry of a phone")
        verbose_name_plural = _("entries of phones")
        constraints = [models.UniqueConstraint(fields=["operator_id", "user", "key"], name="field_entry_once")]
        indexes = [models.Index(fields=["operator_id", "received_at"], name="field_entry_by_age")]
