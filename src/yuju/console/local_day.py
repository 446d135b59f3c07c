"""Which day it is for the page at hand."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from yuju.kit.dates import local_date


def today(request: HttpRequest) -> date:
    """Today at the property the pages are about, or in the installation's time zone where they are about several."""
    chosen = getattr(request, "property", None)
    return local_date(timezone.now(), chosen.time_zone if chosen is not None else settings.TIME_ZONE)
