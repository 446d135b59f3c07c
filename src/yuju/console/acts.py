"""Audit entries in words: what was done to what, and where it is to be seen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.http import HttpRequest
from django.utils.translation import gettext as _

from yuju.billing.choices import Decision
from yuju.console.permission_names import names_of
from yuju.identity.choices import AuditAction, Role
from yuju.identity.models import AuditEntry
from yuju.kit.changes import changes_words, field_words
from yuju.kit.console import console_site

TONES: dict[str, str] = {
    AuditAction.SIGN_IN_REFUSED: "bad",
    AuditAction.REVEALED: "warn",
    AuditAction.EXPORTED: "warn",
    AuditAction.IMPORTED: "info",
    AuditAction.CREATED: "brand",
    AuditAction.DECIDED: "ok",
}

_MODELS = {
    model._meta.model_name: model
    for app in apps.get_app_configs()
    if app.name.startswith("yuju.")
    for model in app.get_models()
}


@dataclass(frozen=True)
class Act:
    """An entry as a line: `title` names the act and its object, `text` says more, `url` leads to the object or is empty."""

    title: str
    text: str
    when: datetime
    by: str
    kind: str
    url: str


def act_of(request: HttpRequest, entry: AuditEntry) -> Act:
    """The line of an entry, as this user may see it."""
    what = object_of(entry)
    action = AuditAction(entry.action)
    return Act(
        title=_("%(act)s · %(what)s") % {"act": action.label, "what": what} if what else str(action.label),
        text=detail_of(entry),
        when=entry.at,
        by=str(entry.user) if entry.user is not None else "",
        kind=TONES.get(action, ""),
        url=url_of(request, entry),
    )


def object_of(entry: AuditEntry) -> str:
    """What kind of thing an entry is about; for an export the list."""
    exported = console_site.consoles.get(str(entry.detail.get("list", "")))
    if exported is not None:
        return str(exported.title)
    model = _MODELS.get(entry.object_kind)
    return str(model._meta.verbose_name) if model is not None else ""


def detail_of(entry: AuditEntry) -> str:
    """What an entry says besides: the field shown, the rows exported, old and new values."""
    detail: dict[str, Any] = entry.detail
    model = _MODELS.get(entry.object_kind)
    parts = []
    if "role" in detail:
        parts.append(
            str(Role(detail["role"]).label) if detail["role"] in Role.values else str(detail.get("called", ""))
        )
    for key, words in (("granted", _("may now: %(what)s")), ("taken", _("no longer: %(what)s"))):
        if detail.get(key):
            parts.append(words % {"what": _(", ").join(names_of(detail[key]))})
    if "field" in detail:
        parts.append(field_words(model, str(detail["field"])))
    if "bulk" in detail:
        parts.append(_bulk(detail))
    if "rows" in detail:
        parts.append(_("%(count)s rows") % {"count": detail["rows"]})
    if detail.get("what") == "password":
        parts.append(_("Password"))
    if "decision" in detail:
        parts.append(_decision(str(detail["decision"]), detail.get("count")))
    if changes := detail.get("changes"):
        parts.append(changes_words(model, changes))
    return _("; ").join(part for part in parts if part)


def url_of(request: HttpRequest, entry: AuditEntry) -> str:
    """Where the object is to be seen, if it has a page that this user may open."""
    model = _MODELS.get(entry.object_kind)
    console = console_site.console_for(model) if model is not None and entry.object_id is not None else None
    if console is None or not console.may(request, console.view_permission):
        return ""
    return console.url("detail", entry.object_id)


def _bulk(detail: dict[str, Any]) -> str:
    """What was done to many rows at once, by the name of its button."""
    console = console_site.consoles.get(str(detail.get("list", "")))
    action = console.bulk_action(str(detail["bulk"])) if console is not None else None
    name = str(action.label if action is not None else detail["bulk"])
    return _("%(act)s (taken back)") % {"act": name} if detail.get("taken_back") else name


def _decision(word: str, count: int | None) -> str:
    names = {
        "approved": _("Approved"),
        "issued": _("Issued"),
        "dropped": _("Dropped"),
        "closed": _("Handed over"),
        "reversed": _("Reversed"),
        "retired": _("Retired"),
        "restored": _("Given again"),
        Decision.CONFIRMED: _("Exceptions confirmed"),
        Decision.EXCLUDED: _("Exceptions left out"),
    }
    name = names.get(word, word)
    return name if count is None else f"{name} × {count}"
