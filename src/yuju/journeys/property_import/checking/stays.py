"""The rules of the sheet 租约: leases and ownerships."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext_lazy as _

from yuju.journeys.property_import.checking.lookup import FAR, Lookup
from yuju.journeys.property_import.messages import Note, Say
from yuju.journeys.property_import.rows import LeaseRow, UnitKey, unit_name


def check_leases(lookup: Lookup) -> None:
    """Each number once, of a unit and a resident that are there, ends after starts, nobody twice in a unit."""
    rows = lookup.book.rows.leases
    lookup.duplicates("leases", rows, lambda row: row.number, "number")
    for row in rows:
        if row.key is not None:
            lookup.refer("leases", row.row, "unit", row.key, "units", lookup.units, lookup.known.units)
        if row.resident is not None:
            lookup.refer(
                "leases", row.row, "resident", row.resident, "residents", lookup.residents, lookup.known.residents
            )
        _check_days(lookup, row)
        _check_money(lookup, row)
    _check_overlaps(lookup)


def _check_days(lookup: Lookup, row: LeaseRow) -> None:
    if row.end is None:
        if not lookup.owned(row) and not lookup.book.is_faulty("leases", row.row, "end"):
            lookup.fault(
                "leases",
                row.row,
                "end",
                _("A lease needs its last day; only an owner's may be open."),
                _("the last day of the lease, or 业主 as its category."),
                "no-end",
            )
    elif row.start is not None and row.end < row.start:
        lookup.fault(
            "leases",
            row.row,
            "end",
            Say(_("The lease ends before it starts on %(start)s."), start=row.start.isoformat()),
            Say(_("a day from %(start)s on."), start=row.start.isoformat()),
            "end-before-start",
        )


def _check_money(lookup: Lookup, row: LeaseRow) -> None:
    if row.rent is not None and lookup.owned(row):
        table = lookup.book.tables["leases"]
        lookup.book.findings.notes.append(
            Note(table.place(row.row, "rent"), _("An ownership has no rent; it was left alone."))
        )


@dataclass(frozen=True, slots=True)
class _Stay:
    start: date
    end: date
    number: str
    row: LeaseRow | None


def _check_overlaps(lookup: Lookup) -> None:
    """No unit is let, or owned, twice on one day. A lease in an owned unit is no overlap."""
    stays: dict[tuple[UnitKey, bool], list[_Stay]] = {}
    for row in lookup.book.rows.leases:
        if row.key is None or row.start is None or row.number is None:
            continue
        if row.end is None and not lookup.owned(row):
            continue
        end = row.end or FAR
        if end >= row.start:
            stays.setdefault((row.key, lookup.owned(row)), []).append(_Stay(row.start, end, row.number, row))
    for number, known in lookup.known.leases.items():
        if number not in lookup.leases and (known.unit, known.owned) in stays:
            stays[known.unit, known.owned].append(_Stay(known.start, known.end or FAR, number, None))
    for (unit, owned), found in stays.items():
        found.sort(key=lambda stay: (stay.start, stay.end, stay.number))
        longest = found[0]
        for stay in found[1:]:
            if stay.start <= longest.end:
                _report_overlap(lookup, unit, owned, longest, stay)
            if stay.end > longest.end:
                longest = stay


def _report_overlap(lookup: Lookup, unit: UnitKey, owned: bool, earlier: _Stay, later: _Stay) -> None:
    at_fault, other = (later, earlier) if later.row is not None else (earlier, later)
    if at_fault.row is None or at_fault.number == other.number:
        return
    values = {
        "unit": unit_name(unit),
        "number": other.number,
        "row": other.row.row if other.row is not None else 0,
        "start": other.start.isoformat(),
        "end": other.end.isoformat() if other.end != FAR else "…",
    }
    if other.row is not None:
        if owned:
            wrong = Say(_("%(unit)s is owned by %(number)s (row %(row)d) from %(start)s to %(end)s."), **values)
        else:
            wrong = Say(_("%(unit)s is let by %(number)s (row %(row)d) from %(start)s to %(end)s."), **values)
    elif owned:
        wrong = Say(_("%(unit)s is owned by %(number)s from %(start)s to %(end)s already."), **values)
    else:
        wrong = Say(_("%(unit)s is let by %(number)s from %(start)s to %(end)s already."), **values)
    expected = (
        _("days on which nobody else owns the unit.") if owned else _("days on which nobody else rents the unit.")
    )
    lookup.fault("leases", at_fault.row.row, "start", wrong, expected, "overlap")
