"""What is managed: properties, their buildings, units and parking spaces."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yuju.identity.models import User
from yuju.kit.history import Tracked
from yuju.kit.models import Walled, WalledForeignKey

ALWAYS = date(1900, 1, 1)
"""The `valid_from` of a fact that has held since before anything here was recorded."""


class PropertyScoped(models.QuerySet):  # type: ignore[type-arg]
    """Rows that belong to a property, narrowed to what a user may see."""

    property_path = "property_id"

    def visible_to(self, user: User, permission: str) -> PropertyScoped:
        """The rows at properties where the user holds the permission."""
        scope = user.property_scope(permission)
        return self.all() if scope is None else self.filter(**{f"{self.property_path}__in": scope})


class PropertyQuerySet(PropertyScoped):
    property_path = "pk"


class Property(Walled):
    """A property (项目): the place whose books, calendar and staff belong together.

    Attributes:
        landlord, landlord_code: who lets its units, as contracts name them (统一社会信用代码); empty for the operator.
        title_number: 不动产权证号 of the whole; a unit may have its own.
        region: the code of the administrative division it lies in (GB/T 2260, six digits); what authorities ask goes by it.
    """

    history = Tracked()
    code = models.CharField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=100)
    address = models.CharField(_("address"), max_length=200, blank=True, default="")
    phone = models.CharField(_("phone"), max_length=40, blank=True, default="")
    time_zone = models.CharField(_("time zone"), max_length=40, default="Asia/Shanghai")
    landlord = models.CharField(_("landlord"), max_length=100, blank=True, default="", db_default="")
    landlord_code = models.CharField(_("landlord's credit code"), max_length=40, blank=True, default="", db_default="")
    title_number = models.CharField(_("title number"), max_length=80, blank=True, default="", db_default="")
    region = models.CharField(_("division code"), max_length=6, blank=True, default="", db_default="")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = PropertyQuerySet.as_manager()

    class Meta:
        verbose_name = _("property")
        verbose_name_plural = _("properties")
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "code"], name="property_code_once"),
            models.UniqueConstraint(fields=["operator_id", "id"], name="property_key"),
        ]

    def __str__(self) -> str:
        return self.name


class Building(Walled):
    """A building (楼栋) of a property; `code` is what people call it, such as 3栋."""

    history = Tracked()
    property = WalledForeignKey(Property, related_name="buildings", verbose_name=_("property"))
    code = models.CharField(_("building"), max_length=40)
    name = models.CharField(_("name"), max_length=100, blank=True, default="")
    floors = models.PositiveSmallIntegerField(_("floors"), null=True, blank=True)
    sort_key = models.CharField(max_length=80, default="", editable=False)

    objects = PropertyScoped.as_manager()

    class Meta:
        verbose_name = _("building")
        verbose_name_plural = _("buildings")
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "property", "code"], name="building_code_once"),
            models.UniqueConstraint(fields=["operator_id", "id"], name="building_key"),
        ]

    def __str__(self) -> str:
        return self.name or self.code


class Unit(Walled):
    """A unit (房间). Area and floor are dated facts: the rows of `UnitFact` are what bills use; the
    columns here repeat the latest of them for lists, and only `services` write both."""

    history = Tracked(left_out=("area", "floor"))
    property = WalledForeignKey(Property, related_name="units", verbose_name=_("property"))
    building = WalledForeignKey(Building, related_name="units", verbose_name=_("building"))
    entrance = models.CharField(_("entrance"), max_length=20, blank=True, default="")
    number = models.CharField(_("unit number"), max_length=40)
    layout = models.CharField(_("layout"), max_length=40, blank=True, default="")
    floor = models.SmallIntegerField(_("floor"), null=True, blank=True)
    area = models.DecimalField(_("chargeable area (m²)"), max_digits=10, decimal_places=2, null=True, blank=True)
    title_number = models.CharField(_("title number"), max_length=80, blank=True, default="", db_default="")
    label = models.CharField(max_length=120, default="", editable=False)
    sort_key = models.CharField(max_length=160, default="", editable=False)

    objects = PropertyScoped.as_manager()

    class Meta:
        verbose_name = _("unit")
        verbose_name_plural = _("units")
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "building", "entrance", "number"], name="unit_number_once"),
            models.UniqueConstraint(fields=["operator_id", "id"], name="unit_key"),
            models.CheckConstraint(condition=models.Q(area__gte=0), name="unit_area_not_negative"),
        ]
        indexes = [
            models.Index(fields=["operator_id", "property", "sort_key"], name="unit_by_property"),
            models.Index(fields=["operator_id", "sort_key"], name="unit_by_sort_key"),
        ]

    def __str__(self) -> str:
        return self.label


class UnitFact(Walled):
    """A unit's chargeable area (m²) and floor from a day on, until the next row's day."""

    history = Tracked(part_of="unit", name=_("area and floor"))
    unit = WalledForeignKey(Unit, on_delete=models.CASCADE, related_name="facts")
    valid_from = models.DateField(_("valid from"), default=ALWAYS)
    area = models.DecimalField(_("chargeable area (m²)"), max_digits=10, decimal_places=2, null=True, blank=True)
    floor = models.SmallIntegerField(_("floor"), null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "unit", "valid_from"], name="unit_fact_once_a_day"),
        ]


class ParkingSpace(Walled):
    """A parking space (车位)."""

    history = Tracked()
    property = WalledForeignKey(Property, related_name="spaces", verbose_name=_("property"))
    code = models.CharField(_("parking space"), max_length=40)
    location = models.CharField(_("location"), max_length=100, blank=True, default="")
    sort_key = models.CharField(max_length=80, default="", editable=False)

    objects = PropertyScoped.as_manager()

    class Meta:
        verbose_name = _("parking space")
        verbose_name_plural = _("parking spaces")
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "property", "code"], name="space_code_once"),
            models.UniqueConstraint(fields=["operator_id", "id"], name="space_key"),
        ]
        indexes = [models.Index(fields=["operator_id", "property", "sort_key"], name="space_by_property")]

    def __str__(self) -> str:
        return self.code
