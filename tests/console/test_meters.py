"""The pages of meters and readings, the round and its sheet."""

import io
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from python_calamine import CalamineWorkbook

from tests.support.billing_small import issued, lease_of
from tests.support.billing_small import read as read_at
from tests.support.console_world import ConsoleWorld
from tests.support.stays import make_meter, make_unit
from yuju.billing.models import Adjustment
from yuju.journeys.readings import reading_enter
from yuju.kit.testing.console import ConsoleFormTests, ConsoleTests
from yuju.metering.choices import ReadingSource
from yuju.metering.models import Meter, Reading
from yuju.premises.models import Property

pytestmark = pytest.mark.django_db


def read(meter: Meter, value: int, *, days_ago: int = 0) -> Reading:
    day = timezone.localdate() - timedelta(days=days_ago)
    return reading_enter(meter=meter, date=day, value=Decimal(value), by=None, at=timezone.now())


class TestMeters(ConsoleTests, ConsoleFormTests):
    slug = "meters"
    viewer = "auditor"
    editor = "engineer"
    stranger = "cleaner"
    list_queries = 10
    invalid = ("multiplier", "many")

    def make(self, world: ConsoleWorld, property: Property, number: int) -> Meter:
        meter = make_meter(property, make_unit(property, f"{number:04d}"), serial=f"S-{number:05d}")
        read(meter, 10 * number, days_ago=40)
        return meter

    def form_data(self, world: ConsoleWorld, number: int) -> Mapping[str, Any]:
        return {
            "property": world.here.pk,
            "serial": f"N-{number}",
            "kind": "electricity",
            "multiplier": "1",
            "digits": "6",
            "unit": make_unit(world.here, f"8{number:03d}").pk,
            "start": "2026-01-01",
            "first_value": "12.5",
        }

    def test_the_views_part_meters_by_what_is_to_do(self, world: ConsoleWorld) -> None:
        fresh, stale = (make_meter(world.here, serial=name) for name in ("A", "B"))
        read(fresh, 5)
        client = world.client("engineer")
        assert self.listed(client) == [fresh.pk, stale.pk]
        assert self.listed(client, "?tab=unread") == [stale.pk]
        replace = reverse("console:meter-replace", args=[fresh.pk])
        data = {"on": str(timezone.localdate()), "last_value": "5", "serial": "C", "first_value": "0"}
        assert client.post(replace, {**data, "multiplier": "1", "digits": "6"}).status_code == 302
        assert self.listed(client, "?tab=removed") == [fresh.pk]

    def test_a_reading_is_recorded_and_put_right_on_the_meters_page(self, world: ConsoleWorld) -> None:
        # Given
        meter = self.make(world, world.here, 1)
        client = world.client("engineer")
        new = reverse("console:reading-new", args=[meter.pk])

        # When it is read, first backwards
        today = str(timezone.localdate())
        assert client.get(new).status_code == 200
        assert client.post(new, {"date": today, "value": "9"}).status_code == 422
        assert client.post(new, {"date": today, "value": "461.3"}).status_code == 302

        # Then corrected, with its reason
        reading = Reading.objects.get(value=Decimal("461.3"))
        correct = reverse("console:reading-correct", args=[reading.pk])
        assert client.get(correct).status_code == 200
        assert client.post(correct, {"date": today, "reason": "看错"}).status_code == 422
        assert client.post(correct, {"date": today, "value": "421.3", "reason": "看错一位"}).status_code == 302
        page = client.get(self.console.detail_url(meter)).content.decode()
        for told in ("461.3", "421.3", "看错一位", "411.3"):
            assert told in page, told

        # And taken away
        reading = Reading.objects.get(value=Decimal("421.3"))
        correct = reverse("console:reading-correct", args=[reading.pk])
        assert client.post(correct, {"date": today, "is_void": "on", "reason": "不是这块"}).status_code == 302
        assert Reading.objects.filter(superseded_by=None, is_void=False).count() == 1

    def test_only_who_may_read_meters_is_offered_it(self, world: ConsoleWorld) -> None:
        meter = self.make(world, world.here, 1)
        new = reverse("console:reading-new", args=[meter.pk])
        client = world.client("auditor")
        assert new not in client.get(self.console.detail_url(meter)).content.decode()
        assert client.get(new).status_code == 403
        assert world.client("engineer", at=world.elsewhere).get(new).status_code == 404


class TestReadings(ConsoleTests):
    slug = "readings"
    viewer = "auditor"
    editor = "engineer"
    stranger = "guard"
    list_queries = 9

    def make(self, world: ConsoleWorld, property: Property, number: int) -> Reading:
        meter = make_meter(property, make_unit(property, f"{number:04d}"), serial=f"S-{number:05d}")
        return read(meter, number, days_ago=number)


