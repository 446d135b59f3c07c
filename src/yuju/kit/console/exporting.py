"""Exporting a list: the rows and columns that are shown, in their order, at once or by a job.

A job reads with the rights that its asker has when it runs. It holds the ids and a thousand rows in memory, however long the
list is. The file is kept for a while and handed to nobody but who asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, cast

from django.core.files.base import File
from django.http import FileResponse
from django.utils import timezone
from django.utils.translation import get_language, override

from yuju.kit import files
from yuju.kit.console import export
from yuju.kit.console.bulk_running import console_of, listing_for, request_for
from yuju.kit.console.columns import Column
from yuju.kit.console.listing import Listing
from yuju.kit.console.selection import Selection, place_id_of
from yuju.kit.jobs import job
from yuju.kit.progress import Progress
from yuju.kit.records import JobProgress

AT_ONCE = 5_000
"""Up to so many rows the request itself answers with the file."""
FOLDER = "exports"
_LARGEST = 2 * 1024 * files.MEGABYTE
_KINDS = {"xlsx": replace(files.XLSX, largest=_LARGEST), "csv": replace(files.CSV, largest=_LARGEST)}


def takes_long(selection: Selection) -> bool:
    """Whether a selection is too much for a request."""
    return (selection.listing.total if selection.ids is None else len(selection.ids)) > AT_ONCE


def export_at_once(selection: Selection, kind: export.Format) -> FileResponse:
    """The file itself; written to the audit."""
    listing = selection.listing
    ids = selection.ordered_ids()
    columns = listing.columns
    answer = export.answer(kind, _name(listing), _headings(columns), _cells(listing, columns, ids))
    listing.console.site.recorder.exported(listing.request, listing.console, len(ids), kind)
    return answer


def export_later(selection: Selection, kind: export.Format) -> JobProgress:
    """Has the file made by a job; the columns are those shown now."""
    listing = selection.listing
    return export_list.defer_with_progress(
        title=_name(listing),
        user_id=cast(Any, listing.request.user).pk,
        slug=listing.console.slug,
        query=listing.state.whole,
        place_id=place_id_of(listing.request),
        ids=None if selection.ids is None else list(selection.ids),
        columns=[column.name for column in listing.columns],
        kind=kind,
        language=get_language() or "zh-hans",
        reader_id=cast(Any, listing.request.user).pk,
    )


@job
def export_list(
    *,
    slug: str,
    query: str,
    place_id: int | None,
    ids: list[int] | None,
    columns: list[str],
    kind: export.Format,
    language: str,
    reader_id: int,
    progress: Progress | None = None,
) -> None:
    """Writes a list to a file for who asked for it. Begun again, it writes it anew."""
    with override(language):
        console = console_of(slug)
        listing = listing_for(console, request_for(reader_id, place_id, query))
        found = Selection(listing, None if ids is None else tuple(ids)).ordered_ids()
        by_name = {column.name: column for column in console.columns}
        shown = [by_name[name] for name in columns if name in by_name]
        name = f"{_name(listing)}.{kind}"
        with export.written(kind, _headings(shown), _cells(listing, shown, found, progress)) as file:
            kept = files.keep(File(file, name), [_KINDS[kind]], folder=FOLDER)
        console.site.recorder.exported(listing.request, console, len(found), kind)
        if progress is not None:
            progress.result({"list": slug, "file": kept.path, "name": name, "rows": len(found), "size": kept.size})


def _name(listing: Listing) -> str:
    return f"{listing.console.title} {timezone.localdate():%Y-%m-%d}"


def _headings(columns: Sequence[Column]) -> list[str]:
    return [str(column.label) for column in columns]


def _cells(
    listing: Listing, columns: Sequence[Column], ids: Sequence[int], progress: Progress | None = None
) -> Iterator[list[Any]]:
    context = listing.console.row_context(listing.request)
    done = 0
    for portion in export.chunks(ids):
        for row in listing.fetch(portion):
            yield [column.exported(row, context) for column in columns]
        done += len(portion)
        if progress is not None:
            progress.update(done, total=len(ids))
