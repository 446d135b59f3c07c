"""What tasks are about, how far they are, and what is found at a step."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class TaskKind(models.TextChoices):
    """What is asked for. A story that asks for something new adds a value here."""

    GENERAL = "general", pgettext_lazy("of a task", "General")
    HANDOVER = "handover", _("Handover")
    INSPECTION = "inspection", _("Inspection")
    CLEANING = "cleaning", _("Cleaning")
    REPAIR = "repair", _("Repair")
    CARE = "care", _("Care visit")
    CALL = "call", _("Call")
    FILING = "filing", _("Filing")
    RENEWAL = "renewal", _("Renewal")


class TaskState(models.TextChoices):
    OPEN = "open", pgettext_lazy("of a task", "To do")
    DOING = "doing", pgettext_lazy("of a task", "Doing")
    BLOCKED = "blocked", pgettext_lazy("of a task", "On hold")
    DONE = "done", pgettext_lazy("of a task", "Done")
    CANCELLED = "cancelled", pgettext_lazy("of a task", "Cancelled")


UNDONE = (TaskState.OPEN, TaskState.DOING, TaskState.BLOCKED)
"""The states in which something is still to be done."""


class Priority(models.IntegerChoices):
    URGENT = 1, _("Urgent")
    NORMAL = 2, pgettext_lazy("of a task", "Normal")
    LOW = 3, pgettext_lazy("of a task", "Can wait")


class StepResult(models.TextChoices):
    """What was found at a step. Empty: nobody has looked yet."""

    OK = "ok", pgettext_lazy("of a step", "OK")
    NOT_OK = "not_ok", pgettext_lazy("of a step", "Not OK")
    NOT_NEEDED = "not_needed", pgettext_lazy("of a step", "Not needed")
