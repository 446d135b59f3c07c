"""What holds for every form: it keeps what was typed, and the history has who changed what."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from django.db import connection
from django.utils import translation
from django.utils.html import escape

from yuju.kit.console import form_state
from yuju.kit.history import fields_told
from yuju.kit.testing.console.world import World

ADDRESS = "203.0.113.7"
BROWSER = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36"
)
DEVICE = "Chrome · Windows"
PANEL_NONSENSE = ("-1", "9999-12-31", "0001-01-01", "1e999", "x\x00'%", "٣", "?x")
"""Values that every field of a panel must bear."""


class ConsoleFormTests:
    """What holds for every form. To be inherited beside `ConsoleTests`.

    Attributes:
        invalid: a field and a value it must refuse.
    """

    invalid: tuple[str, str] = ("", "")

    def form_data(self, world: World, number: int) -> Mapping[str, Any]:
        """What a user types to make a new row."""
        raise NotImplementedError

    def test_a_new_row_is_saved(self: Any, world: World) -> None:
        client = world.client(self.editor)
        response = client.post(self.console.url("new"), self.form_data(world, 7))
        assert response.status_code == 302, _faults(response)
        assert client.get(response["Location"]).status_code == 200
        assert len(self.listed(client)) >= 1

    def test_a_refused_form_keeps_what_was_typed(self: Any, world: World) -> None:
        field, value = self.invalid
        client = world.client(self.editor)
        data = {**self.form_data(world, 7), field: value}
        response = client.post(self.console.url("new"), data)
        assert response.status_code == 422
        form = response.context["form"]
        assert form.errors[field]
        assert form[field].value() == value
        page = response.content.decode()
        assert 'role="alert"' in page
        assert 'aria-invalid="true"' in page

    def test_the_second_of_two_editors_chooses_field_by_field(self: Any, world: World) -> None:
        # Given two who opened the same row, the first of whom has saved
        row = self.make(world, world.here, 1)
        client = world.client(self.editor)
        edit = self.console.url("edit", row.pk)
        opened = client.get(edit).context["version"]
        assert client.post(edit, {**self.form_data(world, 8), "_version": opened}).status_code == 302
        saved = form_state.untouched(client.get(edit).context["form"])
        # When the second saves, then nothing is written and both stand side by side
        mine = {**self.form_data(world, 9), "_version": opened}
        told = client.post(edit, mine)
        assert told.status_code == 409
        found = told.context["differences"]
        assert found
        assert all(one.take_mine for one in found if one.both)
        assert form_state.untouched(client.get(edit).context["form"]) == saved
        # And taking theirs throughout keeps what the first saved
        again = {**mine, "_version": told.context["version"]}
        theirs = {f"_take_{one.name}": "theirs" for one in found}
        assert client.post(edit, {**again, **theirs}).status_code == 302
        assert form_state.untouched(client.get(edit).context["form"]) == saved
        # And taking one's own writes it
        assert client.post(edit, {**again, **dict.fromkeys(theirs, "mine")}).status_code == 302
        assert form_state.untouched(client.get(edit).context["form"]) != saved

    def test_what_is_typed_is_kept_as_a_draft(self: Any, world: World) -> None:
        client, new = world.client(self.editor), self.console.url("new")
        form = client.get(new)
        key, opened = form.context["draft_key"], form.context["version"]
        typed = {**self.form_data(world, 7), "_draft": key, "_version": opened}
        rows = self.console.model._default_manager.count()
        # When it is kept, then nothing is saved, and the form offers it to who typed it
        assert client.post(self.console.url("new-draft"), typed).content
        assert self.console.model._default_manager.count() == rows
        assert [one.key for one, _words, _url in client.get(new).context["offered"]] == [key]
        # And nobody else sees it
        other = world.client(self.editor)
        assert not other.get(new).context["offered"]
        assert other.get(f"{new}?draft={key}").context["draft"] is None
        # And it comes back as it was typed, finding no fault
        kept = client.get(f"{new}?draft={key}").context["form"]
        assert not kept.errors
        name = next(name for name in typed if name in kept.fields and typed[name])
        assert str(kept[name].value()) == str(typed[name])
        # And saving ends it, as discarding ends another
        saved = client.post(new, typed)
        assert saved.status_code == 302, _faults(saved)
        assert not client.get(new).context["offered"]
        client.post(self.console.url("new-draft"), {**typed, "_draft": "another-key-1"})
        client.post(self.console.url("new-draft"), {"_draft": "another-key-1", "_discard": "yes"})
        assert not client.get(new).context["offered"]

    def test_a_draft_is_compared_with_what_was_saved_since(self: Any, world: World) -> None:
        # Given a draft of a row, which somebody else then saved
        row = self.make(world, world.here, 1)
        client, edit = world.client(self.editor), self.console.url("edit", row.pk)
        form = client.get(edit)
        typed = {"_draft": form.context["draft_key"], "_version": form.context["version"]}
        client.post(self.console.url("edit-draft", row.pk), {**self.form_data(world, 9), **typed})
        saving = {**self.form_data(world, 8), "_version": typed["_version"]}
        assert world.client(self.editor).post(edit, saving).status_code == 302
        # When it is gone on with, then it is not put over what was saved
        again = client.get(f"{edit}?draft={typed['_draft']}")
        assert again.status_code == 200
        assert again.context["differences"]

    def test_the_panel_writes_nothing_and_bears_nonsense(self: Any, world: World) -> None:
        if not self.console.has_consequences:
            pytest.skip("has no panel")
        row = self.make(world, world.here, 1)
        client, data = world.client(self.editor), self.form_data(world, 7)
        rows = list(self.console.model._default_manager.order_by("pk").values())
        given = [data, {}, *({**data, **dict.fromkeys(data, value)} for value in PANEL_NONSENSE)]
        for address in (self.console.url("new-panel"), self.console.url("edit-panel", row.pk)):
            for typed in given:
                assert client.post(address, typed).status_code in (200, 403), (address, typed)
        assert list(self.console.model._default_manager.order_by("pk").values()) == rows
        assert client.get(self.console.url("edit", row.pk)).status_code == 200

    def test_an_edit_leaves_exactly_what_differs_with_who_and_from_where(self: Any, world: World) -> None:
        # Given a row, as it is stored
        row = self.make(world, world.here, 1)
        client = world.client(self.editor)
        edit = self.console.url("edit", row.pk)
        version = client.get(edit).context["version"]
        known, before = len(world.told(row)), _stored(row)
        # When it is edited in a browser
        client.post(
            edit,
            {**self.form_data(world, 8), "_version": version},
            headers={"User-Agent": BROWSER},
            REMOTE_ADDR=ADDRESS,
        )
        # Then the history has exactly the columns that differ, with both values
        after, told = _stored(row), world.told(row)[known:]
        own = {
            column: pair
            for one in told
            if one.row_id == row.pk and one.kind == _table(row)
            for column, pair in one.changes.items()
        }
        named = fields_told(type(row))
        assert own == {name: [before[name], after[name]] for name in named if before[name] != after[name]}
        assert told, "an edit that changes nothing proves nothing"
        # And who it was, and from where
        user = client.session["user_id"]
        assert {(one.user_id, one.origin["address"], one.origin["device"]) for one in told} == {(user, ADDRESS, DEVICE)}
        # And the page tells it
        page = client.get(self.console.url("history", row.pk)).content.decode()
        with translation.override("zh-hans"):
            assert [label for name in own if (label := escape(str(named[name].verbose_name))) not in page] == []
        assert ADDRESS in page

    def test_who_may_only_look_is_offered_no_form(self: Any, world: World) -> None:
        if self.viewer == self.editor:
            pytest.skip("who sees it may change it")
        row = self.make(world, world.here, 1)
        client = world.client(self.viewer)
        for address in (self.console.url("new"), self.console.url("edit", row.pk)):
            assert client.get(address).status_code == 403
            assert client.post(address, self.form_data(world, 8)).status_code == 403
            assert address not in client.get(self.console.detail_url(row)).content.decode()


def _stored(row: Any) -> dict[str, Any]:
    """A row as the database has it, in the form of the history."""
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT to_jsonb(t)::text FROM "{_table(row)}" t WHERE id = %s', [row.pk])
        found: dict[str, Any] = json.loads(cursor.fetchone()[0])
    return found


def _table(row: Any) -> str:
    return str(row._meta.db_table)


def _faults(response: Any) -> Any:
    return response.context["form"].errors if response.context and "form" in response.context else response
