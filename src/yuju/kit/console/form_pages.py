"""The views of a console's form: opening it, what it would bring about, keeping a draft, saving, and two savers at once."""

from __future__ import annotations

import copy
import re
import secrets
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from yuju.kit.console import form_state as state
from yuju.kit.console.consequences import Consequences
from yuju.kit.console.drafts import Draft, words_of
from yuju.kit.console.forms import bound_fieldsets
from yuju.kit.console.model_console import ModelConsole
from yuju.kit.errors import Refused
from yuju.kit.toasts import toast_add

VERSION, DRAFT = "_version", "_draft"
"""Hidden in every form: what it showed when it was opened, and the key of its draft."""

TAKE = "_take_"
"""Before a field's name: whose value is taken, `mine` or `theirs`."""

PLAIN = "text/plain; charset=utf-8"
KEY = re.compile(r"[A-Za-z0-9_-]{12,40}")
OFFERED = 3
"""So many drafts are offered at once, the latest first."""


class FormPages:
    """The form views of a console."""

    console: ModelConsole[Any]

    def _page(self, request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
        given = {"console": self.console, "list_url": self.console.url("list"), **context}
        return render(request, template, given, status=status)

    # Addresses

    def _new(self, request: HttpRequest) -> HttpResponseBase:
        return self._form(request, self._row(request, None))

    def _edit(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        row = self._row(request, pk)
        if request.method == "POST":
            # Held until the end of the request, so that two savers come one after the other.
            self.console.model._default_manager.select_for_update(of=("self",)).filter(pk=pk).first()
            row = self.console.get(request, pk, self.console.view_permission)
        return self._form(request, row)

    def _beside(self, request: HttpRequest, pk: int | None = None) -> HttpResponse:
        """What the form would bring about as it is being filled in. Whatever is worked out on the way, nothing is written."""
        row = self._row(request, pk)
        with transaction.atomic():
            form = self._bind(request, row, request.POST)
            form.is_valid()
            panel = self.console.consequences(request, form, row)
            answer = render(request, panel.template, {"panel": panel}) if panel is not None else HttpResponse()
            transaction.set_rollback(True)
        return answer

    def _draft(self, request: HttpRequest, pk: int | None = None) -> HttpResponseBase:
        """Keeps what is typed so far, or discards it."""
        row, drafts = self._row(request, pk), self.console.site.drafts
        key = request.POST.get(DRAFT, "")
        if not KEY.fullmatch(key):
            raise SuspiciousOperation("a draft without its key")
        if "_discard" in request.POST:
            drafts.drop(request, self.console.slug, pk, key)
            return HttpResponseRedirect(self._url(request, row))
        form = self._bind(request, row, request.POST)
        opened = request.POST.get(VERSION, "")
        said = ""
        if state.sent(form) == state.unpack(opened):
            drafts.drop(request, self.console.slug, pk, key)
        else:
            contents = {"data": state.draft_of(form, request.POST), "opened": opened, "query": _query(request)}
            try:
                at = drafts.keep(request, self.console.slug, pk, key, contents)
            except Refused as refusal:
                return HttpResponse(str(refusal), status=422, content_type=PLAIN)
            said = _("Draft saved %(time)s") % {"time": date_format(timezone.localtime(at), "H:i")}
        if "_stay" in request.POST:
            # Without scripts the whole page comes back, with what was kept.
            toast_add(request, said or _("Nothing to keep: nothing was changed"))
            return HttpResponseRedirect(self._url(request, row, draft=key if said else ""))
        return HttpResponse(said, content_type=PLAIN)

    def _row(self, request: HttpRequest, pk: int | None) -> Any:
        """The row of an address, or None for a new one, where the user may use the form."""
        if pk is None:
            if not self.console.may_create(request):
                raise PermissionDenied
            return None
        row = self.console.get(request, pk, self.console.view_permission)
        if not self.console.may_edit(request, row):
            raise PermissionDenied
        return row

    def _url(self, request: HttpRequest, row: Any, page: str = "", **given: str) -> str:
        """The address of the form, or of what belongs to it, with what its own address says."""
        kind, args = ("new", ()) if row is None else ("edit", (row.pk,))
        query = QueryDict(_query(request), mutable=True)
        for name, value in given.items():
            if value:
                query[name] = value
        url = self.console.url(f"{kind}-{page}" if page else kind, *args)
        return f"{url}?{query.urlencode()}" if query else url

    # The form

    def _form(self, request: HttpRequest, row: Any) -> HttpResponseBase:
        blank = self._bind(request, row, None)
        now = state.untouched(blank)
        if request.method != "POST":
            return self._opened(request, row, blank, now)
        opened = state.unpack(request.POST.get(VERSION, ""))
        data: QueryDict = request.POST
        key = data.get(DRAFT, "")
        if theirs := {
            name.removeprefix(TAKE) for name, whose in data.items() if name.startswith(TAKE) and whose != "mine"
        }:
            data = state.with_taken(data, opened, theirs)
        form = self._bind(request, row, data)
        if row is not None and opened != now and (found := state.differences(form, opened, now)):
            return self._merge_page(request, row, form, now, found, key, status=409)
        if "_edit" in request.POST:
            return self._form_page(request, row, state.quietly(form), state.pack(now), key)
        self._check_sender(request, form)
        if form.is_valid():
            try:
                with transaction.atomic():
                    saved = self.console.save(request, form, row)
            except Refused as refusal:
                _add_refusal(form, refusal)
            else:
                if KEY.fullmatch(key):
                    self.console.site.drafts.drop(request, self.console.slug, None if row is None else row.pk, key)
                toast_add(request, _("Saved"))
                return go_to(request, self.console.saved_url(request, saved))
        return self._form_page(request, row, form, state.pack(now), key, status=422)

    def _check_sender(self, request: HttpRequest, form: forms.BaseForm) -> None:
        try:
            self.console.check_sender(request)
        except Refused as refusal:
            _add_refusal(form, refusal)

    def _opened(self, request: HttpRequest, row: Any, blank: forms.BaseForm, now: state.Sent) -> HttpResponse:
        """The form as it is first shown: the row's values, or a draft that is gone on with."""
        kept = self.console.site.drafts.kept(request, self.console.slug, None if row is None else row.pk)
        wanted = request.GET.get(DRAFT.strip("_"), "")
        draft = next((one for one in kept if one.key == wanted), None)
        if draft is None:
            return self._form_page(request, row, blank, state.pack(now), "", offered=kept[:OFFERED])
        data = _data_of(draft)
        form = state.quietly(self._bind(request, row, data))
        opened = state.unpack(draft.contents.get("opened", ""))
        if row is not None and opened != now and (found := state.differences(form, opened, now)):
            return self._merge_page(request, row, form, now, found, draft.key)
        return self._form_page(request, row, form, state.pack(now), draft.key, draft=draft)

    def _bind(self, request: HttpRequest, row: Any, data: QueryDict | None) -> forms.BaseForm:
        form_type: Any = self.console.form_type()
        given: dict[str, Any] = {"request": request, "initial": self.console.initial(request, row)}
        if data is not None:
            given |= {"data": data, "files": request.FILES}
        if row is not None and issubclass(form_type, forms.BaseModelForm):
            # The form writes into its instance while it checks; the service must see the row as it was.
            given["instance"] = copy.copy(row)
        form: forms.BaseForm = form_type(**given)
        return form

    def _form_page(
        self,
        request: HttpRequest,
        row: Any,
        form: forms.BaseForm,
        version: str,
        key: str,
        *,
        status: int = 200,
        draft: Draft | None = None,
        offered: list[Draft] | None = None,
    ) -> HttpResponse:
        console = self.console
        faults = [field for field in form if field.errors] if status == 422 else []
        if faults:
            faults[0].field.widget.attrs["autofocus"] = True
        context = {
            **self._context(request, row, version, key),
            "form": form,
            "groups": bound_fieldsets(form, console.fieldsets),
            "faults": faults,
            "draft": draft,
            "offered": [(one, self._words(request, row, one), self._draft_url(row, one)) for one in offered or ()],
            "panel": self._consequences(request, row, form),
            "panel_url": self._url(request, row, "panel") if console.has_consequences else "",
        }
        return self._page(request, console.form_template, context, status=status)

    def _context(self, request: HttpRequest, row: Any, version: str, key: str) -> dict[str, Any]:
        console = self.console
        name = console.detail(request, row).heading if row is not None else ""
        new = _("New: %(what)s") % {"what": console.title_of_new(request)}
        return {
            "row": row,
            "row_name": name,
            "version": version,
            "draft_key": key or secrets.token_urlsafe(12),
            "draft_url": self._url(request, row, "draft") if console.site.drafts.keeps else "",
            "form_url": self._url(request, row),
            "heading": new if row is None else _("Edit %(what)s") % {"what": name},
            "back_url": console.detail_url(row) if row is not None else console.url("list"),
        }

    def _consequences(self, request: HttpRequest, row: Any, form: forms.BaseForm) -> Consequences | None:
        """The panel of a form that is shown; of one nobody touched yet, by the values it has."""
        if not self.console.has_consequences:
            return None
        typed: Any = form.data if form.is_bound else state.data_of(state.untouched(form))
        with transaction.atomic():
            checked = self._bind(request, row, typed)
            checked.is_valid()
            panel = self.console.consequences(request, checked, row)
            transaction.set_rollback(True)
        return panel

    def _words(self, request: HttpRequest, row: Any, draft: Draft) -> str:
        form = self._bind(request, row, _data_of(draft))
        return words_of(form, state.unpack(draft.contents.get("opened", "")), self.console.masked_columns)

    def _draft_url(self, row: Any, draft: Draft) -> str:
        """Where a draft is gone on with: at the address it was begun at."""
        query = QueryDict(draft.contents.get("query", ""), mutable=True)
        query["draft"] = draft.key
        url = self.console.url("new") if row is None else self.console.url("edit", row.pk)
        return f"{url}?{query.urlencode()}"

    def _merge_page(
        self,
        request: HttpRequest,
        row: Any,
        form: forms.BaseForm,
        now: state.Sent,
        found: list[state.Difference],
        key: str,
        *,
        status: int = 200,
    ) -> HttpResponse:
        """What was typed beside what somebody else saved since, field by field, to choose from."""
        data: Any = form.data
        typed = [(name, value) for name, values in state.draft_of(form, data).items() for value in values]
        context = {
            **self._context(request, row, state.pack(now), key),
            "differences": found,
            "typed": typed,
            "last": self.console.site.recorder.last_change(request, self.console.recorded(row)),
        }
        return self._page(request, "kit/console/form_merge.html", context, status=status)


def _query(request: HttpRequest) -> str:
    """What the address of the form says, such as which lease it is for."""
    query = request.GET.copy()
    query.pop("draft", None)
    return query.urlencode()


def _data_of(draft: Draft) -> QueryDict:
    return state.data_of(draft.contents.get("data", {}))


def _add_refusal(form: forms.BaseForm, refusal: Refused) -> None:
    """Says it at the field it names, else above the form."""
    form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))


def go_to(request: HttpRequest, url: str) -> HttpResponse:
    """To another page, also where a script asked."""
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)
