"""Checking somebody in, step by step, until it is done: kept so that anybody of the desk can go on with it."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from yuju.identity.models import User
from yuju.kit.fields import EncryptedTextField
from yuju.kit.models import Walled, WalledForeignKey
from yuju.premises.models import Property, PropertyScoped, Unit
from yuju.residency.choices import CheckInState, CheckInStep
from yuju.residency.models.people import Resident
from yuju.residency.models.tenures import Tenure


class CheckIn(Walled):
    """A check-in (入住办理) under way, or what became of it.

    Attributes:
        facts: what was entered, by step, as JSON. Encrypted: it holds telephone and document numbers of people who may never
            move in. Emptied when it is over.
        step: the furthest step that was reached.
        resident: whoever it is for, as soon as they are on file.
        name, start, end: what the list tells; they repeat what `facts` holds.
        tenure: the reservation that holds the days; when it is done, the lease.
        held_until: the moment the reservation lapses.
        key: known to the page that completes it, so that it is done once.
        at_it: who touched it last.
    """

    property = WalledForeignKey(Property, related_name="check_ins", verbose_name=_("property"))
    unit = WalledForeignKey(Unit, related_name="check_ins", verbose_name=_("unit"))
    resident = WalledForeignKey(Resident, null=True, blank=True, related_name="check_ins", verbose_name=_("resident"))
    tenure = WalledForeignKey(Tenure, null=True, blank=True, related_name="check_ins", verbose_name=_("lease"))
    state = models.CharField(_("state"), max_length=8, choices=CheckInState.choices, default=CheckInState.OPEN)
    step = models.CharField(_("reached step"), max_length=8, choices=CheckInStep.choices, default=CheckInStep.ROOM)
    name = models.CharField(pgettext_lazy("of a person", "name"), max_length=60, blank=True, default="")
    start = models.DateField(_("start"), null=True, blank=True)
    end = models.DateField(_("end"), null=True, blank=True)
    facts = EncryptedTextField(blank=True, default="")
    held_until = models.DateTimeField(_("held until"), null=True, blank=True)
    key = models.UUIDField(default=uuid4, editable=False)
    begun_by = WalledForeignKey(User, null=True, blank=True, related_name="+", verbose_name=_("begun by"))
    begun_at = models.DateTimeField(_("begun"))
    at_it = WalledForeignKey(User, null=True, blank=True, related_name="+", verbose_name=_("last at it"))
    touched_at = models.DateTimeField(_("last touched"))
    over_at = models.DateTimeField(_("over"), null=True, blank=True)

    objects = PropertyScoped.as_manager()

    class Meta:
        verbose_name = _("check-in")
        verbose_name_plural = _("check-ins")
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "id"], name="check_in_key"),
            models.CheckConstraint(
                condition=Q(state=CheckInState.OPEN) | Q(over_at__isnull=False), name="check_in_over_says_when"
            ),
            models.CheckConstraint(
                condition=~Q(state=CheckInState.DONE) | Q(tenure__isnull=False), name="check_in_done_has_its_lease"
            ),
            models.CheckConstraint(
                condition=Q(held_until=None) | Q(tenure__isnull=False), name="check_in_holds_what_is_reserved"
            ),
        ]
        indexes = [
            models.Index(fields=["operator_id", "property", "state", "-touched_at"], name="check_in_by_property"),
            models.Index(fields=["operator_id", "state", "-touched_at"], name="check_in_by_state"),
            models.Index(fields=["operator_id", "tenure"], name="check_in_by_tenure"),
            models.Index(
                fields=["operator_id", "held_until"], condition=Q(state=CheckInState.OPEN), name="check_in_by_hold"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit.label} {self.name}".strip()
