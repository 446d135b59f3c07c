"""Whatever files are taken in are known by their content, of a bounded size, and no bombs."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import get_resolver, reverse

from tests.walls.addresses import ARGUMENTS
from tests.walls.things import Things
from yuju.kit import files

UPLOADS = {
    "yuju.console.pages.property_import.UploadForm": ("console:import", "workbook"),
    "yuju.console.pages.reading_round.SheetForm": ("console:reading-sheet", "sheet"),
    "yuju.console.pages.contract_templates.TakeInForm": ("console:contract-take-in", "file"),
    "yuju.console.pages.filings.ProofForm": ("console:filing-done", "proof"),
    "yuju.console.pages.activity_cover.CoverForm": ("console:activity-cover", "photo"),
    "yuju.console.pages.contracts.ScanForm": ("console:contract-paper", "scan"),
    "yuju.console.pages.deaths.DeathForm": ("console:resident-death", "scan"),
    "yuju.console.pages.deaths.HeirForm": ("console:resident-heir", "scan"),
    "yuju.console.pages.abandoned_work.AbandonedNoticeForm": ("console:abandoned-notice", "scan"),
}
"""Every form that takes a file: the page it stands on and its field."""


def url_of(name: str, things: Things) -> str:
    return f"{reverse(name, kwargs=ARGUMENTS[name](things) if name in ARGUMENTS else {})}?property={things.place.pk}"


def forms_with_files(of: type[Any] = forms.BaseForm) -> Iterator[str]:
    """The names of our forms that take a file."""
    for form in of.__subclasses__():
        fields = getattr(form, "base_fields", {})
        if form.__module__.startswith("yuju.") and any(isinstance(one, forms.FileField) for one in fields.values()):
            yield f"{form.__module__}.{form.__name__}"
        yield from forms_with_files(form)


def bomb() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * (64 * files.MEGABYTE))
    return made.getvalue()


def test_every_form_that_takes_a_file_is_tried_here() -> None:
    assert get_resolver().url_patterns
    assert set(forms_with_files()) == set(UPLOADS), "add the form to UPLOADS in tests/walls/test_uploads.py"


@pytest.mark.parametrize("form", UPLOADS)
def test_a_file_is_taken_for_what_it_is_and_not_for_its_name(
    things: Things, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, field = UPLOADS[form]
    client, url = things.manager(), url_of(name, things)
    # What the page asks for besides
    besides = {
        "name": "租赁合同",
        "kind": "new",
        "property": things.place.pk,
        "filed_on": "2026-02-01",
        "died_on": "2026-01-01",
        "document": "police",
        "relation": "子",
        "id_type": "passport",
        "id_number": "E87654321",
        "basis": "notary",
        "served_on": "2026-03-20",
        "way": "door",
        "days": "15",
    }
    wrong = {
        "empty": b"",
        "a page": b"<html><script>alert(1)</script></html>",
        "a picture": b"\x89PNG\r\n\x1a\n" + b"0" * 100,
        "a program": b"MZ" + b"0" * 100,
    }
    for what, content in wrong.items():
        sent = client.post(url, {field: SimpleUploadedFile("账单.xlsx", content), **besides})
        assert sent.status_code == 422, what
        assert sent.context["form"].errors.get(field), (what, sent.context["form"].errors)

    # Nor is one taken that is too large
    for kind in ("XLSX", "DOCX"):
        monkeypatch.setattr(files, kind, files.Kind("Office", ".xlsx", "application/x", (b"PK\x03\x04",), 10))
    large = SimpleUploadedFile("a.xlsx", b"PK\x03\x04" + b"0" * 20)
    assert client.post(url, {field: large, **besides}).status_code == 422


def test_a_bomb_is_refused_before_it_is_unpacked(things: Things) -> None:
    for form in ("reading_round.SheetForm", "contract_templates.TakeInForm"):
        name, field = UPLOADS[f"yuju.console.pages.{form}"]
        given = {"name": "租赁合同", "kind": "new", "property": things.place.pk}
        sent = things.manager().post(url_of(name, things), {field: SimpleUploadedFile("抄表.xlsx", bomb()), **given})
        assert sent.status_code == 422
        assert sent.context["form"].errors[field]
