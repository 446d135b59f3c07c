"""Background work for the whole installation."""

from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app

from yuju.config.backup import schedule
from yuju.kit.jobs import UPKEEP, WORK, defer_for_installation

MAKE_BACKUP = "yuju.config.jobs.make_backup"


@app.task(name=MAKE_BACKUP, queue=WORK)
def make_backup() -> None:
    """Makes the day's backup, if it is still due."""
    schedule.backup_when_due(timezone.now())


@app.periodic(cron="*/10 * * * *")
@app.task(name="yuju.config.jobs.look_after_backups", queue=UPKEEP)
def look_after_backups(timestamp: int) -> None:
    """Asks every ten minutes whether a backup is due, since not every machine is on at night, and tells when none comes."""
    now = timezone.now()
    if schedule.is_due(now):
        # The long work is for the other queue: upkeep must not wait behind it.
        defer_for_installation(MAKE_BACKUP)
    schedule.tell_of_trouble(now)
