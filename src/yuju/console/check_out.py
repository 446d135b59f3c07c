"""What the page of a check-out (退房) shows: how far it has come, what may be done next, and by whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yuju.console.desk_place import shifts_open
from yuju.console.pages.premises import user_of
from yuju.identity.models import User
from yuju.journeys.handover import SOURCE as HANDOVER
from yuju.journeys.move_out import INSPECTION, TURNOVER, refund_due, turnover_tasks
from yuju.journeys.settling import settlement_show
from yuju.journeys.signing import codes_can_be_sent
from yuju.kit.console import Action
from yuju.kit.dates import local_date
from yuju.kit.errors import Refused
from yuju.kit.toasts import toast_add
from yuju.payments.choices import SettlementState
from yuju.payments.models import Settlement, Shift
from yuju.payments.selectors import ZERO, deposit_held, settlement_of, settlement_signature
from yuju.payments.services.settlements import SETTLEMENT_TOPIC
from yuju.payments.wording import settlement_text
from yuju.reporting.settlement_page import left_of, paid_out, settlement_sheet
from yuju.residency.abandoned import abandonment_signed
from yuju.residency.choices import HandoverKind, TenureKind, TenureState
from yuju.residency.deaths import death_of
from yuju.residency.models import DoorClosing, MoveOutNotice, Tenure, Turnover
from yuju.residency.ports import door_systems
from yuju.residency.selectors import agreement_of, handover_of, move_out_notice_of, notice_days_short, turnover_of
from yuju.workforce.choices import TaskKind
from yuju.workforce.icons import TONES
from yuju.workforce.models import Task

VIEW, EDIT, SETTLE = "leases.view", "leases.edit", "leases.settle"
REFUND, TAKE = "payments.refund", "payments.take"
STATE_TONES = {
    SettlementState.DRAFT: "",
    SettlementState.SHOWN: "info",
    SettlementState.AGREED: "brand",
    SettlementState.CLOSED: "ok",
    SettlementState.WITHDRAWN: "",
}
CHECKED_OUT = (TenureState.LIVING, TenureState.ENDED)


class At(IntEnum):
    """How far a check-out has come; the numbers are those of the steps."""

    NOTICE = 1
    READINGS = 2
    AGREEMENT = 3
    SETTLING = 4
    MONEY = 5
    KEYS = 6
    DONE = 7


@dataclass(frozen=True)
class CheckOut:
    """A stay that ends, as far as it has come."""

    tenure: Tenure
    notice: MoveOutNotice | None
    settlement: Settlement | None
    turnover: Turnover | None
    today: date

    @property
    def at(self) -> At:
        """The step that comes next."""
        if self.settlement is None:
            return At.NOTICE if self.notice is None else At.READINGS
        if self.settlement.state == SettlementState.AGREED:
            return At.SETTLING
        if self.settlement.state != SettlementState.CLOSED:
            return At.AGREEMENT
        if not self.settlement.is_even:
            return At.MONEY
        return At.KEYS if self.turnover is None else At.DONE

    @property
    def is_settled(self) -> bool:
        return self.settlement is not None and self.settlement.state == SettlementState.CLOSED

    @property
    def done(self) -> list[bool]:
        """Of each step whether it is done, by itself: keys may come back before the money is even."""
        agreed = self.settlement is not None and self.settlement.state == SettlementState.AGREED
        return [
            self.notice is not None or self.settlement is not None,
            self.settlement is not None,
            agreed or self.is_settled,
            self.is_settled,
            self.settlement is not None and self.is_settled and self.settlement.is_even,
            self.turnover is not None,
        ]

    def shown(self, asked: str) -> At:
        """The step that is shown: one before that is asked for again, as long as nothing is settled."""
        wanted = {"notice": At.NOTICE, "readings": At.READINGS}.get(asked)
        return self.at if wanted is None or self.is_settled or wanted > self.at else wanted


def check_out_of(tenure: Tenure) -> CheckOut:
    """How far the check-out of a stay has come."""
    return CheckOut(
        tenure=tenure,
        notice=move_out_notice_of(tenure),
        settlement=settlement_of(tenure),
        turnover=turnover_of(tenure),
        today=local_date(timezone.now(), tenure.property.time_zone),
    )


@dataclass(frozen=True)
class Doors:
    """What became of closing the doors of one system to somebody who left."""

    system: str
    closing: DoorClosing


def doors_shown(tenure: Tenure) -> list[Doors]:
    """How far the doors are closed to those whose keys are back, by door system."""
    systems = door_systems()
    return [
        Doors(systems[one.system].label() if one.system in systems else one.system, one)
        for one in DoorClosing.objects.filter(tenure=tenure)
    ]


def check_out_found(request: HttpRequest, pk: int, permission: str) -> CheckOut:
    """The check-out of a lease in the user's reach.

    Raises:
        Http404: there is no such lease, or it is an ownership.
    """
    rows = Tenure.objects.visible_to(user_of(request), permission).filter(kind=TenureKind.LEASE)
    tenure = rows.select_related("property", "unit", "resident").filter(pk=pk).first()
    if tenure is None:
        raise Http404
    return check_out_of(tenure)


def settlement_found(found: CheckOut) -> Settlement:
    """The settlement of a check-out.

    Raises:
        Http404: nothing is drawn up.
    """
    if found.settlement is None:
        raise Http404
    return found.settlement


def who_and_when(request: HttpRequest) -> dict[str, Any]:
    """Who does it and when, as services take it."""
    return {"by": user_of(request), "at": timezone.now()}


def shown_anew(request: HttpRequest, settlement: Settlement) -> None:
    """Shows a settlement that has changed anew, and says so."""
    try:
        with transaction.atomic():
            settlement_show(settlement=settlement, **who_and_when(request))
    except Refused as refusal:
        toast_add(request, refusal, kind="bad")
    else:
        toast_add(request, _("The settlement is shown anew, with the new lines. It has to be agreed again."))


def check_out_url(tenure_id: int) -> str:
    """The address of a lease's check-out."""
    return reverse("console:check-out", args=[tenure_id])


