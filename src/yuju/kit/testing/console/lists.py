"""What holds for every list and the pages of its rows: who may see it, and that it tells the truth."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections import Counter
from html import unescape
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

import pytest
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver

from yuju.kit import search
from yuju.kit.console import ModelConsole, console_site, listing
from yuju.kit.console.export import csv_cell
from yuju.kit.console.site import ConsoleSite
from yuju.kit.console.sorting import has_index
from yuju.kit.records import SearchKey
from yuju.kit.testing.console.world import World

SWAP = {"HX-Request": "true", "HX-Target": "list-body"}
NONSENSE = (
    "page=0",
    "page=-1",
    "page=99999999",
    "page=ten",
    "page=٣",
    "per=7",
    "per=1000000",
    "sort=nothing",
    "sort=--",
    "sort=password",
    "tab=nothing",
    "q=%00",
    "q=%25%5F%27%22%3B--",
    "q=" + "x" * 5000,
)
"""Addresses a list must bear."""


class ConsoleTests:
    """What holds for every list and detail page.

    Attributes:
        slug: the console under test; `site` is where it is registered.
        viewer: a role that may see it; `editor` one that may change it.
        stranger: a role that may not see it at all; None where every role may.
        list_queries: the statements a swapped list takes, whatever the number of rows; savepoints do not count.
    """

    slug: str
    site: ConsoleSite = console_site
    viewer = "manager"
    editor = "manager"
    stranger: str | None = None
    list_queries: int

    def make(self, world: World, property: Any, number: int) -> Any:
        """A row at a property; `number` keeps rows apart."""
        raise NotImplementedError

    @property
    def console(self) -> ModelConsole[Any]:
        # Consoles register when the addresses are loaded, which may not have happened yet.
        assert get_resolver().url_patterns
        return self.site.consoles[self.slug]

    def addresses(self, row: Any) -> list[str]:
        """Every page that shows something of a row."""
        found = [self.console.url("list"), self.console.detail_url(row), self.console.url("export")]
        if self.console.has_history:
            found.append(self.console.url("history", row.pk))
        found.append(self.console.url("panel", row.pk))
        if self.console.has_form:
            found.append(self.console.url("edit", row.pk))
        return found

    def listed(self, client: Client, query: str = "") -> list[int]:
        """The ids of the rows on a page of the list."""
        response = client.get(self.console.url("list") + query)
        assert response.status_code == 200, query
        return [row.pk for row in response.context["listing"].rows]

    def test_the_unknown_are_sent_to_sign_in(self, world: World) -> None:
        row = self.make(world, world.here, 1)
        for address in self.addresses(row):
            response = Client().get(address)
            assert response.status_code == 302, address
            assert "sign-in" in response["Location"], address

    def test_a_role_without_the_permission_is_refused(self, world: World) -> None:
        if self.stranger is None:
            pytest.skip("every role may see this list")
        row = self.make(world, world.here, 1)
        client = world.client(self.stranger)
        for address in self.addresses(row):
            assert client.get(address).status_code == 403, address

    def test_a_row_of_another_property_is_out_of_sight(self, world: World) -> None:
        if self.console.property_path is None:
            pytest.skip("belongs to the operator as a whole")
        row = self.make(world, world.here, 1)
        client = world.client(self.editor, at=world.elsewhere)
        assert row.pk not in self.listed(client)
        assert client.get(self.console.detail_url(row)).status_code == 404
        assert client.get(self.console.url("panel", row.pk)).status_code == 404
        if self.console.has_form:
            assert client.get(self.console.url("edit", row.pk)).status_code in (403, 404)
            assert client.post(self.console.url("edit", row.pk), {}).status_code in (403, 404)
        for name in self.console.masked_columns:
            assert client.post(self.console.url("reveal", row.pk, name)).status_code in (403, 404)
        assert len(self.exported_rows(client)) == len(self.listed(client))

    def test_a_row_of_another_operator_is_out_of_sight(self, world: World) -> None:
        row = self.make(world, world.here, 1)
        with world.other_operator() as other:
            client = other.client(self.editor)
            assert row.pk not in self.listed(client)
            for address in self.addresses(row)[1:]:
                if address != self.console.url("export"):
                    assert client.get(address).status_code == 404, address
            assert len(self.exported_rows(client)) == len(self.listed(client))

    def test_the_property_switcher_narrows_the_list(self, world: World) -> None:
        here, there = self.make(world, world.here, 1), self.make(world, world.elsewhere, 2)
        client = world.client(self.viewer)
        assert {here.pk, there.pk} <= set(self.listed(client))
        world.choose(client, world.here)
        assert here.pk in self.listed(client)
        # What is reached by its own address opens whatever the switcher says.
        assert client.get(self.console.detail_url(there)).status_code == 200

    def test_the_list_takes_the_same_few_queries_for_any_number_of_rows(self, world: World) -> None:
        client = world.client(self.viewer)
        counts = []
        for number in (1, 12):
            for extra in range(number):
                self.make(world, world.here, 100 * number + extra)
            with CaptureQueriesContext(connection) as captured:
                assert client.get(self.console.url("list"), headers=SWAP).status_code == 200
            counts.append(sum("SAVEPOINT" not in query["sql"] for query in captured))
        assert counts == [self.list_queries] * 2, (counts, [query["sql"] for query in captured])

    def test_a_large_list_shows_its_rows_at_once_and_its_counts_after(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(listing, "LARGE", 1)
        for number in range(3):
            self.make(world, world.here, number)
        client, address = world.client(self.viewer), self.console.url("list")
        try:
            # Given a list that has proved large
            counted = client.get(address).content.decode()
            # When it is opened again, then its counts are asked for by themselves
            page = client.get(address).content.decode()
            assert (page.count('aria-busy="true"'), page.count("data-row")) == (1, counted.count("data-row"))
            # And the answer has them as they were
            counts = client.get(address, headers={**SWAP, "HX-Target": listing.COUNTS}).content.decode()
        finally:
            cache.clear()
        for part in (r'id="list-pager".*?</span>', r'id="list-count"[^>]*(>.*?)</div>', r'class="n num">.*?<'):
            assert re.findall(part, counts, re.DOTALL) == re.findall(part, counted, re.DOTALL)
            assert "aria-busy" not in counts

    def test_a_list_of_hundreds_of_thousands_sorts_by_what_an_index_holds(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # Given a list that has proved far too large to be put in order
        monkeypatch.setattr(listing, "LARGE", 0)
        monkeypatch.setattr(listing, "HUGE", 0)
        self.make(world, world.here, 1)
        client, address = world.client(self.viewer), self.console.url("list")
        try:
            client.get(address)
            # When it is to be sorted by a column without an index, then it comes in its usual order
            for column in self.console.columns:
                if column.sort and not has_index(self.console.model, column.sort):
                    page = client.get(address, {"sort": f"-{column.name}"})
                    assert page.context["listing"].state.sort == "", column.name
                    assert all(one.column is not column for one in page.context["listing"].sort_choices)
        finally:
            cache.clear()

    def test_a_search_that_looks_at_a_part_only_says_so(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        if not self.console.search_kind and type(self.console).search_left_out is ModelConsole.search_left_out:
            pytest.skip("looks at everything")
        for number in (1, 2):
            self.make(world, world.here, number)
        client, address = world.client(self.viewer), self.console.url("list")
        # Given words that find something, and everything that they find
        titles = SearchKey.objects.order_by("pk").values_list("title", flat=True)
        asked = {"q": next(title for title in titles if self.listed(client, f"?q={quote(title)}"))}
        assert 'id="list-left-out" role="status" hidden>' in client.get(address, asked).content.decode()
        # When there is more than is looked at, then the page says so
        monkeypatch.setattr(search, "MATCHED_AT_MOST", 0)
        said = client.get(address, asked)
        assert said.context["listing"].left_out
        assert 'id="list-left-out" role="status">' in said.content.decode()
        # And a large list says it with its counts
        monkeypatch.setattr(listing, "LARGE", -1)
        client.get(address)
        try:
            assert not client.get(address, asked).context["listing"].left_out
            counts = client.get(address, asked, headers={**SWAP, "HX-Target": listing.COUNTS}).content.decode()
        finally:
            cache.clear()
        assert 'id="list-left-out" role="status" hx-swap-oob="true">' in counts

    @pytest.mark.parametrize("language", ["zh-hans", "en"])
    def test_every_page_renders_in_both_languages(self, world: World, language: str) -> None:
        row = self.make(world, world.here, 1)
        client = world.client(self.editor)
        client.cookies["yuju_language"] = language
        for address in self.addresses(row):
            if address != self.console.url("export"):
                assert client.get(address).status_code == 200, address
        page = client.get(self.console.url("list")).content.decode()
        assert ("每页" in page) is (language == "zh-hans")

    def test_a_rows_page_tells_what_happened_to_it(self, world: World) -> None:
        if not self.console.has_history:
            pytest.skip("is itself what happened")
        row = self.make(world, world.here, 1)
        client = world.client(self.viewer)
        # Given its page, then it has one history, which leads to all of it
        page = client.get(self.console.detail_url(row)).content.decode()
        assert page.count('id="history"') == 1
        told = client.get(self.console.url("history", row.pk))
        if told.context["history"].items:
            assert f'href="{self.console.history_url(row)}"' in page
        # And whatever the address asks for, the history bears it
        for query in (
            "who=1",
            "who=x",
            "since=2026-01-01&until=2026-12-31",
            "since=x",
            "before=2026-13-01T00:00",
            "who=" + "9" * 40,
        ):
            assert client.get(f"{self.console.url('history', row.pk)}?{query}").status_code == 200, query
        nobody = client.get(f"{self.console.url('history', row.pk)}?until=2001-01-01")
        assert not nobody.context["history"].items

    def test_every_column_sorts_both_ways(self, world: World) -> None:
        rows = [self.make(world, world.here, number) for number in (3, 1, 2)]
        client = world.client(self.viewer)
        for column in self.console.columns:
            if column.sort:
                up, down = (self.listed(client, f"?sort={turn}{column.name}") for turn in ("", "-"))
                assert {row.pk for row in rows} <= set(up), column.name
                assert sorted(up) == sorted(down), column.name
                values = [column.get(self.console.model._default_manager.get(pk=pk)) for pk in up]
                if len(set(map(str, values))) == len(values):
                    assert up == down[::-1], column.name

    def test_every_filter_holds_some_rows_back_and_none_of_its_own(self, world: World) -> None:
        for number in (1, 2, 3):
            self.make(world, world.here, number)
        client = world.client(self.viewer)
        everything = set(self.listed(client))
        page = client.get(self.console.url("list"))
        for bound in page.context["listing"].filters:
            for parameter in bound.spec.parameters:
                values = [value for value, _name in bound.options] or ["2026-01-31"]
                for value in values:
                    response = client.get(self.console.url("list"), {parameter: value})
                    listing = response.context["listing"]
                    assert response.status_code == 200
                    assert any(other.spec.name == bound.spec.name for other in listing.active_filters), parameter
                    assert {row.pk for row in listing.rows} <= everything
                assert set(self.listed(client, f"?{parameter}=nonsense")) == everything, parameter

    @pytest.mark.parametrize("query", NONSENSE)
    def test_no_address_makes_the_list_fail(self, world: World, query: str) -> None:
        self.make(world, world.here, 1)
        client = world.client(self.viewer)
        assert client.get(f"{self.console.url('list')}?{query}").status_code == 200
        assert client.post(f"{self.console.url('export')}?{query}", {"format": "csv"}).status_code == 200

    def test_the_export_is_the_list(self, world: World) -> None:
        for number in (1, 3, 2):
            self.make(world, world.here, number)
        client = world.client(self.viewer)
        for column in self.console.columns:
            if column.sort:
                query = f"?sort=-{column.name}"
                page = client.get(self.console.url("list") + query).context["listing"]
                context = self.console.row_context(_request_of(client, self.console.url("list")))
                shown = [[_text(one.exported(row, context)) for one in page.columns] for row in page.rows]
                assert self.exported_rows(client, query) == shown
        assert self.excel_rows(client) == len(self.exported_rows(client))

    def test_all_columns_are_exported_where_some_are_shown(self, world: World) -> None:
        for number in (1, 2):
            self.make(world, world.here, number)
        client, address = world.client(self.viewer), self.console.url("list")
        choosable = client.get(address).context["listing"].choosable
        # Given a list that shows one column, then its menu leads to all of them
        page = client.get(address, {"cols": choosable[-1].name, "sort": choosable[0].name})
        shown = page.context["listing"]
        every = re.findall(r'value="(xlsx|csv)" formaction="([^"]*)"', page.content.decode())
        if len(shown.columns) == len(choosable):
            assert not every
            return
        assert [kind for kind, _address in every] == ["xlsx", "csv"]
        # And the file has them all, those shown first, of the same rows
        for kind, asked in every:
            answer = client.post(unescape(asked), {"format": kind})
            assert f".{kind}" in answer["Content-Disposition"]
            content = answer.getvalue()
        written = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
        first = [*shown.columns, *(column for column in choosable if column not in shown.columns)]
        assert [cell.removeprefix("'") for cell in written[0]] == [str(column.label) for column in first]
        narrow = self.exported_rows(client, f"?cols={choosable[-1].name}&sort={choosable[0].name}")
        # An export is itself a row of the audit, so the later one may have more.
        rows = [[cell.removeprefix("'") for cell in row[: len(shown.columns)]] for row in written[1:]]
        assert not Counter(map(tuple, rows)) - Counter(map(tuple, narrow))
        assert len(rows) >= len(page.context["lines"])

    def test_a_view_keeps_order_and_columns_and_counts_its_rows(self, world: World) -> None:
        rows = [self.make(world, world.here, number) for number in (1, 2)]
        client, address = world.client(self.viewer), self.console.url("list")
        # Given a view with the columns turned round, sorted by the last that can be
        names = [column.name for column in client.get(address).context["listing"].choosable][::-1]
        sort = next((f"-{column.name}" for column in self.console.columns[::-1] if column.sort), "")
        last = "" if len(self.console.list_tabs) == 1 else self.console.list_tabs[-1].name
        query = f"?tab={last}&sort={sort}&cols={','.join(names)}"
        saved = client.post(self.console.url("views"), {"name": "view", "query": query})
        # When it is opened, then it shows what its address would, and its tab says how many
        shown = client.get(saved["Location"]).context["listing"]
        assert [column.name for column in shown.columns] == names
        assert [row.pk for row in shown.rows] == self.listed(client, query)
        assert [link.count for link in shown.view_links] == [shown.total]
        assert last or {row.pk for row in rows} <= {row.pk for row in shown.rows}

    def test_only_what_is_ticked_is_exported_and_only_in_scope(self, world: World) -> None:
        here, other, there = (
            self.make(world, place, number) for number, place in enumerate((world.here, world.here, world.elsewhere), 1)
        )
        client = world.client(self.viewer)
        everything = len(self.exported_rows(client))
        assert len(self.exported_rows(client, ids=f"{here.pk},{there.pk}")) == 2
        assert len(self.exported_rows(client, ids=f"{here.pk},{other.pk}", whole="yes")) == everything
        # Ids from elsewhere are no way to another property's rows
        if self.console.property_path is not None:
            away = world.client(self.editor, at=world.elsewhere)
            seen = {here.pk, there.pk} & set(self.listed(away))
            assert here.pk not in seen
            assert len(self.exported_rows(away, ids=f"{here.pk},{there.pk}")) == len(seen)

    def test_bulk_actions_are_closed_to_who_may_only_look(self, world: World) -> None:
        row = self.make(world, world.here, 1)
        for action in self.console.bulk_actions:
            address = self.console.url("bulk", action.name)
            assert "sign-in" in Client().post(address, {"ids": row.pk})["Location"]
            if self.stranger is not None:
                assert world.client(self.stranger).post(address, {"ids": row.pk}).status_code == 403
            client = world.client(self.editor)
            assert client.post(address, {"ids": row.pk}, headers={"HX-Target": "dialog"}).status_code == 200
            assert f'hx-post="{address}' in client.get(self.console.url("list")).content.decode()

    def exported_rows(self, client: Client, query: str = "?", **given: str) -> list[list[str]]:
        """The CSV export without its heading; a text's guarding apostrophe is taken off again."""
        response = client.post(f"{self.console.url('export')}{query}", {"format": "csv", **given})
        assert response.status_code == 200
        body = response.getvalue()
        assert body.startswith(b"\xef\xbb\xbf"), "Excel needs the mark to read UTF-8"
        rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))[1:]
        return [[cell.removeprefix("'") for cell in row] for row in rows]

    def excel_rows(self, client: Client) -> int:
        """How many rows the Excel export has below its heading."""
        response = client.post(self.console.url("export"))
        assert response.status_code == 200
        book = zipfile.ZipFile(io.BytesIO(response.getvalue()))
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))  # noqa: S314 - our own file
        return len(sheet.findall(".//{*}row")) - 1


def _request_of(client: Client, address: str) -> HttpRequest:
    request: HttpRequest = client.get(address).context["request"]
    return request


def _text(value: Any) -> str:
    return str(csv_cell(value)).removeprefix("'")
