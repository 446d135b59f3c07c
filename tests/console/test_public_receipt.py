"""The public page of a receipt: what it shows, and what it keeps to itself."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.support.console_world import ConsoleWorld
from tests.support.receipts import AT, ON, account_of, paid
from yuju.config import limits
from yuju.kit.tenancy import operator_context
from yuju.kit.throttle import Limit
from yuju.payments.models import Receipt
from yuju.payments.services import Taken, payment_reverse

pytestmark = pytest.mark.django_db


@pytest.fixture
def taken(world: ConsoleWorld) -> Taken:
    return paid(account_of(world.here, 904, name="王建业"))


def look(token: str, client: Client | None = None, **given: Any) -> Any:
    """The answer to somebody who scans a code; no operator is in force."""
    with operator_context(None):
        return (client or Client()).get(f"/r/{token}", **given)


def words(response: Any) -> str:
    """The text of a page's main part."""
    page: str = response.content.decode()
    return " ".join(re.sub(r"<[^>]+>", " ", page[page.index("<main") :]).split())


def test_it_shows_that_the_receipt_is_genuine_and_nothing_else(taken: Taken) -> None:
    response = look(taken.receipt.token)
    assert response.status_code == 200
    text = words(response)
    for part in (
        taken.receipt.number,
        "¥4,175.00",
        "人民币肆仟壹佰柒拾伍元整",
        "青岚里公寓",
        "2026-11-25",
        "王**",
        "有效",
    ):
        assert part in text, part
    for part in ("王建业", "3栋", "0904", "房租", "现金", "HT-here-904"):
        assert part not in response.content.decode(), part
    assert "作废" not in text


def test_nobody_keeps_it_or_lists_it(taken: Taken) -> None:
    response = look(taken.receipt.token)
    assert "no-store" in response["Cache-Control"]
    assert "noindex" in response["X-Robots-Tag"]
    assert response["Referrer-Policy"] == "no-referrer"
    assert '<meta name="robots" content="noindex">' in response.content.decode()


def test_a_reversed_payment_shows_its_receipt_void(taken: Taken) -> None:
    payment_reverse(payment=taken.payment, reason="wrong unit", on=ON, by=None, at=AT)
    response = look(taken.receipt.token)
    assert "此收据已作废" in words(response)
    assert "已冲红" in words(response)
    assert "shield-check" not in response.content.decode()


def test_it_speaks_english_to_a_phone_that_does(taken: Taken) -> None:
    text = words(look(taken.receipt.token, headers={"accept-language": "en"}))
    assert "This receipt is valid" in text
    assert "Received on" in text


@pytest.mark.parametrize("change", ["last", "first", "short", "long", "empty-ish", "nul", "sql", "upper", "chinese"])
def test_every_wrong_token_gets_the_same_answer(taken: Taken, change: str) -> None:
    token = taken.receipt.token
    other = "A" if token[-1] != "A" else "B"
    wrong = {
        "last": token[:-1] + other,
        "first": ("A" if token[0] != "A" else "B") + token[1:],
        "short": token[:-1],
        "long": token + "A",
        "empty-ish": "-",
        "nul": "%00" + token[1:],
        "sql": "' OR 1=1 --",
        "upper": token.swapcase(),
        "chinese": "收据",
    }[change]
    response = look(wrong)
    assert response.status_code == 404
    assert words(response) == words(look("A" * 22))
    assert "没有这张收据" in words(response)
    assert "no-store" in response["Cache-Control"]


def test_each_operators_receipts_are_found_by_their_tokens_alone(world: ConsoleWorld, taken: Taken) -> None:
    with world.other_operator() as other:
        theirs = paid(account_of(other.here, 301, name="周怡轩")).receipt
    assert theirs.number in words(look(theirs.token))
    assert taken.receipt.number in words(look(taken.receipt.token))
    # Somebody who is signed in at one operator sees another's receipt as everybody does.
    client = world.client("manager")
    assert "周**" in words(look(theirs.token, client))
    assert client.get(reverse("console:home")).status_code == 200


def test_from_outside_the_wall_nothing_but_the_operator_is_told(taken: Taken) -> None:
    with operator_context(None), connection.cursor() as cursor:
        cursor.execute("SELECT yuju_operator_of_receipt(%s)", [taken.receipt.token])
        assert cursor.fetchone() == (taken.receipt.operator_id,)
        for wrong in ("", "%", taken.receipt.token[:-1], taken.receipt.number):
            cursor.execute("SELECT yuju_operator_of_receipt(%s)", [wrong])
            assert cursor.fetchone() == (None,)
    assert len(Receipt.objects.get().token) == 22


def test_it_is_only_looked_at(taken: Taken) -> None:
    with operator_context(None):
        assert Client().post(f"/r/{taken.receipt.token}").status_code == 405
        assert Client().head(f"/r/{taken.receipt.token}").status_code == 200


def test_it_costs_a_handful_of_statements(taken: Taken) -> None:
    with CaptureQueriesContext(connection) as captured:
        look(taken.receipt.token)
    assert sum("SAVEPOINT" not in query["sql"] and "set_config" not in query["sql"] for query in captured) == 4


def test_who_tries_too_often_waits(taken: Taken, monkeypatch: pytest.MonkeyPatch) -> None:
    limit = Limit("receipts checked", 3, timedelta(minutes=1))
    monkeypatch.setattr(limits, "rule_of", lambda name: limits.Rule(limit, limits.ADDRESS, name))
    for _ in range(3):
        assert look("A" * 22).status_code == 404
    # Then the right one is not shown either
    response = look(taken.receipt.token)
    assert response.status_code == 429
    assert 1 <= int(response["Retry-After"]) <= 60
    assert taken.receipt.number not in response.content.decode()
    # But to somebody else
    assert look(taken.receipt.token, REMOTE_ADDR="203.0.113.9").status_code == 200
