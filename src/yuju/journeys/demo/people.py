"""The demo operator's staff. All of them are invented."""

from __future__ import annotations

from dataclasses import dataclass

from yuju.identity.choices import Role


@dataclass(frozen=True)
class Member:
    """Somebody who works for the demo's operator."""

    username: str
    name: str
    role: Role
    everywhere: bool = False


MANAGER = Member("manager", "沈静澜", Role.MANAGER, everywhere=True)
ACCOUNTANT = Member("accountant", "韩雪松", Role.ACCOUNTANT, everywhere=True)
FRONT_DESK = Member("frontdesk", "顾晓棠", Role.FRONT_DESK)
CASHIER = Member("cashier", "罗敏仪", Role.CASHIER)
STAFF = (
    MANAGER,
    FRONT_DESK,
    CASHIER,
    ACCOUNTANT,
    Member("engineer", "何建业", Role.ENGINEER),
    Member("cleaner", "田桂芳", Role.CLEANER),
    Member("guard", "马国强", Role.GUARD),
    Member("auditor", "方以宁", Role.AUDITOR, everywhere=True),
)
