"""The site with one more page: a resident's form that picks a unit."""

from typing import Any

from django.http import HttpRequest
from django.urls import include, path

from yuju.config.urls import handler400, handler403, handler404, handler500
from yuju.identity.models import User
from yuju.kit.console import ConsoleForm, ConsoleSite, Fieldset, ModelConsole, PickField
from yuju.premises.models import Unit

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

site = ConsoleSite("trial")


class LetForm(ConsoleForm):
    unit = PickField(Unit.objects.none(), slug="units", label="房间")

    def narrow_choices(self) -> None:
        assert isinstance(self.request.user, User)
        field: Any = self.fields["unit"]
        field.queryset = Unit.objects.visible_to(self.request.user, "premises.view")


@site.register
class Lets(ModelConsole[Unit]):
    """Saving leads to the unit picked."""

    model = Unit
    slug = "lets"
    title = title_one = "选房"
    view_permission = edit_permission = "premises.edit"
    form_class = LetForm
    fieldsets = (Fieldset("房间", ("unit",)),)

    def save(self, request: HttpRequest, form: Any, row: Unit | None) -> Unit:
        unit: Unit = form.cleaned_data["unit"]
        return unit


urlpatterns = [path("trial/", include((site.urls, "trial"), namespace="trial")), path("", include("yuju.config.urls"))]
