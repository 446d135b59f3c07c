"""What there is to be allowed, and which roles may do it as the product is shipped.

A permission is `area.verb`. A role holds it for the properties of the posting (任职) that gives the role. An operator
changes what a role may do in a page; `yuju.identity.models.roles` keeps what differs from this table, so that a
permission a later version adds is held at once by the roles named here, until the operator decides otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable

from yuju.identity.choices import Role

ALL = frozenset(Role)
OFFICE = frozenset({Role.MANAGER, Role.FRONT_DESK, Role.CASHIER, Role.ACCOUNTANT})

PERMISSIONS: dict[str, frozenset[Role]] = {
    "premises.view": ALL,
    "premises.edit": frozenset({Role.MANAGER}),
    "residents.view": OFFICE | {Role.GUARD, Role.AUDITOR},
    "residents.edit": frozenset({Role.MANAGER, Role.FRONT_DESK}),
    "residents.reveal": OFFICE | {Role.AUDITOR},
    # What somebody needs in an emergency, by room; nothing else of them.
    "residents.needs": frozenset({Role.MANAGER, Role.FRONT_DESK, Role.GUARD}),
    "blacklist.view": frozenset({Role.MANAGER, Role.FRONT_DESK, Role.AUDITOR}),
    "blacklist.edit": frozenset({Role.MANAGER}),
    "care.view": OFFICE | {Role.AUDITOR},
    "care.edit": frozenset({Role.MANAGER, Role.FRONT_DESK}),
    # A death freezes what is billed, and whoever reviews it decides what goes on.
    "deaths.edit": frozenset({Role.MANAGER}),
    # Entering a room without its resident, and ending the lease on that, is for whoever answers for the property.
    "abandoned.edit": frozenset({Role.MANAGER}),
    "leases.view": OFFICE | {Role.AUDITOR},
    "leases.edit": frozenset({Role.MANAGER, Role.FRONT_DESK}),
    "handovers.view": OFFICE | {Role.AUDITOR},
    "handovers.edit": frozenset({Role.MANAGER, Role.FRONT_DESK}),
    "contracts.view": OFFICE | {Role.AUDITOR},
    "contracts.edit": frozenset({Role.MANAGER, Role.FRONT_DESK}),
    # Settling posts what was agreed at check-out; who draws it up is not by that alone the one who posts it.
    "leases.settle": frozenset({Role.MANAGER, Role.ACCOUNTANT}),
    # Tasks of others; those of one's own, and those to take, are seen by whoever does tasks.
    "tasks.view": OFFICE | {Role.AUDITOR},
    "tasks.edit": frozenset({Role.MANAGER, Role.FRONT_DESK}),
    "field.work": ALL - {Role.AUDITOR},
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
    # What a settled stay has left, and no more than that.
    "payments.refund": frozenset({Role.MANAGER, Role.CASHIER, Role.ACCOUNTANT}),
    "import.run": frozenset({Role.MANAGER}),
    "books.verify": frozenset({Role.MANAGER, Role.ACCOUNTANT, Role.AUDITOR}),
    "staff.view": frozenset({Role.MANAGER, Role.AUDITOR}),
    "staff.edit": frozenset({Role.MANAGER}),
    "roles.edit": frozenset({Role.MANAGER}),
    "settings.edit": frozenset({Role.MANAGER}),
    "audit.view": frozenset({Role.MANAGER, Role.AUDITOR}),
    # A right of its own, not that of changing the rows: bills, payments and the audit are lists nobody edits.
    "lists.share": frozenset({Role.MANAGER, Role.ACCOUNTANT}),
}


GROUND = "premises.view"
"""What every other permission needs: without a property to choose no page makes sense."""

NEEDS: dict[str, frozenset[str]] = {
    "roles.edit": frozenset({"staff.view"}),
    # A handover stands on the page of its lease, and names the resident.
    "handovers.view": frozenset({"leases.view", "residents.view"}),
    # A contract is seen on the page of its lease, and names the resident with their numbers.
    "contracts.view": frozenset({"leases.view", "residents.view", "residents.reveal"}),
    "care.view": frozenset({"residents.view"}),
    "deaths.edit": frozenset({"residents.view", "leases.view"}),
    "abandoned.edit": frozenset({"residents.view", "leases.view"}),
}
"""What a permission needs besides `GROUND` and the `view` of its own area."""


def shipped_permissions(code: str) -> frozenset[str]:
    """What a role may do as shipped; nothing for a role the product does not ship."""
    return frozenset(permission for permission, roles in PERMISSIONS.items() if code in roles)


def shipped_roles(permission: str) -> frozenset[Role]:
    """The roles that hold a permission as shipped.

    Raises:
        KeyError: for a permission that does not exist (a slip in the code, never user input).
    """
    return PERMISSIONS[permission]


def needs(permission: str) -> frozenset[str]:
    """What must be allowed for a permission to be of use: who changes leases sees them."""
    area = permission.partition(".")[0]
    needed = {GROUND, f"{area}.view", *NEEDS.get(permission, ())} & PERMISSIONS.keys()
    return frozenset(needed - {permission})


def with_needs(permissions: Iterable[str]) -> frozenset[str]:
    """Permissions together with all that they need."""
    found: set[str] = set()
    waiting = list(permissions)
    while waiting:
        permission = waiting.pop()
        if permission not in found:
            found.add(permission)
            waiting += needs(permission)
    return frozenset(found)
