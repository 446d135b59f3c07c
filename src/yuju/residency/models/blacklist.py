"""Who is not to be let in again without somebody deciding it."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from yuju.identity.models import User
from yuju.kit.fields import EncryptedTextField
from yuju.kit.history import Tracked
from yuju.kit.identity_numbers import mask_id_number
from yuju.kit.models import Walled, WalledForeignKey


class Blacklisting(Walled):
    """Somebody of whom the desk is warned (黑名单), at every property of the operator, with the reason.

    Found by the keyed hashes of the document and the telephone. Nothing is deleted: it runs out, or is lifted with a reason.
    """

    history = Tracked()
    name = models.CharField(pgettext_lazy("of a person", "name"), max_length=60)
    name_sort = models.CharField(max_length=160, default="", editable=False)
    id_number = EncryptedTextField(_("ID number"), mask=mask_id_number, blank=True, default="")
    id_number_hash = models.CharField(max_length=64, blank=True, default="", editable=False)
    phone = EncryptedTextField(_("phone"), blank=True, default="")
    phone_hash = models.CharField(max_length=64, blank=True, default="", editable=False)
    reason = models.CharField(_("reason"), max_length=300)
    since = models.DateField(_("since"))
    until = models.DateField(_("until"), null=True, blank=True)
    entered_by = WalledForeignKey(User, null=True, blank=True, related_name="+", editable=False)
    entered_at = models.DateTimeField(default=timezone.now, editable=False)
    lifted_on = models.DateField(_("lifted on"), null=True, blank=True)
    lifted_because = models.CharField(_("lifted because"), max_length=300, blank=True, default="")
    lifted_by = WalledForeignKey(User, null=True, blank=True, related_name="+", editable=False)

    class Meta:
        verbose_name = _("blacklist entry")
        verbose_name_plural = _("blacklist")
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "id"], name="blacklisting_key"),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("since")), name="blacklisting_ends_after_start"
            ),
            models.CheckConstraint(
                condition=~Q(id_number_hash="") | ~Q(phone_hash=""), name="blacklisting_can_be_found"
            ),
            models.CheckConstraint(
                condition=Q(lifted_on=None) | ~Q(lifted_because=""), name="blacklisting_lifted_with_reason"
            ),
        ]
        indexes = [
            models.Index(fields=["operator_id", "id_number_hash"], name="blacklisting_by_id_number"),
            models.Index(fields=["operator_id", "phone_hash"], name="blacklisting_by_phone"),
            models.Index(fields=["operator_id", "name_sort"], name="blacklisting_by_name"),
        ]

    def __str__(self) -> str:
        return self.name
