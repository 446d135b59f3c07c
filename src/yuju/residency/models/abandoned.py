"""A room that was left without a word: notices, an entry with two witnesses and an inventory, and what became of the things."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from yuju.identity.models import User
from yuju.kit.fields import EncryptedTextField
from yuju.kit.history import Tracked
from yuju.kit.identity_numbers import mask_id_number
from yuju.kit.models import Walled, WalledForeignKey
from yuju.premises.models import Property, PropertyScoped
from yuju.residency.choices import (
    ABANDONED_NOW,
    AbandonmentState,
    Condition,
    EntryState,
    ServedBy,
    WhatBecame,
)
from yuju.residency.models.tenures import Tenure


class AbandonmentRule(Walled):
    """How long notices to somebody who left without a word run at a property, where it decided otherwise than usual.

    Attributes:
        days: full days after the day on which a notice is served.
        source: by what it is so, such as a clause of the contract or a local rule.
    """

    history = Tracked(part_of="property", name=_("term of notices on abandoned rooms"))
    property = WalledForeignKey(Property, related_name="abandonment_rules", verbose_name=_("property"))
    days = models.PositiveSmallIntegerField(_("term (days)"))
    source = models.CharField(_("by what"), max_length=120)

    class Meta:
        verbose_name = _("term of notices on abandoned rooms")
        verbose_name_plural = _("terms of notices on abandoned rooms")
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "property"], name="abandonment_rule_once"),
            models.CheckConstraint(condition=Q(days__gte=1, days__lte=365), name="abandonment_rule_days"),
        ]


class Abandonment(Walled):
    """The case of a room that its resident seems to have abandoned (弃租); one under way for a lease at a time.

    Attributes:
        number: the lease's with a letter, as the settlement and the record name it.
        last_payment_on, last_seen_on, unpaid_since: the facts that were seen, local days; empty where nobody knows.
        stored_at: where the things are kept; `stored_until`, the last local day of it.
        ended_on: the last local day of the lease, once it was settled on this case.
    """

    history = Tracked()
    property = WalledForeignKey(Property, related_name="abandonments", verbose_name=_("property"))
    tenure = WalledForeignKey(Tenure, related_name="abandonments", verbose_name=_("lease"))
    number = models.CharField(_("number"), max_length=70, editable=False)
    key = models.UUIDField(default=uuid4, editable=False)
    state = models.CharField(_("state"), max_length=8, choices=AbandonmentState.choices, default=AbandonmentState.OPEN)
    last_payment_on = models.DateField(_("last payment"), null=True, blank=True)
    last_seen_on = models.DateField(pgettext_lazy("of an abandoned room", "last seen"), null=True, blank=True)
    unpaid_since = models.DateField(_("unpaid since"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True, default="")
    opened_at = models.DateTimeField(pgettext_lazy("of an abandoned room", "opened at"), editable=False)
    opened_by = WalledForeignKey(User, null=True, blank=True, related_name="+", editable=False)
    stored_at = models.CharField(_("stored at"), max_length=120, blank=True, default="")
    stored_until = models.DateField(_("stored until"), null=True, blank=True)
    ended_on = models.DateField(_("last day of the lease"), null=True, blank=True)
    closed_at = models.DateTimeField(
        pgettext_lazy("of an abandoned room", "closed at"), null=True, blank=True, editable=False
    )
    closed_by = WalledForeignKey(User, null=True, blank=True, related_name="+", editable=False)
    closed_because = models.CharField(_("closed because"), max_length=300, blank=True, default="")

    objects = PropertyScoped.as_manager()

    class Meta:
        verbose_name = _("abandoned room")
        verbose_name_plural = _("abandoned rooms")
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "id"], name="abandonment_key"),
            models.UniqueConstraint(fields=["operator_id", "tenure", "number"], name="abandonment_number_once"),
            models.UniqueConstraint(
                fields=["operator_id", "tenure"], condition=Q(state__in=ABANDONED_NOW), name="abandonment_once"
            ),
            models.CheckConstraint(
                condition=~Q(state=AbandonmentState.CLOSED) | (Q(closed_at__isnull=False) & ~Q(closed_because="")),
                name="abandonment_closed_with_reason",
            ),
            models.CheckConstraint(
                condition=~Q(state=AbandonmentState.ENDED) | Q(ended_on__isnull=False),
                name="abandonment_ended_with_its_day",
            ),
        ]
        indexes = [models.Index(fields=["operator_id", "property", "-opened_at"], name="abandonment_by_property")]

    def __str__(self) -> str:
        return self.number

    def is_open(self) -> bool:
        """Whether the case goes on."""
        return self.state in ABANDONED_NOW


class AbandonmentNotice(Walled):
    """A notice to whoever left, asking them to come back or to clear the room. Entered wrongly, it is withdrawn.

    Attributes:
        served_on: the local day; `days`, how many full days after it they have.
        path, sha256: the photo or scan that shows it.
    """

    abandonment = WalledForeignKey(Abandonment, related_name="notices", verbose_name=_("abandoned room"))
    served_on = models.DateField(_("served on"))
    way = models.CharField(_("way"), max_length=8, choices=ServedBy.choices)
    days = models.PositiveSmallIntegerField(_("term (days)"))
    words = models.CharField(_("note"), max_length=300, blank=True, default="")
    path = models.CharField(max_length=120, editable=False)
    sha256 = models.CharField(max_length=64, editable=False)
    at = models.DateTimeField()
    by = WalledForeignKey(User, null=True, blank=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_because = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("notice on an abandoned room")
        verbose_name_plural = _("notices on abandoned rooms")
        ordering = ["served_on", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "id"], name="abandonment_notice_key"),
            models.CheckConstraint(condition=Q(days__gte=1, days__lte=365), name="abandonment_notice_days"),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None) | ~Q(withdrawn_because=""), name="abandonment_notice_withdrawn"
            ),
        ]
        indexes = [models.Index(fields=["operator_id", "abandonment"], name="abandonment_notice_by_case")]

    def __str__(self) -> str:
        return str(self.get_way_display())


class RoomEntry(Walled):
    """The room entered, with what was found. Signed by both witnesses, nothing of it changes: the database refuses.

    Attributes:
        digest: SHA-256, in hexadecimal, of all that was signed (`yuju.residency.abandoned.entry_digest`).
    """

    abandonment = WalledForeignKey(Abandonment, related_name="entries", verbose_name=_("abandoned room"))
    state = models.CharField(_("state"), max_length=8, choices=EntryState.choices, default=EntryState.OPEN)
    begun_at = models.DateTimeField(_("begun at"))
    begun_by = WalledForeignKey(User, null=True, blank=True, related_name="+")
    signed_at = models.DateTimeField(_("signed at"), null=True, blank=True)
    done_by = WalledForeignKey(User, null=True, blank=True, related_name="+", verbose_name=_("done by"))
    digest = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        verbose_name = _("entry into an abandoned room")
        verbose_name_plural = _("entries into abandoned rooms")
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "id"], name="room_entry_key"),
            models.UniqueConstraint(fields=["operator_id", "abandonment"], name="room_entry_once"),
            models.CheckConstraint(
                condition=Q(state=EntryState.OPEN, signed_at=None, digest="")
                | (Q(state=EntryState.SIGNED, signed_at__isnull=False) & ~Q(digest="")),
                name="room_entry_signed_with_its_time",
            ),
        ]

    def is_open(self) -> bool:
        """Whether something may still be entered."""
        return self.state == EntryState.OPEN


class EntryWitness(Walled):
    """One of the two who were there, and signed.

    Attributes:
        position: what they are, such as 物业经理 or 社区网格员.
        signature: what was drawn, as lines of points (`yuju.kit.strokes`).
    """

    entry = WalledForeignKey(RoomEntry, related_name="witnesses", verbose_name=_("entry into an abandoned room"))
    place = models.PositiveSmallIntegerField()
    name = models.CharField(pgettext_lazy("of a person", "name"), max_length=60)
    position = models.CharField(_("position"), max_length=60, blank=True, default="")
    id_number = EncryptedTextField(_("ID number"), mask=mask_id_number, blank=True, default="")
    signature: Any = models.JSONField(default=list)

    class Meta:
        verbose_name = _("witness")
        verbose_name_plural = _("witnesses")
        ordering = ["place"]
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "entry", "place"], name="entry_witness_once"),
            models.CheckConstraint(condition=Q(place__in=(1, 2)), name="entry_witness_of_two"),
        ]

    def __str__(self) -> str:
        return self.name


class EntryThing(Walled):
    """Something that was found in the room.

    Attributes:
        stored: where it was put, such as a box of the store; empty while it stays in the room.
    """

    entry = WalledForeignKey(
        RoomEntry, on_delete=models.CASCADE, related_name="things", verbose_name=_("entry into an abandoned room")
    )
    position = models.PositiveSmallIntegerField()
    name = models.CharField(_("item"), max_length=60)
    count = models.PositiveSmallIntegerField(_("count"), default=1)
    condition = models.CharField(_("condition"), max_length=8, choices=Condition.choices)
    stored = models.CharField(_("where stored"), max_length=80, blank=True, default="")
    note = models.CharField(_("note"), max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("thing left behind")
        verbose_name_plural = _("things left behind")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "id"], name="entry_thing_key"),
            models.UniqueConstraint(fields=["operator_id", "entry", "position"], name="entry_thing_place_once"),
            models.CheckConstraint(condition=Q(count__gte=1), name="entry_thing_count"),
        ]

    def __str__(self) -> str:
        return self.name


class EntryPhoto(Walled):
    """A photo of a thing left behind, upright, without what the camera noted of place and time. Never changed."""

    entry = WalledForeignKey(RoomEntry, on_delete=models.CASCADE, related_name="photos")
    thing = WalledForeignKey(EntryThing, on_delete=models.CASCADE, related_name="photos")
    by = WalledForeignKey(User, null=True, blank=True, related_name="+")
    at = models.DateTimeField()
    path = models.CharField(max_length=120)
    thumbnail = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("photo")
        verbose_name_plural = _("photos")
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["operator_id", "entry", "at"], name="entry_photo_by_entry")]


class ThingOutcome(Walled):
    """That a thing left behind was given back or disposed of. Said once, it stays.

    Attributes:
        who: who got it, or who took it away.
    """

    abandonment = WalledForeignKey(Abandonment, related_name="outcomes", verbose_name=_("abandoned room"))
    thing = WalledForeignKey(EntryThing, related_name="outcomes", verbose_name=_("thing left behind"))
    what = models.CharField(_("what became of it"), max_length=8, choices=WhatBecame.choices)
    day = models.DateField(_("day"))
    who = models.CharField(_("who"), max_length=60)
    note = models.CharField(_("note"), max_length=300, blank=True, default="")
    at = models.DateTimeField()
    by = WalledForeignKey(User, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("what became of a thing")
        verbose_name_plural = _("what became of things")
        constraints = [models.UniqueConstraint(fields=["operator_id", "thing"], name="thing_outcome_once")]
        indexes = [models.Index(fields=["operator_id", "abandonment"], name="thing_outcome_by_case")]

    def __str__(self) -> str:
        return str(self.get_what_display())
