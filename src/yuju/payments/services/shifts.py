"""A cashier's shift: opened with a float, closed with a count."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from yuju.identity.choices import AuditAction
from yuju.identity.models import User
from yuju.identity.services import audit_record
from yuju.kit.errors import Refused
from yuju.payments.choices import PaymentChannel, RefundChannel
from yuju.payments.models import Payment, Refund, Shift
from yuju.payments.selectors import total
from yuju.premises.models import Property


@transaction.atomic
def shift_open(*, property: Property, cashier: User, opening_float: Decimal, at: datetime) -> Shift:
    """Opens a cashier's shift at a property with the cash in the drawer, in yuan.

    Raises:
        Refused: the float is below 0, or the cashier's last shift here is still open.
    """
    if opening_float < 0:
        raise Refused(_("The opening float cannot be less than 0."), field="opening_float", code="float")
    try:
        with transaction.atomic():
            return Shift.objects.create(property=property, cashier=cashier, opened_at=at, opening_float=opening_float)
    except IntegrityError as error:
        if "shift_open_once" not in str(error):
            raise
        raise Refused(_("Your last shift here is still open."), code="open") from error


def cash_expected(shift: Shift) -> Decimal:
    """The cash that should be in the drawer, in yuan: the float, and what came in less what was given back."""
    came_in = total(Payment.objects.filter(shift=shift, channel=PaymentChannel.CASH))
    return shift.opening_float + came_in - total(Refund.objects.filter(shift=shift, channel=RefundChannel.CASH))


@transaction.atomic
def shift_close(*, shift: Shift, counted: Decimal, by: User, at: datetime, note: str = "") -> Shift:
    """Closes a shift with the cash that was counted, in yuan. A difference needs a note.

    Raises:
        Refused: it is closed already, the count is below 0, or a difference is not explained.
    """
    held: Shift = Shift.objects.select_for_update().get(pk=shift.pk)
    if held.closed_at is not None:
        raise Refused(_("This shift is closed already."), code="closed")
    if counted < 0:
        raise Refused(_("The counted cash cannot be less than 0."), field="counted", code="counted")
    expected = cash_expected(held)
    if counted != expected and not note.strip():
        raise Refused(
            _("%(difference)s yuan differ from what should be there: say why.")
            % {"difference": f"{counted - expected:+,.2f}"},
            field="note",
            code="difference",
        )
    held.closed_at, held.closed_by, held.expected, held.counted, held.note = (
        at,
        by,
        expected,
        counted,
        note.strip()[:200],
    )
    held.save()
    audit_record(
        action=AuditAction.DECIDED,
        by=by,
        at=at,
        about=held,
        property_id=held.property_id,
        decision="closed",
        expected=str(expected),
        counted=str(counted),
    )
    return held
