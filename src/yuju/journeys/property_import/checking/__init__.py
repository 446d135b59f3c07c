"""Every rule that a workbook must keep by itself, together with what the product knows of the property already."""

from __future__ import annotations

from yuju.journeys.property_import.checking.lookup import Lookup
from yuju.journeys.property_import.checking.meters import check_meters, check_readings
from yuju.journeys.property_import.checking.openings import check_openings
from yuju.journeys.property_import.checking.people import check_residents
from yuju.journeys.property_import.checking.premises import check_buildings, check_property, check_spaces, check_units
from yuju.journeys.property_import.checking.recurring import check_recurring
from yuju.journeys.property_import.checking.stays import check_leases
from yuju.journeys.property_import.checking.tariffs import check_tariffs
from yuju.journeys.property_import.known import Known
from yuju.journeys.property_import.reading import Book

__all__ = ["check"]


def check(book: Book, known: Known | None = None) -> Lookup:
    """Adds to the book's findings every fault of its rows.

    Args:
        book: the workbook as read.
        known: what the product knows of the property already; nothing where it is new.

    Returns:
        everything the workbook and the product know together, by key.
    """
    lookup = Lookup(book, known or Known())
    check_property(lookup)
    check_buildings(lookup)
    check_units(lookup)
    check_residents(lookup)
    check_leases(lookup)
    check_tariffs(lookup)
    check_spaces(lookup)
    check_meters(lookup)
    check_readings(lookup)
    check_recurring(lookup)
    check_openings(lookup)
    lookup.report_missing_sheets()
    return lookup
