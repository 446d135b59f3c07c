"""The pages of an export: the button, the page that waits for a long one, and the file."""

from __future__ import annotations

from typing import Any, cast

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from yuju.kit import files
from yuju.kit.console import export
from yuju.kit.console.exporting import export_at_once, export_later, export_list, takes_long
from yuju.kit.console.listing import Listing
from yuju.kit.console.model_console import ModelConsole
from yuju.kit.console.pages import permitted
from yuju.kit.console.selection import Selection
from yuju.kit.errors import Refused
from yuju.kit.progress import TOPIC
from yuju.kit.records import JobProgress
from yuju.kit.toasts import toast_add


class ExportPages:
    """The views of one console's exports."""

    def __init__(self, console: ModelConsole[Any]) -> None:
        self.console = console

    @property
    def paths(self) -> list[URLPattern]:
        slug, view = self.console.slug, self.console.view_permission
        return [
            path(f"{slug}/export", permitted(view, require_POST(self.export)), name=f"{slug}-export"),
            path(f"{slug}/exports/<int:pk>/", permitted(view, require_GET(self.job)), name=f"{slug}-export-job"),
            path(f"{slug}/exports/<int:pk>/file", permitted(view, require_GET(self.file)), name=f"{slug}-export-file"),
        ]

    def export(self, request: HttpRequest) -> HttpResponseBase:
        """The view of the address as a file, or what is ticked in it; a long one by a job."""
        listing = Listing(self.console, request)
        kind: export.Format = "csv" if request.POST.get("format") == "csv" else "xlsx"
        try:
            selection = Selection.posted(listing)
        except Refused as refusal:
            toast_add(request, refusal, kind="bad")
            return HttpResponseRedirect(self.console.url("list") + listing.state.query())
        if takes_long(selection):
            return HttpResponseRedirect(self.console.url("export-job", export_later(selection, kind).pk))
        return export_at_once(selection, kind)

    def job(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """How far an export is; once it is there, the link to it."""
        progress = self._own(request, pk)
        result: dict[str, Any] = progress.result or {}
        context = {
            "console": self.console,
            "list_url": self.console.url("list"),
            "progress": progress,
            "topic": TOPIC,
            "share": (progress.percent or 0) / 100,
            "failed": progress.state == JobProgress.State.FAILED,
            "result": result,
            "megabytes": result.get("size", 0) / files.MEGABYTE,
            "file_url": self.console.url("export-file", pk),
            "days": settings.YUJU_KEEP_FILES_DAYS,
        }
        return render(request, "kit/console/export_job.html", context)

    def file(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """The file, for who asked for it."""
        result: dict[str, Any] = self._own(request, pk).result or {}
        if not result:
            raise Http404
        try:
            return files.answer(result["file"], result["name"], request=request)
        except FileNotFoundError:
            toast_add(request, _("The file has been deleted: it was too old."), kind="bad")
            return HttpResponseRedirect(self.console.url("export-job", pk))

    def _own(self, request: HttpRequest, pk: int) -> JobProgress:
        asked = JobProgress.objects.filter(kind=export_list.function.__name__, user_id=cast(Any, request.user).pk)
        progress = asked.filter(pk=pk).first()
        if progress is None or (progress.result or {}).get("list", self.console.slug) != self.console.slug:
            raise Http404
        return progress
