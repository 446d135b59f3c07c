"""A resident who died: the fact, and the stays that wait for somebody's review, and who inherits."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from yuju.identity.models import User
from yuju.kit.fields import EncryptedTextField
from yuju.kit.history import Tracked
from yuju.kit.identity_numbers import mask_id_number
from yuju.kit.models import Walled, WalledForeignKey
from yuju.residency.choices import DeathDocument, HeirBasis, IdType
from yuju.residency.models.people import Resident
from yuju.residency.models.tenures import Tenure


class Death(Walled):
    """That a resident died (身故), as a document shows it. Recorded wrongly, it is withdrawn and stays on record.

    Attributes:
        died_on: the local day.
        path, sha256: the scan of the document that was seen.
    """

    history = Tracked(part_of="resident")
    resident = WalledForeignKey(Resident, related_name="deaths", verbose_name=_("resident"))
    died_on = models.DateField(_("died on"))
    document = models.CharField(_("document seen"), max_length=12, choices=DeathDocument.choices)
    path = models.CharField(max_length=120, editable=False)
    sha256 = models.CharField(max_length=64, editable=False)
    note = models.CharField(_("note"), max_length=500, blank=True, default="")
    entered_at = models.DateTimeField(default=timezone.now, editable=False)
    entered_by = WalledForeignKey(User, null=True, blank=True, related_name="+", editable=False)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True, editable=False)
    withdrawn_by = WalledForeignKey(User, null=True, blank=True, related_name="+", editable=False)
    withdrawn_because = models.CharField(_("withdrawn because"), max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("death")
        verbose_name_plural = _("deaths")
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "id"], name="death_key"),
            models.UniqueConstraint(
                fields=["operator_id", "resident"], condition=Q(withdrawn_at=None), name="death_once"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None) | ~Q(withdrawn_because=""), name="death_withdrawn_with_reason"
            ),
        ]

    def __str__(self) -> str:
        return str(self.died_on)


class Freeze(Walled):
    """A stay whose money waits for somebody's review (冻结待审): nothing is billed, asked for or charged meanwhile.

    Attributes:
        since: the first local day; `until`: the last one, known once it is released.
    """

    history = Tracked(part_of="tenure")
    death = WalledForeignKey(Death, related_name="freezes", verbose_name=_("death"))
    tenure = WalledForeignKey(Tenure, related_name="freezes", verbose_name=_("lease or ownership"))
    since = models.DateField(_("frozen since"))
    until = models.DateField(_("frozen until"), null=True, blank=True)
    released_at = models.DateTimeField(_("released at"), null=True, blank=True, editable=False)
    released_by = WalledForeignKey(User, null=True, blank=True, related_name="+", editable=False)

    class Meta:
        verbose_name = _("freeze")
        verbose_name_plural = _("freezes")
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "id"], name="freeze_key"),
            models.UniqueConstraint(fields=["operator_id", "death", "tenure"], name="freeze_once_a_death"),
            models.CheckConstraint(
                condition=Q(released_at=None, until=None) | Q(released_at__isnull=False, until__isnull=False),
                name="freeze_released_with_its_day",
            ),
        ]
        indexes = [
            # What is frozen now: few rows, asked by every bill run.
            models.Index(fields=["operator_id", "tenure"], condition=Q(released_at=None), name="freeze_in_force"),
            models.Index(fields=["operator_id", "tenure", "since"], name="freeze_by_tenure"),
        ]

    def __str__(self) -> str:
        return str(self.tenure)


class Heir(Walled):
    """Somebody who inherits (继承人), and by what document. One entered wrongly is withdrawn and stays on record.

    Attributes:
        share: percent of what is paid out; None where it is agreed at the time.
    """

    history = Tracked(part_of="resident")
    resident = WalledForeignKey(Resident, related_name="heirs", verbose_name=_("resident"))
    death = WalledForeignKey(Death, related_name="heirs", verbose_name=_("death"))
    name = models.CharField(pgettext_lazy("of a person", "name"), max_length=60)
    relation = models.CharField(_("relation"), max_length=30)
    id_type = models.CharField(_("document type"), max_length=20, choices=IdType.choices, default=IdType.ID_CARD)
    id_number = EncryptedTextField(_("ID number"), mask=mask_id_number)
    phone = EncryptedTextField(_("phone"), blank=True, default="")
    share = models.DecimalField(_("share (%)"), max_digits=6, decimal_places=3, null=True, blank=True)
    basis = models.CharField(_("inherits by"), max_length=12, choices=HeirBasis.choices)
    basis_number = models.CharField(_("document number"), max_length=80, blank=True, default="")
    path = models.CharField(max_length=120, editable=False)
    sha256 = models.CharField(max_length=64, editable=False)
    entered_at = models.DateTimeField(default=timezone.now, editable=False)
    entered_by = WalledForeignKey(User, null=True, blank=True, related_name="+", editable=False)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True, editable=False)
    withdrawn_because = models.CharField(_("withdrawn because"), max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("heir")
        verbose_name_plural = _("heirs")
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "id"], name="heir_key"),
            models.CheckConstraint(condition=Q(share=None) | Q(share__gt=0, share__lte=100), name="heir_share_a_share"),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None) | ~Q(withdrawn_because=""), name="heir_withdrawn_with_reason"
            ),
        ]
        indexes = [models.Index(fields=["operator_id", "death"], name="heir_by_death")]

    def __str__(self) -> str:
        return self.name
