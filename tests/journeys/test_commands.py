"""`yuju bill run`, `yuju export charges`, `yuju books verify`: what they say and with what they end."""

from __future__ import annotations

import csv
import re
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from tests.support.operators import make_operator
from tests.support.stays import bind, make_lease, make_property, make_resident, make_tariff, make_unit
from yuju.billing.choices import Basis, FeeCategory, RunState
from yuju.billing.models import BillRun, Charge
from yuju.books.verification import CHECKS
from yuju.kit.tenancy import operator_context
from yuju.premises.models import Property

pytestmark = pytest.mark.django_db


@pytest.fixture
def place(operator: Any) -> Property:
    """Two leases from March on, at 1,000 a month in advance; one has a fee that cannot be billed."""
    place = make_property()
    rent = make_tariff(place, rate="1000")
    for number in ("1601", "1602"):
        bind(lease := make_lease(make_unit(place, number), make_resident(place, f"住户{number}")), rent)
    bind(lease, make_tariff(place, FeeCategory.PROPERTY, basis=Basis.HEADCOUNT))
    return place


def yuju(*command: str) -> str:
    out = StringIO()
    call_command(*command, stdout=out)
    return out.getvalue()


def run(place: Property, as_of: str, *options: str) -> dict[str, str]:
    """What a run says: label → value."""
    said = yuju("bill", "run", "--property", place.code, "--as-of", as_of, *options)
    return dict(re.findall(r"^\s*([\w ,]+): (.+)$", said, re.M))


def test_a_run_is_drafted_and_told(place: Property) -> None:
    said = run(place, "2026-04-30")
    assert (said["bills"], said["charges"], said["total"], said["exceptions"]) == ("4", "4", "4000.00", "2")
    assert said["no_occupants"].startswith("2 ")
    drafted = BillRun.objects.get()
    assert said["run"] == "1 (draft, as of 2026-04-30)"
    assert drafted.state == RunState.DRAFT


def test_an_issued_run_leaves_out_what_cannot_be_billed_and_a_second_adds_nothing(place: Property) -> None:
    # Given an issued run
    said = run(place, "2026-04-30", "--issue")
    assert said["run"] == "1 (issued, as of 2026-04-30)"
    assert said["no_occupants"].startswith("2 ")

    # When it is run again as of the same day, and as of the next month
    again, later = run(place, "2026-04-30", "--issue"), run(place, "2026-05-31", "--issue")

    # Then nothing is billed twice
    assert (again["bills"], again["charges"], again["total"]) == ("0", "0", "0.00")
    assert (later["charges"], later["total"]) == ("2", "2000.00")
    assert Charge.objects.count() == 6


@pytest.mark.parametrize("as_of", ["2026-02-30", "30.4.2026", "tomorrow", ""])
def test_a_day_that_is_none_is_refused(place: Property, as_of: str) -> None:
    with pytest.raises(CommandError, match="not a date"):
        yuju("bill", "run", "--property", place.code, "--as-of", as_of)
    assert not BillRun.objects.exists()


@pytest.mark.parametrize(
    "command",
    [
        ("bill", "run", "--as-of", "2026-04-30"),
        ("export", "charges", "--output", "charges.csv"),
        ("books", "verify"),
    ],
)
def test_an_unknown_property_is_refused_by_name(place: Property, command: tuple[str, ...]) -> None:
    with pytest.raises(CommandError, match="There is no property “nowhere”"):
        yuju(*command, "--property", "nowhere")
    assert not Path("charges.csv").exists()


def test_several_operators_have_to_be_told_apart(place: Property) -> None:
    # Given a second operator
    other = make_operator("another")

    # When / then
    with operator_context(None):
        with pytest.raises(CommandError, match="--operator"):
            yuju("books", "verify")
        with pytest.raises(CommandError, match="There is no property"):
            yuju("bill", "run", "--property", place.code, "--as-of", "2026-04-30", "--operator", other.code)
    assert not BillRun.objects.exists()


def test_charges_are_exported_row_by_row(place: Property, tmp_path: Path) -> None:
    # Given two runs
    run(place, "2026-03-31", "--issue")
    run(place, "2026-04-30", "--issue")

    # When all are exported, and one of them
    target = tmp_path / "charges.csv"
    assert "4 charges" in yuju("export", "charges", "--property", place.code, "--output", str(target))
    one = tmp_path / "one.xlsx"
    assert "2 charges" in yuju("export", "charges", "--property", place.code, "--run", "2", "--output", str(one))

    # Then
    with target.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["start"], row["end"], row["amount"]) for row in rows] == [
        ("2026-03-01", "2026-03-31", "1000.00"),
        ("2026-04-01", "2026-04-30", "1000.00"),
    ] * 2
    assert one.read_bytes().startswith(b"PK")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--run", "7", "--output", "x.csv"), "no bill run 7"),
        (("--output", "x.pdf"), r"\.csv or \.xlsx"),
        (("--output", "/nowhere/x.csv"), "cannot be written"),
    ],
)
def test_an_export_that_cannot_be_made_is_refused(place: Property, options: tuple[str, ...], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        yuju("export", "charges", "--property", place.code, *options)


def test_books_that_hold_end_well_and_say_what_was_looked_at(place: Property) -> None:
    run(place, "2026-04-30", "--issue")
    said = yuju("books", "verify", "--property", place.code)
    assert said.endswith("In order: every invariant holds.\n")
    assert len(re.findall(r"^ok  +\d+  \w+: ", said, re.M)) == len(CHECKS) + 2


def test_books_that_do_not_hold_end_with_1_and_name_the_row(place: Property) -> None:
    # Given a draft whose bill has a wrong total
    run(place, "2026-03-31")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE billing_bill SET total = total + 1 RETURNING id, total")
        bill, total = cursor.fetchone()

    # When
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("books", "verify", stdout=out)

    # Then
    assert ended.value.code == 1
    assert f"bill {bill}: says {total} (1), the facts say {total - Decimal(1)} (1)" in out.getvalue()
    assert out.getvalue().endswith("NOT in order: 2 invariants do not hold.\n")
