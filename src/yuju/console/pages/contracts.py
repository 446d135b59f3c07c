"""The contract of a lease: drafted, read, sent to the phone, signed at the desk or on paper, declared void."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yuju.console.pages.contract_templates import EDIT, IN_USE, VIEW
from yuju.console.pages.premises import user_of
from yuju.console.signing import DeskSigningForm
from yuju.identity.addresses import caller_address
from yuju.identity.choices import AuditAction
from yuju.identity.services import audit_record
from yuju.journeys import contracts as story
from yuju.journeys.signing import codes_can_be_sent, signing_code_send
from yuju.kit import files
from yuju.kit.console import ConsoleForm, console_site
from yuju.kit.errors import Refused
from yuju.kit.identity_numbers import mask_id_number, mask_phone
from yuju.kit.toasts import toast_add
from yuju.residency.choices import CodePurpose, ContractState, TenureKind, TenureState
from yuju.residency.contracts.document import contract_text
from yuju.residency.contracts.variables import GROUPS
from yuju.residency.models import Contract, ContractTemplate, Tenure, TenureLink

TONES = {ContractState.DRAFTED: "warn", ContractState.SIGNED: "ok", ContractState.VOID: "mute"}


def contracts_card(request: HttpRequest, tenure: Tenure) -> dict[str, Any] | None:
    """What the page of a lease shows of its contracts; None where it has none or the user may not see them."""
    user = user_of(request)
    if tenure.kind != TenureKind.LEASE or not user.may(VIEW, tenure.property_id):
        return None
    rows = (
        Contract.objects.filter(tenure=tenure).select_related("template", "drafted_by").order_by("-drafted_at", "-pk")
    )
    listed = [(one, TONES[ContractState(one.state)]) for one in rows]
    open_one = next((one for one, _tone in listed if one.state == ContractState.DRAFTED), None)
    return {
        "listed": listed,
        "may_edit": user.may(EDIT, tenure.property_id) and tenure.state != TenureState.CANCELLED,
        "open": open_one,
        "followed": not listed and _had_one_before(tenure),
        "outdated": open_one is not None and story.is_outdated(open_one),
        "on_screen": codes_can_be_sent(),
    }


def _had_one_before(tenure: Tenure) -> bool:
    """Whether the lease that this one goes on from had a contract."""
    before = TenureLink.objects.filter(after=tenure).values("before")
    return Contract.objects.filter(tenure__in=before).exclude(state=ContractState.VOID).exists()


def _tenure(request: HttpRequest, pk: int, permission: str) -> Tenure:
    rows = Tenure.objects.visible_to(user_of(request), permission).filter(kind=TenureKind.LEASE)
    found: Tenure = get_object_or_404(rows.select_related("unit", "resident", "property"), pk=pk)
    return found


def _contract(request: HttpRequest, pk: int, contract: int, permission: str) -> Contract:
    rows = Contract.objects.visible_to(user_of(request), permission).select_related(
        "tenure__unit", "tenure__resident", "tenure__property", "property", "template"
    )
    found: Contract = get_object_or_404(rows, pk=contract, tenure_id=pk)
    return found


def _revealed(request: HttpRequest, row: Contract) -> None:
    audit_record(
        action=AuditAction.REVEALED,
        by=user_of(request),
        at=timezone.now(),
        about=row,
        property_id=row.property_id,
        what="contract",
    )


def _url(tenure: Tenure) -> str:
    return reverse("console:leases-detail", args=[tenure.pk])


def _crumbs(tenure: Tenure, here: str) -> list[tuple[str, str]]:
    return [(_("Leases"), reverse("console:leases-list")), (tenure.number, _url(tenure)), (here, "")]


class DraftForm(ConsoleForm):
    """Which text a contract is made of."""

    template = forms.ModelChoiceField(ContractTemplate.objects.none(), label=gettext_lazy("Template"), empty_label=None)

    def narrow_choices(self) -> None:
        field = cast("forms.ModelChoiceField[ContractTemplate]", self.fields["template"])
        rows = ContractTemplate.objects.filter(IN_USE, property__in=[self.initial["place"]])
        field.queryset = (rows | ContractTemplate.objects.filter(IN_USE, property=None)).order_by("kind", "name", "pk")


@console_site.page("contract-draft", title="", permission=EDIT, route="leases/<int:pk>/contract/", in_navigation=False)
@require_http_methods(["GET", "POST"])
def draft_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Shows what the contract would state and what is not on file yet; drafts it."""
    tenure = _tenure(request, pk, EDIT)
    form = DraftForm(request.POST or request.GET or None, request=request, initial={"place": tenure.property_id})
    offered = list(cast("forms.ModelChoiceField[ContractTemplate]", form.fields["template"]).queryset or [])
    chosen = form.cleaned_data["template"] if form.is_bound and form.is_valid() else next(iter(offered), None)
    if request.method == "POST" and chosen is not None:
        try:
            story.contract_draft(tenure=tenure, template=chosen, by=user_of(request), at=timezone.now())
            return redirect(_url(tenure))
        except Refused as refusal:
            form.add_error(None, str(refusal))
    prospect = story.contract_prospect(tenure, chosen) if chosen is not None else None
    missing = prospect.missing if prospect is not None else []
    facts = prospect.facts if prospect is not None else {}
    context = {
        "tenure": tenure,
        "form": form,
        "offered": offered,
        "chosen": chosen,
        "missing": [(one, _where(tenure, one.kept)) for one in missing],
        "groups": [(title, [(one, _covered(one.code, facts)) for one in listed]) for title, listed in GROUPS],
        "crumbs": _crumbs(tenure, _("Contract")),
        "back_url": _url(tenure),
        "may_take_in": user_of(request).may(EDIT),
    }
    return render(request, "console/contracts/draft.html", context, status=422 if form.errors else 200)


