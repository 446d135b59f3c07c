"""A bill as it is read: its lines, its comparison, its history, its PDF."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from tests.support.billing_small import AT, draft, issued, lease_of, read
from yuju.billing.models import Bill
from yuju.kit.errors import Refused
from yuju.premises.services import property_create
from yuju.reporting.bill_pdf import bills_pdf
from yuju.reporting.bill_sheets import bill_comparison, bill_history, bill_sheet, bill_sheets, bills_to_read
from yuju.reporting.jobs import print_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def place(operator):
    return property_create(code="here", name="青岚里公寓", by=None, at=AT)


def latest(**conditions):
    return bills_to_read(Bill.objects.filter(**conditions)).order_by("-run__number", "-due_date").first()


def test_each_line_says_how_it_came_about(place):
    # Given rent, a fee by area and electricity over two tiers of the year
    lease = lease_of(place, 101)
    read(lease, (date(2026, 1, 1), 1000), (date(2026, 2, 1), 1090), (date(2026, 3, 1), 1140))
    issued(place, date(2026, 2, 1))
    run = issued(place, date(2026, 3, 1))

    # When March's bill is read
    with override("zh-hans"):
        sheet = bill_sheet(latest(run=run))

    # Then its lines stand in the order of the fee items, each with its calculation
    assert [(line.item, line.amount) for line in sheet.lines] == [
        ("房租", Decimal("4000.00")),
        ("物业费", Decimal("175.00")),
        ("电费", Decimal("37.00")),
    ]
    assert sheet.lines[1].calculation == "62.50 m² × 2.80 元/m²·月 × 1 个月"
    assert sheet.lines[2].about == "表号 D-here-101"
    assert [text for _label, text in sheet.lines[2].parts] == ["90 → 140 kWh", "10 × 0.50 = 5.00", "40 × 0.80 = 32.00"]
    assert sum(line.amount for line in sheet.lines) == sheet.bill.total == sheet.open


def test_the_comparison_is_with_the_same_items_of_the_last_run(place):
    lease = lease_of(place, 101)
    read(lease, (date(2026, 1, 1), 0), (date(2026, 2, 1), 100), (date(2026, 3, 1), 150))
    first = issued(place, date(2026, 2, 1))
    issued(place, date(2026, 3, 1))
    before, compared = bill_comparison(latest())
    assert before.run == first
    # The first run caught up January and February.
    assert [(one.item, one.amount, one.before) for one in compared] == [
        ("房租", Decimal("4000.00"), Decimal("8000.00")),
        ("物业费", Decimal("175.00"), Decimal("350.00")),
        ("电费", Decimal("40.00"), Decimal("50.00")),
    ]
    assert bill_comparison(bills_to_read(Bill.objects.filter(run=first)).first()) == (None, [])


def test_the_history_ends_with_what_happened_last(place):
    lease_of(place, 101)
    issued(place)
    titles = [str(event["title"]) for event in bill_history(latest(), [])]
    with override("en"):
        titles = [str(event["title"]) for event in bill_history(latest(), [])]
    assert titles == ["Bills issued", "Drafted"]


def test_many_sheets_take_a_fixed_number_of_statements(place):
    for number in range(101, 106):
        lease_of(place, number)
    run = issued(place, date(2026, 1, 1))
    with CaptureQueriesContext(connection) as captured:
        sheets = list(bill_sheets(Bill.objects.filter(run=run)))
    assert [sheet.bill.number for sheet in sheets] == sorted(sheet.bill.number for sheet in sheets)
    assert len(sheets) == 5
    # Keys, bills, charges, voids, adjustments.
    assert len(captured) == 5


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_bill_prints_in_both_languages(place, language):
    lease = lease_of(place, 101)
    read(lease, (date(2026, 1, 1), 0), (date(2026, 2, 1), 320))
    issued(place)
    with override(language):
        made = bills_pdf([bill_sheet(latest())])
    assert made.startswith(b"%PDF-")
    assert len(made) < 300_000


def test_a_draft_prints_too(place):
    lease_of(place, 101)
    draft(place)
    assert bills_pdf([bill_sheet(latest())]).startswith(b"%PDF-")


def test_a_name_no_font_has_is_a_fault(place):
    lease_of(place, 101, name="林\U000323af")
    issued(place)
    with pytest.raises(Refused, match="U.323AF"):
        bills_pdf([bill_sheet(latest())])


def test_all_bills_of_a_run_come_in_files_of_so_many(place, monkeypatch, settings, tmp_path):
    monkeypatch.setattr("yuju.reporting.jobs.BILLS_A_FILE", 2)
    for number in range(101, 104):
        lease_of(place, number)
    run = issued(place, date(2026, 1, 1))
    told = Told()
    print_run(run_id=run.pk, language="zh-hans", progress=told)
    assert told.ended["run"] == run.pk
    assert len(told.ended["files"]) == 2
    assert told.done == [2]


class Told:
    """Stands in for the progress of a job."""

    def __init__(self):
        self.done = []
        self.ended = None

    def update(self, done, total=None, message=""):
        self.done.append(done)

    def result(self, result):
        self.ended = result
