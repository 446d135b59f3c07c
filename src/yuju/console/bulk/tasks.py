"""Bulk actions on tasks: giving them to somebody."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from yuju.identity.models import User
from yuju.identity.selectors import doers_of
from yuju.journeys.tasks import tell_assigned
from yuju.kit.console import Ask, BulkAction, ConsoleForm, LeftOut
from yuju.workforce.models import STILL_TO_DO, Task
from yuju.workforce.selectors import DO
from yuju.workforce.services import tasks_assign

NOBODY = gettext_lazy("Nobody: let it be taken")


def doers(request: HttpRequest) -> QuerySet[User]:
    """Who may be given tasks: those who do tasks where the page is about."""
    place = getattr(request, "property", None)
    return doers_of(DO, None if place is None else [place.pk])


class AssignForm(ConsoleForm):
    """To whom."""

    to = forms.ModelChoiceField(
        User.objects.none(), label=gettext_lazy("Assigned to"), required=False, empty_label=NOBODY
    )

    def narrow_choices(self) -> None:
        cast("forms.ModelChoiceField[User]", self.fields["to"]).queryset = doers(self.request)


class Assign(BulkAction):
    """Gives tasks to somebody, or puts them back among those to be taken."""

    name = "assign"
    label = gettext_lazy("Assign")
    icon = "user-check"
    form_class = AssignForm
    fields = ("assignee_id",)

    def left_out(self, ask: Ask) -> Sequence[LeftOut]:
        to: User | None = ask.values.get("to")
        found = [LeftOut(_("Over already"), ~STILL_TO_DO), LeftOut(_("Is theirs already"), Q(assignee=to))]
        scope = to.property_scope(DO) if to is not None else None
        if scope is not None:
            found.append(LeftOut(_("At a property where they do no tasks"), ~Q(property_id__in=scope)))
        return found

    def sentence(self, ask: Ask, count: int) -> str:
        words = {"name": ask.values.get("to") or _("nobody"), "count": f"{count:,}"}
        return ngettext("%(count)s task is given to %(name)s", "%(count)s tasks are given to %(name)s", count) % words

    def apply(self, ask: Ask, rows: QuerySet[Task], *, by: Any, at: datetime) -> None:
        to: User | None = ask.values.get("to")
        given = list(rows.only("pk", "title")[:20])
        tasks_assign(tasks=rows, to=to, by=by, at=at)
        if to is not None and to != by:
            tell_assigned(to, given, at)

    def restore(self, ask: Ask, rows: QuerySet[Task], before: dict[str, Any], *, by: Any, at: datetime) -> None:
        to = User.objects.filter(pk=before["assignee_id"]).first()
        tasks_assign(tasks=rows, to=to, by=by, at=at)


TASK_ACTIONS = (Assign(),)
