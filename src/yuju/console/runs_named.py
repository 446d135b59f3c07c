"""Lists that are reached from a bill run: they are about its property, whatever the switcher says."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from yuju.billing.models import BillRun
from yuju.console.pages.premises import user_of
from yuju.console.run_review import run_title
from yuju.premises.models import Property

LATEST_RUNS = 36
_LONGEST = 18


def run_named(request: HttpRequest, permission: str) -> BillRun | None:
    """The run that an address names (`?run=7`), at any property where the user holds the permission."""
    named = request.GET.get("run", "")
    if not (named.isascii() and named.isdigit() and len(named) <= _LONGEST):
        return None
    runs = BillRun.objects.visible_to(user_of(request), permission).select_related("property")
    found: BillRun | None = runs.filter(pk=int(named)).first()
    return found


def place_named(request: HttpRequest, permission: str) -> Property | None:
    """The property a list is about: that of the run the address names, else that of the switcher."""
    run = run_named(request, permission)
    chosen: Property | None = getattr(request, "property", None)
    return chosen if run is None else run.property


def run_options(request: HttpRequest, runs: QuerySet[BillRun], permission: str) -> Iterable[tuple[int, str]]:
    """The latest of the runs under the property switcher, and the one the address names, however old."""
    named = run_named(request, permission)
    place = place_named(request, permission)
    if place is not None:
        runs = runs.filter(property=place)
    whole = runs.filter(account=None).select_related("property")
    shown = list(whole.order_by("-as_of", "-number")[:LATEST_RUNS])
    if named is not None and named not in shown:
        shown += runs.select_related("property").filter(pk=named.pk)
    for run in shown:
        name = f"{run_title(run)} · {_('No. %(number)s') % {'number': run.number}}"
        yield run.pk, name if place is not None else f"{run.property} · {name}"
