"""What stands in a form, and how two savers differ."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django import forms
from django.http import QueryDict
from django.utils import translation

from yuju.kit.console import form_state as state
from yuju.kit.console.wordings import say_what_is_expected
from yuju.kit.display import MISSING


class Sample(forms.Form):
    name = forms.CharField(max_length=5)
    amount = forms.DecimalField(decimal_places=2, max_digits=9, min_value=0, required=False)
    day = forms.DateField(required=False, widget=forms.DateInput(format="%Y-%m-%d"))
    kind = forms.ChoiceField(choices=[("a", "Apple"), ("b", "Berry")], required=False)
    ticked = forms.BooleanField(required=False)
    many = forms.MultipleChoiceField(choices=[("1", "One"), ("2", "Two")], required=False)
    secret = forms.CharField(widget=forms.PasswordInput, required=False)
    code = forms.CharField(widget=forms.TextInput(attrs={"autocomplete": "one-time-code"}), required=False)
    file = forms.FileField(required=False)


GIVEN: dict[str, Any] = {
    "name": "王",
    "amount": Decimal("62.50"),
    "day": date(2026, 11, 25),
    "kind": "a",
    "ticked": True,
    "many": ["2", "1"],
}


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def typed(**changed: Any) -> Sample:
    data = state.data_of({**state.untouched(Sample(initial=GIVEN)), **changed})
    return Sample(data, initial=GIVEN)


def test_an_untouched_form_sends_what_it_shows() -> None:
    assert state.sent(typed()) == state.untouched(Sample(initial=GIVEN))
    assert state.sent(Sample(QueryDict(), initial={})) | {"kind": [""]} == state.untouched(Sample()) | {"kind": [""]}


def test_what_a_form_showed_comes_back_only_unaltered() -> None:
    packed = state.pack({"name": ["王"]})
    assert state.unpack(packed) == {"name": ["王"]}
    assert state.unpack(packed[:-1] + ("A" if packed[-1] != "A" else "B")) == {}
    assert state.unpack("") == {}


def test_a_draft_holds_no_password_no_file_and_no_code() -> None:
    data = QueryDict(mutable=True)
    data.update(
        {"name": "王", "secret": "pass", "code": "123456", "file": "x", "csrfmiddlewaretoken": "t", "other": "o"}
    )
    assert state.draft_of(Sample(data), data) == {"name": ["王"]}


def test_differences_suggest_mine_only_where_i_changed_it() -> None:
    # Given: I changed name and kind; meanwhile amount and kind were changed, and the day to what I typed too
    opened = state.untouched(Sample(initial=GIVEN))
    theirs = {**opened, "amount": ["70.00"], "kind": [""], "day": ["2026-12-01"]}
    mine = typed(name=["李"], kind=["b"], day=["2026-12-01"])
    # When
    found = {one.name: one for one in state.differences(mine, opened, theirs)}
    # Then
    assert set(found) == {"name", "amount", "kind"}
    assert (found["name"].take_mine, found["name"].both) == (True, False)
    assert (found["amount"].take_mine, found["amount"].both) == (False, False)
    assert (found["kind"].take_mine, found["kind"].both) == (True, True)
    assert (found["kind"].opened, found["kind"].theirs, found["kind"].mine) == ("Apple", MISSING, "Berry")


def test_taking_theirs_leaves_the_rest_as_typed() -> None:
    data = QueryDict("name=x&unit=&unit_typed=030&many=1")
    merged = state.with_taken(data, {"unit": ["7"], "many": ["2", "1"]}, {"unit", "many", "nothing"})
    assert merged.dict() | {"many": merged.getlist("many")} == {"name": "x", "unit": "7", "many": ["2", "1"]}


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("name", "", "needed"),
        ("name", "123456", "at most 5 characters is taken, and this has 6"),
        ("amount", "x", "such as 1234.50"),
        ("amount", "-1", "at least 0"),
        ("amount", "1.234", "at most 2 digits"),
        ("day", "soon", "such as 2026-12-31"),
        ("kind", "z", "Choose one"),
    ],
)
def test_a_fault_says_what_is_expected(field: str, value: str, said: str) -> None:
    form = typed(**{field: [value]})
    for one in form.fields.values():
        say_what_is_expected(one)
    assert said.replace("is taken", "are taken") in form.errors[field][0]
