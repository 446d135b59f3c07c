"""The billing calendar: when a property's runs are drafted by themselves."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from yuju.billing.models.runs import BillRun
from yuju.identity.models import User
from yuju.kit.history import Tracked
from yuju.kit.models import Walled, WalledForeignKey
from yuju.premises.models import Property, PropertyScoped


class BillingCalendar(Walled):
    """A property's rules for its runs: the day of the month they are drafted (0: the last), and who decides."""

    history = Tracked(part_of="property")
    property = WalledForeignKey(Property, on_delete=models.CASCADE, related_name="calendars")
    is_on = models.BooleanField(_("draft runs by itself"), default=False)
    day = models.PositiveSmallIntegerField(_("day of the month"), default=25)
    hour = models.PositiveSmallIntegerField(_("from this hour"), default=6)
    since = models.DateField(_("since"))
    issue_when_clean = models.BooleanField(_("issue by itself when nothing is exceptional"), default=False)
    second_person = models.BooleanField(_("another person approves"), default=False)
    approver = WalledForeignKey(User, null=True, blank=True, related_name="+", verbose_name=_("approver"))

    objects = PropertyScoped.as_manager()

    class Meta:
        verbose_name = _("billing calendar")
        verbose_name_plural = _("billing calendars")
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "property"], name="billing_calendar_once"),
            models.CheckConstraint(condition=Q(day__gte=0, day__lte=28), name="billing_calendar_day"),
            models.CheckConstraint(condition=Q(hour__gte=0, hour__lte=23), name="billing_calendar_hour"),
        ]


class CalendarDay(Walled):
    """A day of the calendar that has been dealt with: no day is drafted twice, even after an outage."""

    property = WalledForeignKey(Property, on_delete=models.CASCADE, related_name="calendar_days")
    day = models.DateField()
    at = models.DateTimeField()
    run = WalledForeignKey(BillRun, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "property", "day"], name="calendar_day_once"),
        ]
