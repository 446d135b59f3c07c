"""Whatever stands in an address or a form: a page says what is wrong or passes it over, and never breaks."""

from __future__ import annotations

import pytest
from django.urls import get_resolver

from tests.walls.addresses import addresses
from tests.walls.conftest import things

__all__ = ["things"]

NAMES = (
    *("unit", "tenure", "tenure_typed", "property", "building", "kind", "meter", "tariff", "field", "day", "as_of"),
    *("state", "per", "page", "sort", "q", "tab", "format", "resident", "month", "exception", "cause", "decision"),
    *("user", "start", "end", "rate", "formula", "tiers", "basis", "value", "date", "occupants", "discount", "next"),
    *("username", "name", "postings", "lock", "workbook", "sheet", "point", "space", "valid_from", "reason", "number"),
)
USUAL = ("\x00",)
RARE = (
    "²",
    "9" * 40,
    "9" * 5000,
    "-1",
    "0001-01-01",
    "9999-12-31",
    "NaN",
    "1e400",
    "%",
    "' OR 1=1 --",
    "٣",
    "一" * 3000,
)
VALUES = [*USUAL, *(pytest.param(value, marks=pytest.mark.scale) for value in RARE)]


@pytest.mark.parametrize("value", VALUES, ids=range(len(VALUES)))
def test_nonsense_breaks_no_page(things, value):
    # Given somebody who may do everything, and every address there is
    client = things.manager()
    asked = [(one.name, one.url(things)) for one in addresses(get_resolver()) if one.permission is not None]
    client.raise_request_exception = False

    # When nonsense is asked and sent everywhere
    nonsense = dict.fromkeys(NAMES, value)
    broken = []
    for name, url in asked:
        for answer in (client.get(url, nonsense), client.post(url, nonsense)):
            if answer.status_code >= 500:
                broken.append((name, answer.request["REQUEST_METHOD"]))

    # Then nothing breaks
    assert broken == []
