"""Checking and importing a workbook in the background, for the page that waits for it.

What a job found is kept as its result, in the language of whoever asked: `stage` ("faulty", "checked" or "written"),
`counts` (by sheet: added, changed, left), `faults` and `warnings` (the first of them, as dicts), how many there are,
`notes`, and `report`, the path of the coloured copy.
"""

from __future__ import annotations

import io
from typing import Any

from django.core.files.base import ContentFile
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from yuju.identity.models import User
from yuju.journeys.property_import.importing import Outcome, property_import
from yuju.journeys.property_import.messages import Fault
from yuju.journeys.property_import.reading import title_of_sheet
from yuju.journeys.property_import.report import write_report
from yuju.kit import files
from yuju.kit.jobs import job
from yuju.kit.progress import Progress
from yuju.kit.tenancy import acting

REPORTS = "import-reports"
SHOWN = 200


@job
def property_check(*, path: str, by_id: int, language: str, progress: Progress | None = None) -> None:
    """Checks a kept workbook; nothing is written."""
    _work(path, by_id, language, progress, check_only=True)


@job
def property_write(*, path: str, by_id: int, language: str, name: str = "", progress: Progress | None = None) -> None:
    """Imports a kept workbook, which its owner calls `name`. Begun again, it finds everything there and changes nothing."""
    with acting(origin={"file": name}):
        _work(path, by_id, language, progress, check_only=False)


def _work(path: str, by_id: int, language: str, progress: Progress | None, *, check_only: bool) -> None:
    with translation.override(language):
        with files.open_kept(path) as workbook:
            outcome = property_import(
                source=workbook.read(),
                by=User.objects.get(pk=by_id),
                at=timezone.now(),
                check_only=check_only,
                progress=_teller(progress),
            )
        if progress is not None:
            progress.result(_result(outcome))


def _teller(progress: Progress | None) -> Any:
    """Turns the stages of an import into progress: reading and checking are as much as writing."""
    steps = ("opening", "reading", "checking")

    def tell(stage: str, done: int, total: int) -> None:
        if progress is None:
            return
        if stage in steps:
            messages = {
                "opening": _("Opening the workbook"),
                "reading": _("Reading its sheets"),
                "checking": _("Checking every row"),
            }
            progress.update(steps.index(stage), 14, messages[stage])
        elif stage == "searching":
            progress.update(13, 14, _("Making it searchable"))
        else:
            progress.update(3 + done * 10 // total, 14, _("Writing: %(sheet)s") % {"sheet": title_of_sheet(stage)})

    return tell


def _result(outcome: Outcome) -> dict[str, Any]:
    found = outcome.findings
    result: dict[str, Any] = {
        "stage": "written" if outcome.written else "checked" if found.clean else "faulty",
        "counts": [
            [title_of_sheet(name), counts.added, counts.changed, counts.left] for name, counts in outcome.counts.items()
        ],
        "faults": [_told(fault) for fault in found.faults[:SHOWN]],
        "fault_count": len(found.faults) + found.faults_left_out,
        "warnings": [_told(warning) for warning in found.warnings[:SHOWN]],
        "warning_count": len(found.warnings) + found.warnings_left_out,
        "notes": [note.line() for note in found.notes[:SHOWN]],
        "property": outcome.imported.pk if outcome.imported is not None else None,
        "name": outcome.imported.name if outcome.imported is not None else "",
    }
    if (found.faults or found.warnings) and not outcome.written:
        made = io.BytesIO()
        write_report(outcome.book, made)
        report = ContentFile(made.getvalue(), name="report.xlsx")
        result["report"] = files.keep(report, [files.XLSX], folder=REPORTS).path
    return result


def _told(fault: Fault) -> dict[str, Any]:
    place = fault.place
    return {
        "sheet": place.sheet or "",
        "row": place.row,
        "column": place.column_label,
        "value": fault.value,
        "wrong": str(fault.wrong),
        "expected": str(fault.expected),
    }
