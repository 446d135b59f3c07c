"""The words of billing, as the rules name them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class FeeCategory(models.TextChoices):
    RENT = "rent", _("Rent")
    PROPERTY = "property", _("Property fee")
    WATER = "water", _("Water")
    ELECTRICITY = "electricity", _("Electricity")
    GAS = "gas", _("Gas")
    PARKING = "parking", _("Parking")
    NETWORK = "network", _("Network")
    DEPOSIT = "deposit", _("Deposit")
    DAMAGE = "damage", _("Damages")
    PENALTY = "penalty", _("Penalty")
    OTHER = "other", _("Other")


class Basis(models.TextChoices):
    FLAT = "flat", _("Flat")
    AREA = "area", _("By area")
    HEADCOUNT = "headcount", _("By headcount")
    METERED = "metered", _("Metered")
    FORMULA = "formula", _("Formula")
    ONCE = "once", _("One-off")


RECURRING_BASES = [choice for choice in Basis.choices if choice[0] != Basis.ONCE]
"""How something can be billed again and again."""


class TierScope(models.TextChoices):
    PERIOD = "period", _("Each reading interval")
    YEAR = "year", _("Calendar year")


class Anchor(models.TextChoices):
    CALENDAR = "calendar", _("Calendar months")
    LEASE = "lease", _("Start of the charge")


class Timing(models.TextChoices):
    ADVANCE = "advance", _("In advance")
    ARREARS = "arrears", _("In arrears")


class Proration(models.TextChoices):
    ACTUAL = "actual", _("By actual days")
    THIRTY = "thirty", _("By 30 days")
    NONE = "none", _("Whole months")


class Rounding(models.TextChoices):
    FEN = "fen", _("Fen (0.01)")
    JIAO = "jiao", _("Jiao (0.1)")
    YUAN = "yuan", _("Yuan (1)")


class RunState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    ISSUED = "issued", _("Issued")
    DROPPED = "dropped", _("Dropped")


class RunSource(models.TextChoices):
    CONSOLE = "console", _("Console")
    COMMAND = "command", _("Command")
    CALENDAR = "calendar", _("Billing calendar")
    STAY = "stay", _("Stay")


class ChargeKind(models.TextChoices):
    RUN = "run", _("Bill run")
    OPENING = "opening", _("Opening balance")
    ONCE = "once", _("One-off")


class AdjustmentKind(models.TextChoices):
    """Why a posted charge comes to another amount."""

    PRICE = "price", _("Priced again")
    WAIVER = "waiver", _("Waiver")
    DEPOSIT = "deposit", _("Deposit given up")


class Severity(models.TextChoices):
    """An exception that blocks has no charge; one to review has a charge that looks unusual."""

    BLOCKED = "blocked", _("Not billed")
    REVIEW = "review", _("Unusual")


class Decision(models.TextChoices):
    OPEN = "open", _("To decide")
    CONFIRMED = "confirmed", _("Confirmed")
    EXCLUDED = "excluded", _("Left out of this run")


class Cause(models.TextChoices):
    """Why a period was not billed, or why its charge looks unusual; the first that holds is the one named."""

    NO_VERSION = "no_version", _("No price in force yet")
    NO_RATE = "no_rate", _("The tariff has no price")
    NO_AREA = "no_area", _("The unit has no area")
    NO_OCCUPANTS = "no_occupants", _("Number of occupants unknown")
    NO_RENT = "no_rent", _("No rent agreed")
    NO_FLOOR = "no_floor", _("The unit has no floor")
    DIVISION_BY_ZERO = "division_by_zero", _("The formula divides by zero")
    NEGATIVE_PRICE = "negative_price", _("The price comes out negative")
    TOO_LARGE = "too_large", _("The price comes out too large for a charge")
    BACKWARDS = "backwards", _("The reading goes backwards")
    ROLLOVER_NOT_BELOW = "rollover_not_below", _("Marked as rolled over, but not below the reading before")
    WAITING = "waiting", _("Waits for an earlier reading to be put right")
    NOBODY = "nobody", _("Consumption that belongs to nobody")
    NO_CLOSING_READING = "no_closing_reading", _("The stay ended without a closing reading")
    HELD = "held", _("Held for review: the resident died")
    SPIKE = "spike", _("Far above the usual consumption")
    NO_CONSUMPTION = "no_consumption", _("No consumption while occupied")
