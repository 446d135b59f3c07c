"""The kinds of things residency speaks of."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class IdType(models.TextChoices):
    ID_CARD = "id_card", _("ID card")
    PASSPORT = "passport", _("Passport")
    HMT_PERMIT = "hmt_permit", _("HK/Macao/Taiwan permit")


class Category(models.TextChoices):
    LONG_TERM = "long_term", _("Long-term")
    SHORT_TERM = "short_term", _("Short-term")
    OWNER = "owner", _("Owner")


class TenureKind(models.TextChoices):
    LEASE = "lease", _("Lease")
    OWNERSHIP = "ownership", _("Ownership")


class TenureState(models.TextChoices):
    """How far a stay has come.

    A unit is held from the reservation on; nobody lives there before check-in, nor after check-out, whatever the days say.
    """

    RESERVED = "reserved", _("Reserved")
    SIGNED = "signed", _("Signed")
    LIVING = "living", _("Living here")
    ENDED = "ended", _("Checked out")
    CANCELLED = "cancelled", _("Cancelled")


class PenaltyKind(models.TextChoices):
    """What leaving before the last day agreed costs (billing rules, "Changes")."""

    NONE = "none", _("None")
    FIXED = "fixed", _("A fixed amount")
    MONTHS = "months", _("Months' rent")


class TagTone(models.TextChoices):
    """The colour a tag is shown in; care needs are violet."""

    PLAIN = "mute", _("Plain")
    CARE = "vio", _("Care need")
    GOOD = "brand", _("Attribute")
    WATCH = "warn", _("Watch")
    RISK = "bad", _("Risk")


class CodePurpose(models.TextChoices):
    """What a code of the portal is for."""

    SIGN_IN = "sign_in", _("Sign-in code")
    SLIP = "slip", _("Slip from the desk")
    PHONE = "phone", _("New phone number")
