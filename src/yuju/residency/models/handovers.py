"""Handing a unit over at check-in and taking it back at check-out: what is there, in which condition, with which keys."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from yuju.identity.models import User
from yuju.kit.history import Tracked
from yuju.kit.models import Walled, WalledForeignKey
from yuju.premises.models import Property, PropertyScoped
from yuju.residency.choices import Condition, HandoverKind, HandoverState, KeyKind
from yuju.residency.models.tenures import Tenure


class HandoverTemplate(Walled):
    """What is handed over with a unit of a layout (交接模板). The one without a layout is for all that have none of their own."""

    history = Tracked()
    property = WalledForeignKey(Property, related_name="handover_templates", verbose_name=_("property"))
    name = models.CharField(_("name"), max_length=60)
    layout = models.CharField(_("layout"), max_length=40, blank=True, default="")

    objects = PropertyScoped.as_manager()

    class Meta:
        verbose_name = _("handover template")
        verbose_name_plural = _("handover templates")
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "id"], name="handover_template_key"),
            models.UniqueConstraint(fields=["operator_id", "property", "layout"], name="handover_template_once"),
        ]

    def __str__(self) -> str:
        return self.name


class HandoverTemplateItem(Walled):
    """Something that stands in a room.

    Attributes:
        damage_code: the code of the one-off tariff that says what one of it costs when it is broken or gone.
    """

    history = Tracked(part_of="template", left_out=("position",))
    template = WalledForeignKey(HandoverTemplate, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveSmallIntegerField()
    room = models.CharField(_("room"), max_length=40)
    name = models.CharField(_("item"), max_length=60)
    count = models.PositiveSmallIntegerField(_("count"), default=1)
    damage_code = models.CharField(_("damage price"), max_length=40, blank=True, default="")

    class Meta:
        verbose_name = _("item of a template")
        verbose_name_plural = _("items of a template")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["operator_id", "template", "position"], name="handover_template_place_once"
            ),
            models.CheckConstraint(condition=Q(count__gte=1), name="handover_template_count"),
        ]

    def __str__(self) -> str:
        return self.name


class Handover(Walled):
    """A unit handed over (入住交接), or looked at against that when somebody leaves (退房验房); one of each for a tenure.

    Once signed neither it nor anything in it changes: the database refuses.

    Attributes:
        before: for the inspection, the handover it is held against.
        signature: what was drawn, as lines of points (`yuju.kit.strokes`).
        digest: SHA-256, in hexadecimal, of all that was signed (`yuju.residency.selectors.handover_digest`).
    """

    history = Tracked()
    property = WalledForeignKey(Property, related_name="handovers", verbose_name=_("property"))
    tenure = WalledForeignKey(Tenure, related_name="handovers", verbose_name=_("tenure"))
    kind = models.CharField(_("kind"), max_length=4, choices=HandoverKind.choices, editable=False)
    state = models.CharField(_("state"), max_length=8, choices=HandoverState.choices, default=HandoverState.OPEN)
    before = WalledForeignKey("self", null=True, blank=True, related_name="later", editable=False)
    begun_at = models.DateTimeField(_("begun at"), editable=False)
    done_by = WalledForeignKey(User, null=True, blank=True, related_name="+", verbose_name=_("done by"))
    signer = models.CharField(_("signed by"), max_length=60, blank=True, default="")
    signed_at = models.DateTimeField(_("signed at"), null=True, blank=True)
    signature = models.JSONField(default=list, blank=True, editable=False)
    digest = models.CharField(max_length=64, blank=True, default="", editable=False)

    objects = PropertyScoped.as_manager()

    class Meta:
        verbose_name = _("handover")
        verbose_name_plural = _("handovers")
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "id"], name="handover_key"),
            models.UniqueConstraint(fields=["operator_id", "tenure", "kind"], name="handover_once"),
            models.CheckConstraint(
                condition=Q(state=HandoverState.OPEN, signed_at=None, digest="")
                | (Q(state=HandoverState.SIGNED, signed_at__isnull=False) & ~Q(digest="") & ~Q(signer="")),
                name="handover_signed_with_its_signature",
            ),
        ]
        indexes = [
            models.Index(fields=["operator_id", "property", "-begun_at"], name="handover_by_property"),
            models.Index(fields=["operator_id", "-begun_at"], name="handover_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.tenure.unit.label}"

    def is_open(self) -> bool:
        """Whether something may still be entered."""
        return self.state == HandoverState.OPEN


class HandoverItem(Walled):
    """One thing of a handover, and the condition it was found in.

    Attributes:
        count: how many there should be.
        quantity: how many of them are damaged or missing.
        earlier: the same thing in the handover at check-in.
    """

    handover = WalledForeignKey(Handover, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveSmallIntegerField()
    room = models.CharField(_("room"), max_length=40)
    name = models.CharField(_("item"), max_length=60)
    count = models.PositiveSmallIntegerField(_("count"), default=1)
    condition = models.CharField(_("condition"), max_length=8, choices=Condition.choices, blank=True, default="")
    quantity = models.PositiveSmallIntegerField(_("how many of them"), default=0)
    note = models.CharField(_("note"), max_length=300, blank=True, default="")
    damage_code = models.CharField(_("damage price"), max_length=40, blank=True, default="")
    earlier = WalledForeignKey("self", null=True, blank=True, related_name="later", editable=False)

    class Meta:
        verbose_name = _("item of a handover")
        verbose_name_plural = _("items of a handover")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "id"], name="handover_item_key"),
            models.UniqueConstraint(fields=["operator_id", "handover", "position"], name="handover_item_place_once"),
            models.CheckConstraint(condition=Q(count__gte=1, quantity__lte=F("count")), name="handover_item_quantity"),
        ]

    def __str__(self) -> str:
        return self.name

    def is_harmed(self) -> bool:
        """Whether it is damaged or missing."""
        return self.condition in (Condition.DAMAGED, Condition.MISSING)


class HandoverPhoto(Walled):
    """A photo of a thing of a handover, upright, without what the camera noted of place and time. Never changed.

    Attributes:
        path, thumbnail: where `yuju.kit.files` keeps the photo and its small copy.
        sha256: of the photo, in hexadecimal.
    """

    handover = WalledForeignKey(Handover, on_delete=models.CASCADE, related_name="photos")
    item = WalledForeignKey(HandoverItem, on_delete=models.CASCADE, related_name="photos")
    by = WalledForeignKey(User, null=True, blank=True, related_name="+")
    at = models.DateTimeField()
    path = models.CharField(max_length=120)
    thumbnail = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("photo")
        verbose_name_plural = _("photos")
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["operator_id", "handover", "at"], name="handover_photo_by_handover")]


class HandoverKey(Walled):
    """Keys or cards of one kind that are given, or come back.

    Attributes:
        expected: at check-out, how many were given; empty at check-in.
        count: how many were given, or came back; empty until somebody counted.
    """

    handover = WalledForeignKey(Handover, on_delete=models.CASCADE, related_name="keys")
    kind = models.CharField(_("kind"), max_length=8, choices=KeyKind.choices)
    number = models.CharField(pgettext_lazy("of a key", "number"), max_length=40, blank=True, default="")
    expected = models.PositiveSmallIntegerField(_("given at check-in"), null=True, blank=True, editable=False)
    count = models.PositiveSmallIntegerField(_("count"), null=True, blank=True)

    class Meta:
        verbose_name = _("key or card")
        verbose_name_plural = _("keys and cards")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "id"], name="handover_key_key"),
            models.UniqueConstraint(fields=["operator_id", "handover", "kind", "number"], name="handover_key_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}".strip()
