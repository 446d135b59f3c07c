"""How long the pages of the console take at a large property: server time of whole responses, signed in, template included."""

from __future__ import annotations

import gc
import secrets
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from bench.database import OPERATOR_ID, made_property
from yuju.billing.choices import RunSource
from yuju.billing.models import Bill, BillRun
from yuju.billing.services.runs import bill_run_draft
from yuju.config import static_files
from yuju.identity.choices import Role, SignInMeans
from yuju.identity.services import user_create
from yuju.identity.services.session import session_begin
from yuju.journeys.billing_cycle import bill_run_complete
from yuju.kit import search
from yuju.kit.tenancy import operator_context
from yuju.premises.models import Property, Unit
from yuju.residency.models import Resident

TIMES = 40
LIMIT_MS = 100


@dataclass(frozen=True)
class Page:
    """A page's address, its statements with their milliseconds, and server time in milliseconds."""

    path: str
    status: int
    statements: list[tuple[float, str]]
    p50: float
    p95: float


def measure(*, units: int, say: Callable[[str], None]) -> list[Page]:
    """Makes a property, bills it, and asks for each page forty times after two that are not counted."""
    static_files.collect()
    with made_property(units=units, say=say) as owner:
        client, paths = _set_up(say)
        owner.execute("VACUUM ANALYZE")
        # What the set-up left behind is not the pages' to clean up.
        gc.collect()
        gc.freeze()
        return [_measured(client, path) for path in paths]


def _set_up(say: Callable[[str], None]) -> tuple[Client, list[str]]:
    with operator_context(OPERATOR_ID), transaction.atomic():
        place = Property.objects.get()
        user = user_create(
            username="bench",
            name="bench",
            password=secrets.token_urlsafe(16),
            postings=[(Role.MANAGER, None)],
            by=None,
            at=timezone.now(),
        )
        say("indexing names …")
        residents = Resident.objects.values_list("id", "name").iterator()
        search.index("resident", (search.Row(i, name, property_id=place.pk, people=(name,)) for i, name in residents))
        rooms = Unit.objects.values_list("id", "building__code", "number").iterator()
        search.index("unit", (search.Row(i, n, property_id=place.pk, rooms=((b, n),)) for i, b, n in rooms))
        say("making bills …")
        at = datetime(2026, 12, 1, tzinfo=UTC)
        run = bill_run_draft(property=place, as_of=date(2026, 12, 1), source=RunSource.COMMAND, by=None, at=at)
        bill_run_complete(run=run, by=None, at=at, leave_out_open=True)
        say(f"{run.charge_count:,} charges on {run.bill_count:,} bills")
        bill, run_id = Bill.objects.order_by("-pk").first(), BillRun.objects.get().pk
        assert bill is not None
    client = Client(raise_request_exception=False, headers={"host": "localhost"})
    session = client.session
    with operator_context(OPERATOR_ID), transaction.atomic():
        session_begin(store=session, user=user, means=SignInMeans.PASSWORD, at=timezone.now())
    session.save()
    client.cookies["yuju_session"] = session.session_key or ""
    paths = [
        "/",
        "/board/",
        "/units/",
        "/units/?page=1000",
        "/units/?q=1602",
        "/spaces/",
        "/residents/",
        "/residents/?page=1000",
        "/residents/?q=zs",
        "/residents/500/",
        "/leases/",
        "/leases/?q=500",
        "/leases/500/",
        "/meters/",
        "/meters/500/",
        "/readings/",
        "/tariffs/",
        "/recurring-charges/",
        "/bills/",
        "/bills/?page=1000",
        f"/bills/{bill.pk}/",
        "/bill-runs/",
        f"/bill-runs/{run_id}/",
        "/search?q=zs",
        "/search?q=zhangs",
        "/search?q=1602",
    ]
    return client, paths


def _measured(client: Client, path: str) -> Page:
    statements: list[tuple[float, str]] = []

    def note(execute: Callable[..., Any], sql: str, parameters: Any, many: bool, context: Any) -> Any:
        begun = time.perf_counter()
        try:
            return execute(sql, parameters, many, context)
        finally:
            statements.append(((time.perf_counter() - begun) * 1000, sql))

    client.get(path)
    with connection.execute_wrapper(note):
        status = client.get(path).status_code
    taken = []
    for _ in range(TIMES):
        begun = time.perf_counter()
        client.get(path)
        taken.append((time.perf_counter() - begun) * 1000)
    return Page(path, status, statements, statistics.median(taken), statistics.quantiles(taken, n=20)[-1])
