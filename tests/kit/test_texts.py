"""The catalogue tool finds what Django asks for, and names what is wrong."""

from __future__ import annotations

import gettext
import os
from pathlib import Path

import pytest

from yuju.kit import texts

HEADER = (
    'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n"Plural-Forms: nplurals=1; plural=0;\\n"\n\n'
)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    room = tmp_path / "premises"
    (room / "templates" / "premises").mkdir(parents=True)
    (room / "__init__.py").write_text("")
    return tmp_path


def write_python(source: Path, body: str) -> None:
    (source / "premises" / "models.py").write_text(
        "from django.utils.translation import gettext_lazy as _, ngettext, pgettext\n" + body
    )


def write_catalogue(source: Path, body: str) -> Path:
    path = texts.catalogue_path(source / "premises")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEADER + body)
    return path


def kinds(source: Path) -> list[str]:
    return [fault.kind for fault in texts.check(source)]


def found(body: str) -> set[tuple[str | None, str, str | None]]:
    return {(t.context, t.message, t.plural) for t in texts.texts_of_template(body, "x.html")}


def test_python_calls_are_found_under_any_name() -> None:
    code = (
        "from django.utils.translation import gettext_lazy as _, ngettext as several, npgettext\n"
        "from django.utils import translation\n"
        "a = _('Room' ' list')\nb = several('%(n)s room', '%(n)s rooms', n)\n"
        "c = npgettext('verb', 'let', 'lets', 2)\nd = translation.pgettext('noun', 'Let')\n"
        "e = other('not ours')\nf = _(a)\n"
    )
    got = {(t.context, t.message, t.plural) for t in texts.texts_of_python(code, "x.py")}
    assert got == {
        (None, "Room list", None),
        (None, "%(n)s room", "%(n)s rooms"),
        ("verb", "let", "lets"),
        ("noun", "Let", None),
    }


def test_an_f_string_is_refused() -> None:
    code = "from django.utils.translation import gettext as _\nx = _(f'{n} rooms')\n"
    with pytest.raises(texts.UnreadableText):
        list(texts.texts_of_python(code, "x.py"))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('{% translate "Rooms" %}', (None, "Rooms", None)),
        ('{% trans "100%" as x %}', (None, "100%%", None)),
        ('{% translate "Open" context "state" %}', ("state", "Open", None)),
        ('{{ x|default:_("None yet") }}', (None, "None yet", None)),
        ('{% include "a.html" with title=_("A room") %}', (None, "A room", None)),
        ("{% blocktranslate with n=a|odd:3 %}Room {{ n }}, {{ x.y }}{% endblocktranslate %}",
         (None, "Room %(n)s, %(x.y)s", None)),
        ("{% blocktranslate trimmed count n=a|length %}\n one\n  room\n{% plural %}\n {{ n }}\n{% endblocktranslate %}",
         (None, "one room", "%(n)s")),
        ('{% blocktranslate context "c" asvar t %}5% off{% endblocktranslate %}', ("c", "5%% off", None)),
    ],
)  # fmt: skip
def test_template_tags_give_the_ids_django_asks_for(body: str, expected: tuple[str | None, str, str | None]) -> None:
    assert found("{% load i18n %}" + body) == {expected}


def test_comments_and_unknown_tags_are_passed_over() -> None:
    body = '{# {% translate "a" %} #}{% comment %}{% translate "b" %}{% endcomment %}{% thing 1 %}{% endthing %}'
    assert found(body + '{% verbatim %}{% translate "c" %}{% endverbatim %}') == set()


def test_a_complete_catalogue_has_no_faults(source: Path) -> None:
    write_python(source, "a = _('Rooms')\nb = ngettext('%(n)s room', '%(n)s rooms', 2)\n")
    write_catalogue(
        source,
        'msgid "Rooms"\nmsgstr "房间"\n\nmsgid "%(n)s room"\nmsgid_plural "%(n)s rooms"\nmsgstr[0] "%(n)s 间"\n',
    )
    assert texts.check(source) == []


@pytest.mark.parametrize(
    ("entry", "kind"),
    [
        ("", "missing"),
        ('msgid "Room %(n)s"\nmsgstr ""\n', "empty"),
        ('#, fuzzy\nmsgid "Room %(n)s"\nmsgstr "房间%(n)s"\n', "fuzzy"),
        ('msgid "Room %(n)s"\nmsgstr "房间%(m)s"\n', "placeholders"),
        ('msgid "Room %(n)s"\nmsgstr "房间"\n', "placeholders"),
        ('msgid "Room %(n)s"\nmsgstr "房间%(n)s不存在,请重选。"\n', "punctuation"),
        ('msgid "Room %(n)s"\nmsgstr "房间%(n)s"\n\nmsgid "Gone"\nmsgstr "没了"\n', "stale"),
    ],
)
def test_each_fault_is_named(source: Path, entry: str, kind: str) -> None:
    write_python(source, "a = _('Room %(n)s')\n")
    write_catalogue(source, entry)
    assert kinds(source) == [kind]


def test_one_text_with_two_translations_is_a_conflict(source: Path) -> None:
    write_python(source, "a = _('Rooms')\n")
    write_catalogue(source, 'msgid "Rooms"\nmsgstr "房间"\n')
    other = source / "residency"
    other.mkdir()
    (other / "__init__.py").write_text("from django.utils.translation import gettext as _\nx = _('Rooms')\n")
    path = texts.catalogue_path(other)
    path.parent.mkdir(parents=True)
    path.write_text(HEADER + 'msgid "Rooms"\nmsgstr "客房"\n')
    assert kinds(source) == ["conflict"]


def test_update_keeps_translations_adds_new_texts_and_drops_stale_ones(source: Path) -> None:
    write_python(source, "a = _('Rooms')\nb = _('New')\n")
    path = write_catalogue(source, 'msgid "Gone"\nmsgstr "没了"\n\nmsgid "Rooms"\nmsgstr "房间"\n')
    assert texts.update(source) == [path]
    catalogue = texts.read_catalogue(path)
    assert {m.id: m.string for m in catalogue if m.id} == {"Rooms": "房间", "New": ""}
    assert texts.update(source) == []


def test_compile_writes_only_what_is_older(source: Path) -> None:
    path = write_catalogue(source, 'msgctxt "c"\nmsgid "Rooms"\nmsgstr "房间"\n')
    assert texts.compile_texts(source) == [path.with_suffix(".mo")]
    assert texts.compile_texts(source) == []
    with path.with_suffix(".mo").open("rb") as file:
        assert gettext.GNUTranslations(file).pgettext("c", "Rooms") == "房间"
    os.utime(path, ns=(path.stat().st_mtime_ns + 10**9, path.with_suffix(".mo").stat().st_mtime_ns + 10**9))
    assert texts.compile_texts(source) == [path.with_suffix(".mo")]
