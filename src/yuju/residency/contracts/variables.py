"""The variables of contracts, each once: what they are called, what they mean, an example, and whether a lease must know them.

A text may name them in Chinese or by their code: `{{月租金}}` and `{{rent}}` are the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from django.utils.translation import gettext_lazy as _

NONE = "/"
"""What stands in a contract for what there is not."""

DEDUCTIONS = (
    "（1）承租方欠付的租金及应由其承担的费用；"
    "（2）因承租方使用不当造成房屋、附属设施设备损坏或者丢失的维修、赔偿费用；"
    "（3）承租方依照本合同应当支付的违约金、逾期占用费。"
)
"""The cases in which a settlement withholds of a deposit, as contracts say them."""


@dataclass(frozen=True)
class Variable:
    """A variable.

    Attributes:
        code, name: what a text calls it, in English and in Chinese.
        means: what it stands for, in the reader's language.
        example: as it is printed.
        needed: a contract cannot do without: where a text names it and nobody knows it, nothing is drafted.
        kept: where it is entered, for whoever finds it missing: `unit`, `property`, `resident`, `lease` or `agreement`.
    """

    code: str
    name: str
    means: Any
    example: str
    needed: bool = False
    kept: str = ""


GROUPS: tuple[tuple[Any, tuple[Variable, ...]], ...] = (
    (
        _("The parties"),
        (
            Variable("contract_number", "合同编号", _("The contract's number"), "HT-2026-0318"),
            Variable(
                "landlord", "出租方", _("Who lets: of the property, or the operator"), "青岚公寓运营有限公司", True
            ),
            Variable("landlord_code", "出租方信用代码", _("The landlord's credit code"), "91310000MA1FL00X0X"),
            Variable("landlord_phone", "出租方电话", _("The property's phone"), "021-5550 0101"),
            Variable("tenant", "承租方", _("The resident's name"), "林晓彤", True, "resident"),
            Variable("tenant_id_type", "承租方证件类型", _("The kind of the resident's ID"), "身份证"),
            Variable(
                "tenant_id_number",
                "承租方证件号码",
                _("The resident's ID number"),
                "310101199003070000",
                True,
                "resident",
            ),
            Variable("tenant_phone", "承租方电话", _("The resident's phone"), "13800006021", True, "resident"),
            Variable("occupants", "同住人", _("Who lives there too"), "周明（配偶）、林小满（子女）"),
        ),
    ),
    (
        _("The unit"),
        (
            Variable("property", "项目名称", _("The property's name"), "青岚里公寓", True, "property"),
            Variable(
                "address",
                "房屋坐落",
                _("The property's address with the unit"),
                "上海市徐汇区青岚路 88 号 3栋-1602",
                True,
                "property",
            ),
            Variable("unit", "房间", _("The unit's name"), "3栋-1602", True, "unit"),
            Variable(
                "title_number",
                "不动产权证号",
                _("The title number of the unit, or else of the property"),
                "沪（2026）徐字不动产权第001234号",
                True,
                "unit",
            ),
            Variable("area", "面积", _("The area in m²"), "58.60", True, "unit"),
            Variable("layout", "户型", _("The layout"), "一室一厅"),
            Variable("floor", "所在楼层", _("The floor"), "16"),
        ),
    ),
    (
        _("Term and rent"),
        (
            Variable("start", "租期开始", _("The first day"), "2026年12月1日", True, "lease"),
            Variable("end", "租期结束", _("The last day"), "2027年11月30日", True, "lease"),
            Variable("term", "租期", _("How long the lease runs"), "12个月"),
            Variable("rent", "月租金", _("The monthly rent (yuan)"), "4,780.00", True, "lease"),
            Variable("rent_words", "月租金大写", _("The monthly rent in words"), "肆仟柒佰捌拾元整", True, "lease"),
            Variable(
                "rent_steps", "租金调整", _("When the rent changes, and to what"), "自2027年6月1日起每月5,000.00元"
            ),
            Variable("pay_months", "付款月数", _("How many months are paid at once"), "3"),
            Variable("fees", "其他费用", _("What is billed besides the rent"), "物业费、水费、电费"),
        ),
    ),
    (
        _("Deposit and leaving"),
        (
            Variable("deposit", "押金", _("The deposit (yuan)"), "4,780.00", True, "lease"),
            Variable("deposit_words", "押金大写", _("The deposit in words"), "肆仟柒佰捌拾元整", True, "lease"),
            Variable(
                "deposit_return_days",
                "押金返还天数",
                _("Within how many days after check-out the deposit goes back"),
                "7",
                True,
                "agreement",
            ),
            Variable(
                "deposit_deductions",
                "押金扣减情形",
                _("When the deposit may be cut: the cases of a settlement"),
                DEDUCTIONS,
            ),
            Variable("notice_days", "提前通知天数", _("How many days before leaving notice is due"), "30"),
            Variable("penalty", "提前退租违约金", _("What leaving early costs"), "1个月租金"),
            Variable("overstay_rate", "逾期占用费", _("What each day after the end costs (yuan)"), "300.00"),
        ),
    ),
)
"""Every variable, in the order the page shows them."""


def variables() -> Iterator[Variable]:
    """All of them."""
    for _title, listed in GROUPS:
        yield from listed


_BY_NAME = {name: one for one in variables() for name in (one.code, one.name)}


def variable_named(name: str) -> Variable | None:
    """The variable a text calls so, in either language."""
    return _BY_NAME.get(name.strip())


def nearest(name: str) -> str:
    """The name that was probably meant; empty where none is near."""
    found = get_close_matches(name.strip(), _BY_NAME, n=1, cutoff=0.5)
    return found[0] if found else ""


def by_every_name(values: dict[str, str]) -> dict[str, str]:
    """Values by code, by both names of each variable; `NONE` for what there is not."""
    return {name: values.get(one.code) or NONE for name, one in _BY_NAME.items()}
