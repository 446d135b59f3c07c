"""What authorities are told of stays: what has to be filed is written down, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.core.files.base import ContentFile, File
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from yuju.identity.models import User
from yuju.identity.services import edits
from yuju.kit import files
from yuju.kit.dates import local_date
from yuju.kit.errors import Refused
from yuju.kit.pictures import redrawn
from yuju.premises.models import Property
from yuju.premises.services import property_region_set
from yuju.residency.choices import FilingKind, FilingState, TimeUnit
from yuju.residency.filing import rules_at, rules_of
from yuju.residency.models import Filing, FilingRule

PROOFS = "filing-proofs"
SIDE = 3000
"""Pixels of the longer side of a photographed receipt."""
PROOF_KINDS = (files.PDF, files.JPEG, files.PNG)
LONGEST = {TimeUnit.DAYS: 365, TimeUnit.HOURS: 24 * 30}
"""Nobody gives more time than that."""


@dataclass(frozen=True)
class Within:
    """What a property says of one kind of filing."""

    is_asked: bool
    amount: int
    unit: TimeUnit
    source: str


def filings_add(rows: Iterable[Filing]) -> None:
    """Writes down what has to be filed, by one statement; what was asked for before stays as it is."""
    Filing.objects.bulk_create(list(rows), ignore_conflicts=True, batch_size=1000)


@transaction.atomic
@edits
def filings_mark(
    *, filings: QuerySet[Filing], filed_on: date, number: str = "", proof: str = "", by: User | None, at: datetime
) -> list[Filing]:
    """Notes that filings were filed. Returns those that changed; one that was filed before keeps what it has.

    Args:
        filed_on: the local day.
        number: what the authority gave; a lease's own, or that of the receipt of a list of people.
        proof: the path of the receipt that is kept (`proof_keep`).

    Raises:
        Refused: the day is to come, or before the time of one of them began to run; the number is another lease's.
    """
    held = list(
        filings.exclude(state=FilingState.DONE)
        .select_for_update(no_key=True, of=("self",))
        .select_related("property", "tenure")
        .order_by("pk")
    )
    number = number.strip()
    for one in held:
        zone = one.property.time_zone
        if filed_on > local_date(at, zone):
            raise Refused(_("That day is still to come."), field="filed_on")
        if filed_on < local_date(one.counted_from, zone):
            raise Refused(
                _("%(lease)s: this can be filed from %(day)s on, not before.")
                % {"lease": one.tenure.number, "day": local_date(one.counted_from, zone)},
                field="filed_on",
                code="early",
            )
    if number:
        _refuse_number_twice(held, number)
    Filing.objects.filter(pk__in=[one.pk for one in held]).update(
        state=FilingState.DONE,
        filed_on=filed_on,
        number=number,
        proof=proof,
        dropped_because="",
        dealt_by=by,
        dealt_at=at,
    )
    return held


@transaction.atomic
@edits
def filings_set_aside(*, filings: QuerySet[Filing], reason: str, by: User | None, at: datetime) -> list[Filing]:
    """Notes that filings are not needed, and why. Returns those that changed; what was filed stays filed.

    Raises:
        Refused: no reason.
    """
    if not reason.strip():
        raise Refused(_("Say why it is not needed."), field="reason")
    open_ones = filings.filter(state__in=(FilingState.DUE, FilingState.BEFORE))
    held = list(open_ones.select_for_update(no_key=True, of=("self",)).order_by("pk"))
    Filing.objects.filter(pk__in=[one.pk for one in held]).update(
        state=FilingState.NOT_NEEDED, dropped_because=reason.strip()[:200], dealt_by=by, dealt_at=at
    )
    return held


@transaction.atomic
@edits
def filings_reopen(*, filings: QuerySet[Filing], state: FilingState, by: User | None, at: datetime) -> None:
    """Takes back that filings were dealt with: they are to be filed again, or from before Yuju."""
    filings.update(state=state, filed_on=None, number="", proof="", dropped_because="", dealt_by=None, dealt_at=None)


def proof_keep(proof: File[bytes] | None) -> str:
    """Keeps the receipt of a filing; gives its path, or nothing for nothing.

    Raises:
        Refused: it is no PDF, JPEG or PNG, or too large.
    """
    if proof is None:
        return ""
    kept: File[bytes] = proof
    if files.check(proof, PROOF_KINDS, field="proof") in files.IMAGES:
        # Drawn anew it is a picture and nothing else, and tells nothing of where it was taken.
        kept = ContentFile(redrawn(proof, side=SIDE, field="proof"), "proof.jpg")
    return files.keep(kept, PROOF_KINDS, folder=PROOFS, field="proof").path


@transaction.atomic
@edits
def filing_rules_set(
    *, property: Property, region: str, given: Mapping[FilingKind, Within], by: User | None, at: datetime
) -> None:
    """Says where a property lies and what it has to file within what time. What its place asks anyway is not kept.

    What is still to be filed goes by the new times.

    Raises:
        Refused: the code is no division's, or a time is longer than anybody gives (`field` is the kind).
    """
    property_region_set(property=property, region=region, by=by, at=at)
    usual = rules_at(property.region)
    own = {row.kind: row for row in FilingRule.objects.filter(property=property)}
    for kind, within in given.items():
        if not 0 <= within.amount <= LONGEST[within.unit]:
            raise Refused(_("At most %(most)d.") % {"most": LONGEST[within.unit]}, field=str(kind))
        rule, row = usual[kind], own.get(kind)
        source = within.source.strip()[:200]
        if (within.is_asked, within.amount, within.unit, source) == (
            rule.is_asked,
            rule.amount,
            rule.unit,
            rule.source,
        ):
            if row is not None:
                row.delete()
            continue
        values = {"is_asked": within.is_asked, "amount": within.amount, "unit": within.unit, "source": source}
        if row is None:
            FilingRule.objects.create(
                property=property, kind=kind, looked_on=local_date(at, property.time_zone), **values
            )
        elif values != {name: getattr(row, name) for name in values}:
            for name, value in values.items():
                setattr(row, name, value)
            row.looked_on = local_date(at, property.time_zone)
            row.save()
    _due_anew(property)


def _due_anew(property: Property) -> None:
    rules, zone, moved = rules_of(property), ZoneInfo(property.time_zone), []
    for one in Filing.objects.filter(property=property, state=FilingState.DUE):
        due = rules[FilingKind(one.kind)].due(one.counted_from, zone)
        if due != one.due_at:
            one.due_at = due
            moved.append(one)
    Filing.objects.bulk_update(moved, ["due_at"], batch_size=1000)


def _refuse_number_twice(filings: list[Filing], number: str) -> None:
    """A lease has a number of its own; a receipt may be for a whole list of people."""
    leases = [one for one in filings if one.kind == FilingKind.LEASE]
    if not leases:
        return
    others = Filing.objects.filter(property_id=leases[0].property_id, kind=FilingKind.LEASE, number=number)
    other = others.exclude(pk__in=[one.pk for one in leases]).select_related("tenure").first()
    if other is not None:
        raise Refused(
            _("The number is that of the lease %(lease)s.") % {"lease": other.tenure.number},
            field="number",
            code="taken",
        )
    if len(leases) > 1:
        raise Refused(
            _("Each lease has a filing number of its own: leave it empty, or file them one by one."), field="number"
        )
