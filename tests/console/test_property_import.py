"""The page that brings a property in: upload, check, report, confirm, done."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.journeys.property_import.workbooks import Sheets, put, small, workbook
from tests.support.console_world import AT, ConsoleWorld
from tests.support.import_jobs import run_job
from yuju.journeys.property_import.importing import property_import
from yuju.kit import files
from yuju.kit.errors import Refused
from yuju.kit.jobs import forget_passing_files
from yuju.kit.records import JobProgress
from yuju.premises.models import Property, Unit

pytestmark = pytest.mark.django_db


def upload(client: Client, content: bytes) -> Any:
    return client.post(reverse("console:import"), {"workbook": SimpleUploadedFile("阳光里.xlsx", content)})


def checked(client: Client, sheets: Sheets) -> str:
    answer = upload(client, workbook(sheets))
    assert answer.status_code == 302
    run_job(answer["Location"])
    return str(answer["Location"])


def test_a_property_comes_in_after_it_was_confirmed(world: ConsoleWorld) -> None:
    # Given a manager who uploads a workbook
    client = world.client("manager")
    assert client.get(reverse("console:import")).status_code == 200
    at = checked(client, small())
    page = client.get(at).content.decode()
    # When nothing was confirmed, nothing is there
    assert reverse("console:import-confirm", args=[JobProgress.objects.get().pk]) in page
    assert not Property.objects.filter(code="P01").exists()
    # When it is confirmed, everything is
    confirmed = client.post(reverse("console:import-confirm", args=[JobProgress.objects.get().pk]))
    run_job(confirmed["Location"])
    assert client.get(confirmed["Location"]).status_code == 200
    assert Unit.objects.filter(property__code="P01").count() == 2


def test_while_it_works_the_page_shows_how_far_it_is(world: ConsoleWorld) -> None:
    client = world.client("manager")
    at = upload(client, workbook(small()))["Location"]
    assert "sse-connect" in client.get(at).content.decode()


def test_faults_are_listed_and_can_be_downloaded(world: ConsoleWorld) -> None:
    client = world.client("manager")
    at = checked(client, put(small(), "租约", 2, "到期", "2026-02-30"))
    page = client.get(at).content.decode()
    assert "2026-02-30" in page
    assert "租约" in page
    number = JobProgress.objects.get().pk
    assert client.post(reverse("console:import-confirm", args=[number])).status_code == 404
    report = client.get(reverse("console:import-report", args=[number]))
    assert b"".join(report.streaming_content).startswith(b"PK")


def test_what_was_handed_in_is_deleted_after_a_time_and_the_page_says_so(world: ConsoleWorld) -> None:
    # Given a check with faults whose phone numbers and names lie in a file and in what it found, and one that waits
    client = world.client("manager")
    faulty = checked(client, put(small(), "租约", 2, "到期", "2026-02-30"))
    waiting = checked(client, small())
    report = reverse("console:import-report", args=[JobProgress.objects.order_by("pk")[0].pk])
    confirm = reverse("console:import-confirm", args=[JobProgress.objects.order_by("pk")[1].pk])
    assert report in client.get(faulty).content.decode()

    # When it is cleaned within the time, then everything stays
    JobProgress.objects.update(ended_at=timezone.now() - timedelta(days=29))
    forget_passing_files()
    assert report in client.get(faulty).content.decode()

    # When the files went first, then whoever asks for them is told
    _grow_old()
    files.forget_passing(timezone.now() - timedelta(days=30))
    for ask, url, back in ((client.get, report, faulty), (client.post, confirm, reverse("console:import"))):
        assert ask(url)["Location"] == back
        assert "已被删除" in client.get(back).content.decode()

    # When they are cleaned after it, then nothing of the people is left, and the page says why
    JobProgress.objects.update(ended_at=timezone.now() - timedelta(days=31))
    forget_passing_files()
    assert not JobProgress.objects.filter(result__isnull=False).exists()
    for at in (faulty, waiting):
        page = client.get(at).content.decode()
        assert "30 天" in page
        assert report not in page
        assert "2026-02-30" not in page
    assert client.get(report).status_code == 404
    assert client.post(confirm).status_code == 404


def _grow_old() -> None:
    then = (timezone.now() - timedelta(days=31)).timestamp()
    for place in Path(default_storage.location).rglob("*.xlsx"):  # type: ignore[attr-defined]
        os.utime(place, (then, then))


def test_what_is_no_workbook_is_refused_with_its_own_sentence(world: ConsoleWorld) -> None:
    client = world.client("manager")
    for content, word in ((b"a,b\n1,2\n", "CSV"), (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, ".xls")):
        answer = upload(client, content)
        assert answer.status_code == 422
        assert word in answer.content.decode()


def test_the_template_can_be_downloaded(world: ConsoleWorld) -> None:
    answer = world.client("manager").get(reverse("console:import-template"))
    assert b"".join(answer.streaming_content).startswith(b"PK")


@pytest.mark.parametrize("role", ["front_desk", "accountant", "auditor", "guard"])
def test_others_than_managers_may_not(world: ConsoleWorld, role: str) -> None:
    client = world.client(role)
    assert client.get(reverse("console:import")).status_code == 403
    assert upload(client, workbook(small())).status_code == 403


def test_nobody_sees_what_another_checks(world: ConsoleWorld) -> None:
    at = checked(world.client("manager"), small())
    assert world.client("manager").get(at).status_code == 404


def test_a_manager_of_one_property_imports_into_it_alone(world: ConsoleWorld) -> None:
    user = world.user("manager", at=world.here)
    for code, allowed in (("here", True), ("elsewhere", False), ("new", False)):
        data = workbook(put(small(), "项目", 2, "编码", code))
        if allowed:
            assert property_import(source=data, by=user, at=AT).written
        else:
            with pytest.raises(Refused):
                property_import(source=data, by=user, at=AT)