@pytest.fixture
def round_(world: ConsoleWorld) -> list[Meter]:
    """Three meters of three units that used 3 a day, all read 40 days ago."""
    meters = []
    for number in (101, 102, 103):
        meter = make_meter(world.here, make_unit(world.here, f"0{number}"), serial=f"W-{number}")
        for index in range(5):
            read(meter, 100 + 90 * index, days_ago=160 - 30 * index)
        meters.append(meter)
    return meters


class TestRound:
    address = "/read/"

    def post(self, client: Client, meter: Meter, value: str, **given: str) -> Any:
        data = {"date": str(timezone.localdate()), "value": value, **given}
        return client.post(f"{self.address}?property={meter.property_id}&meter={meter.pk}", data)

    def test_meter_after_meter_until_all_are_read(self, world: ConsoleWorld, round_: list[Meter]) -> None:
        client = world.client("engineer", at=world.here)
        page = client.get(self.address)
        assert page.context["stop"].meter_id == round_[0].pk
        for index, meter in enumerate(round_):
            response = self.post(client, meter, "580")
            assert response.status_code == 302
            page = client.get(response["Location"])
            expected = round_[index + 1].pk if index + 1 < len(round_) else None
            assert (page.context["stop"].meter_id if page.context["stop"] else None) == expected
        assert Reading.objects.filter(date=timezone.localdate(), source=ReadingSource.FORM).count() == 3

    def test_far_above_the_usual_is_asked_about_once(self, world: ConsoleWorld, round_: list[Meter]) -> None:
        client = world.client("engineer", at=world.here)
        response = self.post(client, round_[0], "9000")
        assert response.status_code == 422
        assert response.context["warning"]
        assert self.post(client, round_[0], "9000", seen=response.context["seen"]).status_code == 302

    def test_backwards_asks_for_the_rollover(self, world: ConsoleWorld, round_: list[Meter]) -> None:
        client = world.client("engineer", at=world.here)
        response = self.post(client, round_[0], "5")
        assert response.status_code == 422
        assert 'name="is_rollover"' in response.content.decode()

    def test_who_has_several_properties_chooses_first(self, world: ConsoleWorld, round_: list[Meter]) -> None:
        client = world.client("manager")
        assert world.here.name in client.get(self.address).content.decode()
        assert client.get(f"{self.address}?property={world.here.pk}").context["stop"].meter_id == round_[0].pk
        assert world.client("auditor").get(self.address).status_code == 403


