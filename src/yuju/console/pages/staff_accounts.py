"""What a manager does about signing in: one-time links, lost second factors, open sessions, the operator's rules."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yuju.console.confirming import confirmed
from yuju.console.pages.premises import user_of
from yuju.console.pages.staff import EDIT, StaffConsole, changed_user
from yuju.console.staff_links import STATE_TONES, link_make
from yuju.identity.models import User
from yuju.identity.selectors import invitations_open, may_set_rules, staff_roles
from yuju.identity.services import sessions_end
from yuju.identity.services.invitations import invitation_revoke
from yuju.identity.services.rules import sign_in_rules, sign_in_rules_change
from yuju.identity.services.second_factor import factors_reset
from yuju.kit.console import console_site
from yuju.kit.errors import Refused
from yuju.kit.toasts import toast_add

SETTINGS = "settings.edit"
INVITATIONS_A_PAGE = 50


def _colleague(request: HttpRequest, pk: int) -> User:
    """A user whom this one may change, and not this one: one's own is done on the account's page."""
    user = changed_user(request, pk)
    if user.pk == user_of(request).pk:
        raise PermissionDenied
    return user


def _back(request: HttpRequest, user: User) -> HttpResponseBase:
    if request.POST.get("back") == "invitations":
        return redirect("console:staff-invitations")
    return HttpResponseRedirect(console_site.consoles["staff"].detail_url(user))


@console_site.page(
    "staff-link", title=gettext_lazy("One-time link"), permission=EDIT, route="staff/<int:pk>/link", in_navigation=False
)
@require_POST
@confirmed
def link_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Makes a link with which a user sets a password, shown once on the user's page; an earlier one ends."""
    user = _colleague(request, pk)
    try:
        link_make(request, user)
    except Refused as refusal:
        toast_add(request, str(refusal), kind="bad")
    return HttpResponseRedirect(console_site.consoles["staff"].detail_url(user))


@console_site.page(
    "staff-link-revoke",
    title=gettext_lazy("Withdraw the link"),
    permission=EDIT,
    route="staff/<int:pk>/link/revoke",
    in_navigation=False,
)
@require_POST
def link_revoke_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Withdraws a user's open link."""
    user = _colleague(request, pk)
    if invitation_revoke(user=user, by=user_of(request), at=timezone.now()):
        toast_add(request, _("The link no longer works"))
    return _back(request, user)


@console_site.page(
    "staff-factors-reset",
    title=gettext_lazy("Reset two-step sign-in"),
    permission=EDIT,
    route="staff/<int:pk>/factors/reset",
    in_navigation=False,
)
@require_POST
@confirmed
def factors_reset_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Takes away a user's second factors, who has lost them."""
    user = _colleague(request, pk)
    factors_reset(user=user, by=user_of(request), at=timezone.now())
    toast_add(request, _("Two-step sign-in was reset, and open sessions have ended"))
    return _back(request, user)


@console_site.page(
    "staff-sessions-end",
    title=gettext_lazy("Sign out everywhere"),
    permission=EDIT,
    route="staff/<int:pk>/sessions/end",
    in_navigation=False,
)
@require_POST
def sessions_end_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Signs a user out on all browsers."""
    user = _colleague(request, pk)
    count = sessions_end(user=user, by=user_of(request), at=timezone.now())
    text = ngettext("Signed out on %(count)d browser", "Signed out on %(count)d browsers", count) % {"count": count}
    toast_add(request, text)
    return _back(request, user)


@console_site.page(
    "staff-invitations",
    title=gettext_lazy("Invitations"),
    permission=EDIT,
    route="staff/invitations/",
    in_navigation=False,
)
@require_GET
def invitations_page(request: HttpRequest) -> HttpResponseBase:
    """The links that wait, and those that ran out within the last month."""
    console = cast(StaffConsole, console_site.consoles["staff"])
    at = timezone.now()
    known = invitations_open(at).filter(user__in=console.permitted(request, EDIT)).prefetch_related("user__postings")
    page = Paginator(known, INVITATIONS_A_PAGE).get_page(request.GET.get("page"))
    rows = [
        {
            "invitation": one,
            "user": one.user,
            "state": one.state(at).label,
            "tone": STATE_TONES[one.state(at)],
            "joining": not one.user.has_usable_password(),
            "may_change": console.may_edit(request, one.user) and one.user_id != user_of(request).pk,
        }
        for one in page
    ]
    return render(
        request, "console/staff/invitations.html", {"rows": rows, "page": page, "list_url": console.url("list")}
    )


class RulesForm(forms.Form):
    """An operator's rules for signing in."""

    roles_with_factor = forms.MultipleChoiceField(
        label=gettext_lazy("Two-step sign-in is needed by"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    grace_days = forms.IntegerField(
        label=gettext_lazy("Days to set it up"),
        help_text=gettext_lazy("Counted from the first sign-in afterwards; 0 asks for it at once."),
    )
    idle_minutes = forms.IntegerField(
        label=gettext_lazy("Signed out after idling"),
        help_text=gettext_lazy("Time without opening or sending a page."),
    )
    session_hours = forms.IntegerField(label=gettext_lazy("Signed out in any case after"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        roles = cast(forms.MultipleChoiceField, self.fields["roles_with_factor"])
        roles.choices = [(role.code, role.label) for role in staff_roles() if not role.retired]


@console_site.page(
    "sign-in-rules",
    title=gettext_lazy("Sign-in rules"),
    permission=SETTINGS,
    route="staff/sign-in-rules/",
    in_navigation=False,
)
@require_http_methods(["GET", "POST"])
@confirmed
def rules_page(request: HttpRequest) -> HttpResponseBase:
    """Shows and changes the rules, for who may change settings everywhere."""
    user = user_of(request)
    if not may_set_rules(user):
        raise PermissionDenied
    rules = sign_in_rules()
    initial: dict[str, Any] = {name: getattr(rules, name) for name in RulesForm.base_fields}
    form = RulesForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            sign_in_rules_change(**form.cleaned_data, by=user, at=timezone.now())
        except Refused as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            toast_add(request, _("Saved"))
            return redirect("console:sign-in-rules")
    context = {"form": form, "list_url": console_site.consoles["staff"].url("list")}
    return render(request, "console/staff/sign_in_rules.html", context, status=422 if form.errors else 200)
