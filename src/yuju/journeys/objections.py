"""Objections to a settlement (结算异议): the front desk is asked for an answer, until nothing waits for one any more."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from yuju.identity.choices import Role
from yuju.identity.models import User
from yuju.journeys.tasks import task_complete
from yuju.payments.models import Settlement, SettlementLine
from yuju.payments.selectors import settlement_lines
from yuju.payments.services import settlement_answer, settlement_object, settlement_withdraw
from yuju.workforce.choices import TaskKind
from yuju.workforce.models import Task
from yuju.workforce.services import task_add, task_cancel

OBJECTION = "objection"
"""The source of the tasks that are made here."""

ANSWERED_WITHIN = timedelta(hours=24)


@transaction.atomic
def objection_raise(*, line: SettlementLine, text: str, at: datetime) -> SettlementLine:
    """The resident objects to a line, and somebody of the front desk is asked to answer within a day. Once a line.

    Raises:
        Refused: as `settlement_object`.
    """
    held = settlement_object(line=line, text=text, at=at)
    tenure = held.settlement.account.tenure
    with translation.override(settings.LANGUAGE_CODE):
        title = _("Answer the objection to the settlement of %(unit)s") % {"unit": tenure.unit.label}
    task_add(
        property=held.settlement.property,
        kind=TaskKind.GENERAL,
        title=title,
        details=held.objection,
        tenure=tenure,
        group=Role.FRONT_DESK,
        due_at=at + ANSWERED_WITHIN,
        source=OBJECTION,
        source_key=str(held.pk),
        by=None,
        at=at,
    )
    return held


@transaction.atomic
def objection_answer(*, line: SettlementLine, text: str, by: User | None, at: datetime) -> SettlementLine:
    """Answers an objection; with the last one nobody is asked any more.

    Raises:
        Refused: as `settlement_answer`.
    """
    held = settlement_answer(line=line, text=text, by=by, at=at)
    objections_done(held.settlement, at)
    return held


@transaction.atomic
def settlement_take_back(*, settlement: Settlement, reason: str, by: User | None, at: datetime) -> Settlement:
    """Gives a settlement up; nobody has to answer what was objected to it.

    Raises:
        Refused: as `settlement_withdraw`.
    """
    held = settlement_withdraw(settlement=settlement, reason=reason, by=by, at=at)
    for task in _asked(held):
        task_cancel(task=task, reason=held.withdrawn_why, by=by, at=at)
    return held


def objections_done(settlement: Settlement, at: datetime) -> None:
    """Closes what asks for answers, once no line waits for one: all are answered, or the lines are not there any more."""
    asked = _asked(settlement)
    if asked and not any(one.objection and not one.answer for one in settlement_lines(settlement)):
        for task in asked:
            # The story does it, whoever has the task.
            task_complete(task=task, by=None, at=at)


def _asked(settlement: Settlement) -> list[Task]:
    return list(Task.objects.undone().filter(source=OBJECTION, tenure=settlement.account.tenure_id))
