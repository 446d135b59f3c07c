"""The demo's check-outs: one stay in each state, from the notice to the unit that is ready again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from uuid import uuid4

from django.db import transaction

from yuju.identity.models import User
from yuju.journeys.demo.contracting import ADDRESS, scribble
from yuju.journeys.move_out import INSPECTION, closing_meters, keys_return, notice_give, turnover_tasks
from yuju.journeys.objections import objection_raise
from yuju.journeys.settlement_signing import settlement_sign
from yuju.journeys.settling import (
    Extra,
    settlement_close,
    settlement_prepare,
    settlement_refund,
    settlement_show,
)
from yuju.journeys.tasks import task_complete
from yuju.kit.dates import local_date
from yuju.kit.errors import Refused
from yuju.payments.choices import RefundChannel
from yuju.payments.models import Settlement
from yuju.payments.selectors import settlement_lines
from yuju.premises.models import Property
from yuju.reporting.settlement_pdf import settlement_document
from yuju.residency.choices import CodePurpose, TenureKind, TenureState
from yuju.residency.models import Tenure
from yuju.residency.services.portal_codes import portal_code_request
from yuju.workforce.choices import StepResult
from yuju.workforce.models import Task
from yuju.workforce.services import task_start, task_step_tick

NOTICE_DAYS = 20
TURNED_OVER = timedelta(hours=19)
"""How long the unit that is ready again took."""

USED = Decimal(6)
"""What the demo's meters went on since they were read last: kWh or m³."""

WARDROBE = Extra("衣柜门铰链损坏", amount=Decimal(180), place="卧室")
FLOOR = Extra("客厅木地板泡水", amount=Decimal(16800), place="客厅")


@dataclass(frozen=True)
class Leaving:
    """Who leaves when, by whose hand."""

    last_day: date
    by: User
    at: datetime

    def prepare(self, tenure: Tenure, *extras: Extra) -> Settlement:
        """Draws the settlement up with what the meters show, once somebody has looked at the unit."""
        notice = notice_give(tenure=tenure, last_day=self.last_day, reason="工作调动", by=self.by, at=self.at)
        look = Task.objects.get(source=INSPECTION, source_key=str(notice.pk))
        task_start(task=look, by=self.by, at=self.at)
        task_complete(task=look, by=self.by, at=self.at)
        readings = {
            one.meter: one.before.value + USED
            for one in closing_meters(tenure, self.last_day)
            if one.there is None and one.before is not None
        }
        return settlement_prepare(
            tenure=tenure,
            last_day=self.last_day,
            reason="工作调动",
            key=uuid4(),
            readings=readings,
            extras=extras,
            due=self.last_day + timedelta(days=7),
            by=self.by,
            at=self.at,
        )

    def show(self, tenure: Tenure, *extras: Extra) -> Settlement:
        return settlement_show(settlement=self.prepare(tenure, *extras), by=self.by, at=self.at)

    def object(self, tenure: Tenure) -> None:
        line = settlement_lines(self.show(tenure, WARDROBE))[0]
        objection_raise(line=line, text="这一项我想看一下当时的记录。", at=self.at)

    def agree(self, tenure: Tenure, *extras: Extra) -> Settlement:
        shown = self.show(tenure, *extras)
        digest = sha256(settlement_document(shown)).hexdigest()
        code = portal_code_request(
            phone=str(tenure.resident.phone),
            purpose=CodePurpose.SETTLEMENT,
            about=digest,
            address=ADDRESS,
            channels=(),
            show=True,
            at=self.at,
        )
        return settlement_sign(
            settlement=shown,
            seal=shown.seal,
            sha256=digest,
            code=code,
            strokes=scribble(tenure.pk % 7),
            address=ADDRESS,
            at=self.at,
        )

    def close(self, tenure: Tenure, *extras: Extra) -> Settlement:
        agreed = self.agree(tenure, *extras)
        closed = settlement_close(settlement=agreed, seal=agreed.seal, by=self.by, at=self.at)
        keys_return(tenure=tenure, by=self.by, at=self.at)
        return closed

    def arrears(self, tenure: Tenure) -> None:
        self.close(tenure, FLOOR)

    def finish(self, tenure: Tenure) -> None:
        """Paid out, cleaned and ready again some hours later."""
        closed = self.close(tenure)
        settlement_refund(
            settlement=closed,
            channel=RefundChannel.BANK,
            key=uuid4(),
            payee=tenure.resident.name,
            payee_account="6222020200112233445",
            on=self.last_day,
            by=self.by,
            at=self.at,
        )
        turnover = tenure.turnovers.get()
        for task in turnover_tasks(turnover):
            done = self.at + TURNED_OVER
            task_start(task=task, by=self.by, at=done)
            for step in task.steps.all():
                found = StepResult.NOT_NEEDED if step.needs_photo else StepResult.OK
                task_step_tick(step=step, result=found, by=self.by, at=done)
            task_complete(task=task, by=self.by, at=done)


def leaving_make(*, property: Property, manager: User, at: datetime) -> int:
    """Makes the check-outs; returns how many stays have begun to end."""
    today = local_date(at, property.time_zone)
    stays = _stays(property, today)
    coming = today + timedelta(days=NOTICE_DAYS)
    notice_give(tenure=next(stays), last_day=coming, reason="回老家", by=None, at=at)
    one, before = Leaving(today, manager, at), at - TURNED_OVER
    ready = Leaving(local_date(before, property.time_zone), manager, before)
    # Who cannot be settled today, since something of them waits for a person, stays.
    made = 1
    for step in (one.prepare, one.object, one.agree, one.close, one.arrears, ready.finish):
        for stay in stays:
            try:
                with transaction.atomic():
                    step(stay)
            except Refused:
                continue
            made += 1
            break
    return made


def _stays(property: Property, today: date) -> Iterator[Tenure]:
    """Leases that run on for long, those of the highest floors first."""
    rows = Tenure.objects.filter(
        property=property, kind=TenureKind.LEASE, state=TenureState.LIVING, start__lt=today - timedelta(days=90)
    )
    long = rows.filter(end__gt=today + timedelta(days=90)).select_related("property", "unit", "resident")
    return iter(list(long.order_by("-unit__sort_key", "-pk")))
