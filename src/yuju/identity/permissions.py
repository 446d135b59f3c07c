"""Which role may do what: one table, read by pages, services and tests.

A permission is `area.verb`. A role holds it for the properties of the posting (任职) that gives the role.
"""

from __future__ import annotations

from yuju.identity.choices import Role

ALL = frozenset(Role)
OFFICE = frozenset({Role.MANAGER, Role.FRONT_DESK, Role.CASHIER, Role.ACCOUNTANT})

PERMISSIONS: dict[str, frozenset[Role]] = {
    "premises.view": ALL,
    "premises.edit": frozenset({Role.MANAGER}),
    "residents.view": OFFICE | {Role.GUARD, Role.AUDITOR},
    "residents.edit": frozenset({Role.MANAGER, Role.FRONT_DESK}),
    "residents.reveal": OFFICE | {Role.AUDITOR},
    "leases.view": OFFICE | {Role.AUDITOR},
    "leases.edit": frozenset({Role.MANAGER, Role.FRONT_DESK}),
    "metering.view": OFFICE | {Role.ENGINEER, Role.AUDITOR},
    "metering.read": frozenset({Role.MANAGER, Role.FRONT_DESK, Role.ENGINEER}),
    "metering.edit": frozenset({Role.MANAGER, Role.ENGINEER}),
    "tariffs.view": OFFICE | {Role.AUDITOR},
    "tariffs.edit": frozenset({Role.MANAGER, Role.ACCOUNTANT}),
    "bills.view": OFFICE | {Role.AUDITOR},
    "bills.export": OFFICE | {Role.AUDITOR},
    "bill_runs.view": frozenset({Role.MANAGER, Role.CASHIER, Role.ACCOUNTANT, Role.AUDITOR}),
    "bill_runs.draft": frozenset({Role.MANAGER, Role.ACCOUNTANT}),
    "bill_runs.issue": frozenset({Role.MANAGER, Role.ACCOUNTANT}),
    "payments.view": OFFICE | {Role.AUDITOR},
    "payments.take": frozenset({Role.MANAGER, Role.FRONT_DESK, Role.CASHIER}),
    "payments.reverse": frozenset({Role.MANAGER, Role.ACCOUNTANT}),
    "import.run": frozenset({Role.MANAGER}),
    "books.verify": frozenset({Role.MANAGER, Role.ACCOUNTANT, Role.AUDITOR}),
    "staff.view": frozenset({Role.MANAGER, Role.AUDITOR}),
    "staff.edit": frozenset({Role.MANAGER}),
    "settings.edit": frozenset({Role.MANAGER}),
    "audit.view": frozenset({Role.MANAGER, Role.AUDITOR}),
    # A right of its own, not that of changing the rows: bills, payments and the audit are lists nobody edits.
    "lists.share": frozenset({Role.MANAGER, Role.ACCOUNTANT}),
}


def roles_with(permission: str) -> frozenset[Role]:
    """The roles that hold a permission.

    Raises:
        KeyError: for a permission that does not exist (a slip in the code, never user input).
    """
    return PERMISSIONS[permission]


def permissions_of(role: Role) -> list[str]:
    """What a role may do, by name."""
    return [permission for permission, roles in PERMISSIONS.items() if role in roles]
