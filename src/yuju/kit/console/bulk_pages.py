"""The pages of bulk actions: the dialog that shows what would be done, doing it, and the page that says what was done."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID, uuid4

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from yuju.kit.console.bulk import Ask, BulkAction, Preview, Sorting
from yuju.kit.console.bulk_running import UNDO_DAYS, Running, bulk_ask, bulk_undo_ask, refuse_undo, running_of
from yuju.kit.console.forms import ConsoleForm
from yuju.kit.console.listing import Listing
from yuju.kit.console.model_console import ModelConsole
from yuju.kit.console.pages import permitted
from yuju.kit.console.selection import Selection
from yuju.kit.errors import Refused
from yuju.kit.progress import TOPIC
from yuju.kit.records import BulkRow, BulkRun, JobProgress
from yuju.kit.toasts import toast_add

DIALOG = "dialog"
NAMED = 50
"""How many of the rows that stay as they are after taking back are named."""


class BulkPages:
    """The views of one console's bulk actions."""

    def __init__(self, console: ModelConsole[Any]) -> None:
        self.console = console

    @property
    def paths(self) -> list[URLPattern]:
        slug, view = self.console.slug, self.console.view_permission
        done = f"{slug}/bulk/done/<int:pk>/"
        return [
            path(f"{slug}/bulk/<slug:name>", permitted(view, require_POST(self.ask)), name=f"{slug}-bulk"),
            path(done, permitted(view, require_GET(self.done)), name=f"{slug}-bulk-done"),
            path(f"{done}undo", permitted(view, require_POST(self.undo)), name=f"{slug}-bulk-undo"),
        ]

    # Before

    def ask(self, request: HttpRequest, name: str) -> HttpResponseBase:
        """The dialog of an action for a selection; and with `go`, once its numbers have been seen, doing it."""
        action = self.console.bulk_action(name)
        if action is None:
            raise Http404
        if not action.offered(request, self.console):
            raise PermissionDenied
        try:
            selection = Selection.posted(Listing(self.console, request))
        except Refused as refusal:
            return render(request, "kit/console/bulk_refused.html", {"action": action, "why": refusal})
        # The dialog opens with the form untouched: nothing is at fault yet.
        opened = request.headers.get("HX-Target") == DIALOG
        form = action.form(request, None if opened and action.form_class else request.POST)
        if not form.is_valid():
            return self._dialog(request, action, form, None, refused=form.is_bound)
        preview = Sorting(action, Ask(request, self.console, form.cleaned_data), selection).preview()
        if not request.POST.get("go"):
            return self._dialog(request, action, form, preview)
        if fault := self._fault(request, action, preview):
            return self._dialog(request, action, form, preview, fault=fault, refused=True)
        return self._do(request, action, selection, form, preview)

    def _fault(self, request: HttpRequest, action: BulkAction, preview: Preview) -> str:
        if request.POST.get("seal", "") != preview.seal:
            return _("The numbers have changed since they were shown. Look at them once more.")
        if action.word and request.POST.get("word", "").strip() != str(action.word):
            return _("Type the word as it is shown.")
        return "" if preview.changing else _("There is nothing to change.")

    def _do(
        self, request: HttpRequest, action: BulkAction, selection: Selection, form: ConsoleForm, preview: Preview
    ) -> HttpResponseBase:
        try:
            run = bulk_ask(
                request=request,
                selection=selection,
                action=action,
                data=request.POST,
                values=form.cleaned_data,
                key=_key(request.POST.get("key", "")),
            )
        except Refused as refusal:
            return self._dialog(request, action, form, preview, fault=str(refusal), refused=True)
        done_url = self.console.url("bulk-done", run.pk)
        if run.state == BulkRun.State.ASKED:
            return _redirect(request, done_url)
        self._tell(request, action, run)
        return _redirect(request, self.console.url("list") + selection.listing.state.query())

    def _tell(self, request: HttpRequest, action: BulkAction, run: BulkRun) -> None:
        toast_add(
            request,
            run.sentence,
            more_url=self.console.url("bulk-done", run.pk),
            action_label=_("Undo") if action.can_be_undone else "",
            action_url=self.console.url("bulk-undo", run.pk) if action.can_be_undone else "",
            sends=True,
        )

    def _dialog(
        self,
        request: HttpRequest,
        action: BulkAction,
        form: ConsoleForm,
        preview: Preview | None,
        *,
        fault: str = "",
        refused: bool = False,
    ) -> HttpResponse:
        posted = request.POST
        context = {
            "console": self.console,
            "action": action,
            "form": form,
            "preview": preview,
            "fault": fault,
            "refused": refused,
            "url": self.console.url("bulk", action.name) + Listing(self.console, request).state.query(),
            "given": {name: posted[name] for name in ("ids", "whole", "place") if name in posted},
            "key": posted.get("key") or str(uuid4()),
        }
        whole = request.headers.get("HX-Target") == DIALOG
        template = "kit/console/bulk_dialog.html" if whole else "kit/console/bulk_preview.html"
        return render(request, template, context, status=422 if refused and not whole else 200)

    # Afterwards

    def done(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """What was done, or how far it is, for who asked for it."""
        run = self._own(request, pk)
        progress = JobProgress.objects.filter(pk=run.progress_id or 0).first()
        running = progress is not None and not progress.is_over
        failed = progress is not None and progress.state == JobProgress.State.FAILED
        kept = BulkRow.objects.filter(run=run, state=BulkRow.State.KEPT).order_by("object_id")[:NAMED]
        rows = self.console.permitted(request, self.console.view_permission)
        shown = self.console.with_related(rows.filter(pk__in=[one.object_id for one in kept])) if run.kept else []
        context = {
            "console": self.console,
            "list_url": self.console.url("list"),
            "list_query": run.query,
            "run": run,
            "action": self.console.bulk_action(run.action),
            "progress": progress,
            "topic": TOPIC,
            "share": (progress.percent or 0) / 100 if progress is not None else 0,
            "undo_days": UNDO_DAYS,
            "running": running,
            "failed": failed,
            "kept": [(self.console.pick_label(row), self.console.detail_url(row)) for row in shown],
            "undo_url": "" if running or not self._may_undo(request, run) else self.console.url("bulk-undo", pk),
        }
        return render(request, "kit/console/bulk_done.html", context)

    def undo(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Takes it back, as far as nobody has changed the rows since."""
        run = self._own(request, pk)
        try:
            bulk_undo_ask(request=request, running=self._running(request, run))
        except Refused as refusal:
            toast_add(request, refusal, kind="bad")
        return HttpResponseRedirect(self.console.url("bulk-done", pk))

    def _may_undo(self, request: HttpRequest, run: BulkRun) -> bool:
        try:
            refuse_undo(run, self._running(request, run).action)
        except Refused:
            return False
        return run.changed > 0

    def _running(self, request: HttpRequest, run: BulkRun) -> Running:
        return running_of(run, request)

    def _own(self, request: HttpRequest, pk: int) -> BulkRun:
        own = BulkRun.objects.filter(console=self.console.slug, user_id=cast(Any, request.user).pk)
        run = own.filter(pk=pk).first()
        if run is None:
            raise Http404
        return run


def _key(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return uuid4()


def _redirect(request: HttpRequest, url: str) -> HttpResponse:
    """Leads the whole page on, whether the form was sent by htmx or not."""
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)
