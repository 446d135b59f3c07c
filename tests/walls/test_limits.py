"""How often what may be asked for: the table fits the addresses there are, and is held to."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver, reverse

from tests.walls.addresses import addresses
from tests.walls.things import Things
from yuju.config import limits
from yuju.config.limits import ADDRESS, PERSON, RULES, Rule, rule_of
from yuju.kit.throttle import Limit

TO_COME = {"webhooks"}


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two of everything a minute, counted from nothing."""
    few = [
        Rule(Limit(f"few {rule.limit.name}", 2, timedelta(minutes=1)), rule.per, rule.pages, rule.methods)
        for rule in RULES
    ]
    found = {name: next((one for one in few if re.fullmatch(one.pages, name)), None) for name in names()}
    monkeypatch.setattr(limits, "rule_of", lambda name: found.get(name))


def names() -> set[str]:
    return {one.name for one in addresses(get_resolver())}


def statuses(client: Client, url: str, data: Any = None, times: int = 3, **headers: str) -> list[int]:
    ask = client.get if data is None else client.post
    return [ask(url, data, **headers).status_code for _ in range(times)]  # type: ignore[arg-type]


def test_every_rule_is_for_pages_that_are_there() -> None:
    for rule in RULES:
        assert rule.limit.name in TO_COME or any(re.fullmatch(rule.pages, name) for name in names()), rule.limit.name


def test_what_copies_data_out_or_may_be_guessed_at_has_a_rule() -> None:
    for name in names():
        if re.search(r"-(export|reveal|pick|pdf|file|print)$|sign-in|portal:.*code$", name) and not re.search(
            r"portal:.*-pdf$|bill-job-file|sheet-file|sign-in-rules", name
        ):
            assert rule_of(name) is not None, f"{name}: add it to RULES in yuju/config/limits.py"


def test_who_is_signed_in_is_counted_by_themself(things: Things, few: None) -> None:
    # Given two at one network address
    one, other = things.manager(), things.manager()
    for url in (reverse("console:units-export"), reverse("console:search") + "?q=1"):
        # When one of them asks too often, then only that one waits, and is told how long
        given = {} if url.endswith("export") else None
        assert statuses(one, url, given) == [200, 200, 429], url
        refused = one.get(url) if given is None else one.post(url, given)
        assert 1 <= int(refused["Retry-After"]) <= 60
        assert "no-store" in refused["Cache-Control"]
        assert 'class="why"' in refused.content.decode()
        assert statuses(other, url, given, times=1) == [200]


def test_reveals_are_counted_whatever_they_show(things: Things, few: None) -> None:
    client = things.manager()
    url = reverse("console:residents-reveal", args=[things["residents"].pk, "phone"])
    assert statuses(client, url, {}) == [200, 200, 429]


def test_strangers_are_counted_by_their_network_address(things: Things, few: None) -> None:
    client = Client()
    given = {"username": "nobody", "password": "guessed"}
    assert statuses(client, reverse("console:sign-in"), given)[-1] == 429
    assert client.get(reverse("console:sign-in")).status_code == 200
    receipt = reverse("console:public-receipt", args=["nobodys"])
    assert statuses(client, receipt) == [404, 404, 429]
    assert client.get(receipt, REMOTE_ADDR="203.0.113.9").status_code == 404


def test_residents_are_told_in_the_looks_of_the_portal(things: Things, few: None) -> None:
    client = things.resident()
    url = reverse("portal:phone")
    assert statuses(client, url, {"phone": "1"})[-1] == 429
    assert "/my/" in client.post(url, {"phone": "1"}).content.decode()


def test_measurements_are_not_limited(things: Things, few: None) -> None:
    with limits.lifted():
        assert statuses(things.manager(), reverse("console:search"), times=4) == [200] * 4


def test_strangers_do_not_use_up_what_is_counted_by_person(things: Things, few: None) -> None:
    assert statuses(Client(), reverse("console:units-export")) == [302] * 3
    assert {rule.per for rule in RULES} == {PERSON, ADDRESS}
