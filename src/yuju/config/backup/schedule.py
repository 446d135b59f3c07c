"""Backups made by the worker: when one is due, and who is told when none was made.

From the environment:
    YUJU_BACKUP_DIR: where they are kept; without it none is made by itself.
    YUJU_BACKUP_AT: the time of day, in the server's time zone (03:00).
    YUJU_BACKUP_KEEP: how many are kept, as days, weeks and months (7,5,12).
    YUJU_BACKUP_PASSPHRASE_FILE: what seals them; without it the backup key of this home.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from datetime import datetime, time, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from yuju.config import database
from yuju.config.backup import folder as folders
from yuju.config.backup.checking import Checked, backup_check
from yuju.config.backup.making import backup_make
from yuju.config.home import CannotStart
from yuju.config.key_files import backup_key
from yuju.config.passphrases import from_environment
from yuju.identity.models import User
from yuju.identity.operators import all_operators
from yuju.kit.backups import BackupStatus, backup_status, note_failed, note_good, note_told, note_wanted
from yuju.kit.sealed_stream import Secret, Unopenable
from yuju.kit.tenancy import operator_context
from yuju.messaging.services import notice_send

log = logging.getLogger("yuju.backup")

_AGAIN = timedelta(hours=1)  # after a failure
_TOLD_AGAIN = timedelta(days=1)


def is_due(now: datetime) -> bool:
    """Whether the worker makes backups here and the time of day has come since the last good one.

    One that failed is tried again after an hour.
    """
    if not os.environ.get("YUJU_BACKUP_DIR", "").strip():
        return False
    note_wanted(now)
    if not _may_read_all():
        return False
    status = backup_status()
    if status.failed_at is not None and now - status.failed_at < _AGAIN:
        return False
    local = timezone.localtime(now)
    latest = timezone.make_aware(datetime.combine(local.date(), _time_of_day()))
    if latest > now:
        latest -= timedelta(days=1)
    return (status.good_at or status.since or now) < latest


def backup_whole(
    *, to: Path, secret: Secret, keep: folders.Keep, at: datetime, say: Callable[[str], None]
) -> tuple[Path, Checked]:
    """Makes a backup, reads it back from the disk, then clears away those that are kept no longer; notes what came of it.

    Raises:
        CannotStart: it could not be made; noted.
        Unopenable: what was written can't be read back; noted.
    """
    try:
        made = backup_make(to=to, secret=secret, at=at, say=say)
        try:
            checked = backup_check(made, [secret])
        except Unopenable:
            made.unlink()
            raise
    except Exception as error:
        note_failed(at=at, error=str(error))
        raise
    note_good(begun=at, file=made)
    for old in folders.superfluous(folders.backups_in(to), keep):
        old.path.unlink(missing_ok=True)
        say(f"  {old.path.name} is kept no longer")
    return made, checked


def backup_when_due(now: datetime) -> None:
    """Makes the day's backup when its time has come."""
    if not is_due(now):
        return
    try:
        made, checked = backup_whole(
            to=folders.chosen(), secret=from_environment() or backup_key(), keep=kept(), at=now, say=log.debug
        )
    except (CannotStart, Unopenable) as reason:
        log.error("the backup failed: %s", reason)
    else:
        log.info("backup %s: %d rows, %d files", made.name, checked.rows, checked.files)


def tell_of_trouble(now: datetime) -> int:
    """Leaves a notice with everybody who may edit settings when the last backup failed or is too old; once a day.

    Returns how many were told.
    """
    status = backup_status()
    if not status.trouble(now) or (status.told_at is not None and now - status.told_at < _TOLD_AGAIN):
        return 0
    told = 0
    for operator in all_operators():
        with operator_context(operator.id), transaction.atomic(), translation.override(settings.LANGUAGE_CODE):
            managers = [user for user in User.objects.filter(is_active=True) if user.may("settings.edit")]
            notice_send(to=managers, title=_title(status), body=_body(status), at=now)
            told += len(managers)
    note_told(now)
    return told


def kept() -> folders.Keep:
    """How many backups are kept, as the environment says.

    Raises:
        CannotStart: it says something else.
    """
    said = os.environ.get("YUJU_BACKUP_KEEP", "").strip()
    return folders.Keep.parsed(said) if said else folders.Keep()


def _may_read_all() -> bool:
    """Whether this process knows the database's owner. Where those that serve do not, the machine's own timer makes backups."""
    try:
        database.owner()
    except CannotStart:
        return False
    return True


def _time_of_day() -> time:
    said = os.environ.get("YUJU_BACKUP_AT", "").strip() or "03:00"
    try:
        return time.fromisoformat(said)
    except ValueError as error:
        raise CannotStart(f"YUJU_BACKUP_AT is {said}: a time of day is expected, such as 03:00.") from error


def _title(status: BackupStatus) -> str:
    return _("The backup failed") if status.failed_at is not None else _("There is no recent backup")


def _body(status: BackupStatus) -> str:
    last = (
        _("The last good one is of %(when)s.") % {"when": f"{timezone.localtime(status.good_at):%Y-%m-%d %H:%M}"}
        if status.good_at
        else _("There is no good one yet.")
    )
    return f"{last} {_('Please tell whoever looks after the server.')}"
