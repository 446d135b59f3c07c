"""Work done in the background, by the worker processes.

A job is enqueued in the transaction of the fact that asks for it, and runs in a transaction of its own inside the
operator's wall. A worker may be killed at any moment and its job is then begun again: every job must be idempotent.

    @job
    def draft_bills(*, run_id: int, progress: Progress | None = None) -> None: ...

    draft_bills.defer(run_id=7)
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable
from contextlib import nullcontext, suppress
from datetime import timedelta
from importlib import import_module
from typing import Any, overload

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from procrastinate import exceptions
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.job_context import JobContext
from procrastinate.jobs import Job as QueuedJob
from procrastinate.jobs import Status
from procrastinate.manager import JobManager
from procrastinate.retry import BaseRetryStrategy, RetryDecision
from procrastinate.tasks import configure_task

from yuju.kit import files
from yuju.kit.errors import Refused
from yuju.kit.live import publish
from yuju.kit.progress import TOPIC, Progress
from yuju.kit.records import JobProgress
from yuju.kit.tenancy import acting, current_user_id, operator_context, require_operator_id
from yuju.kit.throttle import forget_counts

log = logging.getLogger("yuju.jobs")

WORK = "work"
UPKEEP = "upkeep"
"""Upkeep has a worker to itself: what revives stalled jobs must not wait behind them."""

ATTEMPTS = 4
HEARTBEAT = 5.0
STALLED = 20.0
"""Seconds between the signs of life of a worker, and after how many without one its jobs are begun again."""

_KEEP_HOURS = 24 * 7

# Always Django's connection, whatever the worker itself uses: a job is enqueued in the transaction at hand.
_queue = JobManager(DjangoConnector(alias="default"))


class _Retry(BaseRetryStrategy):
    """Tries again after 10 s, 40 s and 90 s; never what a rule has refused."""

    def get_retry_decision(self, *, exception: BaseException, job: QueuedJob) -> RetryDecision | None:
        if isinstance(exception, Refused) or job.attempts >= ATTEMPTS - 1:
            return None
        return RetryDecision(retry_in={"seconds": 10 * (job.attempts + 1) ** 2})


class Job:
    """A function that workers run. Called itself, it runs at once, in the transaction and for the operator at hand."""

    def __init__(self, function: Callable[..., None], *, atomic: bool) -> None:
        self.function = function
        self.name = f"{function.__module__}.{function.__name__}"
        self.__doc__ = function.__doc__
        self._atomic = atomic
        app.task(name=self.name, queue=WORK, retry=_Retry())(self._run)

    def __call__(self, **arguments: Any) -> None:
        self.function(**arguments)

    def defer(self, *, once: str | None = None, one_at_a_time: str | None = None, **arguments: Any) -> int | None:
        """Enqueues the job for the operator in force; it begins after the commit of the transaction at hand.

        What it changes is put down to the user at hand.

        Args:
            once: a word that names the work: while a job with it waits, no second one is enqueued.
            one_at_a_time: a word that names what is worked on: jobs with it run one after another.
            arguments: the function's own; only what JSON can hold.

        Returns:
            the number of the job; None when one like it is waiting already.
        """
        operator_id = require_operator_id()
        mark = f"{operator_id}:{self.name}:"
        deferrer = configure_task(
            name=self.name,
            job_manager=_queue,
            queue=WORK,
            queueing_lock=None if once is None else mark + once,
            lock=None if one_at_a_time is None else mark + one_at_a_time,
        )
        try:
            # The savepoint saves the transaction when the same work waits already.
            with transaction.atomic():
                return deferrer.defer(operator_id=operator_id, asked_by=current_user_id(), **arguments)
        except exceptions.AlreadyEnqueued:
            return None

    def defer_with_progress(
        self, *, title: str, user_id: int | None = None, one_at_a_time: str | None = None, **arguments: Any
    ) -> JobProgress:
        """Enqueues the job with a row of progress that a page can watch; the function is given it as `progress`.

        Args:
            title: what is being done, in the user's language.
            user_id: who asked for it.
        """
        with transaction.atomic():
            progress = JobProgress.objects.create(kind=self.function.__name__, title=title, user_id=user_id)
            self.defer(one_at_a_time=one_at_a_time, progress_id=progress.pk, **arguments)
        return progress

    def _run(
        self, operator_id: int, progress_id: int | None = None, asked_by: int | None = None, **arguments: Any
    ) -> None:
        with operator_context(operator_id), acting(user_id=asked_by, origin={"job": self.function.__name__}):
            telling = nullcontext() if progress_id is None else Progress(progress_id)
            with telling as progress, transaction.atomic() if self._atomic else nullcontext():
                if progress is not None:
                    arguments["progress"] = progress
                self.function(**arguments)


@overload
def job(function: Callable[..., None]) -> Job: ...
@overload
def job(*, atomic: bool = True) -> Callable[[Callable[..., None]], Job]: ...
def job(function: Callable[..., None] | None = None, *, atomic: bool = True) -> Job | Callable[..., Job]:
    """Makes a module's function a job; modules called `jobs` are found by themselves.

    Args:
        atomic: whether it runs in one transaction. Without, it opens its own, and what it has committed stays when it
            is begun again.
    """
    if function is None:
        return lambda decorated: Job(decorated, atomic=atomic)
    return Job(function, atomic=atomic)


def defer_for_installation(name: str) -> None:
    """Enqueues a task that belongs to no operator, unless it waits already. One of a name runs at a time.

    Args:
        name: of a task without arguments.
    """
    with suppress(exceptions.AlreadyEnqueued), transaction.atomic():
        configure_task(name=name, job_manager=_queue, queue=WORK, queueing_lock=name, lock=name).defer()


def periodic(cron: str) -> Callable[[Job], Job]:
    """Runs a job without arguments for every operator, at the times a cron line names (server's time zone).

    A time that passes while no worker runs is made up only within ten minutes: what must happen on its day asks more
    often, and finds out what is due.
    """

    def register(periodic_job: Job) -> Job:
        def for_every_operator(timestamp: int) -> None:
            for operator_id in operator_ids():
                with operator_context(operator_id), transaction.atomic():
                    periodic_job.defer(once="periodic")

        task = app.task(name=f"{periodic_job.name}.every_operator", queue=UPKEEP)(for_every_operator)
        app.periodic(cron=cron)(task)
        return periodic_job

    return register


def operator_ids() -> list[int]:
    """Every operator of this installation; needs no operator in force."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM yuju_operators() ORDER BY id")
        return [row[0] for row in cursor.fetchall()]