def _covered(code: str, facts: dict[str, str]) -> str:
    """A fact as this page shows it: the numbers of people stay covered until the contract itself is opened."""
    cover = {"tenant_id_number": mask_id_number, "tenant_phone": mask_phone}.get(code)
    value = facts.get(code, "")
    return cover(value) if cover is not None and value else value


def _where(tenure: Tenure, kept: str) -> str:
    """The form in which a missing fact is entered."""
    rows = {"unit": ("units", tenure.unit_id), "property": ("properties", tenure.property_id)}
    if kept == "agreement":
        return reverse("console:lease-agreement", args=[tenure.pk])
    rows |= {"resident": ("residents", tenure.resident_id), "lease": ("leases", tenure.pk)}
    slug, pk = rows.get(kept, ("", 0))
    return reverse(f"console:{slug}-edit", args=[pk]) if slug else ""


@console_site.page(
    "contract-pdf", title="", permission=VIEW, route="leases/<int:pk>/contracts/<int:contract>/pdf", in_navigation=False
)
@require_GET
def pdf_page(request: HttpRequest, pk: int, contract: int) -> HttpResponseBase:
    """The document with its signatures; `?draft` for the one that was signed. It names people, so that is written down."""
    row = _contract(request, pk, contract, VIEW)
    _revealed(request, row)
    path = row.signed_path if row.signed_path and "draft" not in request.GET else row.path
    try:
        return files.answer(path, f"{row.number}{path[path.rindex('.') :]}", inline=True, request=request)
    except FileNotFoundError as error:
        raise Http404 from error


@console_site.page(
    "contract-send",
    title="",
    permission=EDIT,
    route="leases/<int:pk>/contracts/<int:contract>/send",
    in_navigation=False,
)
@require_POST
def send_page(request: HttpRequest, pk: int, contract: int) -> HttpResponseBase:
    """Signs for the landlord, and shows the contract in the resident's portal."""
    row = _contract(request, pk, contract, EDIT)
    try:
        story.contract_send(contract=row, by=user_of(request), at=timezone.now())
        toast_add(request, _("The resident sees the contract in the portal now"))
    except Refused as refusal:
        toast_add(request, refusal, kind="bad")
    return redirect(
        "console:contract-desk" if "desk" in request.POST else "console:leases-detail", *_desk(request, row)
    )


def _desk(request: HttpRequest, row: Contract) -> list[int]:
    return [row.tenure_id, row.pk] if "desk" in request.POST else [row.tenure_id]


