"""Templates of contracts (合同模板): the list, taking one in with its faults named, the variables, and the sample."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.core.files.base import ContentFile
from django.db.models import Q, QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yuju.console.navigation import GROUP_TENANCY
from yuju.console.pages.premises import user_of
from yuju.kit import files
from yuju.kit.console import (
    Action,
    Card,
    ChoiceFilter,
    Column,
    ConsoleForm,
    DetailPage,
    ModelConsole,
    MomentColumn,
    NumberColumn,
    StateColumn,
    Tab,
    console_site,
)
from yuju.kit.errors import Refused
from yuju.kit.toasts import toast_add
from yuju.kit.word import Fault
from yuju.premises.models import Property
from yuju.residency.choices import TemplateKind
from yuju.residency.contracts.document import example_pdf, template_text
from yuju.residency.contracts.sample import NAME, sample_lease
from yuju.residency.contracts.variables import GROUPS
from yuju.residency.models import ContractTemplate
from yuju.residency.services.contract_templates import (
    TemplateFaults,
    contract_template_add,
    contract_template_retire,
)

VIEW, EDIT = "contracts.view", "contracts.edit"
IN_USE = Q(replaced_at=None, retired_at=None)


def _place(template: ContractTemplate) -> str:
    return str(template.property) if template.property_id is not None else _("Every property")


@console_site.register
class ContractTemplateConsole(ModelConsole[ContractTemplate]):
    """Templates of contracts; those for every property are seen from each of them."""

    model = ContractTemplate
    slug = "contract-templates"
    icon = "file-certificate"
    group, order = GROUP_TENANCY, 35
    view_permission = VIEW
    has_history = False
    ordering = ("name", "-version")
    search_fields = ("name",)
    search_hint = gettext_lazy("Name")
    empty_text = gettext_lazy(
        "A template is your own contract as a Word file, with variables where names, dates and amounts belong."
    )
    tabs = (
        Tab("used", gettext_lazy("In use"), IN_USE),
        Tab("old", gettext_lazy("Earlier versions"), ~IN_USE),
    )
    columns = (
        Column("name", gettext_lazy("Name"), sort=("name", "-version"), link=True, sm=1),
        StateColumn("kind", gettext_lazy("Used for"), sm=2),
        Column("property", gettext_lazy("Property"), value=_place, sm=4),
        NumberColumn("version", gettext_lazy("Version"), sort=("version", "name"), sm=3),
        MomentColumn("made_at", gettext_lazy("Taken in"), sort=("made_at", "name"), sm=5),
        Column("made_by", gettext_lazy("By"), hidden=True),
    )
    filters = (ChoiceFilter("kind", gettext_lazy("Used for"), TemplateKind.choices),)
    cards = (
        Card(
            gettext_lazy("Basic facts"),
            (
                StateColumn("kind", gettext_lazy("Used for")),
                Column("property", gettext_lazy("Property"), value=_place),
                NumberColumn("version", gettext_lazy("Version")),
                MomentColumn("made_at", gettext_lazy("Taken in")),
                Column("made_by", gettext_lazy("By")),
            ),
        ),
    )
    detail_template = "console/contracts/template.html"

    def permitted(self, request: HttpRequest, permission: str) -> QuerySet[ContractTemplate]:
        scope = self.scope(request, permission)
        rows: QuerySet[ContractTemplate] = ContractTemplate.objects.all()
        return rows if scope is None else rows.filter(Q(property=None) | Q(property__in=scope))

    def scoped(self, request: HttpRequest) -> QuerySet[ContractTemplate]:
        rows, place = self.permitted(request, self.view_permission), self.place(request)
        return rows if place is None else rows.filter(Q(property=None) | Q(property=place))

    def list_actions(self, request: HttpRequest) -> list[Action]:
        found = [Action(_("Variables and sample"), reverse("console:contract-variables"), icon="code")]
        if user_of(request).may(EDIT):
            found.append(Action(_("Take in"), reverse("console:contract-take-in"), icon="upload", primary=True))
        return found

    def detail(self, request: HttpRequest, row: ContractTemplate) -> DetailPage:
        tag = ("ok", _("In use")) if row.is_used() else ("mute", _("Retired") if row.retired_at else _("Superseded"))
        return DetailPage(heading=row.name, tags=[tag], subtitle=str(row.get_kind_display()))

    def detail_actions(self, request: HttpRequest, row: ContractTemplate) -> list[Action]:
        found = [
            Action(_("As printed"), reverse("console:contract-preview", args=[row.pk]), icon="file-type-pdf"),
            Action(_("Word file"), reverse("console:contract-template-file", args=[row.pk]), icon="download"),
        ]
        if row.is_used() and may_change(request, row):
            address = f"{reverse('console:contract-take-in')}?of={row.pk}"
            found.append(Action(_("New version"), address, icon="upload", primary=True))
        return found

    def detail_context(self, request: HttpRequest, row: ContractTemplate) -> dict[str, Any]:
        versions = ContractTemplate.objects.filter(name=row.name, property=row.property_id)
        return {
            "may_retire": row.is_used() and may_change(request, row),
            "versions": list(versions.select_related("made_by").order_by("-version")),
            "made_of_it": row.contracts.count(),
        }


def may_change(request: HttpRequest, template: ContractTemplate) -> bool:
    """Whether the user may replace a template: one for every property only with the right at every property."""
    scope = user_of(request).property_scope(EDIT)
    return scope is None or template.property_id in scope


class TakeInForm(ConsoleForm):
    """A Word file as a template."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=80,
        help_text=gettext_lazy("A file under a name that is there becomes its new version."),
    )
    kind = forms.ChoiceField(label=gettext_lazy("Used for"), choices=TemplateKind.choices, initial=TemplateKind.NEW)
    property = forms.ModelChoiceField(
        Property.objects.none(),
        label=gettext_lazy("Property"),
        required=False,
        empty_label=gettext_lazy("Every property"),
    )
    file = forms.FileField(
        label=gettext_lazy("Word file (.docx)"),
        widget=forms.FileInput(
            attrs={
                "accept": ".docx",
                "class": "form-control",
                "data-largest": files.DOCX.largest,
                "data-too-large": gettext_lazy(
                    "The file has {size} MB; at most 10 MB are taken. Make its pictures smaller."
                ),
            }
        ),
        help_text=gettext_lazy("At most 10 MB. It is checked as a whole first, and taken in without faults only."),
    )

    def narrow_choices(self) -> None:
        user = user_of(self.request)
        field = cast("forms.ModelChoiceField[Property]", self.fields["property"])
        field.queryset = Property.objects.visible_to(user, EDIT).order_by("code", "pk")
        if user.property_scope(EDIT) is not None:
            field.required, field.empty_label = True, None


