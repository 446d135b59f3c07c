"""What is done together with residents, who comes, and what was said afterwards."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from yuju.care.choices import SignUpState
from yuju.care.models.segments import Segment
from yuju.identity.models import User
from yuju.kit.history import Tracked
from yuju.kit.models import Walled, WalledForeignKey
from yuju.premises.models import Property, PropertyScoped
from yuju.residency.models import Resident


class Activity(Walled):
    """A community activity (社区活动). Those invited have a notice of it; they alone see it in the portal.

    Attributes:
        seats: how many may come; empty for as many as like.
        segment: who is invited; empty for everybody who lives at the property.
        invited_at: when invitations were sent last.
        cover, cover_small: where `yuju.kit.files` keeps its picture and the small copy; empty without one.
    """

    history = Tracked()
    property = WalledForeignKey(Property, related_name="activities", verbose_name=_("property"))
    name = models.CharField(pgettext_lazy("of an activity", "name"), max_length=60)
    about = models.TextField(_("what happens"), max_length=1000, blank=True, default="")
    place = models.CharField(_("where"), max_length=80)
    starts_at = models.DateTimeField(_("begins"))
    ends_at = models.DateTimeField(_("ends"))
    seats = models.PositiveSmallIntegerField(_("seats"), null=True, blank=True)
    segment = WalledForeignKey(
        Segment, null=True, blank=True, related_name="activities", verbose_name=_("who is invited")
    )
    invited_at = models.DateTimeField(_("invited at"), null=True, blank=True, editable=False)
    cancelled_because = models.CharField(_("cancelled because"), max_length=200, blank=True, default="")
    cover = models.CharField(max_length=120, blank=True, default="", editable=False)
    cover_small = models.CharField(max_length=120, blank=True, default="", editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = PropertyScoped.as_manager()

    class Meta:
        verbose_name = _("activity")
        verbose_name_plural = _("activities")
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "id"], name="activity_key"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="activity_ends_after_start"),
            models.CheckConstraint(condition=Q(seats=None) | Q(seats__gte=1), name="activity_has_seats"),
        ]
        indexes = [
            models.Index(fields=["operator_id", "property", "-starts_at"], name="activity_by_property"),
            models.Index(fields=["operator_id", "-starts_at"], name="activity_by_start"),
        ]

    def __str__(self) -> str:
        return self.name


class SignUp(Walled):
    """A resident's place at an activity, whether they came, and what they said of it. Signing up again takes up the same row.

    Attributes:
        since: when it came to stand as it does: those who wait move up in this order.
        came: empty until somebody has ticked it.
        rating: 1 to 5.
    """

    history = Tracked(part_of="activity", name=_("sign-up"), whose="resident")
    activity = WalledForeignKey(Activity, on_delete=models.CASCADE, related_name="sign_ups")
    resident = WalledForeignKey(Resident, related_name="sign_ups", verbose_name=_("resident"))
    state = models.CharField(_("state"), max_length=10, choices=SignUpState.choices)
    since = models.DateTimeField(default=timezone.now, editable=False)
    came = models.BooleanField(_("came"), null=True, blank=True)
    came_by = WalledForeignKey(User, null=True, blank=True, related_name="+", editable=False)
    rating = models.PositiveSmallIntegerField(_("rating"), null=True, blank=True)
    words = models.CharField(_("what was said"), max_length=500, blank=True, default="")
    rated_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("sign-up")
        verbose_name_plural = _("sign-ups")
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "id"], name="sign_up_key"),
            models.UniqueConstraint(fields=["operator_id", "activity", "resident"], name="sign_up_once"),
            models.CheckConstraint(condition=Q(rating=None) | Q(rating__range=(1, 5)), name="sign_up_rating_of_five"),
        ]
        indexes = [
            models.Index(fields=["operator_id", "activity", "state", "since"], name="sign_up_by_activity"),
            models.Index(fields=["operator_id", "resident"], name="sign_up_by_resident"),
        ]
