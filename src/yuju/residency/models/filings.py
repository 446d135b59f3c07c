"""What authorities have to be told of a stay: within what time, and whether it was done."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from yuju.identity.models import User
from yuju.kit.history import Tracked
from yuju.kit.models import Walled, WalledForeignKey
from yuju.premises.models import Property, PropertyScoped
from yuju.residency.choices import FilingKind, FilingState, TimeUnit
from yuju.residency.models.people import Resident
from yuju.residency.models.tenures import Occupant, Tenure


class FilingRule(Walled):
    """What a property has to file within what time, where that is not what `yuju.residency.filing` says for its place.

    Attributes:
        source: the rule it goes by, in words. `looked_on`: the day on which somebody looked it up.
    """

    history = Tracked(part_of="property", name=_("filing rule"))
    property = WalledForeignKey(Property, related_name="filing_rules", verbose_name=_("property"))
    kind = models.CharField(_("kind"), max_length=10, choices=FilingKind.choices)
    is_asked = models.BooleanField(_("asked for"), default=True)
    amount = models.PositiveSmallIntegerField(_("within"))
    unit = models.CharField(_("days or hours"), max_length=5, choices=TimeUnit.choices)
    source = models.CharField(_("rule it goes by"), max_length=200, blank=True, default="")
    looked_on = models.DateField(_("looked up on"))

    class Meta:
        verbose_name = _("filing rule")
        verbose_name_plural = _("filing rules")
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "property", "kind"], name="filing_rule_once"),
        ]

    def __str__(self) -> str:
        return str(self.get_kind_display())


class Filing(Walled):
    """Something an authority has to be told of a stay (备案, 居住登记, 住宿登记), once for each cause.

    Attributes:
        resident, occupant: whom it is about; neither where it is about the contract.
        key: the cause, so that a story asks once: the person, or the change.
        counted_from: the moment from which the time runs: the contract's conclusion, the arrival, the end (UTC).
        due_at: the last moment (UTC); None for what began before Yuju was used, which is never late.
        filed_on: the local day on which it was filed. `number`: what the authority gave for it.
        proof: the receipt kept with it.
        dropped_because: why it is not needed.
    """

    history = Tracked()
    property = WalledForeignKey(Property, related_name="filings", verbose_name=_("property"))
    tenure = WalledForeignKey(Tenure, related_name="filings", verbose_name=_("lease"))
    resident = WalledForeignKey(Resident, null=True, blank=True, related_name="filings", verbose_name=_("resident"))
    occupant = WalledForeignKey(Occupant, null=True, blank=True, related_name="filings", verbose_name=_("occupant"))
    kind = models.CharField(_("kind"), max_length=10, choices=FilingKind.choices)
    key = models.CharField(max_length=40, blank=True, default="", editable=False)
    state = models.CharField(_("state"), max_length=10, choices=FilingState.choices, default=FilingState.DUE)
    counted_from = models.DateTimeField(_("counted from"), editable=False)
    due_at = models.DateTimeField(_("file until"), null=True, blank=True)
    filed_on = models.DateField(_("filed on"), null=True, blank=True)
    number = models.CharField(_("filing number"), max_length=60, blank=True, default="")
    proof = models.CharField(max_length=200, blank=True, default="", editable=False)
    dropped_because = models.CharField(_("not needed because"), max_length=200, blank=True, default="")
    dealt_by = WalledForeignKey(
        User, null=True, blank=True, related_name="+", verbose_name=_("done by"), editable=False
    )
    dealt_at = models.DateTimeField(_("done at"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = PropertyScoped.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("with an authority", "filing")
        verbose_name_plural = pgettext_lazy("with an authority", "filings")
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "id"], name="filing_key"),
            models.UniqueConstraint(fields=["operator_id", "tenure", "kind", "key"], name="filing_once"),
            models.UniqueConstraint(
                fields=["operator_id", "property", "number"],
                condition=Q(kind=FilingKind.LEASE) & ~Q(number=""),
                name="filing_number_once",
            ),
            models.CheckConstraint(
                condition=~Q(state=FilingState.DONE) | Q(filed_on__isnull=False), name="filing_done_says_when"
            ),
            models.CheckConstraint(
                condition=~Q(state=FilingState.NOT_NEEDED) | ~Q(dropped_because=""), name="filing_not_needed_says_why"
            ),
            models.CheckConstraint(
                condition=~Q(state=FilingState.DUE) | Q(due_at__isnull=False), name="filing_due_says_until"
            ),
        ]
        indexes = [
            models.Index(fields=["operator_id", "property", "state", "due_at"], name="filing_by_property"),
            models.Index(fields=["operator_id", "state", "due_at"], name="filing_by_state"),
            models.Index(fields=["operator_id", "due_at"], name="filing_by_due"),
        ]

    def __str__(self) -> str:
        return f"{self.tenure.unit.label} {self.get_kind_display()}"

    def person(self) -> Resident | Occupant:
        """Whom it is about; of a contract its tenant."""
        person: Resident | Occupant = self.occupant or self.resident or self.tenure.resident
        return person

    def is_late(self, at: datetime) -> bool:
        """Whether its time is over and it was not filed."""
        return self.state == FilingState.DUE and self.due_at is not None and self.due_at < at
