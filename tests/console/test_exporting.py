"""Long exports: made by a job with the rights of the moment, fetched by who asked, deleted after a while."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from tests.console.test_premises import make_unit
from tests.support.console_world import ConsoleWorld
from yuju.identity.models import AuditEntry, Posting, User
from yuju.kit import files
from yuju.kit.console import export, exporting
from yuju.kit.console.exporting import export_list
from yuju.kit.errors import Refused
from yuju.kit.jobs import forget_passing_files
from yuju.kit.progress import Progress
from yuju.kit.records import JobProgress

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def few_at_once(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Any) -> None:
    monkeypatch.setattr(exporting, "AT_ONCE", 2)
    monkeypatch.setattr(export, "CHUNK", 2)
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def user(world: ConsoleWorld) -> User:
    """A manager of one property with five units; another has one."""
    for number in range(5):
        make_unit(world.here, number)
    make_unit(world.elsewhere, 9)
    return world.user("manager", at=world.here)


class Notes(Progress):
    """Progress that keeps what it is told, in the transaction of the test."""

    def __init__(self) -> None:
        super().__init__(JobProgress.objects.latest("pk").pk)
        self.told: list[tuple[int, int | None]] = []

    def update(self, done: int, total: int | None = None, message: str = "") -> None:
        self.told.append((done, total))

    def finish(self) -> None:
        JobProgress.objects.filter(pk=self.progress_id).update(
            state="done", ended_at=timezone.now(), result=self._result
        )


def ask(client: Client, query: str = "", **given: str) -> str:
    """Asks for an export that is too long for a request; returns the address of its page."""
    answer = client.post(f"/units/export{query}", {"format": "csv", **given})
    assert answer.status_code == 302
    address: str = answer["Location"]
    return address


def run() -> Notes:
    """Runs the job that was asked for last."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT args FROM procrastinate_jobs ORDER BY id DESC LIMIT 1")
        (arguments,) = cursor.fetchone()
    given = json.loads(arguments) if isinstance(arguments, str) else arguments
    notes = Notes()
    ours = {name: value for name, value in given.items() if name not in ("operator_id", "progress_id", "asked_by")}
    export_list(**ours, progress=notes)
    notes.finish()
    return notes


def rows(answer: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))


def test_a_long_list_is_written_by_a_job_and_fetched_by_its_asker(world: ConsoleWorld, user: User) -> None:
    # Given
    client = world.client_of(user)
    page = ask(client, "?sort=-label")
    assert client.get(page).status_code == 200

    # When the job has run
    notes = run()

    # Then the file has the list's rows of this property in their order, its shown columns, and the page leads to it
    listing = client.get("/units/?sort=-label").context["listing"]
    assert f"{page}file" in client.get(page).content.decode()
    found = rows(client.get(f"{page}file"))
    assert found[0] == [str(column.label) for column in listing.columns]
    assert [row[0] for row in found[1:]] == [unit.label for unit in listing.rows]
    assert notes.told == [(2, 5), (4, 5), (5, 5)]
    # It is written to the audit, and nobody else gets at it
    entry = AuditEntry.objects.get(detail__list="units")
    assert (entry.detail["rows"], entry.detail["format"], entry.user_id) == (5, "csv", user.pk)
    other = world.client("manager")
    assert other.get(page).status_code == other.get(f"{page}file").status_code == 404
    assert client.get(page.replace("units", "residents")).status_code == 404


def test_a_broken_download_goes_on(world: ConsoleWorld, user: User) -> None:
    client = world.client_of(user)
    page = ask(client)
    run()
    whole = client.get(f"{page}file")
    content = whole.getvalue()
    rest = client.get(f"{page}file", headers={"Range": "bytes=10-", "If-Range": whole["ETag"]})
    assert (rest.status_code, rest["Content-Range"]) == (206, f"bytes 10-{len(content) - 1}/{len(content)}")
    assert rest.getvalue() == content[10:]
    # Of another file, or of bytes that are not there, all of it is sent
    for headers in (
        {"Range": "bytes=10-", "If-Range": '"other"'},
        {"Range": "bytes=99999-"},
        {"Range": "bytes=0-5,9-"},
    ):
        assert client.get(f"{page}file", headers=headers).getvalue() == content


def test_only_what_is_ticked_is_written(world: ConsoleWorld, user: User) -> None:
    client = world.client_of(user)
    ticked = [row.pk for row in client.get("/units/").context["listing"].rows][:3]
    page = ask(client, ids=",".join(map(str, ticked)))
    run()
    assert len(rows(client.get(f"{page}file"))) == 1 + 3


def test_who_lost_the_right_meanwhile_gets_nothing_and_is_told_why(world: ConsoleWorld, user: User) -> None:
    # Given an export asked for by somebody who is posted elsewhere then
    client = world.client_of(user)
    ask(client)
    Posting.objects.filter(user=user).update(property_id=world.elsewhere.pk)

    # When the job runs, then it is refused in words
    with pytest.raises(Refused, match="无权查看"):
        run()
    # And likewise for somebody who is locked out
    User.objects.filter(pk=user.pk).update(is_active=False)
    with pytest.raises(Refused, match="不能登录"):
        run()
    assert not AuditEntry.objects.filter(detail__list="units").exists()


def test_the_file_is_deleted_after_its_days(world: ConsoleWorld, user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    client = world.client_of(user)
    page = ask(client)
    run()
    # The file first, then what is known of it
    kept = JobProgress.objects.get()
    files.forget(kept.result["file"])
    assert client.get(f"{page}file", follow=True).redirect_chain[0][0] == page
    JobProgress.objects.update(ended_at=timezone.now() - timedelta(days=400))
    forget_passing_files()
    assert client.get(f"{page}file").status_code == 404
    assert f"{page}file" not in client.get(page).content.decode()
