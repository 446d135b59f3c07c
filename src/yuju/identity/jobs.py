"""Upkeep of what identity keeps."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from yuju.identity.services import drafts_forget, history_forget
from yuju.identity.services.session import sessions_forget
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


@periodic("52 * * * *")
@job
def forget_old_drafts() -> None:
    """Deletes drafts of forms nobody has gone on with for thirty days. Every hour, since not every machine is on at night."""
    if forgotten := drafts_forget(at=timezone.now()):
        log.info("%d old drafts of forms deleted", forgotten)


@periodic("47 4 * * *")
@job
def forget_old_sessions() -> None:
    """Deletes sessions that ended half a year ago."""
    sessions_forget(at=timezone.now())
