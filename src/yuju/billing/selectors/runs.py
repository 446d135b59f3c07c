"""What a bill run's review shows: totals by fee item against the run before, changes by unit, exceptions by cause."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection
from django.db.models import Count, Max, Min, Q, QuerySet

from yuju.billing.choices import Cause, Decision, RunState, Severity
from yuju.billing.models import BillRun, Charge, FeeItem, RunException
from yuju.kit.sets import whole_sets

SWING_SHARE = Decimal("0.1")
"""A fee item whose total moved by at least this share of its last one is marked …"""
SWING_WEIGHT = Decimal("0.001")
"""… unless the difference is less than this share of the whole run before: a small item may jump."""


@dataclass(frozen=True)
class ItemTotal:
    """A fee item's charges in a run and in the run before, in yuan.

    Attributes:
        is_swing: whether the change is large enough to be looked at.
    """

    name: str
    count: int
    amount: Decimal
    before_count: int
    before: Decimal
    is_swing: bool

    @property
    def difference(self) -> Decimal:
        return self.amount - self.before

    @property
    def share(self) -> Decimal | None:
        """The difference as a share of the last total; None where there was none."""
        return self.difference / abs(self.before) if self.before else None


@dataclass(frozen=True)
class UnitChange:
    """What a unit is billed in a run and in the run before, in yuan; `bill_id` is its (first) bill in this run."""

    unit_id: int
    label: str
    amount: Decimal
    before: Decimal
    bill_id: int | None

    @property
    def difference(self) -> Decimal:
        return self.amount - self.before


@dataclass(frozen=True)
class CauseGroup:
    """The exceptions of one cause: how many there are and how many are not decided, with the first few of the latter."""

    cause: Cause
    severity: Severity
    open: int
    total: int
    shown: list[RunException]


@dataclass(frozen=True)
class Span:
    """Which days a run's charges are about. Dates are None where it has no such charges."""

    period_start: date | None
    period_end: date | None
    reading_start: date | None
    reading_end: date | None
    due_first: date | None
    due_last: date | None


def run_before(run: BillRun) -> BillRun | None:
    """The last issued run of the property before this one that billed anything: what it is compared with."""
    runs = BillRun.objects.filter(
        property_id=run.property_id, account=None, state=RunState.ISSUED, number__lt=run.number, charge_count__gt=0
    )
    found: BillRun | None = runs.order_by("-number").first()
    return found


def run_item_totals(run: BillRun, before: BillRun | None) -> list[ItemTotal]:
    """Totals by fee item of a run and the run before, the items in the order of their priority."""
    now = _totals(run.pk)
    then = _totals(before.pk) if before is not None else {}
    floor = before.total * SWING_WEIGHT if before is not None else None
    found = []
    for item in FeeItem.objects.filter(pk__in={*now, *then}).order_by("priority", "pk"):
        count, amount = now.get(item.pk, (0, Decimal(0)))
        before_count, earlier = then.get(item.pk, (0, Decimal(0)))
        difference = abs(amount - earlier)
        swings = floor is not None and difference > 0 and difference >= max(floor, abs(earlier) * SWING_SHARE)
        found.append(ItemTotal(item.name, count, amount, before_count, earlier, swings))
    return found


def _totals(run_id: int) -> dict[int, tuple[int, Decimal]]:
    with whole_sets(), connection.cursor() as cursor:
        # Summed by tariff first: millions of charges meet a few dozen tariffs once.
        cursor.execute(
            "SELECT t.fee_item_id, sum(c.count)::bigint, sum(c.amount) FROM ("
            " SELECT tariff_id, count(*) AS count, sum(amount) AS amount FROM billing_charge WHERE run_id = %s GROUP BY 1"
            ") AS c JOIN billing_tariff t ON t.id = c.tariff_id GROUP BY 1",
            [run_id],
        )
        return {item: (count, amount) for item, count, amount in cursor.fetchall()}


def run_unit_changes(run: BillRun, before: BillRun, limit: int = 10) -> list[UnitChange]:
    """The units whose amount changed most against the run before, the largest change first."""
    with whole_sets(), connection.cursor() as cursor:
        cursor.execute(_UNIT_CHANGES, {"run": run.pk, "before": before.pk, "limit": limit})
        return [UnitChange(*row) for row in cursor.fetchall()]


