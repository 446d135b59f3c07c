"""Nothing that belongs to a person, and no secret, gets into the log, however it was about to."""

from __future__ import annotations

import io
import json
import logging
import logging.config
from collections.abc import Callable, Iterator
from ipaddress import ip_network
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client, RequestFactory, override_settings
from django.urls import path

from yuju.config.logs import JsonLines, ReadableLines, configuration, request_id
from yuju.config.requests import without_values
from yuju.config.scrubbing import describe, scrub, scrub_foreign
from yuju.kit.tenancy import operator_context
from yuju.premises.models import Property

PHONE, SPACED, CARD = "13800138000", "138 0013 8000", "6222021234567890123"
NUMBER, NAME, WORD = "11010519491231002X", "欧阳若兰", "sesame-open-1949"
TOKEN, MAIL, SESSION = "q7Xk29vLm4TzPb81RwYcN3", "ruolan@example.com", "b5vq0c8l2m7ztu1x9dks4e6hyf3ragwn"
PLANTED = (PHONE, SPACED, CARD, NUMBER, NAME, WORD, TOKEN, MAIL, SESSION)


@pytest.fixture(params=[JsonLines, ReadableLines], ids=["json", "lines"])
def log(request: pytest.FixtureRequest) -> Iterator[tuple[logging.Logger, Callable[[], str]]]:
    """A logger whose lines can be read."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(request.param())
    logger = logging.getLogger("yuju.tests.log")
    logger.propagate = False
    logger.addHandler(handler)
    yield logger, stream.getvalue
    logger.removeHandler(handler)


def raised(error: BaseException, cause: BaseException | None = None) -> BaseException:
    """The exception as it is once it was thrown."""
    try:
        raise error from cause
    except BaseException as caught:
        return caught


EXCEPTIONS = {
    "value": ValueError(f"invalid literal for int() with base 10: '{PHONE}'"),
    "key": KeyError(NUMBER),
    "name": RuntimeError(f"{NAME} has no lease, {PHONE}"),
    "address": OSError(f"GET https://admin:{WORD}@host/r/{TOKEN}?phone={PHONE} failed"),
    "headers": RuntimeError(str({"Cookie": f"yuju_session={SESSION}", "Authorization": f"Bearer {TOKEN}"})),
    "form": TypeError(f"password={WORD}&name={NAME}&id={NUMBER}"),
    "mail": LookupError(f"{MAIL} and {CARD} and {SPACED}"),
    "cause": raised(RuntimeError("outer"), ValueError(f"'{NAME}' {NUMBER}")),
}


@pytest.mark.parametrize("planted", EXCEPTIONS)
def test_exceptions_tell_where_and_what_but_no_values(log: Any, planted: str) -> None:
    logger, written = log
    error = raised(EXCEPTIONS[planted])

    logger.error("a mistake", exc_info=(type(error), error, error.__traceback__))

    assert type(error).__name__ in written()
    assert "in raised" in written()
    assert [leak for leak in PLANTED if leak in written()] == []


MESSAGES = {
    "arguments": ("taken from %s (%s)", (PHONE, NUMBER)),
    "address": ("asked for %s", (f"/search?q={NAME}&phone={PHONE}",)),
    "headers": ("%s", (f"Cookie: yuju_session={SESSION}; csrftoken={TOKEN}",)),
    "bearer": ("sent Authorization: Bearer %s", (TOKEN,)),
    "detail": ("failed: %s", (f"duplicate key\nDETAIL:  Key (name, phone)=({NAME}, {PHONE}) already exists.\n",)),
    "lines": ("a\n%s\nb", (f"CONTEXT:  {NAME} {WORD}",)),
}


@pytest.mark.parametrize("planted", MESSAGES)
def test_messages_of_ours_lose_their_values(log: Any, planted: str) -> None:
    logger, written = log
    logger.warning(MESSAGES[planted][0], *MESSAGES[planted][1])
    assert [leak for leak in PLANTED if leak in written()] == []
    assert len(written().splitlines()) == 1


def test_a_complaint_of_the_database_names_the_rule_and_not_the_row(log: Any, operator: Any) -> None:
    # Given a row the database refuses
    logger, written = log
    Property.objects.create(code=PHONE, name=NAME)
    try:
        with transaction.atomic():
            Property.objects.create(code=PHONE, name=NAME)
    except IntegrityError:
        # When
        logger.exception("a mistake")

    # Then
    assert "IntegrityError" in written()
    assert "sqlstate=23505 constraint=property_code_once" in written()
    assert [leak for leak in PLANTED if leak in written()] == []


def test_what_is_said_plainly_stays_readable() -> None:
    plain = "3 of 120 jobs since 2026-11-25 21:30:55 (run 48213, yuju.billing.jobs.draft) took 12.5 s"
    assert scrub(plain) == plain
    assert scrub_foreign("relation yuju_0001 is not there") == "relation yuju_0001 is not there"
    assert describe(None, None, None) == ""


def test_a_query_is_told_without_what_is_written_into_it() -> None:
    sql = f"SELECT 1\n  FROM x WHERE a = %s AND name = '{NAME}' AND phone = {PHONE} LIMIT 25"
    assert without_values(sql) == "SELECT 1 FROM x WHERE a = %s AND name = … AND phone = … LIMIT 25"


def test_a_line_for_machines_says_whose_it_is() -> None:
    record = logging.makeLogRecord({"name": "yuju.requests", "levelname": "INFO", "msg": "answered", "status": 200})
    token = request_id.set("ab" * 16)
    try:
        with operator_context(7):
            line = json.loads(JsonLines().format(record))
    finally:
        request_id.reset(token)
    assert line["request"] == "ab" * 16
    assert (line["operator"], line["status"], line["message"], line["level"]) == (7, 200, "answered", "info")


def broken(request: Any, token: str) -> None:
    """A page with a mistake in it that quotes its visitor."""
    raise ValueError(f"{request.GET['q']} {request.POST} {token}")


urlpatterns = [path("r/<str:token>", broken, name="broken")]
handler500 = "yuju.config.errors.server_error"


@override_settings(ROOT_URLCONF="tests.config.test_logs")
@pytest.mark.parametrize("form", ["json", "lines"])
def test_a_page_that_fails_is_told_by_its_name(
    db: None, client: Client, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    # Given the log as it is set up
    monkeypatch.setenv("YUJU_LOG", form)
    stream = io.StringIO()
    settings = configuration()
    settings["handlers"]["console"]["stream"] = stream
    logging.config.dictConfig(settings)
    client.raise_request_exception = False

    # When
    try:
        answer = client.post(f"/r/{TOKEN}?q={NAME}", {"password": WORD}, headers={"user-agent": PHONE})
    finally:
        logging.config.dictConfig(configuration())

    # Then the page's reference leads to the lines, which name page and place alone
    written = stream.getvalue()
    reference = answer["X-Request-ID"][:8]
    assert answer.status_code == 500
    assert f"E-{reference.upper()}".encode() in answer.content
    assert reference in written
    assert "broken" in written
    assert "ValueError" in written
    assert [leak for leak in PLANTED if leak in written] == []


def test_only_a_proxy_of_ours_numbers_requests(settings: Any, client: Client, db: None) -> None:
    given = "0123456789abcdef" * 2
    strange = client.get("/sign-in", headers={"x-request-id": given})
    settings.YUJU_PROXIES = [ip_network("127.0.0.1")]
    known = client.get("/sign-in", headers={"x-request-id": given})
    forged = client.get("/sign-in", headers={"x-request-id": "<script>"})

    assert strange["X-Request-ID"] != given
    assert known["X-Request-ID"] == given
    assert len(forged["X-Request-ID"]) == 32


def test_djangos_own_lines_lose_the_address() -> None:
    said = {"name": "django.request", "msg": "Not Found: %s", "args": (f"/r/{TOKEN}",), "status_code": 404}
    record = logging.makeLogRecord({**said, "request": RequestFactory().get(f"/r/{TOKEN}")})
    assert TOKEN not in ReadableLines().format(record)
    assert "404" in ReadableLines().format(record)
