"""Doing a bulk action and taking it back: in the request for some rows, by a job for many.

What an action is about to change is written down first, one row each, and again afterwards. From that it can be taken back, and
it shows which rows somebody else has changed since: those stay as they are. Each step happens once, however often it is asked
for: the run is locked, and its state says what was done.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from django.db import transaction
from django.db.models import F, OuterRef, Subquery, Value
from django.http import HttpRequest, QueryDict
from django.urls import get_resolver
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from yuju.kit.console.bulk import Ask, BulkAction, Sorting
from yuju.kit.console.listing import Listing
from yuju.kit.console.model_console import ModelConsole
from yuju.kit.console.selection import Selection, place_id_of
from yuju.kit.errors import Refused
from yuju.kit.jobs import job, periodic
from yuju.kit.progress import Progress
from yuju.kit.records import BulkRow, BulkRun
from yuju.kit.sets import MANY, insert_rows, statistics_renew, whole_sets
from yuju.kit.tenancy import require_operator_id

if TYPE_CHECKING:
    from yuju.kit.console.site import ConsoleSite

AT_ONCE = 1_000
"""Up to so many rows a request does the work itself."""
UNDO_DAYS = 7
"""How long a run can be taken back."""


@dataclass(frozen=True)
class Running:
    """A run with what it is about, for who asked for it."""

    run: BulkRun
    console: ModelConsole[Any]
    action: BulkAction
    ask: Ask

    @property
    def by(self) -> Any:
        return self.ask.request.user

    def rows(self) -> Any:
        """The rows that the run changed."""
        noted = BulkRow.objects.filter(run=self.run)
        return self.console.model._default_manager.filter(pk__in=noted.values("object_id"))


def bulk_ask(
    *,
    request: HttpRequest,
    selection: Selection,
    action: BulkAction,
    data: QueryDict,
    values: dict[str, Any],
    key: UUID,
) -> BulkRun:
    """Has an action done to a selection, at once or by a job. Asked twice with one key it is done once."""
    console = selection.listing.console
    sorting = Sorting(action, Ask(request, console, values), selection)
    asked = {name: data.getlist(name) for name in action.form(request, data).fields}
    run, new = BulkRun.objects.get_or_create(
        key=key,
        defaults={
            "console": console.slug,
            "action": action.name,
            "user_id": cast(Any, request.user).pk,
            "place_id": place_id_of(request),
            "query": selection.listing.state.whole,
            "ids": None if selection.ids is None else list(selection.ids),
            "values": asked,
            "sentence": action.sentence(sorting.ask, sorting.counts.get(0, 0)),
            "asked_at": timezone.now(),
        },
    )
    if not new:
        return run
    if sorting.counts.get(0, 0) > AT_ONCE:
        _defer(run, bulk_do)
    else:
        _apply(Running(run, console, action, sorting.ask), selection, at=run.asked_at)
    return run


def bulk_undo_ask(*, request: HttpRequest, running: Running) -> None:
    """Has a run taken back, at once or by a job.

    Raises:
        Refused: it cannot be taken back, or not any more.
    """
    refuse_undo(running.run, running.action)
    if running.run.changed > AT_ONCE:
        _defer(running.run, bulk_undo)
    else:
        _undo(running, at=timezone.now())


def refuse_undo(run: BulkRun, action: BulkAction) -> None:
    """
    Raises:
        Refused: the run cannot be taken back, or not any more.
    """
    if not action.can_be_undone:
        raise Refused(_("This cannot be taken back."))
    if run.state == BulkRun.State.UNDONE:
        raise Refused(_("This was taken back already."))
    if run.state != BulkRun.State.DONE or run.done_at is None:
        raise Refused(_("This is not done yet."))
    if run.done_at < timezone.now() - timedelta(days=UNDO_DAYS):
        raise Refused(_("This is too long ago to be taken back."))


def running_of(run: BulkRun, request: HttpRequest) -> Running:
    """What a run is about.

    Raises:
        Refused: the user may not do it any longer, or what was filled in is not to be had any more.
    """
    console = console_of(run.console)
    action = console.bulk_action(run.action)
    if action is None or not action.offered(request, console):
        raise Refused(_("You may not do this any longer."))
    data = QueryDict(mutable=True)
    for name, values in run.values.items():
        data.setlist(name, values)
    form = action.form(request, data)
    if not form.is_valid():
        raise Refused(_("What was chosen does not exist any more."))
    return Running(run, console, action, Ask(request, console, form.cleaned_data))


def _site() -> ConsoleSite:
    # It holds the addresses of the pages that ask for this module. They are loaded first: consoles register by that, and a
    # worker does not do it by itself.
    from yuju.kit.console.site import console_site

    assert get_resolver().url_patterns
    return console_site


def console_of(slug: str) -> ModelConsole[Any]:
    """A console by its word."""
    return _site().consoles[slug]


def request_for(user_id: int, place_id: int | None, query: str) -> HttpRequest:
    """A request of a user for a view, made by a job in the user's place; see `ConsoleSite.in_place_of`.

    Raises:
        Refused: the user may not sign in any longer.
    """
    return _site().in_place_of(user_id, place_id, query)


def listing_for(console: ModelConsole[Any], request: HttpRequest) -> Listing:
    """The list as a user sees it now.

    Raises:
        Refused: the user may not see it any longer.
    """
    if not console.may(request, console.view_permission):
        raise Refused(_("You may not see this list any longer."))
    return Listing(console, request)


@job
def bulk_do(*, run_id: int, language: str, progress: Progress | None = None) -> None:
    """Does a bulk action that was asked for, with the rights that its asker has now."""
    with override(language), _as_asked(run_id) as running:
        listing = listing_for(running.console, running.ask.request)
        ids = running.run.ids
        _apply(running, Selection(listing, None if ids is None else tuple(ids)), at=timezone.now(), progress=progress)


@job
def bulk_undo(*, run_id: int, language: str, progress: Progress | None = None) -> None:
    """Takes a bulk action back."""
    with override(language), _as_asked(run_id) as running:
        _undo(running, at=timezone.now(), progress=progress)


@periodic("47 3 * * *")
@job
def forget_bulk_rows() -> None:
    """Deletes what is needed for taking back alone, once that is not possible any more."""
    BulkRow.objects.filter(run__done_at__lt=timezone.now() - timedelta(days=UNDO_DAYS + 1)).delete()


@contextmanager
def _as_asked(run_id: int) -> Iterator[Running]:
    """A run in the place of its asker."""
    run = BulkRun.objects.get(pk=run_id)
    running = running_of(run, request_for(run.user_id, run.place_id, run.query))
    with whole_sets():
        yield running


def _defer(run: BulkRun, work: Any) -> None:
    console = console_of(run.console)
    progress = work.defer_with_progress(
        title=f"{console.title}: {run.sentence}"[:200],
        user_id=run.user_id,
        one_at_a_time=run.console,
        run_id=run.pk,
        language=get_language() or "zh-hans",
    )
    run.progress_id = progress.pk
    run.save(update_fields=["progress_id"])


@transaction.atomic
def _apply(running: Running, selection: Selection, *, at: datetime, progress: Progress | None = None) -> None:
    run = BulkRun.objects.select_for_update(of=("self",)).get(pk=running.run.pk)
    if run.state != BulkRun.State.ASKED:
        return
    steps = _Steps(progress)
    rows = running.console.model._default_manager
    sorting = Sorting(running.action, running.ask, selection)
    left = sorting.left
    steps.next()
    snapshot = running.action.snapshot(running.ask)
    # Locked on the way: whoever changes one of the rows meanwhile comes before or after, not between.
    changed = insert_rows(
        BulkRow,
        rows.filter(pk__in=sorting.changing.values("pk")).order_by("pk").select_for_update(),
        operator_id=Value(require_operator_id()),
        run_id=Value(run.pk),
        object_id=F("pk"),
        before=snapshot,
        state=Value(""),
    )
    if changed >= MANY:
        statistics_renew(BulkRow)
    steps.next()
    if changed:
        running.action.apply(running.ask, running.rows(), by=running.by, at=at)
    steps.next()
    now = rows.filter(pk=OuterRef("object_id")).annotate(now_shot=snapshot).values("now_shot")
    BulkRow.objects.filter(run=run).update(after=Subquery(now[:1]))
    run.state, run.done_at, run.changed = BulkRun.State.DONE, at, changed
    run.left = [[why, count] for why, count in left]
    run.sentence = running.action.sentence(running.ask, changed)
    run.save(update_fields=["state", "done_at", "changed", "left", "sentence"])
    running.console.site.recorder.changed(
        running.ask.request, running.console, running.action, changed, taken_back=False
    )
    running.run.refresh_from_db()


@transaction.atomic
def _undo(running: Running, *, at: datetime, progress: Progress | None = None) -> None:
    run = BulkRun.objects.select_for_update(of=("self",)).get(pk=running.run.pk)
    if run.state != BulkRun.State.DONE:
        return
    steps = _Steps(progress)
    noted = BulkRow.objects.filter(run=run)
    # Locked before they are looked at: who changes one of them now comes after.
    list(running.rows().order_by("pk").select_for_update().values_list("pk", flat=True))
    steps.next()
    back = noted.filter(object_id__in=_untouched(running).values("pk")).update(state=BulkRow.State.RESTORED)
    noted.exclude(state=BulkRow.State.RESTORED).update(state=BulkRow.State.KEPT)
    steps.next()
    restored = noted.filter(state=BulkRow.State.RESTORED)
    rows = running.console.model._default_manager
    for before in list(restored.order_by().values_list("before", flat=True).distinct()):
        same = rows.filter(pk__in=restored.filter(before=before).values("object_id"))
        running.action.restore(running.ask, same, before or {}, by=running.by, at=at)
    steps.next()
    run.state, run.undone_at, run.restored, run.kept = BulkRun.State.UNDONE, at, back, run.changed - back
    run.save(update_fields=["state", "undone_at", "restored", "kept"])
    running.console.site.recorder.changed(running.ask.request, running.console, running.action, back, taken_back=True)
    running.run.refresh_from_db()


def _untouched(running: Running) -> Any:
    """The rows that still are as the run left them, where the user may still change them."""
    scope = running.console.scope(running.ask.request, running.action.permission_for(running.console))
    rows = running.rows()
    if running.console.property_path is not None and scope is not None:
        rows = rows.filter(**{f"{running.console.property_path}__in": scope})
    noted = BulkRow.objects.filter(run=running.run, object_id=OuterRef("pk"))
    return rows.annotate(
        now_shot=running.action.snapshot(running.ask), then_shot=Subquery(noted.values("after")[:1])
    ).filter(now_shot=F("then_shot"))


class _Steps:
    """How far a run is: a statement over the whole tells nothing of its rows, so its steps are counted."""

    NUMBER = 4

    def __init__(self, progress: Progress | None) -> None:
        self.progress = progress
        self.done = 0

    def next(self) -> None:
        self.done += 1
        if self.progress is not None:
            self.progress.update(self.done, self.NUMBER)
