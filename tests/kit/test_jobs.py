"""Background work: enqueued with the fact, run in the wall, begun again when its worker dies."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector

from tests.kit import sample_jobs
from tests.support.operators import make_operator
from yuju.kit.jobs import operator_ids, revive, run_for_every_operator
from yuju.kit.models import records
from yuju.kit.tenancy import operator_context, require_operator_id

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def operator(transactional_db: None) -> Iterator[Any]:
    made = make_operator()
    with operator_context(made.pk):
        yield made


def worker(*extra: str) -> subprocess.Popen[str]:
    name = connection.settings_dict["NAME"]
    return subprocess.Popen(
        [sys.executable, "-m", "tests.kit.worker_process", name, *extra],
        cwd=ROOT,
        env=os.environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def work_off() -> None:
    process = worker()
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0, output


def queue() -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT task_name, status FROM procrastinate_jobs WHERE queue_name = 'work' AND task_name LIKE %s ORDER BY id",
            ["%sample_jobs%"],  # a worker that starts defers periodic work too
        )
        return [(name.rpartition(".")[2], status) for name, status in cursor.fetchall()]


def last(series: str) -> int:
    with transaction.atomic():
        found = records.NumberSeries.objects.filter(series=series).first()
    return found.last if found else 0


def told(progress: records.JobProgress) -> records.JobProgress:
    with transaction.atomic():
        return records.JobProgress.objects.get(pk=progress.pk)


def test_a_job_is_enqueued_with_the_fact_or_not_at_all(operator: Any) -> None:
    with transaction.atomic():
        sample_jobs.count.defer(series="a")
        transaction.set_rollback(True)
    assert queue() == []
    with transaction.atomic():
        sample_jobs.count.defer(series="a")
    assert queue() == [("count", "todo")]


def test_the_same_work_waits_once_and_leaves_the_transaction_usable(operator: Any) -> None:
    with transaction.atomic():
        assert sample_jobs.count.defer(once="a", series="a") is not None
        assert sample_jobs.count.defer(once="a", series="a") is None
        assert sample_jobs.count.defer(once="b", series="b") is not None
    with operator_context(make_operator().pk):
        assert sample_jobs.count.defer(once="a", series="a") is not None
    assert len(queue()) == 3


@pytest.mark.slow
def test_jobs_run_in_their_operators_wall_and_the_refused_are_not_tried_again(operator: Any) -> None:
    other = make_operator()
    sample_jobs.count.defer(series="a")
    sample_jobs.refuse.defer()
    progress = sample_jobs.refuse.defer_with_progress(title="出账")
    with operator_context(other.pk):
        sample_jobs.count.defer(series="b")

    work_off()

    assert queue() == [("count", "succeeded"), ("refuse", "failed"), ("refuse", "failed"), ("count", "succeeded")]
    assert (last("a"), last("b"), last("refused")) == (1, 0, 0)
    progress = told(progress)
    assert (progress.state, progress.message) == ("failed", "The run was dropped.")
    with operator_context(other.pk):
        assert (last("a"), last("b")) == (0, 1)


@pytest.mark.slow
def test_the_job_of_a_killed_worker_is_begun_again(operator: Any, tmp_path: Path) -> None:
    progress = sample_jobs.sleep_first_time.defer_with_progress(title="导入", folder=str(tmp_path))
    first = worker("stay")
    try:
        deadline = time.monotonic() + 30
        while not (tmp_path / "began").exists():
            assert first.poll() is None, first.stdout and first.stdout.read()
            assert time.monotonic() < deadline
            time.sleep(0.1)
        progress = told(progress)
        assert (progress.state, progress.done, progress.total, progress.percent) == ("running", 1, 10, 10)
    finally:
        first.send_signal(signal.SIGKILL)
        first.communicate()
    assert queue() == [("sleep_first_time", "doing")]

    time.sleep(1)
    assert asyncio.run(revive_now()) >= 1  # the periodic work it had begun may be another
    work_off()

    assert queue() == [("sleep_first_time", "succeeded")]
    assert last("sleeper") == 1
    progress = told(progress)
    assert (progress.state, progress.result, progress.is_over) == ("done", {"tries": 2}, True)


async def revive_now() -> int:
    with app.replace_connector(DjangoConnector().get_worker_connector()) as working:
        async with working.open_async():
            return await revive(working.job_manager, 0.5)


def test_every_operator_is_served_even_when_one_fails(operator: Any) -> None:
    other = make_operator()
    done: list[int] = []

    def work() -> None:
        done.append(require_operator_id())
        if require_operator_id() == operator.pk:
            raise ZeroDivisionError

    with operator_context(None), pytest.raises(ZeroDivisionError):
        run_for_every_operator(work)

    assert done == operator_ids() == [operator.pk, other.pk]


def test_stalled_jobs_are_looked_for_all_the_time() -> None:
    crons = {name: task.cron for (name, _), task in app.periodic_registry.periodic_tasks.items()}
    assert crons["yuju.kit.jobs.revive_stalled"] == "* * * * * */10"


def test_periodic_work_waits_once_for_every_operator(operator: Any) -> None:
    make_operator()
    every_operator = app.tasks["tests.kit.sample_jobs.nightly.every_operator"]
    with operator_context(None):
        every_operator.func(timestamp=0)
        every_operator.func(timestamp=60)
    assert queue() == [("nightly", "todo")] * 2
