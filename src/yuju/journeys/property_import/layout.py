"""The sheets and columns of the property workbook, declared once.

The reader, the template and the guide all follow this declaration; the typed rows of `rows` have one field for
each column, in this order.
"""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from yuju.journeys.property_import.columns import Column, Kind, Option, Sheet, heading_key

ZERO = Decimal(0)

ID_TYPES = (
    Option("id_card", "身份证", "id_card", ("居民身份证", "identity card", "id card")),
    Option("passport", "护照", "passport"),
    Option("hmt_permit", "港澳台", "hmt_permit", ("港澳台通行证", "港澳台居住证", "回乡证", "台胞证")),
)
CATEGORIES = (
    Option("long_term", "长租", "long_term", ("长期",)),
    Option("short_term", "短租", "short_term", ("短期",)),
    Option("owner", "业主", "owner", ("产权人",)),
)
FEE_CATEGORIES = (
    Option("rent", "房租", "rent", ("租金",)),
    Option("property", "物业费", "property"),
    Option("water", "水费", "water"),
    Option("electricity", "电费", "electricity"),
    Option("gas", "燃气费", "gas"),
    Option("parking", "停车费", "parking"),
    Option("network", "网络费", "network"),
    Option("other", "其他", "other", ("其它",)),
)
BASES = (
    Option("flat", "固定", "flat"),
    Option("area", "面积", "area"),
    Option("headcount", "人数", "headcount"),
    Option("metered", "抄表", "metered"),
    Option("formula", "公式", "formula"),
)
TIER_SCOPES = (Option("period", "期", "period", ("每期",)), Option("year", "年", "year", ("每年",)))
ANCHORS = (Option("calendar", "自然月", "calendar"), Option("lease", "租约", "lease"))
TIMINGS = (Option("advance", "预收", "advance"), Option("arrears", "后付", "arrears", ("后收",)))
PRORATIONS = (
    Option("actual", "按实际天数", "actual"),
    Option("thirty", "按30天", "thirty"),
    Option("none", "不折算", "none"),
)
ROUNDINGS = (Option("fen", "分", "fen"), Option("jiao", "角", "jiao"), Option("yuan", "元", "yuan"))
CYCLES = (
    Option("1", "1", "1", ("月", "每月", "1个月")),
    Option("2", "2", "2", ("双月", "2个月")),
    Option("3", "3", "3", ("季", "每季", "3个月")),
    Option("6", "6", "6", ("半年", "6个月")),
    Option("12", "12", "12", ("年", "每年", "12个月")),
)
METER_KINDS = (
    Option("water", "水", "water", ("水表",)),
    Option("electricity", "电", "electricity", ("电表",)),
    Option("gas", "燃气", "gas", ("燃气表", "气")),
    Option("heat", "热", "heat", ("热表", "热力")),
)
OPENING_KINDS = (
    Option("arrears", "欠费", "arrears"),
    Option("credit", "预存", "credit", ("预收",)),
    Option("deposit", "押金", "deposit"),
)

_BUILDING = Column("building", "楼栋", "building", Kind.CODE, required=True, longest=40, also=("楼号",))
_ENTRANCE = Column(
    "entrance",
    "单元",
    "entrance",
    Kind.CODE,
    longest=20,
    note=_("only for buildings with entrances; then part of the key"),
)
_UNIT = Column("unit", "房号", "unit", Kind.CODE, required=True, longest=40, also=("房间",))

