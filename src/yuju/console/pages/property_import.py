"""Bringing a property in from Excel: upload, check, coloured fault report, confirm, progress, done."""

from __future__ import annotations

import io
from typing import Any

from django import forms
from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yuju.console.navigation import GROUP_SYSTEM
from yuju.console.pages.premises import user_of
from yuju.journeys.property_import.importing import PERMISSION
from yuju.journeys.property_import.jobs import property_check, property_write
from yuju.journeys.property_import.opening import MAX_FILE_BYTES, open_workbook
from yuju.journeys.property_import.template import write_template
from yuju.kit import files
from yuju.kit.console import ConsoleForm, console_site
from yuju.kit.errors import Refused
from yuju.kit.progress import TOPIC
from yuju.kit.records import JobProgress
from yuju.kit.toasts import toast_add

FOLDER = "imports"
UPLOADED = "property_import_files"
"""Session key: by the number of a check, where the workbook it checked is kept, and its name."""
STEPS = (gettext_lazy("Upload"), gettext_lazy("Check"), gettext_lazy("Import"), gettext_lazy("Done"))


class UploadForm(ConsoleForm):
    """The workbook."""

    workbook = forms.FileField(
        label=gettext_lazy("Property workbook (.xlsx)"),
        widget=forms.FileInput(
            attrs={
                "accept": ".xlsx",
                "class": "form-control",
                "data-largest": MAX_FILE_BYTES,
                "data-too-large": gettext_lazy(
                    "The file has {size} MB; at most 50 MB are taken. Remove pictures and sheets that do not belong to it."
                ),
            }
        ),
        help_text=gettext_lazy("At most 50 MB. Nothing is written before you confirm."),
    )


@console_site.page(
    "import",
    title=gettext_lazy("Import from Excel"),
    icon="file-spreadsheet",
    group=GROUP_SYSTEM,
    order=905,
    permission=PERMISSION,
)
@require_http_methods(["GET", "POST"])
def import_page(request: HttpRequest) -> HttpResponseBase:
    """Takes a workbook and begins to check it."""
    form = UploadForm(request.POST or None, request.FILES or None, request=request)
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["workbook"]
        try:
            kept = _keep(upload)
        except Refused as refused:
            form.add_error("workbook", str(refused))
        else:
            progress = property_check.defer_with_progress(
                title=_("Check of %(file)s") % {"file": upload.name[:120]},
                user_id=user_of(request).pk,
                path=kept.path,
                by_id=user_of(request).pk,
                language=get_language() or "zh-hans",
            )
            _remember(request, progress.pk, kept.path, upload.name[:120])
            return HttpResponseRedirect(reverse("console:import-job", args=[progress.pk]))
    context = {"form": form, "steps": STEPS, "step": 1}
    return render(request, "console/property_import/upload.html", context, status=422 if form.errors else 200)


@console_site.page(
    "import-template", title="", permission=PERMISSION, route="import/template.xlsx", in_navigation=False
)
@require_GET
def template_file(request: HttpRequest) -> HttpResponseBase:
    """An empty workbook to fill in; with `examples` in the address, rows to look at too."""
    made = io.BytesIO()
    write_template(made, examples="examples" in request.GET)
    made.seek(0)
    return FileResponse(
        made, as_attachment=True, filename=_("Property workbook") + ".xlsx", content_type=files.XLSX.content_type
    )


@console_site.page("import-job", title="", permission=PERMISSION, route="import/<int:pk>/", in_navigation=False)
@require_GET
def job_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """How far a check or an import is; once it has ended, what came of it."""
    progress = _own(request, pk)
    result: dict[str, Any] = progress.result or {}
    stage = result.get("stage", "")
    writing = progress.kind == "property_write"
    context = {
        "progress": progress,
        "result": result,
        "stage": stage,
        "topic": TOPIC,
        "running": not progress.is_over,
        "failed": progress.state == JobProgress.State.FAILED,
        "cleared": progress.is_cleared,
        "days": settings.YUJU_KEEP_FILES_DAYS,
        "share": (progress.percent or 0) / 100,
        "steps": STEPS,
        "step": 4 if stage == "written" else 3 if writing else 2,
        "may_confirm": stage == "checked" and _uploaded(request, pk) is not None,
        "report_url": reverse("console:import-report", args=[pk]) if "report" in result else "",
        "touched": any(added or changed for _sheet, added, changed, _left in result.get("counts", [])),
    }
    return render(request, "console/property_import/job.html", context)


@console_site.page(
    "import-confirm", title="", permission=PERMISSION, route="import/<int:pk>/confirm", in_navigation=False
)
@require_POST
def confirm_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Imports a workbook that was checked. It is checked once more on the way: the property may have changed."""
    checked = _own(request, pk)
    kept = _uploaded(request, pk)
    if kept is None or (checked.result or {}).get("stage") != "checked":
        raise Http404
    if not files.is_kept(kept[0]):
        toast_add(request, _("The workbook has been deleted meanwhile. Upload it again."), kind="bad")
        return HttpResponseRedirect(reverse("console:import"))
    progress = property_write.defer_with_progress(
        title=_("Import of %(file)s") % {"file": kept[1]},
        user_id=user_of(request).pk,
        one_at_a_time="property_write",
        path=kept[0],
        name=kept[1],
        by_id=user_of(request).pk,
        language=get_language() or "zh-hans",
    )
    _forget(request, pk)
    return HttpResponseRedirect(reverse("console:import-job", args=[progress.pk]))


@console_site.page(
    "import-report", title="", permission=PERMISSION, route="import/<int:pk>/report.xlsx", in_navigation=False
)
@require_GET
def report_file(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The copy of the workbook with its faults coloured and explained."""
    result = _own(request, pk).result or {}
    if "report" not in result:
        raise Http404
    try:
        return files.answer(result["report"], _("Faults") + ".xlsx")
    except FileNotFoundError:
        toast_add(request, _("The file has been deleted: it was too old."), kind="bad")
        return HttpResponseRedirect(reverse("console:import-job", args=[pk]))


def _keep(upload: Any) -> files.Stored:
    """Keeps the upload.

    Raises:
        Refused: it is no workbook; the import's own sentence says what it is instead.
    """
    try:
        return files.keep(upload, [files.XLSX], folder=FOLDER, field="workbook")
    except Refused:
        open_workbook(upload.file)
        raise


def _own(request: HttpRequest, pk: int) -> JobProgress:
    """A check or import of the user's own.

    Raises:
        Http404: there is none of that number.
    """
    kinds = ("property_check", "property_write")
    progress = JobProgress.objects.filter(pk=pk, user_id=user_of(request).pk, kind__in=kinds).first()
    if progress is None:
        raise Http404
    return progress


def _uploaded(request: HttpRequest, pk: int) -> tuple[str, str] | None:
    """Path and name of the workbook that a check is about, while it waits to be imported."""
    kept = request.session.get(UPLOADED, {}).get(str(pk))
    return None if kept is None else (kept[0], kept[1])


def _remember(request: HttpRequest, pk: int, path: str, name: str) -> None:
    request.session[UPLOADED] = {**request.session.get(UPLOADED, {}), str(pk): [path, name]}


def _forget(request: HttpRequest, pk: int) -> None:
    request.session[UPLOADED] = {key: kept for key, kept in request.session.get(UPLOADED, {}).items() if key != str(pk)}
