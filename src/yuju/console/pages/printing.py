"""Bills as PDF: one at once, all of a run by a background job; and the page that waits for a job."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from yuju.billing.choices import RunState
from yuju.billing.models import BillRun
from yuju.console.pages.premises import user_of
from yuju.console.run_review import run_title
from yuju.identity.choices import AuditAction
from yuju.identity.services import audit_record
from yuju.kit import files
from yuju.kit.console import console_site
from yuju.kit.errors import Refused
from yuju.kit.progress import TOPIC
from yuju.kit.records import JobProgress
from yuju.kit.toasts import toast_add
from yuju.reporting.bill_pdf import bills_pdf
from yuju.reporting.bill_sheets import bill_sheet
from yuju.reporting.jobs import print_run

VIEW, EXPORT = "bills.view", "bills.export"


@console_site.page("bill-pdf", title="", permission=VIEW, route="bills/<int:pk>/pdf", in_navigation=False)
@require_GET
def bill_pdf(request: HttpRequest, pk: int) -> HttpResponseBase:
    """One bill as PDF in the user's language."""
    console = console_site.consoles["bills"]
    bill = console.get(request, pk, VIEW)
    try:
        made = bills_pdf([bill_sheet(bill)])
    except Refused as refused:
        toast_add(request, refused, kind="bad")
        return HttpResponseRedirect(console.detail_url(bill))
    response = HttpResponse(made, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{bill.number or f"draft-{bill.pk}"}.pdf"'
    response["Cache-Control"] = "private, no-store"
    return response


@console_site.page("bill-run-print", title="", permission=EXPORT, route="bill-runs/<int:pk>/print", in_navigation=False)
@require_POST
def print_bills(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Has all bills of an issued run printed in the background."""
    run = BillRun.objects.visible_to(user_of(request), EXPORT).filter(pk=pk, state=RunState.ISSUED).first()
    if run is None:
        raise Http404
    user = user_of(request)
    progress = print_run.defer_with_progress(
        title=_("PDF of %(bills)s") % {"bills": run_title(run)},
        user_id=user.pk,
        run_id=run.pk,
        language=get_language() or "zh-hans",
    )
    audit_record(
        action=AuditAction.EXPORTED,
        by=user,
        at=timezone.now(),
        about=run,
        property_id=run.property_id,
        rows=run.bill_count,
        format="pdf",
    )
    return HttpResponseRedirect(reverse("console:bill-job", args=[progress.pk]))


@console_site.page("bill-job", title="", permission=VIEW, route="bill-runs/jobs/<int:pk>/", in_navigation=False)
@require_GET
def job_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """How far a job is; once it has ended, what it made."""
    progress = _own(request, pk)
    result: dict[str, Any] = progress.result or {}
    runs = console_site.consoles["bill-runs"]
    run_url = runs.url("detail", result["run"]) if "run" in result else ""
    if progress.state == JobProgress.State.DONE and run_url and "files" not in result:
        return HttpResponseRedirect(run_url)
    context = {
        "progress": progress,
        "topic": TOPIC,
        "failed": progress.state == JobProgress.State.FAILED,
        "running": not progress.is_over,
        "cleared": progress.is_cleared,
        "days": settings.YUJU_KEEP_FILES_DAYS,
        "share": (progress.percent or 0) / 100,
        "run_url": run_url,
        "list_url": runs.url("list"),
        "console": runs,
        "files": [
            (number, reverse("console:bill-job-file", args=[pk, number]))
            for number in range(1, len(result.get("files", [])) + 1)
        ],
    }
    return render(request, "console/billing/job.html", context)


@console_site.page(
    "bill-job-file", title="", permission=EXPORT, route="bill-runs/jobs/<int:pk>/<int:number>.pdf", in_navigation=False
)
@require_GET
def job_file(request: HttpRequest, pk: int, number: int) -> HttpResponseBase:
    """One of the files a job made, for who asked for it."""
    result: dict[str, Any] = _own(request, pk).result or {}
    made = result.get("files", [])
    if not 1 <= number <= len(made):
        raise Http404
    run = BillRun.objects.filter(pk=result["run"]).first()
    if run is None or not user_of(request).may(EXPORT, run.property_id):
        raise PermissionDenied
    try:
        return files.answer(made[number - 1], f"{run_title(run)}-{number}.pdf")
    except FileNotFoundError:
        toast_add(request, _("The file has been deleted: it was too old."), kind="bad")
        return HttpResponseRedirect(reverse("console:bill-job", args=[pk]))


def _own(request: HttpRequest, pk: int) -> JobProgress:
    progress = JobProgress.objects.filter(pk=pk, user_id=user_of(request).pk).first()
    if progress is None:
        raise Http404
    return progress
