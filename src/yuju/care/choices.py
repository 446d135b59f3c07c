"""The kinds of things care speaks of."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Operator(models.TextChoices):
    """How a fact is compared."""

    ANY = "any", pgettext_lazy("of a condition", "is one of")
    ALL = "all", pgettext_lazy("of a condition", "is all of")
    NONE = "none", pgettext_lazy("of a condition", "is none of")
    AT_LEAST = "at_least", pgettext_lazy("of a condition", "is at least")
    AT_MOST = "at_most", pgettext_lazy("of a condition", "is at most")
    YES = "yes", pgettext_lazy("of a condition", "yes")
    NO = "no", pgettext_lazy("of a condition", "no")


class StayState(models.TextChoices):
    """How somebody stands to the property today."""

    LIVING = "living", _("Living here")
    AHEAD = "ahead", _("Moving in")
    LEFT = "left", _("Moved out")


class Rhythm(models.TextChoices):
    """What the interval of a plan is counted in."""

    DAYS = "days", pgettext_lazy("every so many", "days")
    WEEKS = "weeks", pgettext_lazy("every so many", "weeks")
    MONTHS = "months", pgettext_lazy("every so many", "months")


class SignUpState(models.TextChoices):
    """How somebody stands to an activity."""

    COMING = "coming", _("Signed up")
    WAITING = "waiting", _("On the waiting list")
    WITHDRAWN = "withdrawn", pgettext_lazy("of an activity", "Withdrawn")