def sheet(*rows: tuple[Any, ...]) -> SimpleUploadedFile:
    """A filled-in sheet: meter, date, reading, rolled over."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target)
    page = book.add_worksheet()
    for row, cells in enumerate([("表号", "抄表日期", "本次读数", "翻转"), *rows]):
        page.write_row(row, 0, cells)
    book.close()
    return SimpleUploadedFile("sheet.xlsx", target.getvalue())


class TestSheet:
    address = "/reading-sheet/"

    def test_the_round_comes_as_a_sheet_and_goes_back_in(self, world: ConsoleWorld, round_: list[Meter]) -> None:
        client = world.client("engineer", at=world.here)
        assert client.get(self.address).status_code == 200
        response = client.get(f"{self.address}file?property={world.here.pk}")
        data = b"".join(response.streaming_content)  # type: ignore[arg-type]
        rows = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
        assert [row[0] for row in rows[1:]] == ["W-101", "W-102", "W-103"]
        assert rows[1][1] == "3栋0101"
        today = str(timezone.localdate())
        response = client.post(
            self.address, {"sheet": sheet(("W-101", today, 500), ("W-103", today, "510.5"), ("W-102",))}
        )
        assert response.status_code == 302
        values = Reading.objects.filter(source=ReadingSource.SHEET).order_by("value").values_list("value", flat=True)
        assert list(values) == [Decimal(500), Decimal("510.5")]

    def test_one_wrong_cell_keeps_everything_out(self, world: ConsoleWorld, round_: list[Meter]) -> None:
        # Given one right row and every kind of wrong one
        today = timezone.localdate()
        rows: list[tuple[Any, ...]] = [
            ("W-101", str(today), 500),
            ("W-101", str(today), 501),
            ("X-1", str(today), 1),
            ("W-102", "2026-02-30", 500),
            ("W-103", str(today + timedelta(days=1)), 500),
        ]
        client = world.client("engineer", at=world.here)

        # When
        response = client.post(self.address, {"sheet": sheet(*rows)})

        # Then
        assert response.status_code == 422
        faults = [(fault.row, fault.field, fault.value) for fault in response.context["faults"]]
        assert faults == [
            (3, "serial", "W-101"),
            (4, "serial", "X-1"),
            (5, "date", "2026-02-30"),
            (6, "date", str(today + timedelta(days=1))),
        ]
        assert not Reading.objects.filter(source=ReadingSource.SHEET).exists()
        report = client.get(f"{self.address}report")
        assert report.status_code == 200
        assert b"".join(report.streaming_content).startswith(b"PK")  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        ("row", "field"),
        [
            ((459,), "value"),
            ((459, "是"), None),
            ((500, "是"), "rollover"),
            (("12a",), "value"),
            ((1000000,), "value"),
            ((500, "也许"), "rollover"),
        ],
    )
    def test_a_reading_that_cannot_be_is_a_fault(
        self, world: ConsoleWorld, round_: list[Meter], row: tuple[Any, ...], field: str | None
    ) -> None:
        client = world.client("engineer", at=world.here)
        response = client.post(self.address, {"sheet": sheet(("W-101", str(timezone.localdate()), *row))})
        assert response.status_code == (422 if field else 302)
        if field:
            assert [fault.field for fault in response.context["faults"]] == [field]

    def test_a_day_already_read_is_a_fault(self, world: ConsoleWorld, round_: list[Meter]) -> None:
        last = Reading.objects.filter(meter=round_[0]).latest("date").date
        client = world.client("engineer", at=world.here)
        response = client.post(self.address, {"sheet": sheet(("W-101", str(last), 500))})
        assert [fault.field for fault in response.context["faults"]] == ["date"]

    @pytest.mark.parametrize("content", [b"", b"serial,date\n", b"PK\x03\x04broken"])
    def test_what_is_no_sheet_is_said_so(self, world: ConsoleWorld, round_: list[Meter], content: bytes) -> None:
        client = world.client("engineer", at=world.here)
        response = client.post(self.address, {"sheet": SimpleUploadedFile("a.xlsx", content)})
        assert response.status_code == 422
        assert response.context["form"].errors["sheet"]

    def test_a_sheet_without_headings_is_refused(self, world: ConsoleWorld, round_: list[Meter]) -> None:
        target = io.BytesIO()
        book = xlsxwriter.Workbook(target)
        book.add_worksheet().write(0, 0, date(2026, 1, 1).isoformat())
        book.close()
        client = world.client("engineer", at=world.here)
        response = client.post(self.address, {"sheet": SimpleUploadedFile("a.xlsx", target.getvalue())})
        assert "抄表日期" in response.context["form"].errors["sheet"][0]


class TestBilledReadings:
    """A reading on which a bill stands is corrected by who may issue bills, and only after the effect was shown."""

    def billed(self, world: ConsoleWorld) -> Reading:
        lease = lease_of(world.here, 101)
        read_at(lease, (date(2026, 1, 1), 0), (date(2026, 2, 1), 90))
        issued(world.here)
        return Reading.objects.get(meter=lease.meter, value=90)

    def test_what_would_be_posted_is_shown_and_then_posted(self, world: ConsoleWorld) -> None:
        # Given a bill of 90 kWh
        wrong = self.billed(world)
        page = reverse("console:reading-correct", args=[wrong.pk])
        given = {"date": "2026-02-01", "value": "60", "reason": "看错一位"}
        client = world.client("manager")
        # When it is corrected, the effect is shown and nothing is posted
        shown = client.post(page, given)
        assert [(one.was, one.now) for one in shown.context["effects"]] == [(Decimal("45.00"), Decimal("30.00"))]
        assert not Adjustment.objects.exists()
        # A seal of something else posts nothing and shows it anew
        again = client.post(page, {**given, "shown": "of another day"})
        assert again.status_code == 200
        assert not Adjustment.objects.exists()
        # Then confirmed, it is posted; a second press finds the reading gone
        assert client.post(page, {**given, "shown": shown.context["seal"]}).status_code == 302
        assert [one.amount for one in Adjustment.objects.all()] == [Decimal("-15.00")]
        assert client.post(page, {**given, "shown": shown.context["seal"]}).status_code in (404, 422)
        assert Adjustment.objects.count() == 1

    def test_who_reads_meters_cannot_change_what_was_billed(self, world: ConsoleWorld) -> None:
        wrong = self.billed(world)
        page = reverse("console:reading-correct", args=[wrong.pk])
        answer = world.client("engineer").post(page, {"date": "2026-02-01", "value": "60", "reason": "看错一位"})
        assert answer.status_code == 422
        assert not Adjustment.objects.exists()