_UNIT_CHANGES = """
WITH total AS (
    SELECT n.unit_id, coalesce(sum(b.total) FILTER (WHERE b.run_id = %(run)s), 0) AS amount,
        coalesce(sum(b.total) FILTER (WHERE b.run_id = %(before)s), 0) AS before,
        min(b.id) FILTER (WHERE b.run_id = %(run)s) AS bill_id
    FROM billing_bill b
    JOIN billing_billingaccount a ON a.id = b.account_id
    JOIN residency_tenure n ON n.id = a.tenure_id
    WHERE b.run_id IN (%(run)s, %(before)s)
    GROUP BY n.unit_id
), largest AS (
    SELECT * FROM total WHERE amount <> before ORDER BY abs(amount - before) DESC, unit_id LIMIT %(limit)s
)
SELECT u.id, u.label, l.amount, l.before, l.bill_id
FROM largest l JOIN premises_unit u ON u.id = l.unit_id
ORDER BY abs(l.amount - l.before) DESC, u.id
"""


def run_exceptions(run: BillRun) -> QuerySet[RunException]:
    """A run's exceptions with everything a line about one of them says."""
    return RunException.objects.filter(run=run).select_related(
        "recurring__unit",
        "recurring__tariff__fee_item",
        "recurring__account__tenure__resident",
        "point__unit",
        "reading__meter",
        "decided_by",
    )


def run_causes(run: BillRun, *, decided: bool = False, each: int = 5, whole: str = "") -> list[CauseGroup]:
    """The exceptions by cause: what looks unusual first, then what could not be billed.

    Args:
        decided: those that have been decided instead of those that are open.
        each: how many of a cause are shown.
        whole: the cause of which all are shown.
    """
    counts = (
        RunException.objects.filter(run=run)
        .values("cause", "severity")
        .annotate(total=Count("pk"), open=Count("pk", filter=Q(decision=Decision.OPEN)))
    )
    order = list(Cause)
    groups = []
    for row in sorted(counts, key=lambda row: (row["severity"] != Severity.REVIEW, order.index(Cause(row["cause"])))):
        if (row["total"] - row["open"] if decided else row["open"]) == 0:
            continue
        rows = run_exceptions(run).filter(cause=row["cause"]).order_by("pk")
        rows = rows.exclude(decision=Decision.OPEN) if decided else rows.filter(decision=Decision.OPEN)
        shown = list(rows if row["cause"] == whole else rows[:each])
        groups.append(CauseGroup(Cause(row["cause"]), Severity(row["severity"]), row["open"], row["total"], shown))
    return groups


def run_open_exceptions(run: BillRun) -> int:
    """How many exceptions wait for a decision."""
    return RunException.objects.filter(run=run, decision=Decision.OPEN).count()


def run_decisions(run: BillRun) -> dict[str, int]:
    """How many exceptions there are of each decision."""
    rows = RunException.objects.filter(run=run).values_list("decision").annotate(Count("pk"))
    return dict(rows)


def run_span(run: BillRun) -> Span:
    """Which days a run's charges are about."""
    metered = Q(reading__isnull=False)
    found = Charge.objects.filter(run=run).aggregate(
        a=Min("start", filter=~metered),
        b=Max("end", filter=~metered),
        c=Min("start", filter=metered),
        d=Max("end", filter=metered),
        e=Min("due_date"),
        f=Max("due_date"),
    )
    return Span(found["a"], found["b"], found["c"], found["d"], found["e"], found["f"])


def run_accounts_change(run: BillRun, before: BillRun) -> tuple[int, int]:
    """How many accounts this run bills that the run before did not, and the other way round."""
    with whole_sets(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FILTER (WHERE NOT earlier), count(*) FILTER (WHERE NOT now) FROM ("
            " SELECT bool_or(run_id = %(run)s) AS now, bool_or(run_id = %(before)s) AS earlier"
            " FROM billing_bill WHERE run_id IN (%(run)s, %(before)s) GROUP BY account_id) AS account",
            {"run": run.pk, "before": before.pk},
        )
        new, gone = cursor.fetchone()
        return int(new), int(gone)


def run_charges(runs: Sequence[int]) -> QuerySet[Charge]:
    """The charges of runs with everything an export of them says, in the order of their bills."""
    return Charge.objects.filter(run_id__in=runs).select_related(
        "bill",
        "tariff__fee_item",
        "account__tenure__unit",
        "account__tenure__resident",
        "reading__meter",
        "recurring__space",
    )
