"""Every component on one page, to compare by eye. Only while developing."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace as Sample
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from yuju.kit.console.consequences import Caution, Consequences, Line
from yuju.kit.console.happenings import Difference, Happening
from yuju.kit.errors import Refused
from yuju.kit.toasts import toast_add

WHEN = datetime(2026, 11, 25, 3, 31, tzinfo=UTC)

CHART = {
    "xAxis": {"type": "category", "data": ["12月", "1月", "2月", "3月", "4月", "5月"]},
    "yAxis": [{"type": "value"}, {"type": "value", "min": 80, "max": 100, "axisLabel": {"formatter": "{value}%"}}],
    "legend": {"right": 0, "top": 0},
    "series": [
        {"type": "bar", "name": "应收", "data": [300, 310, 305, 312, 318, 320]},
        {"type": "line", "name": "收缴率", "yAxisIndex": 1, "data": [96, 95, 95.5, 94, 93, 92]},
    ],
}


class SampleForm(forms.Form):
    """One field of each look, one of them wrong."""

    name = forms.CharField(label="姓名", initial="郑凯")
    phone = forms.CharField(label="手机号", help_text="新住户，签约后建档")
    document = forms.CharField(label="证件号", min_length=18)
    kind = forms.ChoiceField(label="证件类型", choices=[("id", "身份证"), ("passport", "护照")])
    rent = forms.DecimalField(label="月租金")
    note = forms.CharField(label="备注", required=False, widget=forms.Textarea(attrs={"rows": 2}))
    notify = forms.BooleanField(label="签约后通知住户", required=False)


def listing_sample() -> dict[str, Any]:
    """What the templates of a list ask for: a view of one's own that was changed, a filter in force, three rows."""
    names = [("resident", "住户", "", "sm-1"), ("room", "房号", "", "sm-2"), ("due", "待缴（元）", "r", "sm-3")]
    columns = [
        Sample(name=n, label=label, css=css, cell_class=f"{css} {sm}", stays=n == "resident")
        for n, label, css, sm in names
    ]
    headings = [
        Sample(
            column=column,
            query="?sort=-due",
            added="?sort=-due",
            leads=place == 1,
            direction="descending" if place else "",
            place=place,
        )
        for column, place in zip(columns, [0, 2, 1], strict=True)
    ]
    rows = [("林晓彤", "3栋1602", "5,607.59"), ("赵欣然", "3栋1208", "0.00"), ("张国栋", "3栋0701", "12,846.20")]
    lines = [
        Sample(key=str(key), name=row[0], may_edit=True, cells=list(zip(columns, row, strict=True)))
        for key, row in enumerate(rows)
    ]
    view = Sample(key="v1", name="3栋欠费", shared=True, own=True, may_change=True, by="陈璐")
    listing = Sample(
        columns=columns[:3], choosable=columns, column_choices=[(column, True) for column in columns],
        headings=headings, sort_choices=headings, sorts_by_index=False, usual_order_query="?",
        state=Sample(q="", tab="", sort="-due,room", sorts=["-due", "room"], columns=[], query="", per=50, changed=True),
        view=view, narrowed=True, cleared_query="?", here_query="?", filters=[True],
        tab_links=[Sample(tab=Sample(name="all", label="全部", icon=""), query="?", shown="287", active=False)],
        view_links=[Sample(view=view, query="?", shown="3", active=True)],
        filter_chips=[
            (Sample(spec=Sample(name=name, label=label, template="ui/skeleton.html"), active=bool(text), text=text), "?")
            for name, label, text in (("building", "楼栋", "3栋"), ("tag", "标签", ""))
        ],
        counts_later=False, breaks_off=False, total=3, total_text="3", first_shown=1, last_shown=3, paged=True, page=1,
        page_sizes=[20, 50, 100], page_links=[(1, "?"), (2, "?")], previous_query="", next_query="?page=2",
    )  # fmt: skip
    console = Sample(title="住户", title_one="住户", searchable=True, search_hint="姓名、房号", icon="users")
    return {
        "listing": listing,
        "lines": lines,
        "console": console,
        "list_url": "",
        "view_moves": ["left"],
        "may_share": True,
    }


def work_sample() -> dict[str, Any]:
    """Work in the background: an export half way, rows changed together, and the same taken back but for one."""
    return {
        "progress": Sample(is_over=False, state="running", percent=40, done=1420, total=3550),
        "share": 0.4,
        "done_run": Sample(state="done", changed=812, left=[("已有此标签", 14)]),
        "undone_run": Sample(state="undone", restored=811, kept=1, undone_at=WHEN),
        "kept": [("林晓彤", "#")],
        "undo_url": "#",
        "undo_days": 30,
        "offered": [(Sample(key="d1", at=WHEN), "郑凯 · 3栋1602", "#")],
    }


