"""Who lives where: residents, their tags, and their tenure of units by lease or ownership."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
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
from yuju.kit.ranges import OVERLAPS, days, same
from yuju.premises.models import ALWAYS, Property, PropertyScoped, Unit
from yuju.residency.choices import Category, CodePurpose, IdType, TagTone, TenureKind


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
    """A resident (住户). Phone and ID numbers are stored encrypted; keyed hashes find equal ones."""

    history = Tracked()
    property = WalledForeignKey(Property, related_name="residents", verbose_name=_("property"))
    ref = models.CharField(_("number"), max_length=40)
    name = models.CharField(pgettext_lazy("of a person", "name"), max_length=60)
    name_sort = models.CharField(max_length=160, default="", editable=False)
    phone = EncryptedTextField(_("phone"), blank=True, default="")
    phone_hash = models.CharField(max_length=64, blank=True, default="", editable=False)
    id_type = models.CharField(_("ID type"), max_length=12, choices=IdType.choices, blank=True, default="")
    id_number = EncryptedTextField(_("ID number"), mask=mask_id_number, blank=True, default="")
    id_number_hash = models.CharField(max_length=64, blank=True, default="", editable=False)
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
            models.Index(fields=["operator_id", "name_sort"], name="resident_by_name"),
            models.Index(fields=["operator_id", "id_number_hash"], name="resident_by_id_number"),
            models.Index(fields=["operator_id", "phone_hash"], name="resident_by_phone"),
        ]

    def __str__(self) -> str:
        return self.name


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


class Tenure(Walled):
    """A unit held by somebody: by lease (租约) or by ownership (产权). Both ends inclusive; an empty end is open.

    One table because bills, meters and boards treat both alike; `Lease` and `Ownership` are its two faces.
    The database refuses two leases, or two ownerships, of one unit on one day.
    """

    history = Tracked()
    kind = models.CharField(_("kind"), max_length=10, choices=TenureKind.choices, editable=False)
    property = WalledForeignKey(Property, related_name="tenures", verbose_name=_("property"))
    unit = WalledForeignKey(Unit, related_name="tenures", verbose_name=_("unit"))
    resident = WalledForeignKey(Resident, related_name="tenures", verbose_name=_("resident"))
    number = models.CharField(_("number"), max_length=60)
    category = models.CharField(_("category"), max_length=12, choices=Category.choices)
    start = models.DateField(_("start"))
    end = models.DateField(_("end"), null=True, blank=True)
    deposit = models.DecimalField(_("deposit agreed"), max_digits=14, decimal_places=2, null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = PropertyScoped.as_manager()

    class Meta:
        verbose_name = _("tenure")
        verbose_name_plural = _("tenures")
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "property", "number"], name="tenure_number_once"),
            models.UniqueConstraint(fields=["operator_id", "id"], name="tenure_key"),
            models.CheckConstraint(
                condition=Q(end=None) | Q(end__gte=models.F("start")), name="tenure_ends_after_start"
            ),
            ExclusionConstraint(
                name="lease_unit_once_a_day",
                expressions=[(same("unit_id"), OVERLAPS), (days("start", "end"), OVERLAPS)],
                condition=Q(kind=TenureKind.LEASE),
            ),
            ExclusionConstraint(
                name="ownership_unit_once_a_day",
                expressions=[(same("unit_id"), OVERLAPS), (days("start", "end"), OVERLAPS)],
                condition=Q(kind=TenureKind.OWNERSHIP),
            ),
        ]
        indexes = [
            models.Index(fields=["operator_id", "unit", "start"], name="tenure_by_unit"),
            # With the end and the property at hand: who lives here is counted from the index alone.
            models.Index(
                fields=["operator_id", "resident", "-start"], include=["end", "property"], name="tenure_by_resident"
            ),
            models.Index(fields=["operator_id", "property", "kind", "end"], name="tenure_by_end"),
            models.Index(fields=["operator_id", "kind", "end"], name="tenure_by_kind_and_end"),
            models.Index(fields=["operator_id", "property", "number"], name="tenure_by_number"),
            models.Index(fields=["operator_id", "number"], name="tenure_by_number_of_all"),
        ]

    def __str__(self) -> str:
        return self.number


class _OfKind(models.Manager.from_queryset(PropertyScoped)):  # type: ignore[misc]
    """Tenures of one kind only; rows made through it get that kind."""

    def __init__(self, kind: TenureKind) -> None:
        super().__init__()
        self._kind = kind

    def get_queryset(self) -> PropertyScoped:
        queryset: PropertyScoped = super().get_queryset().filter(kind=self._kind)
        return queryset


class Lease(Tenure):
    """A lease (租约) of a unit."""

    objects = _OfKind(TenureKind.LEASE)  # type: ignore[misc]

    class Meta:
        proxy = True
        verbose_name = _("lease")
        verbose_name_plural = _("leases")


class Ownership(Tenure):
    """The ownership (产权) of a unit."""

    objects = _OfKind(TenureKind.OWNERSHIP)  # type: ignore[misc]

    class Meta:
        proxy = True
        verbose_name = _("ownership")
        verbose_name_plural = _("ownerships")


class TenureTerm(Walled):
    """What holds for a tenure from a day on: monthly rent (yuan; none for owners) and number of occupants."""

    history = Tracked(part_of="tenure", name=_("terms"))
    tenure = WalledForeignKey(Tenure, on_delete=models.CASCADE, related_name="terms")
    valid_from = models.DateField(_("valid from"), default=ALWAYS)
    rent = models.DecimalField(_("monthly rent (yuan)"), max_digits=14, decimal_places=2, null=True, blank=True)
    occupants = models.PositiveSmallIntegerField(_("occupants"), null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "tenure", "valid_from"], name="tenure_term_once_a_day"),
            models.CheckConstraint(condition=Q(rent=None) | Q(rent__gte=0), name="tenure_rent_not_negative"),
        ]


class Occupant(Walled):
    """Somebody who lives in the unit with the resident (同住人)."""

    history = Tracked(part_of="tenure")
    tenure = WalledForeignKey(Tenure, on_delete=models.CASCADE, related_name="occupant_people")
    name = models.CharField(pgettext_lazy("of a person", "name"), max_length=60)
    relation = models.CharField(_("relation"), max_length=30, blank=True, default="")
    phone = EncryptedTextField(_("phone"), blank=True, default="")
    since = models.DateField(_("since"), null=True, blank=True)
    until = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("occupant")
        verbose_name_plural = _("occupants")
        indexes = [models.Index(fields=["operator_id", "tenure"], name="occupant_by_tenure")]

    def __str__(self) -> str:
        return self.name


class PortalCode(Walled):
    """A code with which somebody proves to have a telephone number: sent to it, or handed over at the desk.

    It is good once, until it expires or was mistyped too often. Neither the number nor the code is stored in the clear.

    Attributes:
        bearer_hash: of the number that is to be replaced, where the code is for a new one.
        made_by: who printed the slip.
    """

    purpose = models.CharField(max_length=10, choices=CodePurpose.choices)
    phone_hash = models.CharField(max_length=64)
    bearer_hash = models.CharField(max_length=64, blank=True, default="")
    code_hash = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    made_by = WalledForeignKey(User, null=True, blank=True, related_name="+")
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("portal code")
        verbose_name_plural = _("portal codes")
        indexes = [
            models.Index(fields=["operator_id", "phone_hash", "expires_at"], name="portal_code_by_phone"),
            models.Index(fields=["operator_id", "expires_at"], name="portal_code_by_end"),
        ]
