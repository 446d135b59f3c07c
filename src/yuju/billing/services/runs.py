"""Bill runs: drafted, reviewed, issued or dropped."""

from __future__ import annotations

from datetime import date, datetime

from django.db import connection, transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from yuju.billing import bulk
from yuju.billing.choices import Decision, RunSource, RunState, Severity
from yuju.billing.models import BillingCalendar, BillRun, Charge, RunException
from yuju.identity.choices import AuditAction
from yuju.identity.models import User
from yuju.identity.services import audit_record
from yuju.kit.errors import Refused
from yuju.kit.live import publish
from yuju.kit.numbering import take
from yuju.premises.models import Property

TOPIC = "bill_run"
"""Open pages are told under this topic that a run has changed."""


@transaction.atomic
def bill_run_draft(*, property: Property, as_of: date, source: RunSource, by: User | None, at: datetime) -> BillRun:
    """Drafts a run as of a day; a draft that is there already is made anew, and what was confirmed in it stays so.

    Two at once are taken one after the other. Nothing is billed twice, and what an earlier run left out is caught up.

    Args:
        as_of: property-local day; every period with a bill date up to it is taken.
    """
    property_lock(property.pk)
    run = BillRun.objects.filter(property=property, account=None, state=RunState.DRAFT).first()
    confirmed: list[tuple[str, datetime | None, int | None]] = []
    if run is not None:
        confirmed = _confirmed(run)
        bulk.draft_clear(run_id=run.pk)
        run.as_of, run.source, run.drafted_at, run.drafted_by = as_of, source, at, by
        run.approved_at = run.approved_by = None
        run.save()
    else:
        last = BillRun.objects.filter(property=property).aggregate(last=Max("number"))["last"] or 0
        run = BillRun.objects.create(
            property=property, number=last + 1, as_of=as_of, source=source, drafted_at=at, drafted_by=by
        )
    bulk.draft_fill(run_id=run.pk, property_id=property.pk, as_of=as_of, at=at)
    _confirm_again(run, confirmed)
    run.refresh_from_db()
    return _told(run)


@transaction.atomic
def bill_run_drop(*, run: BillRun, by: User | None, at: datetime) -> BillRun:
    """Drops a draft with all its bills and charges; its periods are due again.

    Raises:
        Refused: the run is not a draft any more.
    """
    run = _locked_draft(run)
    bulk.draft_clear(run_id=run.pk)
    run.state, run.dropped_at, run.dropped_by = RunState.DROPPED, at, by
    run.bill_count = run.charge_count = 0
    run.total = run.total - run.total
    run.save()
    _decided(run, "dropped", by, at)
    return _told(run)


@transaction.atomic
def exceptions_decide(
    *, run: BillRun, exceptions: list[RunException], decision: Decision, by: User | None, at: datetime
) -> int:
    """Confirms exceptions of a draft, or leaves their charges out of this run. Returns how many changed.

    What is left out is due again in the next run. Confirming an unusual charge keeps it; confirming something that
    could not be billed means that it is known and goes unbilled.

    Raises:
        Refused: the run is not a draft any more.
    """
    run = _locked_draft(run)
    chosen = [e for e in exceptions if e.run_id == run.pk and e.decision != decision]
    leave_out = [e for e in chosen if decision == Decision.EXCLUDED and e.severity == Severity.REVIEW]
    put_back = any(e.decision == Decision.EXCLUDED and e.severity == Severity.REVIEW for e in chosen)
    if put_back:
        raise Refused(_("What was left out comes back when the draft is made anew."), code="made_anew")
    RunException.objects.filter(pk__in=[e.pk for e in chosen]).update(decision=decision, decided_by=by, decided_at=at)
    if leave_out:
        _leave_out(run, leave_out)
    if chosen:
        # Who approved it saw other decisions.
        BillRun.objects.filter(pk=run.pk).update(approved_at=None, approved_by=None)
        _decided(run, str(decision), by, at, count=len(chosen))
        _told(run)
    return len(chosen)


@transaction.atomic
def bill_run_approve(*, run: BillRun, by: User, at: datetime) -> BillRun:
    """A second person approves a draft whose exceptions are all decided.

    Raises:
        Refused: exceptions are open, or the person drafted the run.
    """
    run = _locked_draft(run)
    _refuse_open_exceptions(run)
    if run.drafted_by_id == by.pk:
        raise Refused(_("Somebody else than the person who drafted the run has to approve it."), code="same_person")
    run.approved_at, run.approved_by = at, by
    run.save()
    _decided(run, "approved", by, at)
    return _told(run)


@transaction.atomic
def bill_run_issue(*, run: BillRun, by: User | None, at: datetime, leave_out_open: bool = False) -> BillRun:
    """Issues a draft: its bills get their numbers and nothing of it can be changed any more.

    Args:
        leave_out_open: what could not be billed stays out without anybody's decision (the command line's `--issue`);
            unusual charges are issued.

    Raises:
        Refused: the run is not a draft, exceptions are open, the second person's approval is missing, or a charge would
            come out otherwise by now (code `stale`).
    """
    run = _locked_draft(run)
    if leave_out_open:
        still_open = run.exceptions.filter(decision=Decision.OPEN)
        still_open.filter(severity=Severity.BLOCKED).update(decision=Decision.EXCLUDED, decided_at=at, decided_by=by)
        still_open.filter(severity=Severity.REVIEW).update(decision=Decision.CONFIRMED, decided_at=at, decided_by=by)
    else:
        _refuse_open_exceptions(run)
        if needs_second_person(run) and run.approved_by_id is None:
            raise Refused(_("Another person has to approve the run before it is issued."), code="not_approved")
    # What is issued in the moment it was drafted cannot have been overtaken.
    if run.drafted_at != at and bulk.draft_is_stale(run_id=run.pk, property_id=run.property_id, as_of=run.as_of):
        raise Refused(
            _("Leases, prices or readings have changed since the run was drafted: make the draft anew."), code="stale"
        )
    return run_issue(run, by=by, at=at)


