"""What the search box finds tasks by."""

from __future__ import annotations

from collections.abc import Iterable

from yuju.kit import search
from yuju.workforce.models import Task

TASK = "task"


def tasks_index(tasks: Iterable[Task]) -> None:
    """Writes the search keys of tasks: what is to be done, their number, and the room they are about."""
    search.index(TASK, (_row(task) for task in tasks))


def _row(task: Task) -> search.Row:
    unit = task.unit
    room = () if unit is None else tuple(filter(None, (unit.building.code, unit.entrance, unit.number)))
    return search.Row(
        object_id=task.pk,
        title=task.title,
        subtitle="" if unit is None else unit.label,
        property_id=task.property_id,
        places=(task.title,),
        rooms=(room,) if room else (),
        numbers=(str(task.number),),
    )
