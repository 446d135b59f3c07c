from yuju.workforce.services.assigning import task_assign, task_take, tasks_assign
from yuju.workforce.services.doing import (
    task_block,
    task_comment,
    task_finish,
    task_photo_add,
    task_start,
    task_step_tick,
)
from yuju.workforce.services.ending import task_cancel, task_reopen
from yuju.workforce.services.entries import field_entries_forget, field_entry_once
from yuju.workforce.services.making import Step, task_add, task_change
from yuju.workforce.services.rising import tasks_rise

__all__ = [
    "Step",
    "field_entries_forget",
    "field_entry_once",
    "task_add",
    "task_assign",
    "task_block",
    "task_cancel",
    "task_change",
    "task_comment",
    "task_finish",
    "task_photo_add",
    "task_reopen",
    "task_start",
    "task_step_tick",
    "task_take",
    "tasks_assign",
    "tasks_rise",
]
