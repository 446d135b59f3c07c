"""The components pages are put together with: `{% load ui %}`.

Small ones are written here, larger ones are templates in `kit/templates/ui/`. Kinds (colours with a meaning) are
`ok`, `info`, `warn`, `bad`, `vio`, `brand` and, for the quiet one, empty. Icons are Tabler's, by name; the asset
build collects the names it finds in `{% icon "…" %}` and `icon="…"`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import template
from django.core.paginator import Page
from django.forms import BoundField, CheckboxInput
from django.templatetags.static import static
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from yuju.kit import display, toasts

register = template.Library()

SPRITE = "console/build/icons.svg"

register.filter("money", display.amount_html)
register.filter("number", display.number_text)
register.filter("percent", display.percent_text)
register.filter("day", display.day_html)
register.filter("moment", display.moment_html)
register.filter("short", display.short_html)
register.filter("yuan_large", display.amount_large)


@register.filter
def yuan(amount: Any) -> SafeString:
    """An amount with its sign of money, `¥1,234.00`."""
    return display.amount_html(amount, symbol=True)


@register.filter
def change(amount: Any) -> SafeString:
    """A difference in yuan with its plus or minus, `+1,234.00`."""
    return display.amount_html(amount, sign=True)


@register.filter
def change_percent(share: Any) -> SafeString | str:
    """A change as a share, with its plus or minus: 0.008 is `+0.8%`."""
    return display.percent_text(share, sign=True)


@register.filter
def or_dash(value: Any) -> Any:
    """The value, or the dash of what is not known."""
    return display.MISSING if value is None or value == "" else value


@register.filter
def css_name(value: Any) -> str:
    """A value made fit for an id or class: `lease.start` becomes `lease-start`."""
    return "".join(c if c.isalnum() else "-" for c in str(value)).strip("-").lower()


def svg(name: str, label: Any = "", cls: str = "") -> SafeString:
    """An icon. With a label it speaks for itself; without one it is hidden from screen readers."""
    href = f"{static(SPRITE)}#{name}"
    css = f"ti {cls}".strip()
    if label:
        return format_html('<svg class="{}" role="img" aria-label="{}"><use href="{}"/></svg>', css, label, href)
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}"/></svg>', css, href)


icon = svg
register.simple_tag(svg, name="icon")


@register.simple_tag(name="tag")
def tag(text: Any, kind: str = "", dot: bool = False, icon: str = "") -> SafeString:
    """A label with a meaning: soft background, and a dot (states) or an icon, so that colour is not the only signal."""
    css = " ".join(filter(None, ["tag", kind, "dot" if dot else ""]))
    return format_html('<span class="{}">{}{}</span>', css, svg(icon) if icon else "", text)


@register.simple_tag
def avatar(name: Any, size: str = "", tone: int | None = None) -> SafeString:
    """The first character of a name in a disc; the same name always has the same colour."""
    text = str(name).strip()
    if tone is None:
        tone = hashlib.sha256(text.encode()).digest()[0] % 5
    return format_html('<span class="av {} a{}" aria-hidden="true">{}</span>', size, tone, text[:1].upper() or "?")


@register.simple_tag
def kpi(label: Any, value: Any, unit: Any = "", note: Any = "", href: str = "", kind: str = "") -> SafeString:
    """A key figure: label, large number with a small unit, one line of explanation; with `href` it leads to its rows."""
    shown = value if value is not None and value != "" else display.MISSING
    inner = format_html(
        '<div class="l">{}</div><div class="v">{}{}</div>{}',
        label,
        format_html('<span class="c-{}">{}</span>', kind, shown) if kind else shown,
        format_html("<small>{}</small>", unit) if unit else "",
        format_html('<div class="d">{}</div>', note) if note else "",
    )
    if href:
        return format_html('<a class="card kpi" href="{}">{}</a>', href, inner)
    return format_html('<div class="card kpi">{}</div>', inner)


@register.simple_tag
def bar(share: Any, kind: str = "brand", label: Any = "", small: bool = False) -> SafeString:
    """A bar filled to a share between 0 and 1, drawn as SVG because styles in the page are forbidden."""
    width = max(0.0, min(100.0, float(share or 0) * 100))
    return format_html(
        '<svg class="bar {}" role="img" aria-label="{}"><rect class="fill-{}" width="{}%" height="100%"/></svg>',
        "sm" if small else "",
        label or f"{width:.0f}%",
        kind,
        f"{width:.2f}",
    )


@register.simple_tag
def bars(parts: Iterable[Mapping[str, Any]]) -> SafeString:
    """A bar of several parts: `value`, `kind`, `label` each."""
    shown = list(parts)
    total = float(sum(part["value"] for part in shown)) or 1.0
    drawn, at = [], 0.0
    for part in shown:
        width = float(part["value"]) / total * 100
        rect = '<rect class="fill-{}" x="{}%" width="{}%" height="100%"><title>{}</title></rect>'
        drawn.append(format_html(rect, part["kind"], f"{at:.2f}", f"{max(width - 0.4, 0):.2f}", part.get("label", "")))
        at += width
    label = ", ".join(str(part.get("label", "")) for part in shown)
    return format_html('<svg class="bar" role="img" aria-label="{}">{}</svg>', label, mark_safe("".join(drawn)))  # noqa: S308


@register.simple_tag
def difference(value: Any, largest: Any, kind: str = "past") -> SafeString:
    """A small bar to the right (more) or left (less) of a middle line, beside a difference in a table."""
    share = 0.0 if not largest else min(1.0, abs(float(value)) / abs(float(largest)))
    width = max(1.0, share * 46)
    return format_html(
        '<svg width="92" height="10" aria-hidden="true"><rect class="fill-mute" x="45.5" width="1" height="10"/>'
        '<rect class="fill-{}" x="{}" y="2" width="{}" height="6" rx="1"/></svg>',
        kind,
        f"{46.0 if value >= 0 else 46 - width:.1f}",
        f"{width:.1f}",
    )


_UNBROKEN = re.compile(r"\b\d{4}-\d{2}(?:-\d{2})?\b|\b[A-Z]{2}-[\d-]+\d\b")


@register.filter
def whole(text: Any) -> SafeString:
    """A sentence whose days and numbers of documents are never broken over two lines."""
    escaped = str(conditional_escape(text))
    return mark_safe(_UNBROKEN.sub(lambda found: f'<span class="nowrap">{found[0]}</span>', escaped))  # noqa: S308


@register.inclusion_tag("ui/chart.html")
def chart(id: str, options: Mapping[str, Any], summary: Any, tall: bool = False) -> dict[str, Any]:
    """A chart of bars or lines, drawn by ECharts from its own options; `summary` says in words what it shows.

    A page with charts loads their script: `{% block head %}{% chart_script %}{% endblock %}`. Where simple bars do,
    `bar`, `bars` and `difference` need no script at all.
    """
    return {"id": id, "options": options, "summary": summary, "tall": tall}


@register.simple_tag
def chart_script() -> SafeString:
    """The script of the charts, for the head of a page that has any."""
    return format_html('<script src="{}" defer></script>', static("console/build/charts.js"))


@register.simple_tag
def masked(shown: str, url: str = "", what: Any = "") -> SafeString:
    """Covered personal data; with an address the eye uncovers this one value, which is written down."""
    if not shown:
        return display.MISSING
    if not url:
        return format_html('<span class="mask">{}</span>', shown)
    return format_html(
        '<span class="mask">{}<button type="button" hx-post="{}" hx-target="closest .mask" hx-swap="outerHTML"'
        ' aria-label="{}" title="{}">{}</button></span>',
        shown,
        url,
        _("Show %(what)s in full (it is written down)") % {"what": what},
        _("Show %(what)s in full (it is written down)") % {"what": what},
        svg("eye"),
    )


@register.simple_block_tag(takes_context=True)
def card(
    context: Any, content: str, title: Any = "", more: Any = "", more_url: str = "", cls: str = "", body: bool = True
) -> SafeString:
    """A card with a head. `body=False` leaves out the padding, for a table or list inside."""
    return _render(context, "card", content, title=title, more=more, more_url=more_url, cls=cls, body=body)


@register.simple_block_tag(takes_context=True)
def page_header(
    context: Any, content: str, title: Any, sub: Any = "", crumbs: Sequence[Any] = (), state: Any = "", kind: str = ""
) -> SafeString:
    """The head of a page: breadcrumb (pairs of text and address), title with a state, a line below, actions inside."""
    return _render(context, "page_header", content, title=title, sub=sub, crumbs=crumbs, state=state, kind=kind)


@register.simple_block_tag(takes_context=True)
def note(context: Any, content: str, kind: str = "info", icon: str = "", role: str = "") -> SafeString:
    """A band with a message: info, ok, warn or bad. An element of class `go` inside stands at the right."""
    icons = {"ok": "circle-check", "warn": "alert-triangle", "bad": "alert-circle"}
    return _render(context, "note", content, kind=kind, icon=icon or icons.get(kind, "info-circle"), role=role)


@register.simple_block_tag(takes_context=True)
def empty(context: Any, content: str, title: Any, why: Any = "", icon: str = "list", kind: str = "brand") -> SafeString:
    """Nothing here yet, nothing matches, or something failed: icon, one sentence, one line, the action inside."""
    return _render(context, "empty", content, title=title, why=why, icon=icon, kind=kind)


@register.simple_block_tag(takes_context=True)
def dialog(
    context: Any, content: str, id: str, title: Any, icon: str = "", kind: str = "", large: bool = False
) -> SafeString:
    """A dialog that a button with `data-dialog-open="id"` opens; focus stays inside, Esc closes."""
    return _render(context, "dialog", content, id=id, title=title, icon=icon, kind=kind, large=large)


@register.simple_block_tag(takes_context=True)
def menu(
    context: Any, content: str, label: Any, icon: str = "", text: Any = "", cls: str = "btn btn-d", side: str = "right"
) -> SafeString:
    """A button that opens a menu of the links and buttons inside."""
    return _render(context, "menu", content, label=label, icon=icon, text=text, cls=cls, side=side)


@register.simple_block_tag(takes_context=True)
def foot_bar(context: Any, content: str) -> SafeString:
    """The bar that stays at the foot of a form or of a step with money."""
    return format_html('<div class="foot-bar">{}</div>', mark_safe(content))  # noqa: S308


@register.inclusion_tag("ui/stepper.html")
def stepper(steps: Sequence[Any], current: int, done: Sequence[bool] | None = None) -> dict[str, Any]:
    """The steps of a task, counted from 1; those before the current one are done.

    Args:
        done: which steps are done, where they need not follow one another.
    """
    ticked = [at < current for at in range(1, len(steps) + 1)] if done is None else done
    states = ["on" if at == current else "done" if tick else "todo" for at, tick in enumerate(ticked, 1)]
    return {
        "steps": [(number, label, state) for number, (label, state) in enumerate(zip(steps, states, strict=True), 1)]
    }


@register.inclusion_tag("ui/tabs.html")
def tabs(items: Iterable[Mapping[str, Any]], bare: bool = False, target: str = "") -> dict[str, Any]:
    """Tabs: each `label`, `url`, and if wanted `count`, `active`, `icon`. `target` swaps them by htmx."""
    return {"items": items, "bare": bare, "target": target}


@register.inclusion_tag("ui/timeline.html")
def timeline(items: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """What happened, latest first: `title`, `text`, `when` (a moment or words), `by`, `kind`, `url`."""
    return {"items": items}


@register.inclusion_tag("ui/definitions.html")
def definitions(items: Iterable[tuple[Any, Any]], even: bool = False) -> dict[str, Any]:
    """Facts: pairs of name and value. `even` sets the values to the right, for amounts."""
    return {"items": items, "even": even}


@register.inclusion_tag("ui/pagination.html")
def pagination(page: Page[Any], query: str = "", target: str = "") -> dict[str, Any]:
    """Range and pages below a table. `query` is the rest of the address, such as `q=zs&`; `target` swaps by htmx."""
    pages = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    return {"page": page, "pages": pages, "ellipsis": page.paginator.ELLIPSIS, "query": query, "target": target}


@register.inclusion_tag("ui/skeleton.html")
def skeleton(rows: int = 4) -> dict[str, Any]:
    """Grey lines in place of content that is still on its way."""
    return {"rows": range(rows)}


@register.inclusion_tag("ui/field.html")
def field(bound: BoundField, full: bool = False, unit: Any = "", sign: Any = "", hint: Any = "") -> dict[str, Any]:
    """A form's field: label, input, hint, and what is wrong with how to mend it."""
    name = bound.auto_id or bound.html_name
    widget = bound.field.widget
    attrs: dict[str, Any] = {}
    if bound.errors:
        attrs["aria-invalid"] = "true"
    described = [f"{name}-error"] if bound.errors else []
    if hint or bound.help_text:
        described.append(f"{name}-hint")
    if described:
        attrs["aria-describedby"] = " ".join(described)
    base = widget.attrs.get("class", "")
    if isinstance(widget, CheckboxInput):
        attrs["class"] = base or "form-check-input"
    elif not base and not hasattr(widget, "option_template_name"):
        attrs["class"] = "form-control"
    elif not base:
        attrs["class"] = "form-select" if getattr(widget, "input_type", "") == "select" else ""
    return {
        "bound": bound,
        "name": name,
        "input": bound.as_widget(attrs=attrs),
        "checkbox": isinstance(widget, CheckboxInput),
        "required": bound.field.required,
        "hint": hint or bound.help_text,
        "full": full,
        "unit": unit,
        "sign": sign,
    }


@register.inclusion_tag("ui/toasts.html", takes_context=True, name="toasts")
def toasts_tag(context: Any, oob: bool = False) -> dict[str, Any]:
    """The waiting messages; with `oob` for an answer to htmx, which adds them to the corner of the open page."""
    request = context.get("request")
    return {"toasts": toasts.toasts_take(request) if request is not None else [], "oob": oob}


def _render(context: Any, name: str, content: str, **given: Any) -> SafeString:
    # Everything inside the block has been through the template engine already: it is escaped where it has to be.
    inner = mark_safe(content.strip())  # noqa: S308
    with context.push(content=inner, **given):
        rendered = context.template.engine.get_template(f"ui/{name}.html").render(context)
    return mark_safe(str(rendered))  # noqa: S308