def check_out_action(user: User, *, tenure_id: int, property_id: int, kind: str, state: str) -> list[Action]:
    """The way to a lease's check-out, where somebody lives or lived there and the user may see or do it."""
    if kind != TenureKind.LEASE or state not in CHECKED_OUT:
        return []
    if not user.may(VIEW if state == TenureState.ENDED else EDIT, property_id):
        return []
    return [Action(_("Check-out"), check_out_url(tenure_id), icon="door-exit")]


def page_context(request: HttpRequest, found: CheckOut, refused: At | None = None) -> dict[str, Any]:
    """Everything the page says besides its forms.

    Args:
        refused: the step whose form was sent and is shown again.
    """
    tenure, settlement, user = found.tenure, found.settlement, user_of(request)
    place = tenure.property_id
    agreement, handover = agreement_of(tenure), handover_of(tenure, HandoverKind.OUT)
    shown = refused or found.shown(request.GET.get("step", ""))
    context: dict[str, Any] = {
        "found": found,
        "tenure": tenure,
        "shown": shown,
        "steps": steps(),
        "step": int(shown),
        "agreement": agreement,
        "days_short": notice_days_short(found.notice, agreement) if found.notice is not None else 0,
        "may_edit": user.may(EDIT, place),
        "may_settle": user.may(SETTLE, place),
        "may_refund": user.may(REFUND, place),
        "may_take": user.may(TAKE, place),
        "may_tasks": user.may("tasks.view", place),
        "inspection": _inspection(found.notice),
        "handover": handover if user.may("handovers.view", place) else None,
        "inspected": handover is not None and handover.signed_at is not None,
        "tasks": _turnover_tasks(tenure),
        "doors": doors_shown(tenure) if found.turnover is not None else [],
        "has_door_systems": bool(door_systems()),
        "unfinished": found.turnover is not None and turnover_tasks(found.turnover).exists(),
        "lease_url": reverse("console:leases-detail", args=[tenure.pk]),
        "leases_url": reverse("console:leases-list"),
    }
    if settlement is not None:
        context |= _settlement_context(request, found, settlement, shown)
    else:
        account = tenure.accounts.first()
        context["deposit"] = deposit_held(account) if account is not None else None
    return context


def signs_on_screen(tenure: Tenure) -> bool:
    """Whether the resident may sign the settlement on screen: they are there, and a code reaches their phone."""
    gone = death_of(tenure.resident_id) is not None or abandonment_signed(tenure) is not None
    return bool(tenure.resident.phone) and codes_can_be_sent() and not gone


def steps() -> list[str]:
    """The steps of a check-out, in order."""
    return [
        _("Notice"),
        _("Readings and damages"),
        _("Shown and agreed"),
        _("Settle"),
        _("Refund or payment"),
        _("Keys back"),
    ]


def shift_of(request: HttpRequest, property_id: int) -> Shift | None:
    """The user's open shift at a property, out of whose drawer cash is given."""
    return next((one for one in shifts_open(request) if one.property_id == property_id), None)


def _settlement_context(request: HttpRequest, found: CheckOut, settlement: Settlement, shown: At) -> dict[str, Any]:
    # Only while the resident is waited for: what somebody types into another step is not taken away.
    live = settlement.state == SettlementState.SHOWN and shown == At.AGREEMENT
    context: dict[str, Any] = {
        "settlement": settlement,
        "sheet": settlement_sheet(settlement),
        "refundable": max(-settlement.result, ZERO),
        "said": settlement_text(settlement),
        "tone": STATE_TONES[SettlementState(settlement.state)],
        "topic": f"{SETTLEMENT_TOPIC}:{settlement.account_id}" if live else "",
        "early": settlement.last_day > found.today,
        "refund_due": refund_due(settlement),
        "signs_on_screen": shown == At.AGREEMENT and signs_on_screen(found.tenure),
        "signature": settlement_signature(settlement),
    }
    if found.is_settled:
        context |= {
            "left": left_of(settlement),
            "paid_out": paid_out(settlement),
            "shift": shift_of(request, settlement.property_id),
            "desk_url": f"{reverse('console:cashier')}?account={settlement.account_id}&all=yes",
        }
    else:
        context["deposit"] = deposit_held(settlement.account)
    return context


def _inspection(notice: MoveOutNotice | None) -> Task | None:
    if notice is None:
        return None
    asked = Q(source=INSPECTION, source_key=str(notice.pk)) | Q(source=HANDOVER, tenure=notice.tenure_id)
    found: Task | None = Task.objects.filter(asked, kind=TaskKind.INSPECTION).order_by("-pk").first()
    return found


def _turnover_tasks(tenure: Tenure) -> list[tuple[Task, str]]:
    """What was asked for to make the unit ready, each with the colour of its state."""
    rows = list(Task.objects.filter(source=TURNOVER, tenure=tenure).order_by("pk"))
    return [(row, TONES[row.state]) for row in rows]
