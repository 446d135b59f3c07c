"""Changing a running stay: the story is tried and taken back to show what it does to money, then done as it was shown."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import OperationalError
from django.db.models import Sum
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from yuju.billing.choices import AdjustmentKind, Cause
from yuju.billing.models import Adjustment, Charge, RecurringCharge
from yuju.billing.pricing.line import Priced
from yuju.billing.pricing.sentence import calculation
from yuju.billing.selectors.preview import Next, next_charges
from yuju.console.price_panel import measure_of
from yuju.console.rehearsal import AHEAD, changed_lines, charges_to_price, rehearsal
from yuju.journeys.early_end import LeavesEarly
from yuju.journeys.following import Followed
from yuju.journeys.lease_changes import Changed
from yuju.kit.console import Caution, Line
from yuju.kit.errors import Refused
from yuju.residency.models import Tenure

Act = Callable[[], Followed | Changed]
ZERO = Decimal(0)
NEXT = 2
"""So many coming charges of each recurring charge of a new lease are shown."""


@dataclass(frozen=True)
class Section:
    """A part of the panel: lines under a heading, with what they come to in yuan where that means something."""

    title: str
    lines: Sequence[Line]
    total: Decimal | None = None


@dataclass(frozen=True)
class Effect:
    """What a change does, as the panel shows it.

    Attributes:
        now: what is owed more at once, in yuan; below 0 where it is less.
        cautions: why it would be refused.
        refusal: the refusal itself, for the field it names.
    """

    sections: Sequence[Section] = ()
    now: Decimal | None = None
    text: str = ""
    cautions: Sequence[Caution] = ()
    refusal: Refused | None = field(default=None, compare=False)

    @property
    def digest(self) -> str:
        """A short word for what is shown: it is another one when any figure or day is."""
        shown = [(str(line.label), str(line.under), str(line.value)) for part in self.sections for line in part.lines]
        return hashlib.sha256(repr((shown, self.now)).encode()).hexdigest()[:16]


def effect_tried(act: Act, tenure: Tenure) -> Effect:
    """What a change would do; whatever it writes is taken back."""
    before = _coming(tenure)
    try:
        with rehearsal():
            return effect_of(act(), tenure, before)
    except Refused as refusal:
        return Effect(cautions=[Caution(str(refusal))], refusal=refusal)
    except OperationalError:
        busy = _("Somebody is writing to this property right now; change anything to look again.")
        return Effect(cautions=[Caution(busy, kind="info")])


def effect_done(act: Act, tenure: Tenure, shown: str) -> Followed | Changed:
    """Makes a change whose effect was shown. Runs in the caller's transaction, which a refusal takes back.

    Args:
        shown: the digest of the effect that was on the page.

    Raises:
        Refused: the change is refused, or does something else by now (code `shown`).
    """
    before = _coming(tenure)
    made = act()
    if effect_of(made, tenure, before).digest != shown:
        raise Refused(_("What this change does to money is shown beside now. Look at it and confirm."), code="shown")
    return made


def effect_of(made: Followed | Changed, tenure: Tenure, before: dict[int, list[Next]]) -> Effect:
    """What was done, read where it stands."""
    if isinstance(made, Followed):
        return _of_followed(made)
    if isinstance(made, LeavesEarly):
        return _of_leaving(made)
    posted = _adjusted(made.adjustments)
    sections = [Section(_("Posted at once"), posted, made.effect)] if posted else []
    if coming := _next_changed(tenure, before):
        sections.append(Section(_("Billed differently from now on"), coming))
    text = "" if sections else _("No charge comes to another amount by this.")
    return Effect(sections, made.effect, text)


def _of_leaving(made: LeavesEarly) -> Effect:
    """What leaving early will come to when it is settled."""
    lines = _adjusted(made.adjustments)
    if made.penalty:
        under = _("leaves before %(day)s, the last day agreed") % {"day": made.agreed_end}
        lines.append(Line(_("Penalty per contract"), made.penalty, under))
    total = made.effect + made.penalty
    sections = [Section(_("At check-out"), lines, total)] if lines else []
    text = _("Notice is taken and the inspection becomes a task. Nothing is posted before the stay is settled.")
    return Effect(sections, None, text)


def _of_followed(made: Followed) -> Effect:
    posted = _adjusted(made.adjustments)
    posted += [_charged(one) for one in _charges(made)]
    now = sum((line.value for line in posted), ZERO)
    sections = []
    if posted:
        sections.append(Section(_("Posted under %(number)s") % {"number": made.before.number}, posted, now))
    if moved := _moved(made):
        sections.append(Section(_("Deposit and credit"), moved))
    if made.deposit_asked is not None:
        now += made.deposit_asked.amount - made.deposit_moved
    coming = _first_of(made.after)
    if coming:
        sections.append(Section(_("Billed next under the new lease"), coming))
    return Effect(sections, now, _("The old lease stays on record with all that was billed and paid."))


def _charges(made: Followed) -> Iterable[Charge]:
    if made.run is None:
        return []
    return Charge.objects.filter(run=made.run).select_related("tariff__fee_item").order_by("start", "pk")


def _moved(made: Followed) -> list[Line]:
    lines = []
    if made.deposit_moved:
        lines.append(Line(_("Deposit moved to the new lease"), made.deposit_moved, _("held under the new lease")))
    if made.deposit_asked is not None and (missing := made.deposit_asked.amount - made.deposit_moved):
        lines.append(Line(_("Deposit still to pay"), missing, _("due %(day)s") % {"day": made.deposit_asked.due_date}))
    if made.deposit_over:
        lines.append(Line(_("Deposit that becomes credit"), made.deposit_over, _("of the old lease")))
    if made.credit_moved:
        lines.append(Line(_("Credit moved to the new lease"), made.credit_moved, _("pays the next bills")))
    return lines


def _adjusted(adjustments: Iterable[Adjustment]) -> list[Line]:
    return [_adjusted_line(one) for one in adjustments]


def _adjusted_line(one: Adjustment) -> Line:
    charge = one.charge
    again = Sum("amount")
    earlier = Adjustment.objects.filter(charge=charge, pk__lt=one.pk, kind=AdjustmentKind.PRICE)
    was = charge.amount + (earlier.aggregate(sum=again)["sum"] or ZERO)
    days = f"{charge.start} – {charge.end}"
    if one.kind != AdjustmentKind.PRICE:
        return Line(charge.tariff.name, one.amount, f"{days} · {one.get_kind_display()}")
    words = calculation(one.derivation, unit=measure_of(charge.tariff.fee_item.category)) if one.derivation else ""
    said = f"{was:,.2f} → {was + one.amount:,.2f}"
    return Line(charge.tariff.name, one.amount, _two_lines(days, f"{said} = {words}" if words else said))


def _charged(one: Charge) -> Line:
    words = calculation(one.derivation, unit=measure_of(one.tariff.fee_item.category))
    return Line(one.tariff.name, one.amount, _two_lines(f"{one.start} – {one.end}", words))


def _two_lines(days: str, words: str) -> SafeString:
    """The days, which do not break, and below them what is said about them."""
    return format_html('<span class="nowrap">{}</span><br>{}', days, words)


def _first_of(tenure: Tenure) -> list[Line]:
    """The coming charges of a new lease; what is metered waits for its reading."""
    lines = []
    for row in _rows(tenure):
        found = next_charges(row, NEXT)
        lines += [_next_line(row, one) for one in found]
        if not found and row.point_id is not None:
            lines.append(Line(row.tariff.name, _("by readings"), _("from %(day)s on") % {"day": row.start}))
    return lines


def _next_line(row: RecurringCharge, one: Next) -> Line:
    under = _two_lines(f"{one.start} – {one.end}", _("due %(day)s") % {"day": one.due_date})
    if isinstance(one.price, Priced):
        return Line(row.tariff.name, one.price.amount, under)
    return Line(row.tariff.name, Cause(one.price.cause.value).label, under, kind="warn")


def _rows(tenure: Tenure) -> list[RecurringCharge]:
    rows = charges_to_price(RecurringCharge.objects.filter(account__tenure=tenure))
    return list(rows.order_by("tariff__fee_item__priority", "start", "pk"))


def _coming(tenure: Tenure) -> dict[int, list[Next]]:
    return {row.pk: next_charges(row, AHEAD) for row in _rows(tenure)}


def _next_changed(tenure: Tenure, before: dict[int, list[Next]]) -> list[Line]:
    """The first coming charge of each recurring charge that is another one by now."""
    rows = _rows(tenure)
    after = {row.pk: next_charges(row, AHEAD) for row in rows}
    return changed_lines(rows, before, after)