@console_site.page(
    "contract-desk",
    title="",
    permission=EDIT,
    route="leases/<int:pk>/contracts/<int:contract>/desk/",
    in_navigation=False,
)
@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def desk_page(request: HttpRequest, pk: int, contract: int) -> HttpResponseBase:
    """The resident reads and signs at the desk. POST with `send` has a code sent to their phone first."""
    row = _contract(request, pk, contract, EDIT)
    if row.state != ContractState.DRAFTED or row.sent_at is None:
        return redirect("console:leases-detail", pk)
    if request.method == "GET":
        _revealed(request, row)
    form, shown, asked = DeskSigningForm(request=request, initial={"sha256": row.sha256}), "", False
    if request.method == "POST" and "send" in request.POST:
        try:
            shown, asked = _code_sent(request, row), True
        except Refused as refusal:
            toast_add(request, refusal, kind="bad")
    elif request.method == "POST":
        form, asked = DeskSigningForm(request.POST, request=request), True
        if form.is_valid() and _sign(request, row, form):
            toast_add(request, _("The contract is signed"))
            return redirect("console:leases-detail", pk)
    context = {
        "contract": row,
        "text": contract_text(row),
        "form": form,
        "asked": asked,
        "shown": shown,
        "masked": mask_phone(str(row.tenure.resident.phone)),
        "crumbs": _crumbs(row.tenure, _("Sign at the desk")),
        "back_url": _url(row.tenure),
    }
    return render(request, "console/contracts/desk.html", context, status=422 if form.errors else 200)


def _code_sent(request: HttpRequest, row: Contract) -> str:
    return signing_code_send(
        row.tenure.resident,
        purpose=CodePurpose.CONTRACT,
        sha256=row.sha256,
        address=caller_address(request),
        at=timezone.now(),
    )


def _sign(request: HttpRequest, row: Contract, form: DeskSigningForm) -> bool:
    try:
        story.contract_sign_on_screen(
            contract=row,
            **form.cleaned_data,
            address=caller_address(request),
            by=user_of(request),
            at=timezone.now(),
        )
        return True
    except Refused as refusal:
        form.refuse(refusal)
        return False


class ScanForm(ConsoleForm):
    """The contract as both parties signed it."""

    scan = forms.FileField(
        label=gettext_lazy("Scan of the signed contract"),
        widget=forms.FileInput(
            attrs={
                "accept": ".pdf,.jpg,.jpeg,.png",
                "class": "form-control",
                "data-largest": files.PDF.largest,
                "data-too-large": gettext_lazy("The file has {size} MB; at most 50 MB are taken."),
            }
        ),
        help_text=gettext_lazy("All pages in one PDF; for a single page a photo does (JPEG or PNG)."),
    )


@console_site.page(
    "contract-paper",
    title="",
    permission=EDIT,
    route="leases/<int:pk>/contracts/<int:contract>/paper/",
    in_navigation=False,
)
@require_http_methods(["GET", "POST"])
def paper_page(request: HttpRequest, pk: int, contract: int) -> HttpResponseBase:
    """Takes the scan of a contract that was signed on paper."""
    row = _contract(request, pk, contract, EDIT)
    form = ScanForm(request.POST or None, request.FILES or None, request=request)

    def work(given: dict[str, Any]) -> None:
        story.contract_sign_on_paper(contract=row, scan=given["scan"], by=user_of(request), at=timezone.now())

    return _form_page(request, row, form, _("Take in the signed paper"), work)


class VoidForm(ConsoleForm):
    """Why a contract does not count."""

    reason = forms.CharField(label=gettext_lazy("Why it is void"), max_length=300)


@console_site.page(
    "contract-void",
    title="",
    permission=EDIT,
    route="leases/<int:pk>/contracts/<int:contract>/void/",
    in_navigation=False,
)
@require_http_methods(["GET", "POST"])
def void_page(request: HttpRequest, pk: int, contract: int) -> HttpResponseBase:
    """Declares a contract void; it stays on record."""
    row = _contract(request, pk, contract, EDIT)
    form = VoidForm(request.POST or None, request=request)

    def work(given: dict[str, Any]) -> None:
        story.contract_void(contract=row, reason=given["reason"], by=user_of(request), at=timezone.now())

    warning = _("It stays on record with its document and signatures, and counts no more.")
    return _form_page(request, row, form, _("Declare void"), work, warning)


def _form_page(
    request: HttpRequest, row: Contract, form: ConsoleForm, heading: str, work: Any, warning: str = ""
) -> HttpResponseBase:
    if request.method == "POST" and form.is_valid():
        try:
            work(form.cleaned_data)
            toast_add(request, _("Saved"))
            return redirect(_url(row.tenure))
        except Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
    context = {
        "form": form,
        "heading": heading,
        "act": heading,
        "warning": warning,
        "sub": f"{row.number} · {row.tenure.unit.label} · {row.tenure.resident.name}",
        "crumbs": _crumbs(row.tenure, heading),
        "back_url": _url(row.tenure),
    }
    return render(request, "console/residency/small_form.html", context, status=422 if form.errors else 200)
