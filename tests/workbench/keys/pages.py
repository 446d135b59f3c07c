from tests.workbench.keys.models import Key
from tests.workbench.keys.site import site
from yuju.console.navigation import GROUP_TENANCY
from yuju.console.pages.premises import PropertyForm
from yuju.kit.console import Column, DateColumn, DateRangeFilter, Fieldset, ModelConsole


@site.register
class KeyConsole(ModelConsole[Key]):
    model, slug, icon, group, order = Key, "keys", "key", GROUP_TENANCY, 70
    view_permission, edit_permission = "premises.view", "premises.edit"
    ordering = search_fields = ("number",)
    columns = (
        Column("number", "Number", sort="number", link=True, sm=1),
        Column("holder", "Holder", sort=("holder", "number"), sm=4),
        DateColumn("lost_on", "Lost on", sort=("lost_on", "number"), sm=5),
        Column("property", "Property", sort="property__code", across=True, sm=2),
    )
    filters = (DateRangeFilter("lost_on", "Lost on"),)
    form_base = PropertyForm
    fieldsets = (Fieldset("Key", ("property", "number", "holder", "lost_on")),)
