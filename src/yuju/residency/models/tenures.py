"""Who holds a unit: leases and ownerships, their terms, and who lives there too."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from yuju.kit.fields import EncryptedTextField
from yuju.kit.history import Tracked
from yuju.kit.identity_numbers import mask_id_number
from yuju.kit.models import Walled, WalledForeignKey
from yuju.kit.ranges import OVERLAPS, days, same
from yuju.premises.models import ALWAYS, Property, PropertyScoped, Unit
from yuju.residency.choices import PERSONAL_ID_TYPES, Category, TenureKind, TenureState
from yuju.residency.models.people import Resident


class Tenure(Walled):
    """A unit held by somebody: by lease (租约) or by ownership (产权). Both ends inclusive; an empty end is open.

    One table because bills, meters and boards treat both alike; `Lease` and `Ownership` are its two faces.
    The database refuses two leases, or two ownerships, of one unit on one day.

    A cancelled one never came into force: it ends on the day before it starts, so that whoever asks who holds a unit on
    a day need not ask for its state.
    """

    history = Tracked()
    kind = models.CharField(_("kind"), max_length=10, choices=TenureKind.choices, editable=False)
    property = WalledForeignKey(Property, related_name="tenures", verbose_name=_("property"))
    unit = WalledForeignKey(Unit, related_name="tenures", verbose_name=_("unit"))
    resident = WalledForeignKey(Resident, related_name="tenures", verbose_name=_("resident"))
    number = models.CharField(_("number"), max_length=60)
    category = models.CharField(_("category"), max_length=12, choices=Category.choices)
    state = models.CharField(
        _("state"),
        max_length=10,
        choices=TenureState.choices,
        default=TenureState.LIVING,
        db_default=TenureState.LIVING,
    )
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
                condition=Q(end=None) | Q(end__gte=models.F("start")) | Q(state=TenureState.CANCELLED),
                name="tenure_ends_after_start",
            ),
            ExclusionConstraint(
                name="lease_unit_once_a_day",
                expressions=[(same("unit_id"), OVERLAPS), (days("start", "end"), OVERLAPS)],
                condition=Q(kind=TenureKind.LEASE) & ~Q(state=TenureState.CANCELLED),
            ),
            ExclusionConstraint(
                name="ownership_unit_once_a_day",
                expressions=[(same("unit_id"), OVERLAPS), (days("start", "end"), OVERLAPS)],
                condition=Q(kind=TenureKind.OWNERSHIP) & ~Q(state=TenureState.CANCELLED),
            ),
        ]
        indexes = [
            models.Index(fields=["operator_id", "unit", "start"], name="tenure_by_unit"),
            # With all that is asked for at hand: who lives here is counted from the index alone.
            models.Index(
                fields=["operator_id", "resident", "-start"],
                include=["end", "property", "kind", "state"],
                name="tenure_by_resident",
            ),
            models.Index(fields=["operator_id", "property", "kind", "end"], name="tenure_by_end"),
            models.Index(fields=["operator_id", "kind", "end"], name="tenure_by_kind_and_end"),
            models.Index(fields=["operator_id", "property", "state", "start"], name="tenure_by_state"),
            models.Index(fields=["operator_id", "kind", "state", "end"], name="tenure_by_state_and_end"),
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
    """Somebody who lives in the unit with the resident (同住人).

    Attributes:
        nationality: as a resident's. Sex and birthday are told from an ID card's number where they are asked for.
    """

    history = Tracked(part_of="tenure")
    tenure = WalledForeignKey(Tenure, on_delete=models.CASCADE, related_name="occupant_people")
    name = models.CharField(pgettext_lazy("of a person", "name"), max_length=60)
    relation = models.CharField(_("relation"), max_length=30, blank=True, default="")
    phone = EncryptedTextField(_("phone"), blank=True, default="")
    id_type = models.CharField(
        _("ID type"),
        max_length=12,
        choices=[(one.value, one.label) for one in PERSONAL_ID_TYPES],
        blank=True,
        default="",
        db_default="",
    )
    id_number = EncryptedTextField(_("ID number"), mask=mask_id_number, blank=True, default="")
    nationality = models.CharField(_("nationality"), max_length=2, blank=True, default="", db_default="")
    since = models.DateField(_("since"), null=True, blank=True)
    until = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("occupant")
        verbose_name_plural = _("occupants")
        constraints = [models.UniqueConstraint(fields=["operator_id", "id"], name="occupant_key")]
        indexes = [models.Index(fields=["operator_id", "tenure"], name="occupant_by_tenure")]

    def __str__(self) -> str:
        return self.name
