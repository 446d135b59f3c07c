"""Where the pages are for people outside."""

from typing import Any

import pytest
from django.test import RequestFactory

from yuju.identity.addresses import public_address

pytestmark = pytest.mark.django_db


@pytest.fixture
def request_at_desk() -> Any:
    return RequestFactory().get("/receipts/1/", headers={"host": "127.0.0.1:8000"})


def test_without_anything_said_it_is_where_one_asked(operator: Any, request_at_desk: Any) -> None:
    assert public_address(request_at_desk, "/r/x") == "http://127.0.0.1:8000/r/x"


def test_the_installations_address_comes_before_it(operator: Any, request_at_desk: Any, settings: Any) -> None:
    settings.YUJU_PUBLIC_URL = "https://yuju.example.com"
    assert public_address(request_at_desk, "/r/x") == "https://yuju.example.com/r/x"


def test_the_operators_own_host_comes_first(operator: Any, request_at_desk: Any, settings: Any) -> None:
    settings.YUJU_PUBLIC_URL = "https://yuju.example.com"
    type(operator).objects.filter(pk=operator.pk).update(host="qinglan.example.com")
    assert public_address(request_at_desk, "/r/x") == "http://qinglan.example.com/r/x"
    settings.ALLOWED_HOSTS = ["qinglan.example.com"]
    there = RequestFactory().get("/", headers={"host": "qinglan.example.com:8443"}, secure=True)
    assert public_address(there, "/r/x") == "https://qinglan.example.com:8443/r/x"