def panel_sample() -> dict[str, Any]:
    """A row looked at beside its list, and the question who is there after a wrong password."""
    facts = [("手机号", "138****6021"), ("房号", "3栋1602"), ("入住", "2025-03-01")]
    return {
        "peeked": Sample(heading="林晓彤", subtitle="青岚里公寓 · 3栋1602", tags=[("ok", "在住"), ("bad", "欠费")]),
        "detail_url": "#",
        "edit_url": "#",
        "actions": [Sample(label="收款", icon="cash", url="#")],
        "cards": [(Sample(title="基本资料"), [(Sample(label=label), value) for label, value in facts])],
        "asks": True,
        "prove_by_passkey": True,
        "refusal": Refused("密码不对，请再输一次。", code="confirm"),
    }


def components_page(request: HttpRequest) -> HttpResponse:
    """The page; `?toast` also shows a message."""
    if "toast" in request.GET:
        toast_add(request, "已作废账单", action_label="撤销", action_url="#")
    form = SampleForm(
        {"name": "郑凯", "phone": "15200006174", "document": "330200199200000", "kind": "id", "rent": "4780"}
    )
    form.is_valid()
    tones = ["brand", "ok", "info", "warn", "bad"]
    swatches = [*tones, "mute", *(f"{tone}-soft" for tone in [*tones, "vio"])]
    context = {
        "form": form,
        "swatches": swatches,
        "amounts": [Decimal("1234"), Decimal("-20"), Decimal("0"), None],
        "tabs": [
            {"label": "概览", "url": "#", "active": True},
            {"label": "租约", "url": "#", "count": 2},
            {"label": "账单", "url": "#", "count": 1482},
        ],
        "steps": ["抄表确认", "试算", "复核", "出账", "通知住户"],
        "events": [
            {"title": "12 月账单已生成", "text": "短信、微信已送达", "when": WHEN, "kind": "info"},
            {"title": "补缴 11 月公用事业费", "text": "微信支付，逾期 12 天", "when": WHEN, "kind": "ok", "by": "陈璐"},
            {"title": "资料变更", "text": "紧急联系人电话", "when": "10-12 10:16"},
        ],
        "facts": [("户型", "两室一厅，南，62.50㎡"), ("预订", None), ("表底", "水 318.2 电 4,907")],
        "parts": [
            {"value": 65, "kind": "past", "label": "30 天内"},
            {"value": 22, "kind": "warn", "label": "31–60 天"},
            {"value": 13, "kind": "bad", "label": "90 天以上"},
        ],
        "page": Paginator(range(287), 12).page(3),
        "rows": [
            ("林晓彤", "3栋1602", Decimal("5607.59")),
            ("赵欣然", "3栋1208", Decimal("0")),
            ("张国栋", "3栋0701", Decimal("12846.2")),
        ],
        "when": WHEN,
        "options": CHART,
        "panel": Consequences(
            title="首期账单",
            lines=[Line("租金", Decimal("4780"), under="12-01 至 12-31"), Line("押金", Decimal("9560"))],
            total=Decimal("14340"),
            cautions=[Caution("3栋1602 的上一租约 11-30 才结束。")],
        ),
        "history": [
            Happening("修改", WHEN, by="陈璐", where="Chrome · Windows", kind="info", lines=[
                Difference("月租金", "4,780.00", "4,980.00"), Difference("标签", None, "养犬")]),
            Happening("查看证件号", WHEN, by="周明", where="Safari · iPhone", kind="warn"),
        ],
        "merged": [
            Sample(name="rent", label="月租金", both=True, opened="4,780.00", theirs="4,880.00", mine="4,980.00", take_mine=True),
            Sample(name="note", label="备注", both=False, opened="—", theirs="周末看房", mine="—", take_mine=False),
        ],
        "action": Sample(label="修改标签", word="", icon="tag"),
        "preview": Sample(seal="", changing=2, sentence="将修改 2 位住户", consequences=[("标签", "养犬")],
                          left=[("已有此标签", 1, "赵欣然")], left_count=1),
        "found": [Sample(icon="user", title="林晓彤", subtitle="3栋1602", place="青岚里公寓", kind="住户", url="#")],
        "offers": [Sample(icon="plus", title="新建住户", url="#")],
        "roles": ["经理", "收银", "审计"],
        "rights": [("查看账单", [
            Sample(role="经理", ticked=True, value="1", locked=False),
            Sample(role="收银", ticked=True, value="2", locked=True),
            Sample(role="审计", ticked=False, value="3", locked=False),
        ])],
        "may_change": True,
        "codes": ["4F7K-29QD", "M3XH-81TR", "9WPC-55NA", "J2VB-70LE"],
        **listing_sample(),
        **work_sample(),
        **panel_sample(),
    }  # fmt: skip
    return render(request, "console/dev/components.html", context)
