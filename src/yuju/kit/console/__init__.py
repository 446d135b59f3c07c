"""Pages with little code: one declaration for a model gives list, detail, form, export and inherited tests."""

from yuju.kit.console.bulk import Ask, BulkAction, LeftOut
from yuju.kit.console.columns import (
    BooleanColumn,
    Column,
    DateColumn,
    Masked,
    MomentColumn,
    Money,
    NumberColumn,
    RowContext,
    StateColumn,
    Tags,
)
from yuju.kit.console.consequences import Caution, Consequences, Line
from yuju.kit.console.drafts import Draft, Drafts
from yuju.kit.console.filters import BooleanFilter, ChoiceFilter, ConditionFilter, DateRangeFilter, Filter
from yuju.kit.console.form_pages import go_to
from yuju.kit.console.forms import ConsoleForm, ConsoleModelForm, Fieldset, bound_fieldsets
from yuju.kit.console.happenings import Difference, Happening, Historian, Span
from yuju.kit.console.listing import Listing
from yuju.kit.console.model_console import Action, Card, DetailPage, ModelConsole, Searched
from yuju.kit.console.pages import permitted, signed_in
from yuju.kit.console.picking import PickField
from yuju.kit.console.saved_views import Kept, ListKeeper, SavedView
from yuju.kit.console.site import ConsoleSite, LastChange, Recorder, console_site
from yuju.kit.console.tabs import Tab

__all__ = [
    "Action",
    "Ask",
    "BooleanColumn",
    "BooleanFilter",
    "BulkAction",
    "Card",
    "Caution",
    "ChoiceFilter",
    "Column",
    "ConditionFilter",
    "Consequences",
    "ConsoleForm",
    "ConsoleModelForm",
    "ConsoleSite",
    "DateColumn",
    "DateRangeFilter",
    "DetailPage",
    "Difference",
    "Draft",
    "Drafts",
    "Fieldset",
    "Filter",
    "Happening",
    "Historian",
    "Kept",
    "LastChange",
    "LeftOut",
    "Line",
    "ListKeeper",
    "Listing",
    "Masked",
    "ModelConsole",
    "MomentColumn",
    "Money",
    "NumberColumn",
    "PickField",
    "Recorder",
    "RowContext",
    "SavedView",
    "Searched",
    "Span",
    "StateColumn",
    "Tab",
    "Tags",
    "bound_fieldsets",
    "console_site",
    "go_to",
    "permitted",
    "signed_in",
]
