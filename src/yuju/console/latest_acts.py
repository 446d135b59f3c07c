"""What people did lately, for the home page: what the audit has, and what they edited, one line for each act."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from django.http import HttpRequest
from django.utils.translation import gettext as _

from yuju.console.acts import act_of
from yuju.console.history import TONES
from yuju.console.things import BY_TABLE, noun_of, url_of_thing
from yuju.identity.choices import AuditAction, ChangeAct
from yuju.identity.models import AuditEntry
from yuju.kit.console import Happening
from yuju.reporting.home import Edit

LOOKING = {AuditAction.REVEALED, AuditAction.EXPORTED}
"""What the audit has of somebody who only looked: it never stands for an edit."""

ONE_ACT = timedelta(seconds=5)
"""An entry of the audit so soon after an edit of the same person tells of the same act, and tells more."""


def latest_told(
    request: HttpRequest, entries: Sequence[AuditEntry], edits: Iterable[Edit], limit: int
) -> list[Happening]:
    """The latest acts of both, the latest first. It asks the database nothing."""
    told = [act_of(request, entry) for entry in entries]
    told += _edits_told(request, entries, edits)
    return sorted(told, key=lambda one: one.moment, reverse=True)[:limit]


def _edits_told(request: HttpRequest, entries: Sequence[AuditEntry], edits: Iterable[Edit]) -> Iterator[Happening]:
    for (at, by), group in groupby(edits, key=lambda one: (one.at, one.by)):
        if not _is_in_audit(entries, at, by[0]):
            yield _edit_told(request, list(group))


def _is_in_audit(entries: Sequence[AuditEntry], at: datetime, user_id: int) -> bool:
    return any(
        entry.user_id == user_id and entry.action not in LOOKING and at <= entry.at <= at + ONE_ACT for entry in entries
    )


def _edit_told(request: HttpRequest, act: Sequence[Edit]) -> Happening:
    """An act, called by what it was done to first; what else belonged to it is said below."""
    main, others = act[0], act[1:]
    what = noun_of(BY_TABLE.get(main.table))
    if main.things > 1:
        what = f"{what} × {main.things}"
    there = main.things == 1 and main.act != ChangeAct.REMOVED
    nouns = _(", ").join(dict.fromkeys(noun_of(BY_TABLE.get(one.table)) for one in others))
    return Happening(
        title=_("%(act)s · %(what)s") % {"act": main.act.label, "what": what},
        text=_("also: %(what)s") % {"what": nouns} if nouns else "",
        when=main.at,
        by=main.by[1],
        kind=TONES.get(main.act, ""),
        url=url_of_thing(request, (main.table, main.thing)) if there else "",
    )
