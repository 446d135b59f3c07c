"""Keeping a check-in (入住办理) step by step, so that it can be left and gone on with by anybody of the desk."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from yuju.identity.models import User
from yuju.kit.errors import Refused
from yuju.premises.models import Unit
from yuju.residency.choices import CheckInState, CheckInStep
from yuju.residency.models import CheckIn, Resident

LARGEST = 32 * 1024
"""The most that is kept of one check-in, in characters."""

Facts = dict[str, dict[str, Any]]
STEPS = list(CheckInStep)


def facts_of(check_in: CheckIn) -> Facts:
    """What was entered, by step."""
    found: Facts = json.loads(check_in.facts) if check_in.facts else {}
    return found


def check_in_begin(*, unit: Unit, by: User | None, at: datetime) -> CheckIn:
    """Begins to check somebody in to a unit; nothing is let or held by that."""
    return CheckIn.objects.create(
        property_id=unit.property_id, unit=unit, begun_by=by, begun_at=at, at_it=by, touched_at=at
    )


@transaction.atomic
def check_in_keep(
    *,
    check_in: CheckIn,
    step: CheckInStep,
    facts: Mapping[str, Any],
    by: User | None,
    at: datetime,
    unit: Unit | None = None,
    resident: Resident | None = None,
    name: str | None = None,
    days: tuple[date, date] | None = None,
    to: CheckInStep | None = None,
) -> CheckIn:
    """Keeps what was entered in one step, in place of what stood there; the other steps stay as they are.

    Args:
        facts: what JSON can hold.
        unit, name, days: what the list tells from now on; None leaves it. Another unit may be of another property.
        resident: whoever it is for; nobody on file when the step of the resident is kept without one.
        to: the step that may be gone on with.

    Raises:
        Refused: it is over (code `over`), or more is entered than any check-in needs.
    """
    held = check_in_held(check_in)
    text = json.dumps({**facts_of(held), step.value: dict(facts)}, ensure_ascii=False)
    if len(text) > LARGEST:
        raise Refused(_("This is more than a check-in can keep: shorten it."), code="too_much")
    held.facts = text
    if unit is not None:
        held.unit, held.property_id = unit, unit.property_id
    if days is not None:
        held.start, held.end = days
    if name is not None:
        held.resident, held.name = resident, name[:60]
    if to is not None and STEPS.index(to) > STEPS.index(CheckInStep(held.step)):
        held.step = to
    held.at_it, held.touched_at = by, at
    held.save()
    return held


def check_in_held(check_in: CheckIn) -> CheckIn:
    """The check-in as it is now, held until the transaction ends.

    Raises:
        Refused: it is over (code `over`).
    """
    held: CheckIn = (
        CheckIn.objects.select_for_update(no_key=True, of=("self",))
        .select_related("unit__property", "unit__building", "property", "resident", "tenure", "at_it")
        .get(pk=check_in.pk)
    )
    if held.state != CheckInState.OPEN:
        raise Refused(_("This check-in is over already: %(state)s.") % {"state": held.get_state_display()}, code="over")
    return held


def check_in_end(*, held: CheckIn, state: CheckInState, by: User | None, at: datetime) -> CheckIn:
    """Ends a held check-in. What was entered goes: what became of it stands on the lease and on the resident."""
    held.state, held.over_at = state, at
    held.facts, held.held_until = "", None
    held.at_it, held.touched_at = by, at
    held.save()
    return held
