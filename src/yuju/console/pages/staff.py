"""Staff: users, and where each is posted in which role. How they sign in: `staff_accounts`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy
from django.views.decorators.http import require_POST

from yuju.console.acts import act_of
from yuju.console.bulk.staff import STAFF_ACTIONS
from yuju.console.confirming import proof_asked, prove
from yuju.console.navigation import GROUP_SYSTEM
from yuju.console.pages.premises import user_of
from yuju.console.role_matrix import Right, rights_at
from yuju.console.staff_links import how_they_sign_in, link_make
from yuju.identity.choices import Role
from yuju.identity.models import AuditEntry, Posting, User
from yuju.identity.roles import in_rank
from yuju.identity.selectors import may_change_user, may_set_rules, staff_roles
from yuju.identity.services import user_change, user_create
from yuju.kit.console import (
    Action,
    BooleanFilter,
    Card,
    ChoiceFilter,
    Column,
    Consequences,
    ConsoleForm,
    DetailPage,
    Fieldset,
    ModelConsole,
    MomentColumn,
    Tags,
    console_site,
)
from yuju.kit.errors import Refused
from yuju.kit.toasts import toast_add
from yuju.premises.models import Property

VIEW, EDIT = "staff.view", "staff.edit"
EVERYWHERE = 0
"""Stands for every property among the form's choices."""

Given = list[tuple[str, int | None]]


def posting_value(role: str, property_id: int | None) -> str:
    return f"{role}:{property_id or EVERYWHERE}"


def roles_shown(user: User) -> list[tuple[str, str]]:
    """A user's roles in the order of rank, each once."""
    held = in_rank({posting.staff_role for posting in user.postings.all()})
    return [("brand" if role.code == Role.MANAGER else "", role.label) for role in held]


def state_shown(user: User) -> list[tuple[str, str]]:
    """Whether a user may sign in, or is still to set a password."""
    if not user.is_active:
        return [("bad", _("Locked"))]
    return [("ok", _("May sign in"))] if user.has_usable_password() else [("warn", _("Invited"))]


def places_of(user: Any) -> str:
    """Where a user is posted: the property, the number of several, or all."""
    places = {posting.property_id for posting in user.postings.all()}
    if None in places:
        return _("All properties")
    if len(places) == 1:
        return str(user.place)
    return ngettext("%(count)d property", "%(count)d properties", len(places)) % {"count": len(places)}


def roles_offered(request: HttpRequest) -> list[tuple[str, str]]:
    """Every role, for the filter."""
    return [(role.code, role.label) for role in staff_roles()]


def ticked_rights(ticked: Iterable[str], places: Iterable[tuple[int, str]]) -> list[Right]:
    """What ticks of the form come to, at the places its reader knows."""
    roles = {role.code: role for role in staff_roles() if not role.retired}
    names: dict[int | None, str] = {place or None: name for place, name in places}
    held = []
    for value in ticked:
        code, _sign, place = value.partition(":")
        if code in roles and place.isdecimal():
            held.append((roles[code], int(place) or None))
    return rights_at(held, names)


