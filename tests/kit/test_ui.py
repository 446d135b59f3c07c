"""The components: what they write, and that nothing a person typed becomes markup."""

from __future__ import annotations

from typing import Any

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, Template
from django.test import RequestFactory
from django.utils.translation import override

from yuju.kit.toasts import toast_add, toasts_take

EVIL = '<img src=x onerror="alert(1)">'


def render(source: str, **context: Any) -> str:
    return Template("{% load ui %}" + source).render(Context(context))


@pytest.mark.parametrize(
    "source",
    [
        "{% tag text 'ok' %}",
        "{% avatar text %}",
        "{% kpi text text unit=text note=text %}",
        "{% masked text '/reveal' text %}",
        "{% bar 0.5 label=text %}",
        "{% card title=text more=text %}{{ text }}{% endcard %}",
        "{% card title=text more=text more_url=text %}{{ text }}{% endcard %}",
        "{% page_header title=text sub=text state=text crumbs=crumbs %}{{ text }}{% endpage_header %}",
        "{% note %}{{ text }}{% endnote %}",
        "{% empty title=text why=text %}{{ text }}{% endempty %}",
        "{% dialog id='d' title=text %}{{ text }}{% enddialog %}",
        "{% menu label=text text=text %}{{ text }}{% endmenu %}",
        "{% timeline events %}",
        "{% definitions facts %}",
        "{% stepper steps 1 %}",
        "{% tabs events %}",
        "{{ text|or_dash }}",
    ],
)
def test_what_somebody_typed_stays_text(source: str) -> None:
    # When
    shown = render(
        source,
        text=EVIL,
        crumbs=[(EVIL, EVIL), (EVIL, "")],
        events=[{"title": EVIL, "text": EVIL, "when": EVIL, "by": EVIL, "url": EVIL, "label": EVIL}],
        facts=[(EVIL, EVIL)],
        steps=[EVIL],
    )

    # Then
    assert "<img" not in shown
    assert "&lt;" in shown


def test_no_component_carries_a_style_or_script() -> None:
    shown = render(
        "{% bar 0.74 %}{% bars parts %}{% difference 3 5 %}{% skeleton %}{% kpi 'a' 1 %}",
        parts=[{"value": 1, "kind": "ok", "label": "a"}],
    )
    assert "style=" not in shown
    assert "<script" not in shown


@pytest.mark.parametrize(("share", "width"), [(0.745, "74.50%"), (1.8, "100.00%"), (-1, "0.00%"), (None, "0.00%")])
def test_a_bar_never_leaves_its_frame(share: float | None, width: str) -> None:
    assert f'width="{width}"' in render("{% bar share %}", share=share)


def test_the_steps_before_the_current_one_are_done() -> None:
    shown = render("{% stepper steps 2 %}", steps=["试算", "复核", "出账"])
    assert shown.count("done") == 1
    assert 'step on" aria-current="step"' in shown
    assert "step todo" in shown
    # Where they need not follow one another, each is ticked by itself
    shown = render("{% stepper steps 2 done %}", steps=["试算", "复核", "出账"], done=[False, True, True])
    assert [state for state in ("todo", "on", "done") if shown.count(f"step {state}") == 1] == ["todo", "on", "done"]


class Lease(forms.Form):
    name = forms.CharField(label="姓名", help_text="与证件一致")
    start = forms.DateField(label="起租日")


def test_a_field_at_fault_says_so_to_everybody() -> None:
    # Given
    form = Lease({"name": "郑凯", "start": "2026-02-30"})
    form.is_valid()

    # When
    shown = render("{% field form.start %}", form=form)

    # Then
    assert 'aria-invalid="true"' in shown
    assert 'aria-describedby="id_start-error"' in shown
    assert 'id="id_start-error"' in shown
    assert '<label class="form-label req" for="id_start">' in shown


def test_a_field_without_fault_names_its_hint_only() -> None:
    shown = render("{% field form.name %}", form=Lease())
    assert 'aria-describedby="id_name-hint"' in shown
    assert "aria-invalid" not in shown


def test_a_covered_value_without_an_address_has_no_eye() -> None:
    assert "<button" not in render("{% masked '138****6021' %}")
    assert 'hx-post="/reveal/1"' in render("{% masked '138****6021' '/reveal/1' 'phone' %}")


def test_the_pages_are_shown_with_gaps() -> None:
    with override("zh-hans"):
        shown = render("{% pagination page query %}", query="q=zs&", page=Paginator(range(287), 12).page(12))
    assert 'href="?q=zs&amp;page=11"' in shown
    assert shown.count("…") == 2
    assert 'aria-current="page">12<' in shown


def test_a_message_is_shown_once() -> None:
    # Given
    request = RequestFactory().get("/")
    request.session = {}  # type: ignore[assignment]
    toast_add(request, "已作废账单", action_label="撤销", action_url="/undo")

    # When
    first, second = toasts_take(request), toasts_take(request)

    # Then
    assert [toast.text for toast in first] == ["已作废账单"]
    assert second == []
