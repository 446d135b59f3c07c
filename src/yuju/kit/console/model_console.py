"""One declaration for a model gives its list, detail, form and export.

What differs from the usual is a method overridden or a template replaced, never a copy. The inherited
tests are in `yuju.kit.testing.console`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from django import forms
from django.db.models import Model, Q, QuerySet
from django.forms.models import model_to_dict, modelform_factory
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.functional import lazy
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yuju.kit.console.bulk import BulkAction
from yuju.kit.console.columns import Column, Masked, RowContext, Tone
from yuju.kit.console.consequences import Consequences
from yuju.kit.console.filters import Filter
from yuju.kit.console.forms import ConsoleModelForm, Fieldset
from yuju.kit.console.happenings import Happening
from yuju.kit.console.saving import row_save
from yuju.kit.console.state import RESERVED
from yuju.kit.console.tabs import Tab
from yuju.kit.search import MATCHED_AT_MOST, matching, more_match

if TYPE_CHECKING:
    from yuju.kit.console.site import ConsoleSite

M = TypeVar("M", bound=Model)

EVERYTHING = Tab("", gettext_lazy("All"))
"""The one tab of a list that declares none: what is left when a saved view is closed."""


def _capital(text: Any) -> str:
    return str(capfirst(str(text)))


lazy_capital: Callable[[Any], Any] = lazy(_capital, str)
"""A name of a model as a title has it, in the language of whoever reads it."""


@dataclass(frozen=True)
class Searched(Generic[M]):
    """What a search found, and the sentence about what it did not look at: asked for apart, since it takes as long again."""

    rows: QuerySet[M]
    left_out: Callable[[], str]


@dataclass(frozen=True)
class Card:
    """Facts that belong together on a detail page."""

    title: Any
    columns: Sequence[Column]


@dataclass(frozen=True)
class Action:
    """A button of a page that leads somewhere.

    Args:
        url: where it leads.
        icon: the icon's name, or empty.
        primary: the page's one main action.
    """

    label: Any
    url: str
    icon: str = ""
    primary: bool = False


@dataclass
class DetailPage:
    """What a detail page shows besides its cards."""

    heading: str
    tags: list[tuple[Tone, str]] = field(default_factory=list)
    subtitle: Any = ""
    parents: list[tuple[str, str]] = field(default_factory=list)
    """Steps of the breadcrumb between the list and this page: (text, url)."""


class ModelConsole(Generic[M]):
    """The pages of one model.

    Attributes:
        model: the model.
        slug: its word in addresses and page names.
        title, title_one: what many and one are called; the model's own names where they are not given.
        icon, group, order: its place in the navigation; pages of one group stand together, in order.
        in_navigation: whether it has an entry there.
        view_permission, edit_permission: who may see and who may change; without the latter nobody changes.
        columns, filters, tabs, ordering: the list. `ordering` names the lookups of the usual order.
        search_kind: the kind under which `yuju.kit.search` knows the rows; then the search box understands pinyin,
            initials, rooms and numbers.
        search_fields: for few rows, the lookups in which each word is looked for instead.
        search_hint: the search box's placeholder.
        found_anywhere: for few rows: the search box of the whole console finds them by their `search_fields`, too.
        found_by: the lookups by which it finds a row whose whole number was typed; a number is what `found_pattern`
            matches, in capitals.
        points_at_many: whether its rows are read with so many other tables that finding an order to join them in takes longer
            than reading them; `with_related` then adds no sum over several tables.
        property_path: the lookup from the model to the id of its property; None for what belongs to the
            operator as a whole.
        cards: the facts of the detail page; the columns of the list where they are not given.
        form_class, fieldsets: the form. Without a class the fields are the model's, as the fieldsets name them, in a form
            derived from `form_base`.
        bulk_actions: what can be done to many rows at once.
        can_create: whether a new one can be made by the form.
        has_history: whether a row's page tells what happened to it; not where a row is itself what happened.
        empty_text: one sentence for a list that has nothing yet.
    """

    model: type[M]
    slug: str
    title: Any = ""
    title_one: Any = ""
    icon: str = "list"
    group: Any = ""
    order: int = 100
    in_navigation = True
    view_permission: str
    edit_permission: str = ""
    columns: Sequence[Column] = ()
    filters: Sequence[Filter] = ()
    tabs: Sequence[Tab] = ()
    ordering: Sequence[str] = ()
    search_kind: str = ""
    search_fields: Sequence[str] = ()
    search_hint: Any = ""
    found_anywhere = False
    found_by: Sequence[str] = ()
    found_pattern = r".*"
    points_at_many = False
    property_path: str | None = "property_id"
    cards: Sequence[Card] = ()
    form_class: type[forms.BaseForm] | None = None
    form_base: type[ConsoleModelForm] = ConsoleModelForm
    fieldsets: Sequence[Fieldset] = ()
    bulk_actions: Sequence[BulkAction] = ()
    can_create = True
    has_history = True
    empty_text: Any = ""
    list_template = "kit/console/list.html"
    detail_template = "kit/console/detail.html"
    panel_template = "kit/console/panel.html"
    form_template = "kit/console/form.html"

    def __init__(self, site: ConsoleSite) -> None:
        self.site = site
        self.title = self.title or lazy_capital(self.model._meta.verbose_name_plural)
        self.title_one = self.title_one or lazy_capital(self.model._meta.verbose_name)
        self.cards = self.cards or (Card(self.title_one, self.columns),)
        names = [parameter for spec in self.filters for parameter in spec.parameters]
        if clash := RESERVED.intersection(names) or {name for name in names if names.count(name) > 1}:
            raise ValueError(f"{type(self).__name__}: filter parameters used twice: {sorted(clash)}")

    # Where things are

    def url(self, page: str, *args: Any) -> str:
        """The address of one of the pages: list, new, detail, panel, edit, export, pick, history, reveal, view, views,
        columns, bulk."""
        return reverse(f"{self.site.namespace}:{self.slug}-{page}", args=args)

    def detail_url(self, row: Any) -> str:
        """The page of a row of this list; overridden where the row's own page is another model's."""
        return self.url("detail", row.pk)

    @property
    def first_tab(self) -> str:
        return self.list_tabs[0].name

    @property
    def list_tabs(self) -> Sequence[Tab]:
        """The tabs of the list; at least one."""
        return self.tabs or (EVERYTHING,)

    # Who may see and do what

    def scope(self, request: HttpRequest, permission: str) -> list[int] | None:
        """The properties where the user holds the permission; None means all of them."""
        found: list[int] | None = cast(Any, request.user).property_scope(permission)
        return found

    def property_id_of(self, row: Any) -> int | None:
        """The property a row belongs to."""
        if self.property_path is None:
            return None
        found: int | None = Column(self.property_path.replace("__", "."), "").get(row)
        return found

    def may(self, request: HttpRequest, permission: str, row: Any = None) -> bool:
        """Whether the user holds a permission at the row's property, or anywhere at all."""
        property_id = None if row is None else self.property_id_of(row)
        return bool(permission) and bool(cast(Any, request.user).may(permission, property_id))

    def may_create(self, request: HttpRequest) -> bool:
        return self.can_create and self.has_form and self.may(request, self.edit_permission)

    def may_edit(self, request: HttpRequest, row: M) -> bool:
        return self.has_form and self.may(request, self.edit_permission, row)

    # Rows

    def permitted(self, request: HttpRequest, permission: str) -> QuerySet[M]:
        """The rows at properties where the user holds the permission, whatever the property switcher says."""
        rows: QuerySet[M] = self.model._default_manager.all()
        scope = self.scope(request, permission)
        if self.property_path is None or scope is None:
            return rows
        return rows.filter(**{f"{self.property_path}__in": scope})

    def scoped(self, request: HttpRequest) -> QuerySet[M]:
        """The rows of the list: what the user may see, under the property switcher. Nothing joined or added:
        what the columns need belongs in `with_related`."""
        rows = self.permitted(request, self.view_permission)
        place = self.place(request)
        if self.property_path is None or place is None:
            return rows
        return rows.filter(**{self.property_path: place.pk})

    def place(self, request: HttpRequest) -> Any:
        """The property the list is about; None for all. That of the switcher, unless the address says otherwise."""
        return getattr(request, "property", None)

    def with_related(self, rows: QuerySet[M]) -> QuerySet[M]:
        """Adds what the columns and cards show: `select_related`, `prefetch_related`, `annotate`. Unless it is overridden, what
        their names point at."""
        return rows.select_related(*self._pointed_at) if self._pointed_at else rows

    @cached_property
    def _pointed_at(self) -> set[str]:
        """The foreign keys that columns and cards go along, as `select_related` takes them."""
        found: set[str] = set()
        for column in [*self.columns, *(column for card in self.cards for column in card.columns)]:
            model, path = cast(Any, self.model), ""
            for part in column.name.split("."):
                keys = [one for one in model._meta.concrete_fields if one.name == part and one.is_relation]
                if not keys:
                    break
                model, path = keys[0].related_model, f"{path}__{part}".removeprefix("__")
                found.add(path)
        return found

    def tab_counts(self, request: HttpRequest) -> dict[str, int] | None:
        """How many rows each tab holds under the property switcher, by the tabs' names; None has the conditions of the
        tabs counted over all rows, which is right but slow where they look into other tables."""
        return None

    def place_ids(self, request: HttpRequest) -> list[int] | None:
        """The properties of the list: the one of the switcher, or those the user may see; None means all of them."""
        place = self.place(request)
        scope = self.scope(request, self.view_permission)
        if place is None:
            return scope
        return [place.pk] if scope is None or place.pk in scope else []

    def search(self, rows: QuerySet[M], text: str) -> QuerySet[M]:
        """The rows that match every word."""
        if self.search_kind:
            return rows.filter(pk__in=matching(text, self.search_kind))
        for word in text.split():
            found = Q()
            for lookup in self.search_fields:
                found |= Q(**{f"{lookup}__icontains": word})
            rows = rows.filter(found)
        return rows

    def searched(self, rows: QuerySet[M], text: str) -> Searched[M]:
        """What `search` finds, and what is said of the rest once it is asked for."""
        return Searched(self.search(rows, text), lambda: self.search_left_out(text))

    def search_left_out(self, text: str) -> str:
        """A sentence where `search` finds so much that it looks at a part only; empty where it looks at everything."""
        if not self.search_kind or not more_match(text, self.search_kind):
            return ""
        return _("Too many match: only %(number)s of them are looked at. Type more to find the others.") % {
            "number": f"{MATCHED_AT_MOST:,}"
        }

    def found(self, request: HttpRequest, text: str) -> QuerySet[M]:
        """The rows the search box of the whole console finds besides those with search keys, at every property the user
        may see them at."""
        rows = self.permitted(request, self.view_permission)
        if self.found_anywhere:
            # A single letter or digit is in half of everything; a Chinese character is not.
            return self.search(rows, text) if len(text) > 1 or not text.isascii() else rows.none()
        number = text.upper()
        if not self.found_by or not re.fullmatch(self.found_pattern, number):
            return rows.none()
        whole = Q()
        for lookup in self.found_by:
            whole |= Q(**{f"{lookup}__in": self.numbers_meant(number) | {text}})
        return rows.filter(whole)

    def numbers_meant(self, number: str) -> set[str]:
        """What a typed number may stand for."""
        return {number}

    @property
    def searchable(self) -> bool:
        return bool(self.search_kind or self.search_fields) or type(self).search is not ModelConsole.search

    def pick_label(self, row: M) -> str:
        """What a row is called where a form picks it."""
        return str(row)

    def pick_hint(self, row: M) -> str:
        """A second fact that tells rows of one name apart while picking."""
        return ""

    def get(self, request: HttpRequest, pk: int, permission: str) -> M:
        """One row with everything its page shows.

        Raises:
            Http404: there is none, or not at a property where the user holds the permission.
        """
        row = self.with_related(self.permitted(request, permission)).filter(pk=pk).first()
        if row is None:
            raise Http404
        return self.look_up(request, [row])[0]

    def look_up(self, request: HttpRequest, rows: list[M]) -> list[M]:
        """Adds to the rows of a page what their columns need besides and one statement finds for all of them."""
        return rows

    def row_context(self, request: HttpRequest) -> RowContext:
        return RowContext(request=request, console=self)

    @cached_property
    def masked_columns(self) -> dict[str, Masked]:
        """Every column that covers personal data, by name, wherever it is declared."""
        declared = [*self.columns, *(column for card in self.cards for column in card.columns)]
        return {column.name: column for column in declared if isinstance(column, Masked)}

    # Pages

    def list_actions(self, request: HttpRequest) -> list[Action]:
        """Further buttons of the list, left of export and new."""
        return []

    def bulk_action(self, name: str) -> BulkAction | None:
        """The bulk action of a name."""
        return next((action for action in self.bulk_actions if action.name == name), None)

    def bulk_offered(self, request: HttpRequest) -> list[tuple[BulkAction, str]]:
        """The bulk actions that the user may do, with their addresses."""
        offered = [action for action in self.bulk_actions if action.offered(request, self)]
        return [(action, self.url("bulk", action.name)) for action in offered]

    def subtitle(self, request: HttpRequest) -> Any:
        """A line under the list's title; empty for the plain count."""
        return ""

    def detail(self, request: HttpRequest, row: M) -> DetailPage:
        """The head of a row's page."""
        return DetailPage(heading=str(row))

    def detail_actions(self, request: HttpRequest, row: M) -> list[Action]:
        """Further buttons of a row's page, left of edit."""
        return []

    def detail_context(self, request: HttpRequest, row: M) -> dict[str, Any]:
        """What an overriding detail template needs besides."""
        return {}

    # History

    def history_rows(self, request: HttpRequest, row: M) -> list[Model]:
        """The rows whose changes are told on a row's page, as far as the user may see them; their parts come with them."""
        return [row]

    def history_more(self, request: HttpRequest, row: M) -> list[Happening]:
        """What else happened to a row, that is neither a change nor in the audit: a bill of it, a print."""
        return []

    def history_url(self, row: M) -> str:
        """The page with all that happened to a row."""
        return self.url("history", row.pk)

    # The panel beside the list

    def panel_cards(self, request: HttpRequest, row: M) -> Sequence[Card]:
        """What the panel beside the list tells of a row: the list's columns that no card has, then the cards."""
        told = {column.name for card in self.cards for column in card.columns}
        facts = [
            column
            for column in self.columns
            if not (column.stays or column.name in told or (column.across and self.place(request) is not None))
        ]
        return [Card("", facts), *self.cards] if facts else self.cards

    def panel_actions(self, request: HttpRequest, row: M) -> list[Action]:
        """The buttons of the panel, left of edit."""
        return self.detail_actions(request, row)

    def panel_context(self, request: HttpRequest, row: M) -> dict[str, Any]:
        """What an overriding panel template needs besides."""
        return {}

    # Form

    @property
    def has_form(self) -> bool:
        return bool(self.edit_permission) and (self.form_class is not None or bool(self.fieldsets))

    def form_type(self) -> type[forms.BaseForm]:
        if self.form_class is not None:
            return self.form_class
        names = [name for fieldset in self.fieldsets for name in fieldset.fields]
        return cast("type[forms.BaseForm]", modelform_factory(self.model, form=self.form_base, fields=names))

    def title_of_new(self, request: HttpRequest) -> Any:
        """What a new row is called; overridden where the address says which kind of it is made."""
        return self.title_one

    def initial(self, request: HttpRequest, row: M | None) -> dict[str, Any]:
        """The form's values before the user touches it: the row's, or for a new one what the address suggests."""
        names = list(self.form_type().base_fields)  # type: ignore[attr-defined]
        if row is not None:
            return model_to_dict(row, fields=names)
        return {name: request.GET[name] for name in names if name in request.GET}

    def check_sender(self, request: HttpRequest) -> None:
        """Makes sure of who sends the form, where that matters. Asked once for each form sent to be saved, and in no
        transaction of its own: whatever is noted about a refused proof, such as a counted try, stays.

        Raises:
            Refused: it is not proved; nothing is saved.
        """

    def save(self, request: HttpRequest, form: Any, row: M | None) -> M:
        """Writes what the form says. Overridden by what has rules: it calls the one service that makes (`row` is None) or
        changes it, with the form's clean values.

        Raises:
            Refused: what the rules refuse; it becomes an error of the form or of the field it names.
        """
        return row_save(self.model() if row is None else row, form.cleaned_data)

    def consequences(self, request: HttpRequest, form: Any, row: M | None) -> Consequences | None:
        """What saving the form as it stands would bring about; shown beside it and worked out anew with every entry.

        The form has been checked: `cleaned_data` holds the fields that are right so far, and nothing is written on the way.
        None means that this form has no panel, whatever is typed into it.
        """
        return None

    @property
    def has_consequences(self) -> bool:
        return self.has_form and type(self).consequences is not ModelConsole.consequences

    def recorded(self, row: M) -> Any:
        """The thing under which changes by the form are written down."""
        return row

    def saved_url(self, request: HttpRequest, row: M) -> str:
        """Where the user goes after saving."""
        return self.detail_url(row)
