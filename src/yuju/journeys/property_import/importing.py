"""The whole story: open, read, check, compare, write; all or nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _

from yuju.billing.models import BillingAccount, RecurringCharge
from yuju.identity.choices import AuditAction
from yuju.identity.models import User
from yuju.identity.services import audit_record
from yuju.journeys.property_import import layout
from yuju.journeys.property_import.billed import refuse_changes_of_billed
from yuju.journeys.property_import.checking import check
from yuju.journeys.property_import.comparing import Comparison, Counts, compare
from yuju.journeys.property_import.existing import Existing, load_existing
from yuju.journeys.property_import.indexing import index_changes
from yuju.journeys.property_import.messages import Findings, Say
from yuju.journeys.property_import.opening import open_workbook
from yuju.journeys.property_import.openings import compare_openings, load_openings
from yuju.journeys.property_import.reading import Book, read_workbook
from yuju.journeys.property_import.writing import Progress, Writer
from yuju.kit.dates import local_date
from yuju.kit.errors import Refused
from yuju.kit.records import SearchKey
from yuju.kit.sets import MANY, statistics_renew
from yuju.metering.models import Installation, Meter, MeteringPoint, Reading
from yuju.premises.models import ParkingSpace, Property, Unit, UnitFact
from yuju.residency.models import Resident, ResidentTag, Tenure, TenureTerm

DEFAULT_TIME_ZONE = "Asia/Shanghai"
_FILLED = (
    *(Unit, UnitFact, ParkingSpace, Resident, ResidentTag, Tenure, TenureTerm),
    *(MeteringPoint, Meter, Installation, Reading, BillingAccount, RecurringCharge, SearchKey),
)
PERMISSION = "import.run"


@dataclass(slots=True)
class Outcome:
    """What came of an import.

    Args:
        book: the workbook as read, with its findings; the fault report is made from it.
        imported: the property; None where the workbook was only checked and it is new, or has faults.
        counts: by sheet, how many rows were (or would be) added, changed and left; empty with faults.
        written: True when everything is in the database.
    """

    book: Book
    imported: Property | None = None
    counts: dict[str, Counts] = field(default_factory=dict)
    written: bool = False

    @property
    def findings(self) -> Findings:
        """Faults, warnings and notes."""
        return self.book.findings


def property_import(
    *,
    source: Path | bytes | BinaryIO,
    by: User | None,
    at: datetime,
    check_only: bool = False,
    progress: Progress | None = None,
) -> Outcome:
    """Brings a property in from its workbook, or only checks it.

    Nothing is written while there is a fault. Importing the same workbook again changes nothing.

    Args:
        source: the workbook.
        by: who imports it; None for the command line.
        at: the moment, UTC.
        check_only: stop before writing.
        progress: told the stage, how many are done and how many there are.

    Raises:
        Refused: the file is not a workbook that can be read, it names no property and there is not just one, the
            user may not import into it, or the way from the old state to the new leads through a conflict.
    """
    tell = progress or _silent
    tell("opening", 0, 1)
    opened = open_workbook(source)
    tell("reading", 0, 1)
    book = read_workbook(opened)
    outcome = Outcome(book)
    if not book.tables:
        return outcome
    with transaction.atomic():
        _plan_for_many_rows()
        property = _property_of(book)
        _refuse_without_right(by, property)
        if property is not None and not check_only:
            # The lock that bill runs take: nothing is billed while its facts change.
            list(Property.objects.select_for_update(no_key=True).filter(pk=property.pk).values_list("pk"))
        tell("checking", 0, 1)
        existing = load_existing(property)
        lookup = check(book, existing.known())
        if book.findings.faults:
            return outcome
        comparison = compare(lookup, existing)
        comparison.openings = compare_openings(lookup, load_openings(property))
        refuse_changes_of_billed(lookup, existing, comparison)
        if book.findings.faults:
            return outcome
        outcome.imported = property
        outcome.counts = {
            sheet.name: comparison.counts()[sheet.name] for sheet in layout.SHEETS if book.has(sheet.name)
        }
        if not check_only:
            written = _write(comparison, existing, property, by, at, tell)
            outcome.imported = written
            audit_record(
                action=AuditAction.IMPORTED,
                by=by,
                at=at,
                about=written,
                property_id=written.pk,
                **{name: [c.added, c.changed, c.left] for name, c in outcome.counts.items()},
            )
            if sum(c.added for c in outcome.counts.values()) >= MANY:
                statistics_renew(*_FILLED)
            outcome.written = True
    return outcome


def _plan_for_many_rows() -> None:
    """Keeps the planner from joining row by row in this transaction.

    What was just written has no statistics yet: it would take ten thousand leases for one and look each of them up
    among ten thousand residents, which takes minutes instead of a second.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop = off")


def _silent(_stage: str, _done: int, _total: int) -> None:
    return None


def _refuse_without_right(by: User | None, property: Property | None) -> None:
    """Somebody posted at certain properties imports those; who is posted everywhere may bring a new one."""
    if by is None:
        return
    scope = by.property_scope(PERMISSION)
    if scope is None or (property is not None and property.pk in scope):
        return
    if property is None:
        raise Refused(_("The property is new; you may only import into those you manage."), code="not-allowed")
    raise Refused(
        Say(_("You may not import into %(property)s; somebody who manages it can."), property=property.name),
        code="not-allowed",
    )


def _property_of(book: Book) -> Property | None:
    """The property a workbook is about; None where it is new.

    Raises:
        Refused: the workbook does not name it and there is not just one.
    """
    named = [row.code for row in book.rows.property if row.code is not None]
    if named:
        held: Property | None = Property.objects.filter(code=named[0]).first()
        return held
    if book.has("property") and not book.findings.clean:
        return None
    found: list[Property] = list(Property.objects.order_by("id")[:2])
    if len(found) == 1:
        return found[0]
    if found:
        raise Refused(
            _("The workbook does not say which property it is about. Add the sheet 项目 with the property's code."),
            code="which-property",
        )
    raise Refused(
        _("The workbook has no property, and there is none yet. Add the sheet 项目 with a code and a name."),
        code="no-property",
    )


_CONFLICTS = {
    "lease_unit_once_a_day": _("two leases of one unit"),
    "ownership_unit_once_a_day": _("two ownerships of one unit"),
    "recurring_point_once_a_day": _("two recurring charges on one meter"),
}


def _write(
    comparison: Comparison, existing: Existing, property: Property | None, by: User | None, at: datetime, tell: Progress
) -> Property:
    zone = property.time_zone if property is not None else DEFAULT_TIME_ZONE
    try:
        made = Writer(comparison, existing, by, at).write(today=local_date(at, zone), progress=tell)
    except IntegrityError as error:
        diagnosis: Any = getattr(error.__cause__, "diag", None)
        conflict = _CONFLICTS.get(getattr(diagnosis, "constraint_name", None) or "")
        if conflict is None:
            raise
        raise Refused(
            Say(
                _("On the way there would be %(conflict)s on one day. Import the earlier end first, then the rest."),
                conflict=conflict,
            ),
            code="conflict",
        ) from error
    tell("searching", 0, 1)
    index_changes(made, comparison)
    return made
