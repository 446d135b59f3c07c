"""The picture of an activity."""

from __future__ import annotations

from datetime import datetime

from django.core.files.base import File
from django.db import transaction

from yuju.care.models import Activity
from yuju.identity.models import User
from yuju.identity.services import edits
from yuju.kit.pictures import Picture, forget_picture, keep_picture

COVERS = "activity-covers"


@edits
@transaction.atomic
def activity_cover_set(*, activity: Activity, photo: File[bytes], by: User | None, at: datetime) -> Activity:
    """Gives an activity its picture, in place of the one it had.

    Raises:
        Refused: it is no photo (code `kind`), or too large (code `size`).
    """
    held: Activity = Activity.objects.select_for_update(no_key=True).get(pk=activity.pk)
    before = Picture(held.cover, held.cover_small, "")
    kept = keep_picture(photo, folder=COVERS, field="photo")
    try:
        with transaction.atomic():
            held.cover, held.cover_small = kept.path, kept.thumbnail
            held.save(update_fields=["cover", "cover_small"])
    except Exception:
        forget_picture(kept)
        raise
    if before.path:
        # Only once nothing shows it any more.
        transaction.on_commit(lambda: forget_picture(before))
    activity.cover, activity.cover_small = held.cover, held.cover_small
    return activity