PROPERTY = Sheet(
    "property",
    "项目",
    (
        Column("code", "编码", "code", Kind.CODE, key=True, required=True, longest=40, note=_("short, never changes")),
        Column("name", "名称", "name", Kind.TEXT, required=True, longest=100),
        Column("address", "地址", "address", Kind.TEXT),
        Column("phone", "电话", "phone", Kind.PHONE),
    ),
    _("The property itself: one row."),
    (("P01", "阳光里青年公寓", "上海市闵行区示例路 1 号", "021-60000000"),),
)
BUILDINGS = Sheet(
    "buildings",
    "楼栋",
    (
        Column("building", "楼栋", "building", Kind.CODE, key=True, required=True, longest=40, also=("楼号",)),
        Column("name", "名称", "name", Kind.TEXT, longest=100, note=_("empty: the same as the building's key")),
        Column("floors", "层数", "floors", Kind.INTEGER, low=Decimal(1), high=Decimal(300)),
    ),
    _("One row a building."),
    (("1号楼", "1号楼", 18),),
)
UNITS = Sheet(
    "units",
    "房间",
    (
        Column("building", "楼栋", "building", Kind.CODE, key=True, required=True, longest=40, also=("楼号",)),
        Column("entrance", "单元", "entrance", Kind.CODE, key=True, longest=20, note=_ENTRANCE.note),
        Column("unit", "房号", "unit", Kind.CODE, key=True, required=True, longest=40, also=("房间",)),
        Column("floor", "楼层", "floor", Kind.INTEGER, low=Decimal(-20), high=Decimal(300)),
        Column("layout", "户型", "layout", Kind.TEXT, longest=40),
        Column(
            "area", "面积", "area", Kind.NUMBER, low=ZERO, high=Decimal("99999999"), note=_("chargeable area in m²")
        ),
    ),
    _("One row a unit."),
    (("1号楼", "", "0101", 1, "一室一厅", 48.84),),
)
RESIDENTS = Sheet(
    "residents",
    "住户",
    (
        Column(
            "ref",
            "编号",
            "ref",
            Kind.CODE,
            key=True,
            required=True,
            longest=40,
            note=_("your own number for the person"),
        ),
        Column("name", "姓名", "name", Kind.TEXT, required=True, longest=60),
        Column("phone", "手机", "phone", Kind.PHONE, also=("手机号", "电话")),
        Column("id_type", "证件类型", "id_type", Kind.CHOICE, options=ID_TYPES),
        Column("id_number", "证件号", "id_number", Kind.CODE, longest=40, also=("证件号码", "身份证号")),
        Column("category", "类别", "category", Kind.CHOICE, options=CATEGORIES),
        Column("tags", "标签", "tags", Kind.TAGS, longest=30, note=_("separated by 、 , or ;")),
        Column("emergency_name", "紧急联系人", "emergency_name", Kind.TEXT, longest=60),
        Column("emergency_phone", "紧急电话", "emergency_phone", Kind.PHONE, also=("紧急联系电话",)),
    ),
    _("One row a person: tenants and owners. What is unknown stays empty."),
    (
        ("R001", "张三", "138 0000 0001", "身份证", "11010119900307803X", "长租", "老人、养宠", "张四", "13800000002"),
        ("R002", "李四", "13800000003", "护照", "E12345678", "业主", "", "", ""),
    ),
)
LEASES = Sheet(
    "leases",
    "租约",
    (
        Column("number", "编号", "number", Kind.CODE, key=True, required=True, longest=60, also=("租约编号", "合同号")),
        _BUILDING,
        _ENTRANCE,
        _UNIT,
        Column("resident", "住户", "resident", Kind.CODE, required=True, longest=40, note=_("the resident's ref")),
        Column("category", "类别", "category", Kind.CHOICE, options=CATEGORIES, note=_("empty: the resident's")),
        Column("start", "起租", "start", Kind.DATE, required=True),
        Column("end", "到期", "end", Kind.DATE, note=_("the last day; may be empty for an owner")),
        Column("rent", "月租", "rent", Kind.MONEY, low=ZERO, note=_("yuan a month; empty for an owner")),
        Column("deposit", "押金", "deposit", Kind.MONEY, low=ZERO, note=_("what was agreed, not what was received")),
        Column("occupants", "入住人数", "occupants", Kind.INTEGER, low=ZERO, high=Decimal(999), also=("人数",)),
    ),
    _("One row a lease. An owner's ownership is a row with category 业主, without rent."),
    (
        ("L001", "1号楼", "", "0101", "R001", "长租", "2026-03-01", "2027-02-28", 3200, 3200, 2),
        ("O001", "1号楼", "", "0101", "R002", "业主", "2020-05-01", "", "", "", 0),
    ),
)
TARIFFS = Sheet(
    "tariffs",
    "收费标准",
    (
        Column("code", "编码", "code", Kind.CODE, key=True, required=True, longest=40),
        Column("name", "名称", "name", Kind.TEXT, required=True, longest=100),
        Column("category", "项目", "category", Kind.CHOICE, required=True, options=FEE_CATEGORIES),
        Column("basis", "计费方式", "basis", Kind.CHOICE, required=True, options=BASES),
        Column("rate", "单价", "rate", Kind.NUMBER, low=ZERO, decimals=6),
        Column("tiers", "阶梯", "tiers", Kind.FORMULA, longest=500, note=_("for metered: 180:5.00;260:7.00;*:9.00")),
        Column("tier_scope", "阶梯范围", "tier_scope", Kind.CHOICE, options=TIER_SCOPES),
        Column("formula", "公式", "formula", Kind.FORMULA, longest=200, note=_("the price of one full month")),
        Column("cycle_months", "周期", "cycle_months", Kind.CHOICE, options=CYCLES, note=_("months: 1, 2, 3, 6 or 12")),
        Column("anchor", "起点", "anchor", Kind.CHOICE, options=ANCHORS),
        Column("timing", "时点", "timing", Kind.CHOICE, options=TIMINGS),
        Column("lead_days", "提前天数", "lead_days", Kind.INTEGER, low=ZERO, high=Decimal(366)),
        Column("due_days", "付款天数", "due_days", Kind.INTEGER, low=ZERO, high=Decimal(366)),
        Column("proration", "折算", "proration", Kind.CHOICE, options=PRORATIONS),
        Column("rounding", "取整", "rounding", Kind.CHOICE, options=ROUNDINGS),
        Column(
            "valid_from",
            "生效",
            "valid_from",
            Kind.DATE,
            key=True,
            required=True,
            note=_("one row for each change of price"),
        ),
        Column("late_rate", "违约金日率", "late_rate", Kind.PERCENT, low=ZERO, high=Decimal(1), decimals=8),
        Column("late_grace", "宽限天数", "late_grace", Kind.INTEGER, low=ZERO, high=Decimal(366)),
        Column("late_cap", "违约金上限", "late_cap", Kind.PERCENT, low=ZERO, high=Decimal(10), decimals=4),
    ),
    _("How a fee is priced. A change of price is another row with the same code; nothing but the price may differ."),
    (
        (
            "RENT-M",
            "月付房租",
            "房租",
            "公式",
            "",
            "",
            "",
            "rent",
            1,
            "租约",
            "预收",
            7,
            5,
            "按实际天数",
            "分",
            "2020-01-01",
            "0.05%",
            3,
            "20%",
        ),
        (
            "PM-Q",
            "物业费(季)",
            "物业费",
            "面积",
            2.8,
            "",
            "",
            "",
            3,
            "自然月",
            "预收",
            0,
            20,
            "按实际天数",
            "分",
            "2020-01-01",
            "",
            "",
            "",
        ),
        (
            "ELEC",
            "居民电价",
            "电费",
            "抄表",
            "",
            "2880:0.4883;4800:0.5383;*:0.7883",
            "年",
            "",
            1,
            "自然月",
            "后付",
            0,
            10,
            "按实际天数",
            "分",
            "2020-01-01",
            "",
            "",
            "",
        ),
    ),
)
SPACES = Sheet(
    "spaces",
    "车位",
    (
        Column("space", "车位", "space", Kind.CODE, key=True, required=True, longest=40),
        Column("location", "位置", "location", Kind.TEXT, longest=100),
    ),
    _("One row a parking space."),
    (("B1-001", "地下一层"),),
)
RECURRING = Sheet(
    "recurring",
    "计费项",
    (
        Column("lease", "租约", "lease", Kind.CODE, key=True, required=True, longest=60),
        Column("tariff", "收费标准", "tariff", Kind.CODE, key=True, required=True, longest=40),
        Column("meter", "表号", "meter", Kind.CODE, key=True, longest=60, note=_("only where the tariff is metered")),
        Column("space", "车位", "space", Kind.CODE, key=True, longest=40, note=_("only for parking")),
        Column("start", "开始", "start", Kind.DATE, key=True, note=_("empty: the lease's")),
        Column("end", "结束", "end", Kind.DATE, note=_("empty: the lease's")),
        Column("rate", "单价", "rate", Kind.NUMBER, low=ZERO, decimals=6, note=_("empty: the tariff's")),
        Column("discount", "优惠", "discount", Kind.PERCENT, low=ZERO, high=Decimal(1), decimals=6),
        Column(
            "billed_until", "已收至", "billed_until", Kind.DATE, note=_("the last day of a period billed elsewhere")
        ),
    ),
    _("What each lease pays regularly."),
    (
        ("L001", "RENT-M", "", "", "", "", "", "", ""),
        ("L001", "PM-Q", "", "", "", "", "", "10%", "2026-09-30"),
        ("L001", "ELEC", "E0101", "", "", "", "", "", ""),
    ),
)
METERS = Sheet(
    "meters",
    "仪表",
    (
        Column("serial", "表号", "serial", Kind.CODE, key=True, required=True, longest=60),
        _BUILDING,
        _ENTRANCE,
        _UNIT,
        Column("kind", "类型", "kind", Kind.CHOICE, required=True, options=METER_KINDS),
        Column(
            "multiplier",
            "倍率",
            "multiplier",
            Kind.NUMBER,
            low=ZERO,
            high=Decimal("99999999"),
            decimals=4,
            note=_("empty: 1"),
        ),
        Column(
            "digits",
            "位数",
            "digits",
            Kind.INTEGER,
            low=Decimal(1),
            high=Decimal(12),
            note=_("before the decimal point"),
        ),
    ),
    _("One row a meter."),
    (("E0101", "1号楼", "", "0101", "电", 1, 6),),
)
READINGS = Sheet(
    "readings",
    "抄表",
    (
        Column("meter", "表号", "meter", Kind.CODE, key=True, required=True, longest=60),
        Column("date", "日期", "date", Kind.DATE, key=True, required=True),
        Column("value", "读数", "value", Kind.NUMBER, required=True, low=ZERO, decimals=4),
        Column("rollover", "翻转", "rollover", Kind.YES_NO, note=_("yes where the meter passed its highest number")),
    ),
    _("One row a reading."),
    (("E0101", "2026-03-01", 1024.5, ""),),
)
OPENINGS = Sheet(
    "openings",
    "期初",
    (
        Column("lease", "租约", "lease", Kind.CODE, key=True, required=True, longest=60),
        Column("kind", "类型", "kind", Kind.CHOICE, key=True, required=True, options=OPENING_KINDS),
        Column("tariff", "收费标准", "tariff", Kind.CODE, key=True, longest=40, note=_("arrears only")),
        Column("start", "开始", "start", Kind.DATE, key=True, note=_("arrears only")),
        Column("end", "结束", "end", Kind.DATE, note=_("arrears only")),
        Column("due_date", "到期日", "due_date", Kind.DATE, note=_("arrears only")),
        Column("amount", "金额", "amount", Kind.MONEY, required=True, low=ZERO),
    ),
    _("What the old books leave: arrears, credit, deposits held. Each is posted once."),
    (
        ("L001", "欠费", "PM-Q", "2026-07-01", "2026-09-30", "2026-07-21", 410.26),
        ("L001", "押金", "", "", "", "", 3200),
    ),
)

SHEETS: tuple[Sheet, ...] = (
    PROPERTY,
    BUILDINGS,
    UNITS,
    RESIDENTS,
    LEASES,
    TARIFFS,
    SPACES,
    RECURRING,
    METERS,
    READINGS,
    OPENINGS,
)
_BY_HEADING = {name: sheet for sheet in SHEETS for name in sheet.names()}


def sheet_called(name: str) -> Sheet | None:
    """The sheet a workbook's tab of that name is, or None."""
    return _BY_HEADING.get(heading_key(name))
