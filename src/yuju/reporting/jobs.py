"""Background work of reports: what takes longer than a page may."""

from __future__ import annotations

from django.core.files.base import ContentFile
from django.utils.translation import override

from yuju.billing.models import Bill, BillRun
from yuju.kit import files
from yuju.kit.jobs import job
from yuju.kit.progress import Progress
from yuju.reporting.bill_pdf import bills_pdf
from yuju.reporting.bill_sheets import BillSheet, bill_sheets

BILLS_A_FILE = 500
"""More bills than this make several files: the typesetter holds a whole file in memory."""
FOLDER = "prints"


@job
def print_run(*, run_id: int, language: str, progress: Progress | None = None) -> None:
    """Prints all bills of a run; the result names the files. Begun again, it prints anew."""
    run = BillRun.objects.get(pk=run_id)
    made: list[str] = []
    waiting: list[BillSheet] = []
    done = 0
    with override(language):
        for sheet in bill_sheets(Bill.objects.filter(run=run)):
            waiting.append(sheet)
            if len(waiting) == BILLS_A_FILE:
                made.append(_print(waiting))
                done += len(waiting)
                waiting = []
                if progress is not None:
                    progress.update(done, total=run.bill_count)
        if waiting:
            made.append(_print(waiting))
    if progress is not None:
        progress.result({"run": run.pk, "files": made})


def _print(sheets: list[BillSheet]) -> str:
    name = f"{sheets[0].bill.number}.pdf"
    return files.keep(ContentFile(bills_pdf(sheets), name), [files.PDF], folder=FOLDER).path
