from django.db import models
from django.utils.translation import gettext_lazy as _

from yuju.kit.history import Tracked
from yuju.kit.models import Walled, WalledForeignKey
from yuju.premises.models import Property, PropertyScoped


class Key(Walled):
    """A physical key (钥匙) and who holds it. A key that was lost stays, with its day."""

    history = Tracked()
    property = WalledForeignKey(Property, related_name="keys", verbose_name=_("property"))
    number = models.CharField(_("number"), max_length=40)
    holder = models.CharField(_("holder"), max_length=60, blank=True, default="")
    lost_on = models.DateField(_("lost on"), null=True, blank=True)

    objects = PropertyScoped.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("key"), _("keys")
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "property", "number"], name="key_number_once"),
            models.UniqueConstraint(fields=["operator_id", "id"], name="key_key"),
        ]

    def __str__(self) -> str:
        return self.number
