"""What permissions are called, by area: for the page that shows what each role may do."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

AREAS: list[tuple[Any, list[tuple[str, Any]]]] = [
    (
        _("Premises and residents"),
        [
            ("premises.view", _("See properties, buildings, units and parking spaces")),
            ("premises.edit", _("Change properties, buildings, units and parking spaces")),
            ("residents.view", _("See residents")),
            ("residents.edit", _("Register and change residents")),
            ("residents.reveal", _("Show ID numbers and phones in full (written down)")),
            ("residents.needs", _("See which rooms need help in an emergency")),
            ("blacklist.view", _("See the blacklist and its reasons")),
            ("blacklist.edit", _("Put people on the blacklist and lift it")),
            ("deaths.edit", _("Record deaths, and review the stays they freeze")),
            ("leases.view", _("See leases")),
            ("leases.edit", _("Make and change leases")),
            ("handovers.view", _("See handovers and their templates")),
            ("handovers.edit", _("Begin handovers and change their templates")),
            ("contracts.view", _("See contracts and their templates")),
            ("contracts.edit", _("Draft, sign and void contracts, take in templates")),
            ("leases.settle", _("Settle stays at check-out")),
            ("abandoned.edit", _("Handle abandoned rooms, up to entering them")),
        ],
    ),
    (
        _("Tasks"),
        [
            ("tasks.view", _("See everybody's tasks")),
            ("tasks.edit", _("Make tasks, assign and cancel them")),
            ("field.work", _("Do tasks: one's own and those to take")),
        ],
    ),
    (
        _("Care"),
        [
            ("care.view", _("See segments, care plans and activities")),
            ("care.edit", _("Make segments, care plans and activities")),
        ],
    ),
    (
        _("Meters"),
        [
            ("metering.view", _("See meters and readings")),
            ("metering.read", _("Read meters")),
            ("metering.edit", _("Change and replace meters")),
        ],
    ),
    (
        _("Fees"),
        [
            ("tariffs.view", _("See tariffs and recurring charges")),
            ("tariffs.edit", _("Change tariffs and recurring charges")),
            ("bills.view", _("See bills and charges")),
            ("bills.export", _("Print and export bills")),
            ("bill_runs.view", _("See bill runs")),
            ("bill_runs.draft", _("Draft and drop bill runs, decide exceptions")),
            ("bill_runs.issue", _("Approve and issue bill runs")),
            ("payments.view", _("See payments and receipts")),
            ("payments.take", _("Take money at the desk")),
            ("payments.reverse", _("Reverse payments")),
            ("payments.refund", _("Pay out what settled stays have left")),
            ("books.verify", _("Verify the books")),
        ],
    ),
    (
        _("System"),
        [
            ("import.run", _("Import a property")),
            ("settings.edit", _("Change settings")),
            ("staff.view", _("See staff")),
            ("staff.edit", _("Make users and give them roles")),
            ("roles.edit", _("Change what roles may do")),
            ("audit.view", _("See the audit log")),
            ("lists.share", _("Share saved views of lists with everyone")),
        ],
    ),
]
"""Every permission of `yuju.identity.permissions` once; a test holds them together."""


def names_of(permissions: Iterable[str]) -> list[str]:
    """What permissions are called, in the order of the table."""
    wanted = set(permissions)
    return [str(name) for _area, lines in AREAS for permission, name in lines if permission in wanted]
