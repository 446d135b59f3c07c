"""Every address that names a thing: closed to whoever is posted at another property, and to every other operator."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import uuid4

import pytest
from django.urls import reverse

from tests.support.billing_database import load_world
from tests.support.billing_worlds import make_world
from yuju.billing.choices import RunSource
from yuju.billing.models import BillingAccount
from yuju.billing.services.runs import bill_run_draft, bill_run_issue
from yuju.console import urls
from yuju.kit.console import console_site
from yuju.metering.models import Meter
from yuju.payments.choices import PaymentChannel
from yuju.payments.services import payment_take
from yuju.premises.models import ParkingSpace, Property
from yuju.residency.models import Occupant, Tenure

assert urls.urlpatterns  # loading them registers every page

AT = datetime(2028, 3, 15, 1, tzinfo=UTC)
JOBS = ("bill-runs/jobs/", "import/")
"""What a job made is its asker's alone, whoever else may see the property."""


@pytest.fixture
def things(world):
    """One thing of each console, at a property of its own; and that property."""
    place, _, _ = load_world(make_world(5, units=12), "walled")
    run = bill_run_draft(property=place, as_of=date(2028, 3, 15), source=RunSource.COMMAND, by=None, at=AT)
    bill_run_issue(run=run, by=None, at=AT, leave_out_open=True)
    ParkingSpace.objects.create(property=place, code="1")
    Occupant.objects.create(tenure=Tenure.objects.first(), name="周明")
    account = BillingAccount.objects.filter(property=place).order_by("pk").first()
    payment_take(
        account=account,
        amount=Decimal(100),
        channel=PaymentChannel.CASH,
        key=uuid4(),
        on=date(2028, 3, 15),
        by=None,
        at=AT,
    )
    staff = world.user("cashier", at=place)
    found = {}
    for slug, console in console_site.consoles.items():
        rows = console.model._default_manager.all()
        if slug == "staff":
            rows = rows.filter(pk=staff.pk)
        elif slug == "properties":
            rows = rows.filter(pk=place.pk)
        elif console.property_path is not None:
            rows = rows.filter(**{console.property_path: place.pk})
        found[slug] = rows.first()
    return place, found


def addresses(found):
    """Every address with a number in it, filled in with things that are there."""
    for pattern in console_site.urls:
        route = str(pattern.pattern)
        numbers = re.findall(r"<int:(\w+)>", route)
        slug = route.partition("/")[0]
        if not numbers or found.get(slug) is None or route.startswith(JOBS):
            continue
        arguments = dict.fromkeys(numbers, 1)
        if "pk" in numbers:
            arguments["pk"] = found[slug].pk
        if "occupant" in numbers:
            occupant = Occupant.objects.get()
            arguments |= {"occupant": occupant.pk, "pk": occupant.tenure_id}
        for word in re.findall(r"<str:(\w+)>", route):
            arguments[word] = next(iter(console_site.consoles[slug].masked_columns), "nothing")
        yield slug, pattern.name, reverse(f"console:{pattern.name}", kwargs=arguments)


def test_things_of_every_kind_are_there_to_be_tried(things):
    _, found = things
    assert {
        "units",
        "residents",
        "leases",
        "bills",
        "bill-runs",
        "meters",
        "readings",
        "tariffs",
        "spaces",
        "payments",
        "receipts",
    } <= {slug for slug, row in found.items() if row is not None}
    assert len(list(addresses(found))) > 40


def test_a_manager_of_the_property_reaches_them(world, things):
    # So that what is refused below is refused for want of a right
    place, found = things
    client = world.client("manager", at=place)
    for slug, name, url in addresses(found):
        if name == f"{slug}-detail":
            assert client.get(url).status_code == 200, url


def test_nobody_posted_elsewhere_reaches_a_thing(world, things):
    # Given a manager of another property
    _, found = things
    client = world.client("manager", at=world.here)

    # When each address is asked for and sent to, then there is nothing there
    opened = []
    for slug, name, url in addresses(found):
        if console_site.consoles[slug].property_path is None and slug != "staff":
            continue  # of the operator as a whole
        for answer in (client.get(url), client.post(url, {})):
            if answer.status_code not in (403, 404, 405):
                opened.append((name, url, answer.status_code))
    assert opened == []


def test_no_other_operator_reaches_a_thing(world, things):
    # Given the managers of everything of another operator
    _, found = things
    urls = list(addresses(found))
    with world.other_operator() as other:
        client = other.client("manager")
        opened = []
        for _slug, name, url in urls:
            for answer in (client.get(url), client.post(url, {})):
                if answer.status_code not in (403, 404, 405):
                    opened.append((name, url, answer.status_code))
    assert opened == []


def test_nobody_without_a_role_reaches_any_page(world, things):
    # Given a guard of the very property, who may see premises and residents alone
    place, found = things
    client = world.client("guard", at=place)
    seen = {"properties", "buildings", "units", "spaces", "residents"}

    # Then everything else is closed, lists and exports and pickers included
    opened = []
    for slug, console in console_site.consoles.items():
        if slug in seen:
            continue
        for page in ("list", "export", "pick"):
            if client.get(console.url(page)).status_code != 403:
                opened.append((slug, page))
    for slug, name, url in addresses(found):
        if slug not in seen and client.get(url).status_code not in (403, 404, 405):
            opened.append((slug, name))
    assert opened == []
    assert Meter.objects.exists()


def test_lists_exports_and_pickers_hold_nothing_of_elsewhere(world, things):
    # Given a manager of another property, where there is nothing
    _, found = things
    client = world.client("manager", at=world.here)

    # When each list, its export and its picker are asked for, then none names a thing by its number or name
    for slug, console in console_site.consoles.items():
        row = found.get(slug)
        if row is None or console.property_path is None:
            continue
        listed = client.get(console.url("list")).content.decode()
        assert f"/{slug}/{row.pk}/" not in listed, slug
        assert f'data-pick-id="{row.pk}"' not in client.get(console.url("pick")).content.decode(), slug
        export = b"".join(client.get(console.url("export") + "?format=csv"))
        if slug == "audit":  # it holds what this very test does at its own property
            continue
        assert len(export.decode("utf-8-sig").strip().splitlines()) <= (2 if console.model is Property else 1), slug
