"""Doing a task: starting it, ticking its steps, photographing, saying something, holding it, finishing it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from yuju.identity.models import User
from yuju.identity.services import edits
from yuju.kit.errors import Refused
from yuju.kit.pictures import forget_picture, keep_picture
from yuju.workforce.choices import StepResult, TaskState
from yuju.workforce.models import Task, TaskComment, TaskPhoto, TaskStep
from yuju.workforce.services.holding import check_doer, check_undone, held, told, written

PHOTOS = "task-photos"
MOST_PHOTOS = 60
_NAMED = 3


@edits
@transaction.atomic
def task_start(*, task: Task, by: User | None, at: datetime) -> Task:
    """Somebody begins a task, or goes on with one on hold; it is theirs from then on. Nothing happens when it is begun.

    Raises:
        Refused: it is over, or somebody else's.
    """
    now = held(task)
    check_undone(now)
    check_doer(now, by)
    if now.state == TaskState.DOING:
        return task
    return written(task, now, **_begun(now, by, at))


@edits
@transaction.atomic
def task_block(*, task: Task, reason: str, by: User | None, at: datetime) -> Task:
    """Puts a task on hold: it cannot go on for now.

    Raises:
        Refused: no reason, it is over, or somebody else's.
    """
    now = held(task)
    check_undone(now)
    check_doer(now, by)
    if not reason.strip():
        raise Refused(_("Say why it cannot go on."), field="reason")
    return written(task, now, state=TaskState.BLOCKED, reason=reason.strip()[:300])


@edits
@transaction.atomic
def task_step_tick(
    *, step: TaskStep, result: StepResult | str, note: str = "", by: User | None, at: datetime
) -> TaskStep:
    """Writes down what was found at a step; an empty result takes it back. The task is begun by it, if it was not.

    Raises:
        Refused: something is not OK and nobody says what; the task is over, or somebody else's.
    """
    now = _going_on(step.task, by, at)
    if result == StepResult.NOT_OK and not note.strip():
        raise Refused(_("Say in a word what is wrong."), field="note", code="note")
    step.result = result
    step.note = note.strip()[:500] if result else ""
    step.ticked_by, step.ticked_at = (by, at) if result else (None, None)
    step.save(update_fields=["result", "note", "ticked_by", "ticked_at"])
    told(now)
    return step


@transaction.atomic
def task_comment(*, task: Task, text: str, by: User | None, at: datetime) -> TaskComment:
    """Says something about a task, one that is over too.

    Raises:
        Refused: there is no text.
    """
    if not text.strip():
        raise Refused(_("The comment is empty."), field="text")
    made = TaskComment.objects.create(task=task, by=by, at=at, text=text.strip()[:1000])
    told(task)
    return made


@edits
@transaction.atomic
def task_photo_add(
    *, task: Task, photo: File[bytes], step: TaskStep | None = None, by: User | None, at: datetime
) -> TaskPhoto:
    """Adds a photo to a task, or to one of its steps. The task is begun by it, if it was not.

    Raises:
        Refused: it is no photo or too large; there are enough; the task is over, or somebody else's.
    """
    now = _going_on(task, by, at)
    if now.photos.count() >= MOST_PHOTOS:
        raise Refused(_("A task has at most %(most)d photos.") % {"most": MOST_PHOTOS}, field="photo")
    kept = keep_picture(photo, folder=PHOTOS, field="photo")
    try:
        with transaction.atomic():
            made = TaskPhoto.objects.create(
                task=task, step=step, by=by, at=at, path=kept.path, thumbnail=kept.thumbnail
            )
    except Exception:
        forget_picture(kept)
        raise
    told(now)
    return made


@edits
@transaction.atomic
def task_finish(*, task: Task, by: User | None, at: datetime) -> Task:
    """Finishes a task. Nothing happens when it is finished already. What has to follow from it is
    `yuju.journeys.tasks.task_complete`'s business, which faces call.

    Raises:
        Refused: steps were not looked at or lack their photo, by name (code `unfinished`); it was cancelled, or is
            somebody else's.
    """
    now = held(task)
    if now.state == TaskState.DONE:
        return task
    check_undone(now)
    check_doer(now, by)
    _check_complete(now)
    values = {**_begun(now, by, at), "state": TaskState.DONE, "ended_at": at}
    return written(task, now, **values)


def _going_on(task: Task, by: User | None, at: datetime) -> Task:
    """The task, held and begun."""
    now = held(task)
    check_undone(now)
    check_doer(now, by)
    if now.state != TaskState.DOING:
        written(task, now, **_begun(now, by, at))
    return now


def _begun(task: Task, by: User | None, at: datetime) -> dict[str, Any]:
    values: dict[str, Any] = {"state": TaskState.DOING, "reason": "", "started_at": task.started_at or at}
    if task.assignee_id is None and by is not None:
        values |= {"assignee": by, "taken_at": at}
    return values


def _check_complete(task: Task) -> None:
    steps = list(task.steps.prefetch_related("photos"))
    waiting = [one.text for one in steps if not one.result]
    if waiting:
        said = ngettext(
            "%(count)d step is still to do: %(names)s", "%(count)d steps are still to do: %(names)s", len(waiting)
        )
        raise Refused(said % {"count": len(waiting), "names": _names(waiting)}, code="unfinished")
    dark = [
        one.text for one in steps if one.needs_photo and one.result != StepResult.NOT_NEEDED and not one.photos.all()
    ]
    if dark:
        said = ngettext("A photo is missing at: %(names)s", "%(count)d photos are missing: %(names)s", len(dark))
        raise Refused(said % {"count": len(dark), "names": _names(dark)}, code="unfinished")


def _names(texts: list[str]) -> str:
    more = _(" …") if len(texts) > _NAMED else ""
    return _(", ").join(texts[:_NAMED]) + more
