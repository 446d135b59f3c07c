"""What is issued stays as it was issued, whatever the application's role tries."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.db import ProgrammingError, connection, transaction

from tests.support.billing_database import load_world
from tests.support.billing_worlds import make_world
from yuju.billing.choices import RunSource
from yuju.billing.services.runs import bill_run_draft, bill_run_issue

AT = datetime(2028, 3, 15, 1, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def runs(operator):
    """An issued run with an exception, and a draft of another property."""
    issued, draft = (
        bill_run_draft(
            property=load_world(make_world(5, units=12), code)[0],
            as_of=date(2028, 3, 15),
            source=RunSource.COMMAND,
            by=None,
            at=AT,
        )
        for code in ("A", "B")
    )
    issued = bill_run_issue(run=issued, by=None, at=AT, leave_out_open=True)
    assert issued.exceptions.exists()
    return issued, draft


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE billing_billrun SET state = 'draft' WHERE id = %(issued)s",
        "UPDATE billing_billrun SET total = 0 WHERE id = %(issued)s",
        "DELETE FROM billing_billrun WHERE id = %(issued)s",
        "UPDATE billing_charge SET amount = amount - 1, gross = gross - 1 WHERE run_id = %(issued)s",
        "UPDATE billing_charge SET run_id = NULL WHERE run_id = %(issued)s",
        "DELETE FROM billing_charge WHERE run_id = %(issued)s",
        "UPDATE billing_bill SET due_date = due_date + 1 WHERE run_id = %(issued)s",
        "DELETE FROM billing_bill WHERE run_id = %(issued)s",
        "UPDATE billing_runexception SET decision = 'open' WHERE run_id = %(issued)s",
        "DELETE FROM billing_runexception WHERE run_id = %(issued)s",
        # From the draft into what is issued
        "UPDATE billing_charge SET run_id = %(issued)s WHERE run_id = %(draft)s",
        "UPDATE billing_bill SET run_id = %(issued)s WHERE run_id = %(draft)s",
        # A table that pretends that the run is a draft
        "CREATE TEMP TABLE billing_billrun ON COMMIT DROP AS "
        "SELECT operator_id, id, 'draft' AS state FROM public.billing_billrun; "
        "DELETE FROM billing_charge WHERE run_id = %(issued)s",
    ],
)
def test_nothing_of_an_issued_run_changes(runs, statement):
    issued, draft = runs
    with pytest.raises(ProgrammingError) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement % {"issued": issued.pk, "draft": draft.pk})
    assert refused.value.__cause__.diag.constraint_name == "posted"


def test_an_entry_of_the_audit_stays(runs):
    from django.utils import timezone

    from yuju.identity.choices import AuditAction
    from yuju.identity.services import audit_record

    # Given something written down
    entry = audit_record(action=AuditAction.DECIDED, by=None, at=timezone.now())

    # When somebody changes it or takes it back, then the database refuses
    for statement in ("UPDATE identity_auditentry SET action = 'changed'", "DELETE FROM identity_auditentry"):
        with pytest.raises(ProgrammingError, match=f"audit entry {entry.pk} is kept"), transaction.atomic():
            connection.cursor().execute(f"{statement} WHERE id = {entry.pk}")
