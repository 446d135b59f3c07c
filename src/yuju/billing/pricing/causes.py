"""Why a line can't be billed: the exceptions on a bill run's review."""

from __future__ import annotations

from enum import StrEnum

from django.utils.translation import gettext_lazy as _


class Cause(StrEnum):
    """Why a line can't be billed. Where several hold for one line, the first in this order is the one named."""

    NO_VERSION = "no_version"
    NO_RATE = "no_rate"
    NO_AREA = "no_area"
    NO_OCCUPANTS = "no_occupants"
    NO_RENT = "no_rent"
    NO_FLOOR = "no_floor"
    DIVISION_BY_ZERO = "division_by_zero"
    NEGATIVE_PRICE = "negative_price"
    BACKWARDS = "backwards"
    ROLLOVER_NOT_BELOW = "rollover_not_below"
    WAITING = "waiting"
    NOBODY = "nobody"
    NO_CLOSING_READING = "no_closing_reading"


CAUSE_TEXTS = {
    Cause.NO_VERSION: _("The tariff has no price yet in this period"),
    Cause.NO_RATE: _("No rate is known"),
    Cause.NO_AREA: _("The unit's area is not known"),
    Cause.NO_OCCUPANTS: _("The number of occupants is not known"),
    Cause.NO_RENT: _("No rent is agreed"),
    Cause.NO_FLOOR: _("The unit's floor is not known"),
    Cause.DIVISION_BY_ZERO: _("The formula divides by zero with this unit's facts"),
    Cause.NEGATIVE_PRICE: _("The price comes out negative"),
    Cause.BACKWARDS: _("The reading is below the one before"),
    Cause.ROLLOVER_NOT_BELOW: _("The reading is marked as a rollover but is not below the one before"),
    Cause.WAITING: _("Waits for a faulty reading before it to be superseded"),
    Cause.NOBODY: _("Consumption that belongs to nobody: a check-in or check-out reading is missing"),
    Cause.NO_CLOSING_READING: _("The stay ended without a closing reading"),
}
"""Each cause in words for the desk."""
