"""The rules of the sheet 期初: what the old books leave."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from yuju.journeys.property_import.checking.lookup import Lookup
from yuju.journeys.property_import.messages import Note, Say
from yuju.journeys.property_import.rows import OpeningRow

_ARREARS_NEED = ("tariff", "start", "end", "due_date")


def check_openings(lookup: Lookup) -> None:
    """Arrears name their tariff, days and due date; credit and deposits stand once a lease."""
    rows = lookup.book.rows.openings
    lookup.duplicates("openings", rows, _key, "kind", parts=_key_parts)
    for row in rows:
        if row.lease is not None:
            lookup.refer("openings", row.row, "lease", row.lease, "leases", lookup.leases, lookup.known.leases)
        if row.kind == "arrears":
            _check_arrears(lookup, row)
        elif row.kind is not None and row.tariff is not None:
            table = lookup.book.tables["openings"]
            lookup.book.findings.notes.append(
                Note(table.place(row.row, "tariff"), _("Only arrears are kept for a tariff; this was left alone."))
            )
    _note_billed_again(lookup)


def _key(row: OpeningRow) -> tuple[object, ...] | None:
    if row.lease is None or row.kind is None:
        return None
    if row.kind != "arrears":
        return row.lease, row.kind
    if row.tariff is None or row.start is None:
        return None
    return row.lease, row.kind, row.tariff, row.start


def _key_parts(row: OpeningRow) -> tuple[str, ...]:
    return ("lease", "kind", "tariff", "start") if row.kind == "arrears" else ("lease", "kind")


def _check_arrears(lookup: Lookup, row: OpeningRow) -> None:
    if row.tariff is not None:
        lookup.refer("openings", row.row, "tariff", row.tariff, "tariffs", lookup.tariffs, lookup.known.tariffs)
    for column in _ARREARS_NEED:
        if getattr(row, column) is None and not lookup.book.is_faulty("openings", row.row, column):
            lookup.fault(
                "openings",
                row.row,
                column,
                _("Arrears need it."),
                _("the tariff, the first and last day and the due date of what is owed."),
                "empty",
            )
    if row.start is not None and row.end is not None and row.end < row.start:
        lookup.fault(
            "openings",
            row.row,
            "end",
            Say(_("The end is before the start, %(start)s."), start=row.start.isoformat()),
            Say(_("a day from %(start)s on."), start=row.start.isoformat()),
            "end-before-start",
        )


def _note_billed_again(lookup: Lookup) -> None:
    """Arrears that reach beyond the paid-through date would be billed here once more: worth a look."""
    until: dict[tuple[str, str], list[object]] = {}
    for recurring in lookup.book.rows.recurring:
        if recurring.lease is not None and recurring.tariff is not None:
            until.setdefault((recurring.lease, recurring.tariff), []).append(recurring.billed_until)
    for row in lookup.book.rows.openings:
        if row.kind != "arrears" or row.lease is None or row.tariff is None or row.end is None:
            continue
        days = until.get((row.lease, row.tariff))
        if days and all(day is None or day < row.end for day in days):  # type: ignore[operator]
            table = lookup.book.tables["openings"]
            lookup.book.findings.notes.append(
                Note(
                    table.place(row.row, "end"),
                    _(
                        "These arrears reach beyond what was billed elsewhere (已收至): the days after it are billed again here."
                    ),
                )
            )
