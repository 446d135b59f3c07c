"""Every component on one page, to compare by eye. Only while developing."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from yuju.kit.toasts import toast_add

WHEN = datetime(2026, 11, 25, 3, 31, tzinfo=UTC)

CHART = {
    "xAxis": {"type": "category", "data": ["12月", "1月", "2月", "3月", "4月", "5月"]},
    "yAxis": [{"type": "value"}, {"type": "value", "min": 80, "max": 100, "axisLabel": {"formatter": "{value}%"}}],
    "legend": {"right": 0},
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


def components_page(request: HttpRequest) -> HttpResponse:
    """The page; `?toast` also shows a message, `?chart` a chart."""
    if "toast" in request.GET:
        toast_add(request, "已作废账单", action_label="撤销", action_url="#")
    form = SampleForm(
        {"name": "郑凯", "phone": "15200006174", "document": "330200199200000", "kind": "id", "rent": "4780"}
    )
    form.is_valid()
    swatches = ["brand", "ok", "info", "warn", "bad", "mute", "vio"]
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
        "options": CHART if "chart" in request.GET else None,
    }
    return render(request, "console/dev/components.html", context)
