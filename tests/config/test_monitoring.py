"""Health and metrics: what they find, and who may see it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connections
from django.test import Client
from django.urls import resolve

from yuju.config import health, measures
from yuju.config.measures_of_database import backup_age
from yuju.config.monitoring import PAGES
from yuju.identity.choices import AuditAction
from yuju.identity.services.audit import audit_record
from yuju.kit.crypto import key_ring

pytestmark = pytest.mark.django_db
TOKEN = "a-token-for-machines"
OUTSIDE = {"x-forwarded-for": "203.0.113.7"}


@pytest.fixture(autouse=True)
def behind_a_proxy(settings: Any, tmp_path: Path) -> None:
    """As in production: nginx on this machine in front, keys that were made."""
    settings.YUJU_PROXIES = [ip_network("127.0.0.1")]
    settings.YUJU_MONITORS = [ip_network("10.1.0.0/16")]
    settings.YUJU_MONITORING_TOKEN = TOKEN
    settings.YUJU_KEYS_DIR = str(tmp_path / "keys")
    key_ring()


@pytest.fixture
def worker() -> Iterator[None]:
    """A worker that has just given a sign of life, seen by every connection."""
    with psycopg.connect(**connections["owner"].get_connection_params(), autocommit=True) as owner:
        owner.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now())")
        yield
        owner.execute("DELETE FROM procrastinate_workers")


@pytest.mark.parametrize(
    ("headers", "remote", "sees"),
    [
        ({}, "127.0.0.1", True),
        ({}, "::1", True),
        ({}, "203.0.113.7", False),
        ({}, "10.1.2.3", True),
        (OUTSIDE, "127.0.0.1", False),
        ({"x-forwarded-for": "10.1.2.3"}, "127.0.0.1", True),
        # Whoever passes something on without being one of ours could say anything.
        ({"x-forwarded-for": "10.1.2.3"}, "10.9.9.9", False),
        ({"x-forwarded-for": "127.0.0.1"}, "127.0.0.1", False),
        ({**OUTSIDE, "authorization": f"Bearer {TOKEN}"}, "127.0.0.1", True),
        ({**OUTSIDE, "authorization": "Bearer another"}, "127.0.0.1", False),
        ({**OUTSIDE, "authorization": "Bearer "}, "127.0.0.1", False),
    ],
)
def test_details_are_for_this_machine_named_networks_and_the_token(
    client: Client, headers: dict[str, str], remote: str, sees: bool
) -> None:
    metrics = client.get("/metrics", headers=headers, REMOTE_ADDR=remote)
    ready = client.get("/health/ready", headers=headers, REMOTE_ADDR=remote)

    assert metrics.status_code == (200 if sees else 404)
    assert ("checks" in ready.json()) is sees


def test_without_a_token_set_none_opens(client: Client, settings: Any) -> None:
    settings.YUJU_MONITORING_TOKEN = ""
    for said in ("Bearer ", "Bearer", "bearer  "):
        assert client.get("/metrics", headers={**OUTSIDE, "authorization": said}).status_code == 404


def test_ready_when_all_is_there(client: Client, worker: None) -> None:
    answer = client.get("/health/ready")
    assert answer.json() == {
        "status": "ok",
        "checks": dict.fromkeys(("database", "migrations", "worker", "disk", "keys"), "ok"),
    }
    assert answer["Cache-Control"] == "no-store"


def test_it_answers_whatever_host_is_asked_for_and_without_https(client: Client, settings: Any, worker: None) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/health/ready", headers={"host": "10.0.0.5:8101"}).status_code == 200
    assert client.get("/health/live", headers={"host": "nobody.example"}).json() == {"status": "ok"}
    assert client.post("/health/live").status_code == 405


def test_what_is_wrong_is_named(client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch, worker: None) -> None:
    settings.YUJU_KEYS_DIR = "/nowhere"
    monkeypatch.setattr(health, "LEAST", 10**18)
    monkeypatch.setattr(health, "SILENT", -1)
    monkeypatch.setattr(health, "_known_migrations", lambda: {("identity", "9999_from_tomorrow")})

    answer = client.get("/health/ready")

    assert answer.status_code == 503
    assert answer.json()["checks"] == {
        "database": "ok",
        "migrations": "1 not applied",
        "worker": "no sign of life",
        "disk": "almost full",
        "keys": "missing",
    }


def test_without_a_worker_it_is_not_ready(client: Client) -> None:
    assert client.get("/health/ready").json()["checks"]["worker"] == "none is running"


def test_an_outage_of_the_database_is_told_and_not_an_error(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = {"host": "127.0.0.1", "port": 1, "dbname": "yuju"}
    monkeypatch.setattr(health, "connection_parameters", lambda: nobody)

    ready, metrics = client.get("/health/ready"), client.get("/metrics")

    assert ready.status_code == 503
    assert ready.json()["checks"]["database"] == "does not answer"
    assert ready.json()["checks"]["keys"] == "ok"
    assert "yuju_database_up 0.0" in metrics.content.decode()


def test_requests_are_counted_by_the_name_of_their_page(client: Client, operator: Any) -> None:
    def asked(route: str) -> float:
        told = client.get("/metrics").content.decode()
        found = re.search(rf'yuju_request_seconds_count\{{method="GET",route="{route}",status="\d+"\}} ([\d.]+)', told)
        return float(found[1]) if found else 0.0

    before, nowhere = asked("console:sign-in"), asked("-")
    client.get("/sign-in?next=/secret")
    client.get("/no/such/13800138000")

    assert asked("console:sign-in") == before + 1
    assert asked("-") == nowhere + 1
    told = client.get("/metrics").content.decode()
    assert "secret" not in told
    assert "13800138000" not in told


def test_the_database_is_asked_for_what_all_machines_share(client: Client, operator: Any) -> None:
    from django.utils import timezone

    audit_record(action=AuditAction.SIGN_IN_REFUSED, by=None, at=timezone.now())

    told = client.get("/metrics").content.decode()

    assert "yuju_sign_ins_refused_recently 1.0" in told
    for name in (
        'yuju_jobs{state="todo"}',
        'yuju_bill_runs{state="draft"}',
        "yuju_jobs_oldest_seconds",
        "yuju_disk_free",
    ):
        assert name in told
    assert operator.code not in told


def test_the_age_of_the_last_good_backup_is_told(tmp_path: Path, settings: Any) -> None:
    settings.YUJU_BACKUP_STATUS = tmp_path / "backup.json"
    now = datetime(2026, 11, 25, 12, tzinfo=UTC)
    assert backup_age(now) is None
    (tmp_path / "backup.json").write_text('{"good_at": "2026-11-25T02:30:00+00:00", "failed_at": null}')
    assert backup_age(now) == 9.5 * 3600
    (tmp_path / "backup.json").write_text('{"good_at": null}')
    assert backup_age(now) is None


def test_a_dead_process_follows_no_events(tmp_path: Path) -> None:
    for pid in (2**22 + 1, 1):
        (tmp_path / f"gauge_livesum_{pid}.db").touch()
    measures._forget_the_dead(tmp_path)
    assert [file.name for file in tmp_path.glob("*.db")] == ["gauge_livesum_1.db"]


def test_every_address_is_among_the_sites() -> None:
    assert {resolve(f"/{where}").func for where in PAGES} == set(PAGES.values())