def run_for_every_operator(function: Callable[[], None]) -> None:
    """Runs a function once for each operator, each in its wall and its own transaction.

    When it raises for one, the others are done all the same; the first error is raised at the end.
    """
    first: Exception | None = None
    for operator_id in operator_ids():
        try:
            with operator_context(operator_id), transaction.atomic():
                function()
        except Exception as error:
            log.exception("for operator %s", operator_id)
            first = first or error
    if first is not None:
        raise first


@app.periodic(cron="* * * * * */10")
@app.task(name="yuju.kit.jobs.revive_stalled", queue=UPKEEP, pass_context=True)
async def revive_stalled(context: JobContext, timestamp: int) -> None:
    """Begins the jobs of dead workers again."""
    await revive(context.app.job_manager, STALLED)


async def revive(manager: JobManager, seconds: float) -> int:
    """Begins again the jobs of workers that gave no sign of life for so many seconds. Returns how many.

    A job that was there when its worker died, four times over, is given up: it may be what kills them.
    """
    revived = 0
    for stalled in await manager.get_stalled_jobs(seconds_since_heartbeat=seconds):
        try:
            if stalled.queue != UPKEEP and stalled.attempts < ATTEMPTS:
                await manager.retry_job(stalled)
                revived += 1
                log.warning("%s had stalled with its worker and begins again", stalled.call_string)
                continue
        except exceptions.ConnectorException:
            log.info("%s had stalled; the same work waits already", stalled.call_string)
        await manager.finish_job(stalled, Status.FAILED, delete_job=False)
        await sync_to_async(_close_progress, thread_sensitive=False)(dict(stalled.task_kwargs))
    return revived


def _close_progress(arguments: dict[str, Any]) -> None:
    """Tells the page of a job that was given up."""
    operator_id, progress_id = arguments.get("operator_id"), arguments.get("progress_id")
    if operator_id is None or progress_id is None:
        return
    with operator_context(operator_id), transaction.atomic():
        JobProgress.objects.filter(pk=progress_id).update(state=JobProgress.State.FAILED, ended_at=timezone.now())
        publish(TOPIC, id=progress_id)


@app.periodic(cron="17 4 * * *")
@app.task(name="yuju.kit.jobs.forget_old", queue=UPKEEP, pass_context=True)
async def forget_old(context: JobContext, timestamp: int) -> None:
    """Deletes jobs that ended more than a week ago."""
    await context.app.job_manager.delete_old_jobs(
        nb_hours=_KEEP_HOURS, include_failed=True, include_cancelled=True, include_aborted=True
    )


@app.periodic(cron="27 4 * * *")
@app.task(name="yuju.kit.jobs.forget_sessions", queue=UPKEEP)
def forget_sessions(timestamp: int) -> None:
    """Deletes sessions that have run out, which nobody does when a browser never comes back, and old counts of limits."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    forget_counts(timezone.now())


@periodic("37 * * * *")
@job
def forget_passing_files() -> None:
    """Deletes uploads, reports and prints of an operator that are older than `YUJU_KEEP_FILES_DAYS`, and what the jobs around
    them found. Every hour, since not every machine is on at night."""
    before = timezone.now() - timedelta(days=settings.YUJU_KEEP_FILES_DAYS)
    forgotten = files.forget_passing(before)
    over = JobProgress.objects.filter(ended_at__lt=before, result__isnull=False)
    forgotten += over.update(result=None)
    if forgotten:
        log.info("%d files and results older than %d days deleted", forgotten, settings.YUJU_KEEP_FILES_DAYS)


async def work(*, threads: int = 2, stop_seconds: float = 5, wait: bool = True) -> None:
    """Works off the queue until SIGTERM or SIGINT: `threads` jobs at once, and upkeep beside them.

    Args:
        threads: how many jobs run at once.
        stop_seconds: how long running jobs may go on when it is told to stop.
        wait: False ends when the queue is empty.
    """
    with app.replace_connector(DjangoConnector(alias="default").get_worker_connector()) as working:
        async with working.open_async():
            common: dict[str, Any] = {
                "wait": wait,
                "install_signal_handlers": False,
                "shutdown_graceful_timeout": stop_seconds,
                "update_heartbeat_interval": HEARTBEAT,
                "stalled_worker_timeout": STALLED,
            }
            both = asyncio.gather(
                working.run_worker_async(name="work", queues=[WORK], concurrency=threads, **common),
                working.run_worker_async(name="upkeep", queues=[UPKEEP], delete_jobs="successful", **common),
            )
            loop = asyncio.get_running_loop()
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(number, both.cancel)
            try:
                await both
            except asyncio.CancelledError:
                log.info("told to stop")
