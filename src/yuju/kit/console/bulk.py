"""What can be done to many rows of a list at once.

A console declares its actions. Each says in conditions which rows it leaves out and why, so that the page can tell
beforehand, by counting, what will become of a hundred thousand rows; and calls one set-based service for the others.

    class LockUsers(BulkAction):
        name = "lock"
        label = _("Lock")
        icon = "lock"

        def left_out(self, ask): return [LeftOut(_("Locked already"), Q(is_active=False))]
        def sentence(self, ask, count): ...
        def apply(self, ask, rows, by, at): users_lock(users=rows, by=by, at=at)

    class StaffConsole(ModelConsole[User]):
        bulk_actions = (LockUsers(),)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import JSONObject
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from yuju.kit.console.forms import ConsoleForm, fingerprint
from yuju.kit.console.selection import Selection

if TYPE_CHECKING:
    from yuju.kit.console.model_console import ModelConsole

NAMED = 8
"""How many of the rows left out are named in a preview."""


@dataclass(frozen=True)
class LeftOut:
    """A reason to leave rows out.

    Args:
        why: the reason, for the user.
        condition: the rows it holds for. Over to-many relations use `Exists(…)`.
    """

    why: Any
    condition: Q


@dataclass(frozen=True)
class Ask:
    """What is asked of an action: by whom and for which list, on which rows, with what filled in."""

    request: HttpRequest
    console: ModelConsole[Any]
    values: dict[str, Any] = field(default_factory=dict)


class BulkAction:
    """One thing that can be done to many rows.

    Attributes:
        name: its word in addresses.
        label, icon: its button.
        permission: who may do it, and at which properties; that of editing the list's rows where it is empty.
        form_class: what is asked before, if anything.
        fields: the fields of the row that it changes. With them it can be taken back: they are kept as they were.
        word: what must be typed to confirm what cannot be taken back; empty for nothing.
        hint: a sentence under the dialog's title.
    """

    name: str
    label: Any
    icon: str = "edit"
    permission: str = ""
    form_class: type[ConsoleForm] | None = None
    fields: Sequence[str] = ()
    word: Any = ""
    hint: Any = ""

    def permission_for(self, console: ModelConsole[Any]) -> str:
        return self.permission or console.edit_permission

    def offered(self, request: HttpRequest, console: ModelConsole[Any]) -> bool:
        """Whether the user may do it anywhere. Asks nothing of the database that was not asked before."""
        return console.may(request, self.permission_for(console))

    def form(self, request: HttpRequest, data: QueryDict | None) -> ConsoleForm:
        """The form, which has no fields where nothing is asked."""
        return (self.form_class or ConsoleForm)(data, request=request)

    @property
    def can_be_undone(self) -> bool:
        return bool(self.fields) or type(self).snapshot is not BulkAction.snapshot

    # What an action says

    def left_out(self, ask: Ask) -> Sequence[LeftOut]:
        """Why rows are left out; of several reasons that hold for a row the first is told."""
        return ()

    def sentence(self, ask: Ask, count: int) -> str:
        """What is done, for `count` rows: “The tag 老人 is put on 12 residents”."""
        raise NotImplementedError

    def consequences(self, ask: Ask, rows: QuerySet[Any]) -> Sequence[tuple[Any, Any]]:
        """What follows for the rows that will be changed: pairs of a label and a text, such as an amount."""
        return ()

    def snapshot(self, ask: Ask) -> Any:
        """An expression over a row for what the action touches of it, as JSON."""
        return JSONObject(**{name: name for name in self.fields})

    # What an action does

    def apply(self, ask: Ask, rows: QuerySet[Any], *, by: Any, at: datetime) -> None:
        """Calls the one service that changes the rows; they are locked and none of them is left out by a reason.

        Raises:
            Refused: what the rules refuse; nothing is changed then.
        """
        raise NotImplementedError

    def restore(self, ask: Ask, rows: QuerySet[Any], before: dict[str, Any], *, by: Any, at: datetime) -> None:
        """Takes back: gives rows whose snapshots were all alike what they had before.

        Raises:
            Refused: the rules refuse.
        """
        raise NotImplementedError


@dataclass(frozen=True)
class Preview:
    """What an action would do to a selection.

    Attributes:
        changing: how many rows it changes.
        left: each reason with the number of rows it leaves out and the names of some of them.
        consequences: what follows, in words.
    """

    changing: int
    left: list[tuple[str, int, str]]
    sentence: str = ""
    consequences: list[tuple[Any, Any]] = field(default_factory=list)

    @property
    def left_count(self) -> int:
        return sum(count for _why, count, _names in self.left)

    @property
    def seal(self) -> str:
        """What is shown as a short word: what was seen is what is confirmed."""
        return fingerprint({"sentence": self.sentence, "changing": self.changing, "left": str(self.left)})


class Sorting:
    """The rows of a selection, sorted into those that an action changes and those it leaves out."""

    def __init__(self, action: BulkAction, ask: Ask, selection: Selection) -> None:
        self.action = action
        self.ask = ask
        self.rows = selection.rows.order_by()
        self.listing = selection.listing

    @cached_property
    def reasons(self) -> list[LeftOut]:
        """The action's reasons, and before them that the user may not change everything that the list shows."""
        found = list(self.action.left_out(self.ask))
        console, request = self.ask.console, self.ask.request
        permission = self.action.permission_for(console)
        scope = console.scope(request, permission)
        if (
            console.property_path is not None
            and scope is not None
            and scope != console.scope(request, console.view_permission)
        ):
            elsewhere = ~Q(**{f"{console.property_path}__in": scope})
            found.insert(0, LeftOut(_("At a property where you may not change this"), elsewhere))
        return found

    @cached_property
    def _sorted(self) -> Any:
        whens = [When(reason.condition, then=Value(number)) for number, reason in enumerate(self.reasons, start=1)]
        return self.rows.annotate(reason=Case(*whens, default=Value(0), output_field=IntegerField()))

    @cached_property
    def counts(self) -> dict[int, int]:
        """How many rows each reason leaves out, by its number from 1 on; 0 counts those that are changed."""
        if not self.reasons:
            return {0: self.rows.count()}
        return dict(self._sorted.values_list("reason").annotate(number=Count("pk")).order_by("reason"))

    @property
    def changing(self) -> Any:
        """The rows that the action changes."""
        return self._sorted.filter(reason=0) if self.reasons else self.rows

    @property
    def left(self) -> list[tuple[str, int]]:
        """Each reason with the number of rows it leaves out."""
        return [
            (str(reason.why), self.counts[number])
            for number, reason in enumerate(self.reasons, start=1)
            if self.counts.get(number)
        ]

    def preview(self) -> Preview:
        """What would be done, in numbers and words; names only the first few left out."""
        changing = self.counts.get(0, 0)
        return Preview(
            changing=changing,
            left=[(why, count, self._names(number)) for number, (why, count) in self._numbered()],
            sentence=self.action.sentence(self.ask, changing),
            consequences=list(self.action.consequences(self.ask, self.changing)) if changing else [],
        )

    def _numbered(self) -> list[tuple[int, tuple[str, int]]]:
        numbers = [number for number in range(1, len(self.reasons) + 1) if self.counts.get(number)]
        return list(zip(numbers, self.left, strict=True))

    def _names(self, number: int) -> str:
        ids = self._sorted.filter(reason=number).order_by(*self.listing.ordering).values_list("pk", flat=True)[:NAMED]
        names = [self.ask.console.pick_label(row) for row in self.listing.fetch(list(ids))]
        return _(", ").join([*names, *(["…"] if self.counts[number] > NAMED else [])])
