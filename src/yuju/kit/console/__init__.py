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
from yuju.kit.console.filters import BooleanFilter, ChoiceFilter, ConditionFilter, DateRangeFilter, Filter
from yuju.kit.console.forms import ConsoleForm, ConsoleModelForm, Fieldset
from yuju.kit.console.happenings import Difference, Happening, Historian, Span
from yuju.kit.console.listing import Listing
from yuju.kit.console.model_console import Action, Card, DetailPage, ModelConsole
from yuju.kit.console.pages import permitted, signed_in
from yuju.kit.console.picking import PickField
from yuju.kit.console.saved_views import Kept, ListKeeper, SavedView
from yuju.kit.console.site import ConsoleSite, Recorder, console_site
from yuju.kit.console.tabs import Tab

__all__ = [
    "Action",
    "Ask",
    "BooleanColumn",
    "BooleanFilter",
    "BulkAction",
    "Card",
    "ChoiceFilter",
    "Column",
    "ConditionFilter",
    "ConsoleForm",
    "ConsoleModelForm",
    "ConsoleSite",
    "DateColumn",
    "DateRangeFilter",
    "DetailPage",
    "Difference",
    "Fieldset",
    "Filter",
    "Happening",
    "Historian",
    "Kept",
    "LeftOut",
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
    "Span",
    "StateColumn",
    "Tab",
    "Tags",
    "console_site",
    "permitted",
    "signed_in",
]
