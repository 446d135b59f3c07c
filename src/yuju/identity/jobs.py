"""Upkeep of what identity keeps."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from yuju.identity.services import history_forget
from yuju.kit.jobs import job, periodic

log = logging.getLogger("yuju.identity")


@periodic("47 * * * *")
@job
def forget_history() -> None:
    """Deletes changes older than `YUJU_KEEP_HISTORY_YEARS`; nothing where that is 0. The audit is always kept."""
    if not settings.YUJU_KEEP_HISTORY_YEARS:
        return
    gone = history_forget(before=timezone.now() - timedelta(days=366 * settings.YUJU_KEEP_HISTORY_YEARS))
    if gone:
        log.info("%d changes older than %d years deleted", gone, settings.YUJU_KEEP_HISTORY_YEARS)
