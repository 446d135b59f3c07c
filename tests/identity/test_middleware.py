"""One transaction around each answer, and none around what is fetched afterwards."""

from __future__ import annotations

import io

import pytest
from django.db import connection
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.test import Client
from django.urls import include, path

from tests.support.console_world import ConsoleWorld
from yuju.config.urls import handler400, handler403, handler404, handler500
from yuju.kit.tenancy import current_operator_id
from yuju.premises.models import Property

__all__ = ["handler400", "handler403", "handler404", "handler500"]


def a_file(request: HttpRequest) -> HttpResponseBase:
    return FileResponse(io.BytesIO(b"a file"), filename="a.bin")


def a_stream(request: HttpRequest) -> HttpResponseBase:
    return StreamingHttpResponse(place.name.encode() for place in Property.objects.order_by("pk"))


def writes(request: HttpRequest, status: int) -> HttpResponseBase:
    Property.objects.create(code=f"made-{status}", name="made")
    if status == 599:
        raise RuntimeError("a mistake")
    return HttpResponse(status=status)


urlpatterns = [
    path("file", a_file),
    path("stream", a_stream),
    path("writes/<int:status>", writes),
    path("", include("yuju.console.urls")),
]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls(__name__)]


@pytest.fixture
def client(transactional_db: None) -> Client:
    from django.db import transaction

    from tests.support.operators import make_operator
    from yuju.kit.tenancy import operator_context

    made = make_operator()
    with operator_context(made.pk), transaction.atomic():
        browser = ConsoleWorld(made).client("manager")
    browser.raise_request_exception = False
    browser.operator_id = made.pk  # type: ignore[attr-defined]
    return browser


def test_a_file_is_fetched_without_a_transaction(client: Client) -> None:
    answer = client.get("/file")
    pieces = iter(answer.streaming_content)  # type: ignore[arg-type]
    assert next(pieces) == b"a file"
    assert not connection.in_atomic_block


def test_a_stream_that_asks_the_database_sees_its_own_operator(client: Client) -> None:
    answer = client.get("/stream")
    assert current_operator_id() is None
    assert b"".join(answer.streaming_content).decode() == "青岚里公寓阳光公寓"  # type: ignore[arg-type]
    assert not connection.in_atomic_block


@pytest.mark.parametrize(("status", "kept"), [(200, 1), (404, 1), (500, 0), (503, 0), (599, 0)])
def test_what_a_failing_answer_had_written_is_undone(client: Client, status: int, kept: int) -> None:
    from django.db import transaction

    from yuju.kit.tenancy import operator_context

    client.get(f"/writes/{status}")
    with operator_context(client.operator_id), transaction.atomic():  # type: ignore[attr-defined]
        assert Property.objects.filter(name="made").count() == kept
