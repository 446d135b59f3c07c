"""The lists that grow with every month come in an order that an index holds: no page puts millions of rows in order."""

from __future__ import annotations

import pytest
from django.urls import get_resolver

from yuju.billing.models import Charge
from yuju.kit.console import console_site
from yuju.kit.console.sorting import has_index


@pytest.mark.parametrize("slug", ["bills", "charges"])
def test_what_is_billed_comes_by_an_index(slug: str) -> None:
    assert get_resolver().url_patterns, "consoles register when the addresses are loaded"
    console = console_site.consoles[slug]
    assert has_index(console.model, console.ordering)


def test_charges_of_an_account_or_a_fee_are_passed_over_in_the_index() -> None:
    """By id they would be looked for among millions of others, from the newest on."""
    ordered = next(index for index in Charge._meta.indexes if index.name == "charge_by_due_date")
    assert ordered.fields == ["operator_id", "property", "due_date", "account", "tariff"]
    assert console_site.consoles["charges"].ordering == ("-due_date", "-account_id")
