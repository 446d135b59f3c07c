"""Who is cared for: residents and their tags."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from yuju.kit.fields import EncryptedTextField
from yuju.kit.history import Tracked
from yuju.kit.identity_numbers import mask_id_number
from yuju.kit.models import Walled, WalledForeignKey
from yuju.premises.models import Property, PropertyScoped
from yuju.residency.choices import Category, IdType, ResidentKind, TagTone


class Tag(Walled):
    """A free tag (标签), such as 老人 or 养宠."""

    history = Tracked()
    name = models.CharField(_("name"), max_length=30)
    tone = models.CharField(_("shown as"), max_length=10, choices=TagTone.choices, default=TagTone.PLAIN)

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "name"], name="tag_name_once"),
            models.UniqueConstraint(fields=["operator_id", "id"], name="tag_key"),
        ]

    def __str__(self) -> str:
        return self.name


class Resident(Walled):
    """A resident (住户): a person, or a company that rents.

    Phone and ID numbers are stored encrypted; keyed hashes find equal ones.

    Attributes:
        kind: never changes. A company's name is its registered one, its number the unified social credit code, and its
            phone that of the contact.
        contact_name: who speaks for a company; empty for a person.
        nationality: the code of the country (ISO 3166); empty where neither somebody said it nor the document does.
        born_in: the first day of the month of birth, from the ID number, so that ages can be asked for. The day itself is
            left out: with it, much of the number would stand in the clear.
    """

    history = Tracked()
    property = WalledForeignKey(Property, related_name="residents", verbose_name=_("property"))
    kind = models.CharField(
        pgettext_lazy("who rents", "kind"),
        max_length=8,
        choices=ResidentKind.choices,
        default=ResidentKind.PERSON,
        db_default=ResidentKind.PERSON,
    )
    ref = models.CharField(_("number"), max_length=40)
    name = models.CharField(pgettext_lazy("of a person", "name"), max_length=60)
    name_sort = models.CharField(max_length=160, default="", editable=False)
    phone = EncryptedTextField(_("phone"), blank=True, default="")
    phone_hash = models.CharField(max_length=64, blank=True, default="", editable=False)
    contact_name = models.CharField(_("contact person"), max_length=60, blank=True, default="", db_default="")
    id_type = models.CharField(_("ID type"), max_length=12, choices=IdType.choices, blank=True, default="")
    id_number = EncryptedTextField(_("ID number"), mask=mask_id_number, blank=True, default="")
    id_number_hash = models.CharField(max_length=64, blank=True, default="", editable=False)
    nationality = models.CharField(_("nationality"), max_length=2, blank=True, default="", db_default="")
    born_in = models.DateField(null=True, blank=True, editable=False)
    category = models.CharField(_("category"), max_length=12, choices=Category.choices, default=Category.LONG_TERM)
    emergency_name = models.CharField(_("emergency contact"), max_length=60, blank=True, default="")
    emergency_phone = EncryptedTextField(_("emergency phone"), blank=True, default="")
    tags = models.ManyToManyField(Tag, through="ResidentTag", related_name="residents", verbose_name=_("tags"))
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = PropertyScoped.as_manager()

    class Meta:
        verbose_name = _("resident")
        verbose_name_plural = _("residents")
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "property", "ref"], name="resident_ref_once"),
            models.UniqueConstraint(fields=["operator_id", "id"], name="resident_key"),
        ]
        indexes = [
            models.Index(fields=["operator_id", "property", "name_sort"], name="resident_by_property"),
            # With all that turning to a far page asks of the rows it skips.
            models.Index(fields=["operator_id", "name_sort"], include=["id", "property"], name="resident_by_name"),
            models.Index(fields=["operator_id", "id_number_hash"], name="resident_by_id_number"),
            models.Index(fields=["operator_id", "phone_hash"], name="resident_by_phone"),
            # The few that are billed together.
            models.Index(fields=["operator_id", "property"], condition=Q(kind="company"), name="resident_company"),
        ]

    def __str__(self) -> str:
        return self.name

    @cached_property
    def is_company(self) -> bool:
        return self.kind == ResidentKind.COMPANY


class ResidentTag(Walled):
    """A tag on a resident."""

    history = Tracked(part_of="resident", name=_("tag"))
    resident = WalledForeignKey(Resident, on_delete=models.CASCADE, related_name="resident_tags")
    tag = WalledForeignKey(Tag, on_delete=models.CASCADE, related_name="resident_tags")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "resident", "tag"], name="resident_tag_once"),
        ]
        indexes = [models.Index(fields=["operator_id", "tag", "resident"], name="resident_tag_by_tag")]
