"""Why a line can't be billed: the exceptions on a bill run's review."""

from __future__ import annotations

from enum import StrEnum


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
    TOO_LARGE = "too_large"
    BACKWARDS = "backwards"
    ROLLOVER_NOT_BELOW = "rollover_not_below"
    WAITING = "waiting"
    NOBODY = "nobody"
    NO_CLOSING_READING = "no_closing_reading"
