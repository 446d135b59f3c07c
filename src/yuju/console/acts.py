"""Audit entries in words: what was done to what, and where it is to be seen."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yuju.billing.choices import Decision
from yuju.console.account_acts import ACCOUNT_ACTS
from yuju.console.origins import origin_words
from yuju.console.permission_names import names_of
from yuju.console.things import BY_NAME, Key, noun_of, url_of_thing
from yuju.identity.choices import AuditAction, Role
from yuju.identity.models import AuditEntry
from yuju.kit.changes import changes_words, field_words
from yuju.kit.console import Happening, ModelConsole, console_site
from yuju.kit.display import number_text
from yuju.residency.models import CheckIn, Resident

TONES: dict[str, str] = {
    AuditAction.SIGN_IN_REFUSED: "bad",
    AuditAction.REVEALED: "warn",
    AuditAction.EXPORTED: "warn",
    AuditAction.IMPORTED: "info",
    AuditAction.CREATED: "brand",
    AuditAction.DECIDED: "ok",
}


def act_of(request: HttpRequest, entry: AuditEntry, *, here: bool = False) -> Happening:
    """An entry as a line of a timeline; `here`: on the page of its object, which then need not be named or linked."""
    what = object_of(entry) if not here or "list" in entry.detail else ""
    action = AuditAction(entry.action)
    act, said = str(action.label), detail_of(entry)
    if here and "decision" in entry.detail:
        # On its own page a decision is called by its name.
        act, said = said, ""
    return Happening(
        title=_("%(act)s · %(what)s") % {"act": act, "what": what} if what else act,
        text=said,
        when=entry.at,
        by=str(entry.user) if entry.user is not None else "",
        where=origin_words(entry.origin),
        kind=TONES.get(action, ""),
        url="" if here else url_of(request, entry),
    )


def object_of(entry: AuditEntry) -> str:
    """What kind of thing an entry is about; for an export the list."""
    exported = console_site.consoles.get(str(entry.detail.get("list", "")))
    return str(exported.title) if exported is not None else noun_of(BY_NAME.get(entry.object_kind))


def key_of(entry: AuditEntry) -> Key | None:
    """The row an entry is about, if it is about one."""
    model = BY_NAME.get(entry.object_kind)
    return None if model is None or entry.object_id is None else (model._meta.db_table, entry.object_id)


def _field_shown(model: Any, field: str) -> str:
    """The field in words. A check-in keeps the numbers of people who have no file yet."""
    if model is not CheckIn:
        return field_words(model, field)
    if not field.startswith("other"):
        return field_words(Resident, field)
    return _("%(field)s of who lives there too") % {"field": field_words(Resident, field.partition("_")[2])}


def detail_of(entry: AuditEntry) -> str:
    """What an entry says besides: the field shown, the rows exported, old and new values."""
    detail: dict[str, Any] = entry.detail
    model = BY_NAME.get(entry.object_kind)
    parts = []
    if "role" in detail:
        parts.append(
            str(Role(detail["role"]).label) if detail["role"] in Role.values else str(detail.get("called", ""))
        )
    for key, words in (("granted", _("may now: %(what)s")), ("taken", _("no longer: %(what)s"))):
        if detail.get(key):
            parts.append(words % {"what": _(", ").join(names_of(detail[key]))})
    if "field" in detail:
        parts.append(_field_shown(model, str(detail["field"])))
    if "bulk" in detail:
        parts.append(_bulk(detail))
    if "rows" in detail:
        parts.append(_("%(count)s rows") % {"count": number_text(int(detail["rows"]))})
    if name := _OF_WHAT.get(str(detail.get("what", ""))):
        parts.append(str(name))
    if filters := detail.get("filters"):
        parts.append(_filters(str(detail.get("list", "")), filters))
    if entry.action == AuditAction.IMPORTED:
        parts.append(_imported(detail))
    if "decision" in detail:
        parts.append(_decision(str(detail["decision"]), detail.get("count")))
    if changes := detail.get("changes"):
        parts.append(changes_words(model, changes))
    return _("; ").join(part for part in parts if part)


def url_of(request: HttpRequest, entry: AuditEntry) -> str:
    """Where the object is to be seen, if it has a page that this user may open."""
    key = key_of(entry)
    return "" if key is None else url_of_thing(request, key)


_OF_WHAT = {
    **ACCOUNT_ACTS,
    "portal_slip": gettext_lazy("Portal code"),
    "contract": gettext_lazy("Contract"),
    "settlement": gettext_lazy("Settlement"),
}


def _filters(slug: str, given: dict[str, str]) -> str:
    """How an exported list was narrowed, by the names of its filters, tabs and columns."""
    console = console_site.consoles.get(slug)
    names = {key: str(spec.label) for spec in console.filters for key in spec.parameters} if console else {}
    names |= {"q": _("Search"), "tab": _("Tab"), "sort": _("Sorted by")}
    return _("; ").join(
        f"{names[key]} {_chosen(console, key, value) if console else value}"
        for key, value in given.items()
        if key in names and value
    )


def _chosen(console: ModelConsole[Any], key: str, value: str) -> str:
    """A value in the address of a list as the list itself calls it, where that is known without asking the database."""
    if key == "sort":
        labels = {column.name: str(column.label) for column in console.columns}
        return _(", ").join(labels.get(name.lstrip("-"), name) for name in value.split(","))
    if key == "tab":
        return next((str(tab.label) for tab in console.list_tabs if tab.name == value), value)
    options = next((getattr(spec, "given", ()) for spec in console.filters if spec.name == key), ())
    return value if callable(options) else next((str(one[1]) for one in options if str(one[0]) == value), value)


def _imported(detail: dict[str, Any]) -> str:
    """How many rows an import added and changed, over all its sheets; a number of `readings` is that of a reading sheet."""
    if isinstance(detail.get("readings"), int):
        return _("%(count)s readings") % {"count": detail["readings"]}
    counts = [value for value in detail.values() if isinstance(value, list)]
    sums = {"added": sum(one[0] for one in counts), "changed": sum(one[1] for one in counts)}
    return _("%(added)s rows added, %(changed)s changed") % sums


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
        "signed": _("Signed"),
        "voided": _("Declared void"),
        "refunded": _("Refunded"),
        "settled": _("Settled"),
        "released": _("Released"),
        "settlement_withdrawn": _("Settlement withdrawn"),
        "replaced": _("Replaced"),
        "retired": _("Retired"),
        "restored": _("Given again"),
        Decision.CONFIRMED: _("Exceptions confirmed"),
        Decision.EXCLUDED: _("Exceptions left out"),
    }
    name = names.get(word, word)
    return name if count is None else f"{name} × {count}"
