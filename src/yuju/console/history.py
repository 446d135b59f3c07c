"""What happened to rows: the history of their changes and the audit as one story."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from django.db.models import Exists, F, Model, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from yuju.console.acts import act_of
from yuju.console.differences import Wording
from yuju.console.origins import origin_words
from yuju.console.things import BY_NAME, BY_TABLE, noun_of
from yuju.identity.choices import ChangeAct
from yuju.identity.models import AuditEntry, Change, User
from yuju.kit.console import Difference, Happening, Span, console_site
from yuju.kit.history import subject_model, tracked_models, tracking_of

TONES: dict[str, str] = {ChangeAct.MADE: "brand", ChangeAct.REMOVED: "bad"}
_OF_MANY = Q(last_id__gt=F("row_id"))


class Chronicle:
    """Tells history and audit together (`yuju.kit.console.Historian`)."""

    def happenings(self, request: HttpRequest, rows: Sequence[Model], span: Span) -> list[Happening]:
        """What happened to rows and their parts. Four statements, one for each table that changed values point at, and one
        for each whose parts are told by whom they are about."""
        narrowed: dict[str, Any] = span.bounds()
        if span.person is not None:
            narrowed["user_id"] = span.person
        own = changes_of(rows).filter(**narrowed)
        moments = list(own.order_by("-at").values_list("at", flat=True).distinct()[: span.limit + 1])
        changes = list(own.filter(at__gte=moments[-1]).select_related("user").order_by("-at", "pk")) if moments else []
        changes += makings_of(rows).filter(**narrowed).select_related("user")
        entries = entries_of(rows).filter(**narrowed).select_related("user").order_by("-at", "-pk")[: span.limit + 1]
        return [*acts_told(request, changes), *(act_of(request, entry, here=True) for entry in entries)]

    def people(self, rows: Sequence[Model]) -> list[tuple[int, str]]:
        """Who changed them or is in their audit."""
        involved = [
            found.order_by().values("user_id") for found in (changes_of(rows), makings_of(rows), entries_of(rows))
        ]
        users = User.objects.filter(Q(pk__in=involved[0]) | Q(pk__in=involved[1]) | Q(pk__in=involved[2]))
        return [(one.pk, str(one)) for one in users.order_by("name", "pk")]


def changes_of(rows: Sequence[Model]) -> QuerySet[Change]:
    """The changes of rows and their parts, one entry each."""
    found = Q(pk__in=[])
    for table, ids in _by_table(rows).items():
        found |= Q(subject=table, subject_id__in=ids)
    return Change.objects.filter(found, last_id=F("row_id"))


def makings_of(rows: Sequence[Model]) -> QuerySet[Change]:
    """The entries by which rows, or parts of them, were made together with many others. There are few such entries."""
    found = Q(pk__in=[])
    for table, ids in _by_table(rows).items():
        for pk in ids:
            found |= Q(kind=table, row_id__lte=pk, last_id__gte=pk)
        for part in _parts_of(table):
            tracking: Any = tracking_of(part)
            between: dict[str, Any] = {"pk__gte": OuterRef("row_id"), "pk__lte": OuterRef("last_id")}
            within = part._default_manager.filter(**{f"{tracking.part_of}__in": ids}, **between)
            found |= Q(Exists(within), kind=part._meta.db_table)
    return Change.objects.filter(_OF_MANY, found)


def entries_of(rows: Sequence[Model]) -> QuerySet[AuditEntry]:
    """What the audit has about rows."""
    found = Q(pk__in=[])
    for table, ids in _by_table(rows).items():
        names = [name for name, model in BY_NAME.items() if model._meta.db_table == table]
        found |= Q(object_kind__in=names, object_id__in=ids)
    return AuditEntry.objects.filter(found)


def acts_told(request: HttpRequest, changes: Sequence[Change]) -> Iterator[Happening]:
    """Changes as acts: what somebody changed at one moment on one page is one."""
    told = [one for one in changes if one.act == ChangeAct.CHANGED or one.kind != subject_table(one.kind)]
    wording = Wording(request, told)
    ordered = sorted(changes, key=lambda one: (_act_key(one), one.pk))
    for _key, group in groupby(ordered, key=_act_key):
        yield _act(wording, list(group))


def _act_key(change: Change) -> tuple[Any, ...]:
    # Rows made by the thousand are told with the row they belong to, whichever that is: their entry cannot know.
    whose = (subject_table(change.kind), 0) if change.last_id > change.row_id else (change.subject, change.subject_id)
    return (change.at, change.user_id or 0, *whose)


def _act(wording: Wording, changes: Sequence[Change]) -> Happening:
    """One act of one person on one page. Its title names what was done to the row itself, else to its parts."""
    first = changes[0]
    subject = subject_table(first.kind)
    own = [one for one in changes if one.kind == subject]
    parts = [one for one in changes if one.kind != subject]
    made = any(one.act == ChangeAct.MADE for one in own)
    lines: list[Difference] = [line for one in own for line in wording.lines(one, is_part=False)]
    # What a new row begins with is seen on its page; what is added to it later is told.
    lines += [] if made else [line for one in parts for line in wording.lines(one, is_part=True)]
    act = ChangeAct.MADE if made else ChangeAct(own[0].act) if own else ChangeAct.CHANGED
    return Happening(
        title=_("%(act)s · %(what)s") % {"act": act.label, "what": noun_of(BY_TABLE.get(subject))},
        when=first.at,
        by=str(first.user) if first.user is not None else "",
        where=where_of(first),
        lines=lines,
        kind=TONES.get(act, ""),
    )


def where_of(change: Change) -> str:
    """From where a change was made; one without person and origin was made past the application."""
    if change.user_id is None and not change.origin:
        return _("Directly in the database")
    return origin_words(change.origin)


def subject_table(table: str) -> str:
    """The table on whose rows' pages the changes of a table are told."""
    model = BY_TABLE.get(table)
    return subject_model(model)._meta.db_table if model is not None else table


def _parts_of(table: str) -> list[type[Model]]:
    return [
        model
        for model in tracked_models()
        if model._meta.db_table != table and subject_model(model)._meta.db_table == table
    ]


def _by_table(rows: Sequence[Model]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        found[row._meta.db_table].append(row.pk)
    return found


console_site.historian = Chronicle()
