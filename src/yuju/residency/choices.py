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
