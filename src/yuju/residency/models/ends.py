"""Leases that end: when a property asks what comes then, and what the resident answered."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from yuju.identity.models import User
from yuju.kit.history import Tracked
from yuju.kit.models import Walled, WalledForeignKey
from yuju.premises.models import Property
from yuju.residency.choices import EndAnswerKind
from yuju.residency.models.tenures import Tenure


class EndReminder(Walled):
    """How many days before a lease ends a property asks what comes then, one row for a property that decided otherwise.

    Attributes:
        days: falling; none means that nobody is asked.
    """

    history = Tracked(part_of="property", name=_("reminders before a lease ends"))
    property = WalledForeignKey(Property, related_name="end_reminders", verbose_name=_("property"))
    days: Any = ArrayField(models.PositiveSmallIntegerField(), verbose_name=_("days before the end"), default=list)

    class Meta:
        verbose_name = _("reminder before a lease ends")
        verbose_name_plural = _("reminders before a lease ends")
        constraints = [models.UniqueConstraint(fields=["operator_id", "property"], name="end_reminder_once")]


class EndAnswer(Walled):
    """What a resident wants when the lease ends: each answer a row, the latest counts.

    Attributes:
        end: the last day that was asked about; an answer to another end says nothing any more.
        by: who wrote it down at the desk; nobody where the resident answered in the portal.
    """

    tenure = WalledForeignKey(Tenure, related_name="end_answers", verbose_name=_("lease"))
    end = models.DateField(_("last day"))
    answer = models.CharField(_("answer"), max_length=8, choices=EndAnswerKind.choices)
    at = models.DateTimeField(_("time"))
    by = WalledForeignKey(User, null=True, blank=True, related_name="+", verbose_name=_("user"))

    class Meta:
        verbose_name = _("answer about the end of a lease")
        verbose_name_plural = _("answers about the end of a lease")
        indexes = [models.Index(fields=["operator_id", "tenure", "-at"], name="end_answer_by_tenure")]
