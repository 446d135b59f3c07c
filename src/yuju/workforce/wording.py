"""How a task's end is told: what is left of the time, or how late it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from yuju.workforce.models import Task

SOON = timedelta(hours=3)
"""With less left than this the hours are told."""


@dataclass(frozen=True)
class Due:
    """An end in words, with the tone of its tag."""

    text: str
    tone: str


def due_words(task: Task, at: datetime) -> Due:
    """The end of a task as somebody reads it who has to keep it."""
    end = timezone.localtime(task.due_at)
    if not task.is_undone():
        return Due(end.strftime("%m-%d %H:%M"), "")
    left = task.due_at - at
    if left < timedelta(0):
        return Due(_("%(time)s late") % {"time": _length(-left)}, "bad")
    if left < SOON:
        return Due(_("%(time)s left") % {"time": _length(left)}, "warn")
    if end.date() == timezone.localdate(at):
        return Due(_("today %(time)s") % {"time": end.strftime("%H:%M")}, "info")
    return Due(end.strftime("%m-%d %H:%M"), "")


def _length(time: timedelta) -> str:
    minutes = int(time.total_seconds()) // 60
    if minutes < 60:
        return ngettext("%(count)d min", "%(count)d min", minutes) % {"count": minutes}
    if minutes < 24 * 60:
        return f"{minutes // 60}:{minutes % 60:02}"
    days = minutes // (24 * 60)
    return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}