@console_site.page(
    "contract-take-in",
    title=gettext_lazy("Take in a template"),
    permission=EDIT,
    route="contract-templates/take-in/",
    in_navigation=False,
)
@require_http_methods(["GET", "POST"])
def take_in_page(request: HttpRequest) -> HttpResponseBase:
    """Takes a Word file in as a template, or names all its faults."""
    form = TakeInForm(request.POST or None, request.FILES or None, request=request, initial=_of(request))
    faults: Iterable[Fault] = ()
    if request.method == "POST" and form.is_valid():
        try:
            made = contract_template_add(**form.cleaned_data, by=user_of(request), at=timezone.now())
            toast_add(request, _("Taken in as version %(version)d") % {"version": made.version})
            return redirect("console:contract-templates-detail", made.pk)
        except TemplateFaults as refusal:
            faults = refusal.faults
            form.add_error("file", str(refusal))
        except Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
    context = {"form": form, "faults": list(faults), "list_url": reverse("console:contract-templates-list")}
    return render(request, "console/contracts/take_in.html", context, status=422 if form.errors else 200)


def _of(request: HttpRequest) -> dict[str, Any]:
    """What a new version of a template has from the one before."""
    place = getattr(request, "property", None)
    number = request.GET.get("of", "")
    if not number.isdecimal() or len(number) > 18:
        return {"property": place.pk} if place is not None else {}
    row = console_site.consoles["contract-templates"].get(request, int(number), EDIT)
    return {"name": row.name, "kind": row.kind, "property": row.property_id}


@console_site.page(
    "contract-variables",
    title=gettext_lazy("Variables"),
    permission=VIEW,
    route="contract-templates/variables/",
    in_navigation=False,
)
@require_GET
def variables_page(request: HttpRequest) -> HttpResponseBase:
    """Every variable with what it stands for, to be copied."""
    context = {
        "groups": GROUPS,
        "list_url": reverse("console:contract-templates-list"),
        "may_edit": user_of(request).may(EDIT),
    }
    return render(request, "console/contracts/variables.html", context)


@console_site.page("contract-sample", title="", permission=VIEW, route="contract-templates/sample", in_navigation=False)
@require_GET
def sample_page(request: HttpRequest) -> HttpResponseBase:
    """The sample we bring along, as a Word file."""
    data = ContentFile(sample_lease())
    return FileResponse(data, as_attachment=True, filename=NAME, content_type=files.DOCX.content_type)


def _template(request: HttpRequest, pk: int, permission: str) -> ContractTemplate:
    found: ContractTemplate = console_site.consoles["contract-templates"].get(request, pk, permission)
    return found


@console_site.page(
    "contract-template-file", title="", permission=VIEW, route="contract-templates/<int:pk>/file", in_navigation=False
)
@require_GET
def template_file_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The Word file as it was taken in."""
    row = _template(request, pk, VIEW)
    try:
        return files.answer(row.path, f"{row.name} v{row.version}.docx")
    except FileNotFoundError as error:
        raise Http404 from error


@console_site.page(
    "contract-preview", title="", permission=VIEW, route="contract-templates/<int:pk>/preview", in_navigation=False
)
@require_GET
def preview_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The template as a contract is printed, with the examples of the variables."""
    row = _template(request, pk, VIEW)
    try:
        made = example_pdf(template_text(row))
    except FileNotFoundError as error:
        raise Http404 from error
    return HttpResponse(
        made, content_type="application/pdf", headers={"Content-Disposition": 'inline; filename="preview.pdf"'}
    )


@console_site.page(
    "contract-template-retire",
    title="",
    permission=EDIT,
    route="contract-templates/<int:pk>/retire",
    in_navigation=False,
)
@require_POST
def retire_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Takes a template out of use."""
    row = _template(request, pk, EDIT)
    if not may_change(request, row):
        raise Http404
    contract_template_retire(template=row, by=user_of(request), at=timezone.now())
    toast_add(request, _("Taken out of use"))
    return redirect("console:contract-templates-detail", row.pk)
