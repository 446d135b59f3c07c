"""Days that people type: within what a calendar of leases and prices can mean."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

EARLIEST, LATEST = date(1900, 1, 1), date(2199, 12, 31)
"""Beyond them a slip of the keys is more likely than a day that is meant, and arithmetic with days may overflow."""


class DayField(forms.DateField):
    """A day from 1900 to 2199."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validators=[MinValueValidator(EARLIEST), MaxValueValidator(LATEST)], **kwargs)
