"""The import's jobs, done as a worker would, in the test itself."""

from __future__ import annotations

import json
from typing import Any

from django.db import connection

from yuju.journeys.property_import import jobs
from yuju.kit.records import JobProgress


class Told:
    """Stands in for the progress of a job, which is written over a connection of its own."""

    def __init__(self) -> None:
        self.stages: list[str] = []
        self.told: Any = None

    def update(self, done: int, total: int | None = None, message: str = "") -> None:
        self.stages.append(message)

    def result(self, result: Any) -> None:
        self.told = result


def run_job(at: str) -> JobProgress:
    """Does what a worker would do for the page at an address."""
    progress = JobProgress.objects.get(pk=int(at.rstrip("/").rsplit("/", 1)[1]))
    with connection.cursor() as cursor:
        cursor.execute("SELECT args FROM procrastinate_jobs ORDER BY id DESC LIMIT 1")
        arguments = json.loads(cursor.fetchone()[0])
    assert (arguments.pop("progress_id"), arguments.pop("operator_id")) == (progress.pk, progress.operator_id)
    arguments.pop("asked_by", None)
    told = Told()
    getattr(jobs, progress.kind)(**{**arguments, "language": "en"}, progress=told)
    assert told.stages
    progress.state, progress.result = JobProgress.State.DONE, told.told
    progress.save()
    return progress
