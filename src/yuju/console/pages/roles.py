"""Roles: what each may do, as a table that is changed, printed and handed to auditors."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yuju.console.confirming import confirmed, proof_asked, prove
from yuju.console.navigation import GROUP_SYSTEM
from yuju.console.pages.premises import user_of
from yuju.console.permission_names import AREAS, names_of
from yuju.console.role_matrix import Wanted, areas_of, holders, may_change_roles, preview_words, wanted_of
from yuju.identity.choices import AuditAction
from yuju.identity.role_changes import preview, seal_of
from yuju.identity.roles import StaffRole
from yuju.identity.selectors import staff_roles
from yuju.identity.services import (
    audit_record,
    role_create,
    role_rename,
    role_restore,
    role_retire,
    roles_change,
)
from yuju.identity.services.guards import NothingLeft
from yuju.kit.console import console_site, export
from yuju.kit.errors import Refused
from yuju.kit.toasts import toast_add

VIEW, EDIT = "staff.view", "roles.edit"
TITLE = gettext_lazy("Roles")


def _editing(request: HttpRequest) -> None:
    if not may_change_roles(user_of(request)):
        raise PermissionDenied


def _role(code: str) -> StaffRole:
    role = next((one for one in staff_roles() if one.code == code), None)
    if role is None:
        raise Http404
    return role


def _table(request: HttpRequest, roles: list[StaffRole], wanted: Wanted | None = None) -> dict[str, Any]:
    user = user_of(request)
    held = holders()
    return {
        "roles": [(role, len(held.get(role.code, ()))) for role in roles],
        "areas": areas_of(roles, user, wanted),
        "total": sum(len(lines) for _area, lines in AREAS),
        "may_change": may_change_roles(user),
        "seen": seal_of(staff_roles()),
        "width": len(roles) + 1,
    }


@console_site.page(
    "staff-roles", title=TITLE, permission=VIEW, route="staff/roles/", icon="shield-lock", group=GROUP_SYSTEM, order=915
)
@require_GET
def roles_page(request: HttpRequest) -> HttpResponseBase:
    """The table of roles and what each may do."""
    everything = staff_roles()
    context = _table(request, [role for role in everything if not role.retired])
    context["retired"] = [role for role in everything if role.retired]
    return render(request, "console/roles/roles.html", context)


@console_site.page("staff-roles-review", title=TITLE, permission=EDIT, route="staff/roles/review", in_navigation=False)
@require_POST
def review_page(request: HttpRequest) -> HttpResponseBase:
    """What the ticks come to, before they count: for each role, and for each person. `again` goes back to the ticks."""
    _editing(request)
    roles = staff_roles()
    wanted = wanted_of(request.POST, roles, user_of(request))
    if "again" in request.POST:
        shown = [role for role in roles if role.code in wanted]
        return render(request, "console/roles/roles.html", _table(request, shown, wanted))
    refusal = None
    try:
        with transaction.atomic():
            roles_change(wanted=wanted, seen=None, by=user_of(request), at=timezone.now())
            transaction.set_rollback(True)
    except Refused as refused:
        refusal = refused
    return _review(request, roles, wanted, refusal)


@console_site.page("staff-roles-save", title=TITLE, permission=EDIT, route="staff/roles/save", in_navigation=False)
@require_POST
def save_page(request: HttpRequest) -> HttpResponseBase:
    """Saves what was reviewed."""
    _editing(request)
    roles = staff_roles()
    wanted = wanted_of(request.POST, roles, user_of(request))
    try:
        prove(request)
        changes = roles_change(wanted=wanted, seen=request.POST.get("seen", ""), by=user_of(request), at=timezone.now())
    except Refused as refused:
        return _review(request, staff_roles(), wanted, refused)
    if any(change.granted or change.taken for change in changes):
        toast_add(request, _("Saved: it holds from everybody's next page on"))
    else:
        toast_add(request, _("Nothing was changed"))
    return redirect("console:staff-roles")


def _review(request: HttpRequest, roles: list[StaffRole], wanted: Wanted, refusal: Refused | None) -> HttpResponseBase:
    stale = refusal is not None and refusal.code == "stale"
    context = {
        **preview_words(preview(roles, wanted)),
        "seen": seal_of(roles),
        "shown": list(wanted),
        "may": [f"{code}:{permission}" for code, held in wanted.items() for permission in sorted(held)],
        "refusal": refusal,
        "left": names_of(refusal.permissions) if isinstance(refusal, NothingLeft) else [],
        "may_save": refusal is None or refusal.code in ("stale", "confirm"),
        **proof_asked(request),
    }
    status = 200 if refusal is None else 409 if stale else 422
    return render(request, "console/roles/review.html", context, status=status)


@console_site.page("staff-roles-export", title=TITLE, permission=VIEW, route="staff/roles/export", in_navigation=False)
@require_GET
def export_page(request: HttpRequest) -> HttpResponseBase:
    """The table as a file: a line for each permission, a column for each role."""
    kind: export.Format = "csv" if request.GET.get("format") == "csv" else "xlsx"
    roles = [role for role in staff_roles() if not role.retired]
    headings = [_("Area"), _("Permission"), *(role.label for role in roles)]
    rows = [
        [str(area), str(name), *(_("yes") if permission in role.permissions else "" for role in roles)]
        for area, lines in AREAS
        for permission, name in lines
    ]
    audit_record(action=AuditAction.EXPORTED, by=user_of(request), at=timezone.now(), list="roles", rows=len(rows))
    return export.answer(kind, f"{_('Roles')} {timezone.localdate():%Y-%m-%d}", headings, rows)


@console_site.page("staff-role-new", title=TITLE, permission=EDIT, route="staff/roles/new/", in_navigation=False)
@require_http_methods(["GET", "POST"])
def new_page(request: HttpRequest) -> HttpResponseBase:
    """Makes a role, beginning with what another one may do."""
    _editing(request)
    given = {name: request.POST.get(name, "").strip() for name in ("name_zh", "name_en", "like")}
    refusal = None
    if request.method == "POST":
        try:
            prove(request)
            role = role_create(
                name_zh=given["name_zh"][:41],
                name_en=given["name_en"][:41],
                like=given["like"] or None,
                by=user_of(request),
                at=timezone.now(),
            )
        except Refused as refused:
            refusal = refused
        else:
            toast_add(request, _("Made. Tick what it may do, then give it to users"))
            return redirect("console:staff-role", code=role.code)
    roles = [role for role in staff_roles() if not role.retired]
    context = {"roles": roles, "given": given, "refusal": refusal, **proof_asked(request)}
    return render(request, "console/roles/new.html", context, status=422 if refusal else 200)


@console_site.page("staff-role", title=TITLE, permission=VIEW, route="staff/roles/<slug:code>/", in_navigation=False)
@require_GET
def role_page(request: HttpRequest, code: str) -> HttpResponseBase:
    """One role: what it may do as a list, who has it, its names."""
    return _role_page(request, _role(code))


def _role_page(request: HttpRequest, role: StaffRole, refusal: Refused | None = None) -> HttpResponseBase:
    posted = request.POST if refusal is not None else {}
    context = {
        **_table(request, [role]),
        "role": role,
        "held_by": holders([role.code]).get(role.code, []),
        "names": {
            "name_zh": posted.get("name_zh", role.name_zh),
            "name_en": posted.get("name_en", role.name_en),
        },
        "usual": {"name_zh": role.shipped_names["zh-hans"], "name_en": role.shipped_names["en"]},
        "refusal": refusal,
        "differs": names_of(role.differs),
        **proof_asked(request),
    }
    return render(request, "console/roles/role.html", context, status=422 if refusal else 200)


@console_site.page(
    "staff-role-name", title=TITLE, permission=EDIT, route="staff/roles/<slug:code>/name", in_navigation=False
)
@require_POST
def name_page(request: HttpRequest, code: str) -> HttpResponseBase:
    """Names a role."""
    _editing(request)
    role = _role(code)
    names = {name: request.POST.get(name, "")[:41] for name in ("name_zh", "name_en")}
    try:
        prove(request)
        role_rename(code=code, by=user_of(request), at=timezone.now(), **names)
    except Refused as refused:
        return _role_page(request, role, refused)
    toast_add(request, _("Saved"))
    return redirect("console:staff-role", code=code)


@console_site.page(
    "staff-role-retire", title=TITLE, permission=EDIT, route="staff/roles/<slug:code>/retire", in_navigation=False
)
@require_POST
@confirmed
def retire_page(request: HttpRequest, code: str) -> HttpResponseBase:
    """Retires a role, or (`retire=0`) lets it be given again."""
    _editing(request)
    role = _role(code)
    retire = request.POST.get("retire") != "0"
    try:
        (role_retire if retire else role_restore)(code=code, by=user_of(request), at=timezone.now())
        said = _("Retired: it is given to nobody any more") if retire else _("It can be given again")
        toast_add(request, said)
    except Refused as refusal:
        toast_add(request, str(refusal), kind="bad")
    return HttpResponseRedirect(reverse("console:staff-role", args=[role.code]))