class StaffForm(ConsoleForm):
    """A user and the user's roles: a tick for each role at each property, or at all of them."""

    username = forms.CharField(
        label=gettext_lazy("User name"),
        max_length=60,
        help_text=gettext_lazy("What one signs in with; it stays as it is."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )
    name = forms.CharField(label=pgettext_lazy("of a person", "Name"), max_length=60)
    postings = forms.MultipleChoiceField(label=gettext_lazy("Roles"), widget=forms.CheckboxSelectMultiple)
    confirm = forms.CharField(
        label=gettext_lazy("Your password"), required=False, strip=False, widget=forms.PasswordInput
    )
    """Checked by `StaffConsole.check_sender`; a passkey may take its place."""

    def narrow_choices(self) -> None:
        scope = user_of(self.request).property_scope(EDIT)
        offered = Property.objects.visible_to(user_of(self.request), EDIT).order_by("code", "pk")
        self.places: list[tuple[int, str]] = [(one.pk, one.name) for one in offered]
        if scope is None:
            self.places.insert(0, (EVERYWHERE, _("All properties")))
        had = {value.partition(":")[0] for value in self.initial.get("postings", ())}
        self.roles = [role for role in staff_roles() if not role.retired or role.code in had]
        field = cast(forms.MultipleChoiceField, self.fields["postings"])
        field.choices = [
            (posting_value(role.code, place), f"{name} · {role.label}")
            for place, name in self.places
            for role in self.roles
        ]
        if self.initial.get("exists"):
            self.fields["username"].disabled = True

    def proof(self) -> dict[str, Any]:
        """How to ask who is there, if that has to be asked."""
        return proof_asked(self.request)

    def rows(self) -> list[tuple[str, list[tuple[str, Any, bool]]]]:
        """Each place with its roles: value, name, ticked."""
        chosen = {str(value) for value in self["postings"].value() or ()}
        return [
            (name, [(value := posting_value(role.code, place), role.label, value in chosen) for role in self.roles])
            for place, name in self.places
        ]

    def rights(self) -> list[Right]:
        """What the roles ticked may do, for the panel beside the form."""
        return ticked_rights([str(value) for value in self["postings"].value() or ()], self.places)

    def given(self) -> Given:
        """The postings ticked."""
        parts = [value.split(":") for value in self.cleaned_data["postings"]]
        return [(role, int(place) or None) for role, place in parts]


@console_site.register
class StaffConsole(ModelConsole[User]):
    """Users. Who manages some properties sees who is posted there, and changes those posted nowhere else."""

    model = User
    slug = "staff"
    title = gettext_lazy("Staff")
    title_one = gettext_lazy("User")
    icon = "users-group"
    group, order = GROUP_SYSTEM, 910
    view_permission, edit_permission = VIEW, EDIT
    property_path = None
    ordering = ("name", "pk")
    search_fields = ("name", "username")
    found_anywhere = True
    search_hint = gettext_lazy("Name, user name")
    empty_text = gettext_lazy("Everybody who works with Yuju signs in under a name of their own.")
    columns = (
        Column("name", pgettext_lazy("of a person", "Name"), sort="name", link=True, sm=1),
        Column("username", gettext_lazy("User name"), sort="username", sm=2),
        Tags("roles", gettext_lazy("Roles"), value=roles_shown, sm=4),
        Column("places", gettext_lazy("Property"), value=places_of),
        Tags("state", gettext_lazy("State"), value=state_shown, dot=True, sm=3),
        MomentColumn("last_login", gettext_lazy("Last sign-in"), sort="last_login", sm=5),
    )
    filters = (
        ChoiceFilter("role", gettext_lazy("Role"), roles_offered, lookup="postings__role"),
        BooleanFilter(
            "is_active",
            gettext_lazy("State"),
            yes_label=gettext_lazy("May sign in"),
            no_label=gettext_lazy("Locked"),
        ),
    )
    cards = (
        Card(
            gettext_lazy("Basic facts"),
            (
                Column("username", gettext_lazy("User name")),
                MomentColumn("last_login", gettext_lazy("Last sign-in")),
                MomentColumn("created_at", gettext_lazy("Made at")),
            ),
        ),
    )
    bulk_actions = STAFF_ACTIONS
    form_class = StaffForm
    fieldsets = (Fieldset(gettext_lazy("User"), ("username", "name")),)
    form_template = "console/staff/form.html"
    detail_template = "console/staff/user.html"

    def permitted(self, request: HttpRequest, permission: str) -> QuerySet[User]:
        rows = User.objects.all()
        scope = self.scope(request, permission)
        if scope is None:
            return rows
        return rows.filter(Exists(_posted(Q(property_id=None) | Q(property_id__in=scope))) | ~Exists(_posted(Q())))

    def scoped(self, request: HttpRequest) -> QuerySet[User]:
        rows = self.permitted(request, self.view_permission)
        chosen: Property | None = getattr(request, "property", None)
        if chosen is None:
            return rows
        return rows.filter(Exists(_posted(Q(property_id=None) | Q(property_id=chosen.pk))))

    def with_related(self, rows: QuerySet[User]) -> QuerySet[User]:
        posted = Posting.objects.filter(user=OuterRef(OuterRef("pk"))).values("property_id")
        place = Property.objects.filter(pk__in=posted).order_by("pk").values("name")[:1]
        postings = Prefetch("postings", Posting.objects.with_role().order_by("property_id", "role"))
        return rows.annotate(place=Subquery(place)).prefetch_related(postings)

    def may_edit(self, request: HttpRequest, row: User) -> bool:
        return super().may_edit(request, row) and may_change_user(user_of(request), row)

    def detail(self, request: HttpRequest, row: User) -> DetailPage:
        unusual = [] if row.is_active and row.has_usable_password() else state_shown(row)
        return DetailPage(heading=row.name, tags=unusual, subtitle=row.username)

    def list_actions(self, request: HttpRequest) -> list[Action]:
        actions = [Action(gettext_lazy("What roles may do"), self.url("list") + "roles/", icon="shield-check")]
        if user_of(request).may(EDIT):
            actions.append(Action(gettext_lazy("Invitations"), self.url("list") + "invitations/", icon="mail"))
        if may_set_rules(user_of(request)):
            actions.append(Action(gettext_lazy("Sign-in rules"), self.url("list") + "sign-in-rules/", icon="lock"))
        return actions

    def detail_context(self, request: HttpRequest, row: User) -> dict[str, Any]:
        seen = Property.objects.visible_to(user_of(request), VIEW)
        names: dict[int | None, str] = {None: _("All properties"), **dict(seen.values_list("pk", "name"))}
        places: dict[int | None, list[str]] = {}
        for posting in row.postings.all():
            places.setdefault(posting.property_id, []).append(posting.staff_role.label)
        known = sorted(names.keys() & places.keys(), key=lambda place: (place is not None, place or 0))
        context: dict[str, Any] = {
            "places": [(names[place], places[place]) for place in known],
            # That there are others says why a user cannot be changed from here; which they are is not this user's business.
            "elsewhere": len(places) > len(known),
            "may_change": self.may_edit(request, row),
            "is_self": row.pk == user_of(request).pk,
            "rights": rights_at([(one.staff_role, one.property_id) for one in row.postings.all()], names),
            **how_they_sign_in(request, row),
        }
        audit = self.site.consoles["audit"]
        if audit.may(request, audit.view_permission):
            acts: QuerySet[AuditEntry] = audit.permitted(request, audit.view_permission).filter(user=row)
            latest = acts.select_related("user").order_by("-at", "-pk")[:8]
            context["acts"] = [act_of(request, entry) for entry in latest]
        return context

    def initial(self, request: HttpRequest, row: User | None) -> dict[str, Any]:
        if row is None:
            return {}
        postings = [posting_value(one.role, one.property_id) for one in row.postings.all()]
        return {"username": row.username, "name": row.name, "postings": postings, "exists": True}

    def consequences(self, request: HttpRequest, form: Any, row: User | None) -> Consequences:
        title = _("What these roles may do")
        return Consequences(title, template="console/staff/rights_panel.html", context={"rights": form.rights()})

    def check_sender(self, request: HttpRequest) -> None:
        prove(request)

    def save(self, request: HttpRequest, form: Any, row: User | None) -> User:
        given = {"name": form.cleaned_data["name"], "postings": form.given()}
        given |= {"by": user_of(request), "at": timezone.now()}
        try:
            if row is not None:
                return user_change(user=row, is_active=row.is_active, **given)
            made = user_create(username=form.cleaned_data["username"], password=None, **given)
        except Refused as refusal:
            refusal.field = "postings" if refusal.field == "role" else refusal.field
            raise
        link_make(request, made)
        return made


def _posted(condition: Q) -> QuerySet[Posting]:
    return Posting.objects.filter(condition, user_id=OuterRef("pk"))


def changed_user(request: HttpRequest, pk: int) -> User:
    """The user of that number, for somebody who may change them; others get 404 or 403."""
    console = cast(StaffConsole, console_site.consoles["staff"])
    user = console.get(request, pk, EDIT)
    if not console.may_edit(request, user):
        raise PermissionDenied
    return user


@console_site.page(
    "staff-lock", title=gettext_lazy("Lock"), permission=EDIT, route="staff/<int:pk>/lock", in_navigation=False
)
@require_POST
def lock_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Locks a user out, or lets the user in again (`lock=0`)."""
    user = changed_user(request, pk)
    postings: Given = [(one.role, one.property_id) for one in user.postings.all()]
    lock = request.POST.get("lock") != "0"
    try:
        user_change(
            user=user, name=user.name, is_active=not lock, postings=postings, by=user_of(request), at=timezone.now()
        )
        toast_add(request, _("Locked: open sessions have ended") if lock else _("May sign in again"))
    except Refused as refusal:
        toast_add(request, str(refusal), kind="bad")
    return HttpResponseRedirect(console_site.consoles["staff"].detail_url(user))
