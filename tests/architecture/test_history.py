"""What people edit has a history, and the triggers that write it stand on every such table."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import connection
from django.urls import get_resolver

from yuju.kit.console import console_site
from yuju.kit.history import fields_told, subject_model, tracked_models, tracking_of
from yuju.kit.models import Walled

WITHOUT = {
    "AuditEntry": "the audit itself, only added to",
    "Change": "the history itself",
    "SignInAttempt": "counted to slow down guessing, then deleted",
    "SignInRules": "who set which rules when is in the audit",
    "TotpFactor": "a secret; that it came or went is in the audit",
    "Passkey": "as above",
    "RecoveryCode": "as above",
    "UserSession": "says itself since when and until when",
    "Invitation": "says itself who made it and what became of it",
    "SettledBill": "follows from what is posted, kept by triggers",
    "DueTotal": "as above",
    "DepositStanding": "as above",
    "TenureLink": "a fact: says itself who, when and why",
    "EndAnswer": "a fact: says itself who and when, and the next one is a row of its own",
    "RecentlyOpened": "what a user looked at last, for that user alone",
    "BulkRun": "says itself who changed many rows, when, and what can be taken back",
    "BulkRow": "as above; the rows themselves have their history",
    "FormDraft": "what somebody types and has not saved yet, for nobody else",
    "SavedView": "how somebody likes a list, for whoever shares it",
    "RoleSetting": "what a role is given and loses is in the audit",
    "SearchKey": "follows from the rows it finds",
    "NumberSeries": "a counter",
    "JobProgress": "how far a job is",
    "Notice": "a message; read or not is the reader's",
    "ResidentNotice": "a message; read or not is the reader's",
    "ContractTemplate": "each version is a row of its own that says who took it in and when; the rest is in the audit",
    "Contract": "its steps are in its own row, each with who and when, and in the audit",
    "ContractSignature": "a fact: says itself who, when, from where and of what",
    "PortalCode": "made once, used once; printing a slip is in the audit",
    "CheckIn": "what is being entered, until it becomes a lease, which has its history; says itself who was at it last",
    "Reading": "a fact: a wrong one is superseded by a new row, with its reason",
    "BillRun": "its steps are in its own row, each with who and when, and its decisions in the audit",
    "RunException": "decided with who and when, and in the audit",
    "Bill": "a fact, posted with its run",
    "CollectiveBill": "a fact, posted with its run",
    "Charge": "a fact, posted with its run",
    "Adjustment": "a fact: says itself who, when and why",
    "ChargeVoid": "a fact: says itself who, when and why",
    "CalendarDay": "a note of the calendar that a day was dealt with",
    "Payment": "a fact: taken back by a row of its own",
    "Allocation": "a fact: released by a row of its own",
    "Refund": "a fact: says itself who, when and why",
    "DepositEntry": "a fact",
    "Receipt": "a fact",
    "Settlement": "says itself who did what when at each step; what it came to stands in its lines",
    "SettlementExtra": "what it led to stands in the settlement's lines",
    "SettlementSignature": "a fact: says itself who, when, from where and of what",
    "SettlementReading": "as above; it becomes a reading",
    "SettlementLine": "a fact: new ones are a new version, and objection and answer say themselves when",
    "TaskComment": "a fact: says itself who and when",
    "TaskPhoto": "a fact: says itself who and when",
    "HandoverItem": "being written until the resident signs; from then on the database refuses any change",
    "HandoverKey": "as above",
    "HandoverReading": "as above",
    "HandoverPhoto": "a fact: says itself who and when",
    "AbandonmentNotice": "a fact: says itself who and when; taken back with its reason, and never once both witnesses signed",
    "RoomEntry": "being written until both witnesses sign; from then on the database refuses any change",
    "EntryWitness": "as above",
    "EntryThing": "as above",
    "EntryPhoto": "a fact: says itself who and when",
    "ThingOutcome": "a fact: says itself who and when",
    "FieldEntry": "the key of something a phone sent, so that it counts once",
    "ReceiptPrint": "a fact: who printed when",
    "Shift": "closed once by its own columns; the database refuses any other change",
}
"""Models without a history, each with the reason."""


def test_whatever_can_be_edited_has_a_history_or_a_reason_why_not() -> None:
    walled = {one for one in apps.get_models() if issubclass(one, Walled) and not one._meta.proxy}
    untold = {model.__name__ for model in walled if tracking_of(model) is None}
    assert untold - WITHOUT.keys() == set(), "say `history = Tracked()` in the model, or here why not"
    assert {name for name in WITHOUT if name not in {model.__name__ for model in walled}} == set()
    assert {model.__name__ for model in tracked_models()} & WITHOUT.keys() == set()
    # A form is an edit, whatever the reason says.
    assert get_resolver().url_patterns
    edited = {console.model for console in console_site.consoles.values() if console.has_form}
    assert {model for model in edited if tracking_of(model) is None} == set()
    assert len(edited) > 8


def test_what_is_a_part_is_told_on_a_page_that_there_is() -> None:
    assert get_resolver().url_patterns
    # The model of the workbench has a face of its own.
    for model in (one for one in tracked_models() if not one.__module__.startswith("tests.")):
        assert fields_told(model), model
        told_by = console_site.console_for(subject_model(model))
        assert told_by is not None or model.__name__ in ("Tag", "MeteringPoint"), model


@pytest.mark.django_db
def test_every_tracked_table_has_its_triggers_and_no_other_has() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text, array_agg(tgname::text ORDER BY tgname) FROM pg_trigger "
            "WHERE tgname LIKE 'history\\_%' AND NOT tgisinternal GROUP BY 1"
        )
        found = dict(cursor.fetchall())
    expected = ["history_changed", "history_made", "history_removed"]
    assert found == {model._meta.db_table: expected for model in tracked_models()}