def run_issue(run: BillRun, *, by: User | None, at: datetime) -> BillRun:
    """Numbers the bills of a draft and posts it. The caller holds the property and has looked whether it may be."""
    _number_bills(run, at)
    _put_together(run)
    run.state, run.issued_at, run.issued_by = RunState.ISSUED, at, by
    run.save()
    _decided(run, "issued", by, at)
    return _told(run)


def needs_second_person(run: BillRun) -> bool:
    """Whether the operator wants another person's approval for runs of this property."""
    return BillingCalendar.objects.filter(property_id=run.property_id, second_person=True).exists()


def _confirmed(run: BillRun) -> list[tuple[str, datetime | None, int | None]]:
    rows = RunException.objects.filter(run=run, decision=Decision.CONFIRMED)
    return list(rows.values_list("identity", "decided_at", "decided_by_id"))


def _confirm_again(run: BillRun, confirmed: list[tuple[str, datetime | None, int | None]]) -> None:
    if not confirmed:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE billing_runexception e SET decision = 'confirmed', decided_at = k.at, decided_by_id = k.by "
            "FROM unnest(%s::text[], %s::timestamptz[], %s::bigint[]) AS k (identity, at, by) "
            "WHERE e.run_id = %s AND e.identity = k.identity AND e.decision = 'open'",
            [*(list(column) for column in zip(*confirmed, strict=True)), run.pk],
        )


def _decided(run: BillRun, decision: str, by: User | None, at: datetime, **detail: int) -> None:
    audit_record(
        action=AuditAction.DECIDED, by=by, at=at, about=run, property_id=run.property_id, decision=decision, **detail
    )


def _told(run: BillRun) -> BillRun:
    publish(TOPIC, id=run.pk, property_id=run.property_id)
    return run


def property_lock(property_id: int) -> None:
    """Holds a property until the transaction ends: one run of it is written at a time."""
    # NO KEY: rows that point at the property can still be written meanwhile.
    list(Property.objects.select_for_update(no_key=True).filter(pk=property_id).values_list("pk"))


def _locked_draft(run: BillRun) -> BillRun:
    property_lock(run.property_id)
    run = BillRun.objects.select_for_update().get(pk=run.pk)
    if run.state != RunState.DRAFT:
        raise Refused(_("This run is not a draft any more."), code="not_draft")
    return run


def _refuse_open_exceptions(run: BillRun) -> None:
    count = run.exceptions.filter(decision=Decision.OPEN).count()
    if count:
        raise Refused(
            ngettext(
                "%(count)d exception has not been decided: confirm it or leave it out.",
                "%(count)d exceptions have not been decided: confirm them or leave them out.",
                count,
            )
            % {"count": count},
            code="open_exceptions",
        )


def _leave_out(run: BillRun, exceptions: list[RunException]) -> None:
    charges = Charge.objects.filter(
        run=run,
        recurring_id__in=[e.recurring_id for e in exceptions],
        reading_id__in=[e.reading_id for e in exceptions],
    )
    bills = set(charges.values_list("bill_id", flat=True))
    with connection.cursor() as cursor:
        charges._raw_delete(charges.db)
        cursor.execute(
            "UPDATE billing_bill b SET (total, charge_count) = "
            "(SELECT coalesce(sum(amount), 0), count(*) FROM billing_charge c WHERE c.bill_id = b.id) WHERE b.id = ANY(%s)",
            [list(bills)],
        )
        cursor.execute("DELETE FROM billing_bill WHERE id = ANY(%s) AND charge_count = 0", [list(bills)])
    bulk.draft_totals(run_id=run.pk)


def _number_bills(run: BillRun, at: datetime) -> None:
    """Numbers without gaps, in order of unit: ZD-202612-0001."""
    if not run.bill_count:
        return
    period = f"{run.as_of:%Y%m}"
    numbers = take("bill", run.property_id, period, count=run.bill_count)
    bulk.bills_number(run_id=run.pk, prefix=f"ZD-{period}-", first=numbers.start)


def _put_together(run: BillRun) -> None:
    """What a company is billed becomes one collective bill, numbered without gaps: HD-202612-0001.

    Also where it is one bill only: a company always pays and is invoiced by the number of a collective bill.
    """
    count = bulk.companies_billed(run_id=run.pk, property_id=run.property_id) if run.bill_count else 0
    if not count:
        return
    period = f"{run.as_of:%Y%m}"
    first = take("collective_bill", run.property_id, period, count=count).start
    bulk.collective_bills_make(run_id=run.pk, property_id=run.property_id, prefix=f"HD-{period}-", first=first)
