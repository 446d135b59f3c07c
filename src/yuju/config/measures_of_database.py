"""What the database knows for all machines alike, as Prometheus metrics. No operator, property or person is named."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

import psycopg
from django.db import DatabaseError, connection, transaction
from django.db.models import Count
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from yuju.billing.choices import RunState
from yuju.billing.models import BillRun
from yuju.config import health
from yuju.identity.choices import AuditAction
from yuju.identity.models import AuditEntry
from yuju.kit.backups import backup_status
from yuju.kit.jobs import operator_ids
from yuju.kit.tenancy import operator_context

log = logging.getLogger("yuju.measures")

REFUSED_WITHIN = timedelta(minutes=15)
_STATES = ("todo", "doing", "failed")


class DatabaseMeasures(Collector):
    """Asked anew for each answer. Without the database there is nothing but the word that it is away."""

    def collect(self) -> Iterator[Metric]:
        """Every metric."""
        found: list[Metric] = []
        try:
            # First whether it answers at all: whoever waits for the pool waits long.
            with health.connected():
                pass
            with transaction.atomic():
                found = [*_jobs(), *_of_operators(timezone.now())]
        except (psycopg.OperationalError, DatabaseError):
            log.warning("the database could not be asked for its figures")
        yield GaugeMetricFamily("yuju_database_up", "1 when the database answers", value=float(bool(found)))
        yield from found
        age = backup_age(timezone.now())
        if age is not None:
            yield GaugeMetricFamily("yuju_backup_age_seconds", "Seconds since the last good backup began", value=age)
        free = health.disk_free()
        if free is not None:
            yield GaugeMetricFamily("yuju_disk_free_ratio", "Free part of the disk of the home, 0 to 1", value=free)


def backup_age(now: datetime) -> float | None:
    """Seconds since the last good backup of this home began; None where there is none."""
    good_at = backup_status().good_at
    return None if good_at is None else (now - good_at).total_seconds()


def _jobs() -> Iterator[Metric]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT status::text, count(*) FROM procrastinate_jobs WHERE queue_name = 'work' GROUP BY status"
        )
        counted = dict(cursor.fetchall())
        # One that is to begin later is not late before then.
        cursor.execute(
            "SELECT extract(epoch FROM now() - min(coalesce(j.scheduled_at, e.at)))"
            " FROM procrastinate_jobs j"
            " JOIN procrastinate_events e ON e.job_id = j.id AND e.type IN ('deferred', 'deferred_for_retry')"
            " WHERE j.status = 'todo' AND j.queue_name = 'work' AND coalesce(j.scheduled_at, now()) <= now()"
        )
        oldest = cursor.fetchone()[0]
        cursor.execute("SELECT extract(epoch FROM now() - max(last_heartbeat)) FROM procrastinate_workers")
        silent = cursor.fetchone()[0]
    jobs = GaugeMetricFamily("yuju_jobs", "Jobs by state; failed ones of the last seven days", labels=["state"])
    for state in _STATES:
        jobs.add_metric([state], counted.get(state, 0))
    yield jobs
    if silent is not None:
        yield GaugeMetricFamily(
            "yuju_worker_silence_seconds", "Seconds since a worker last gave a sign of life", value=float(silent)
        )
    yield GaugeMetricFamily(
        "yuju_jobs_oldest_seconds",
        "How long the oldest job that could run has waited",
        value=float(max(oldest or 0, 0)),
    )


def _of_operators(now: datetime) -> Iterator[Metric]:
    refused, runs = 0, Counter[str]()
    for operator_id in operator_ids():
        with operator_context(operator_id):
            refused += AuditEntry.objects.filter(
                action=AuditAction.SIGN_IN_REFUSED, at__gt=now - REFUSED_WITHIN
            ).count()
            runs.update(dict(BillRun.objects.order_by().values_list("state").annotate(Count("id"))))
    yield GaugeMetricFamily(
        "yuju_sign_ins_refused_recently", "Sign-ins refused in the last 15 minutes", value=float(refused)
    )
    by_state = GaugeMetricFamily("yuju_bill_runs", "Bill runs by state", labels=["state"])
    for state in RunState.values:
        by_state.add_metric([state], runs[state])
    yield by_state
