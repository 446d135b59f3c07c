"""Every address of the site, with what is known of it: who it is for, and how to make its arguments.

A page registered with `console_site` says its permission itself, and its `pk` is a row of the console that its address
begins with: nothing to do. Any other address needs one line below: in `ARGUMENTS` (what its arguments are made of), `PUBLIC`
(anybody may ask) or `OWN` (whoever is signed in, about themself alone). What has none fails the first test of the matrix.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, reverse

from tests.walls.things import Things
from yuju.kit.console import console_site

Arguments = dict[str, Any]

ARGUMENTS: dict[str, Callable[[Things], Arguments]] = {
    "console:statement": lambda t: {"pk": t.account.pk},
    "console:statement-file": lambda t: {"pk": t.account.pk, "kind": "pdf"},
    "console:collective-bill-pdf": lambda t: {"pk": t.collective.pk},
    "portal:collective-bill": lambda t: {"pk": t.collective.pk},
    "portal:collective-bill-pdf": lambda t: {"pk": t.collective.pk},
    "console:cashier-pay": lambda t: {"pk": t.account.pk},
    "console:cashier-company-pay": lambda t: {"pk": t.company.pk},
    "console:cashier-company-preview": lambda t: {"pk": t.company.pk},
    "console:cashier-preview": lambda t: {"pk": t.account.pk},
    "console:shift-close": lambda t: {"pk": t["shifts"].pk},
    "console:filing-done": lambda t: {"pk": t["filings"].pk},
    "console:filing-not-needed": lambda t: {"pk": t["filings"].pk},
    "console:filing-proof": lambda t: {"pk": t["filings"].pk},
    "console:check-in-number": lambda t: {"pk": t["check-ins"].pk, "field": "phone"},
    "console:occupant-edit": lambda t: t.of_occupant,
    "console:occupant-reveal": lambda t: {**t.of_occupant, "field": "id_number"},
    "console:contract-pdf": lambda t: t.of_contract,
    "console:contract-send": lambda t: t.of_contract,
    "console:contract-desk": lambda t: t.of_contract,
    "console:contract-paper": lambda t: t.of_contract,
    "console:contract-void": lambda t: t.of_contract,
    "console:resident-death": lambda t: {"pk": t.survivor.pk},
    "console:resident-heir": lambda t: {"pk": t.death.resident_id},
    "console:resident-heir-withdraw": lambda t: {"pk": t.death.resident_id, "heir": t.death.heirs.get().pk},
    "console:resident-heir-document": lambda t: {"pk": t.death.resident_id, "heir": t.death.heirs.get().pk},
    "console:resident-death-document": lambda t: {"pk": t.death.resident_id},
    "console:resident-death-withdraw": lambda t: {"pk": t.death.resident_id},
    "console:resident-death-release": lambda t: {"pk": t.death.resident_id, "freeze": t.death.freezes.get().pk},
    "console:abandoned-open": lambda t: {"pk": t.account.tenure_id},
    "console:abandoned-notice": lambda t: {"pk": t.served.pk},
    "console:abandoned-notice-withdraw": lambda t: {"pk": t.served.pk, "notice": t.served.notices.get().pk},
    "console:abandoned-notice-scan": lambda t: {"pk": t.abandoned.pk, "notice": t.abandoned.notices.get().pk},
    "console:abandoned-photo": lambda t: {"pk": t.abandoned.pk, "photo": t.left_photo.pk},
    "console:abandoned-pdf": lambda t: {"pk": t.abandoned.pk},
    "console:abandoned-storage": lambda t: {"pk": t.abandoned.pk},
    "console:abandoned-outcome": lambda t: {"pk": t.abandoned.pk, "thing": t.left_thing.pk},
    "console:abandoned-close": lambda t: {"pk": t.abandoned.pk},
    "console:abandoned-term": lambda t: {"pk": t.place.pk},
    "portal:contract": lambda t: {"pk": t.contract.pk},
    "portal:contract-pdf": lambda t: {"pk": t.contract.pk},
    "console:lease-change": lambda t: {"pk": t["leases"].pk, "name": "occupant-in"},
    "console:lease-change-panel": lambda t: {"pk": t["leases"].pk, "name": "occupant-in"},
    "console:tariff-version-remove": lambda t: {"pk": t["tariffs"].pk, "version": 1},
    "console:bill-job": lambda t: {"pk": t.job.pk},
    "console:bill-job-file": lambda t: {"pk": t.job.pk, "number": 1},
    "console:import-job": lambda t: {"pk": t.job.pk},
    "console:import-confirm": lambda t: {"pk": t.job.pk},
    "console:import-report": lambda t: {"pk": t.job.pk},
    "console:staff-role": lambda t: {"code": t.role.code},
    "console:staff-role-name": lambda t: {"code": t.role.code},
    "console:staff-role-retire": lambda t: {"code": t.role.code},
    "console:operator-sign-in": lambda t: {"code": t.operator.code},
    "console:public-receipt": lambda t: {"token": "nobodys"},
    "console:operator-sign-in-passkey": lambda t: {"code": t.operator.code},
    "console:operator-sign-in-passkey-ask": lambda t: {"code": t.operator.code},
    "console:join": lambda t: {"code": t.operator.code, "token": "nobodys"},
    "console:account-session-end": lambda t: {"pk": 1},
    "console:passkey-rename": lambda t: {"pk": 1},
    "console:passkey-remove": lambda t: {"pk": 1},
    "console:history-reveal": lambda t: {"pk": t.change.pk, "column": "phone", "side": "before"},
    "field:activity": lambda t: {"pk": t["activities"].pk},
    "field:activity-came": lambda t: {"pk": t["activities"].pk, "person": t.sign_up.pk},
    "field:task": lambda t: {"pk": t.to_do.pk},
    "field:task-take": lambda t: {"pk": t.to_do.pk},
    "field:task-start": lambda t: {"pk": t.to_do.pk},
    "field:task-hold": lambda t: {"pk": t.to_do.pk},
    "field:task-finish": lambda t: {"pk": t.to_do.pk},
    "field:task-comment": lambda t: {"pk": t.to_do.pk},
    "field:task-photo": lambda t: {"pk": t.to_do.pk},
    "field:task-phone": lambda t: {"pk": t.to_do.pk},
    "field:step-tick": lambda t: {"pk": t.to_do.pk, "step": t.step.pk},
    "field:step-photo": lambda t: {"pk": t.to_do.pk, "step": t.step.pk},
    "field:photo": lambda t: {"pk": t.shot.pk},
    "field:photo-small": lambda t: {"pk": t.shot.pk},
    "field:handover": lambda t: {"pk": t.handing.pk},
    "field:handover-begin": lambda t: {"pk": t.handing.pk},
    "field:handover-item-add": lambda t: {"pk": t.handing.pk},
    "field:handover-item-set": lambda t: {"pk": t.handing.pk, "item": t.thing.pk},
    "field:handover-item-note": lambda t: {"pk": t.handing.pk, "item": t.thing.pk},
    "field:handover-item-photo": lambda t: {"pk": t.handing.pk, "item": t.thing.pk},
    "field:handover-key-add": lambda t: {"pk": t.handing.pk},
    "field:handover-key-count": lambda t: {"pk": t.handing.pk, "key": t.key.pk},
    "field:handover-key-remove": lambda t: {"pk": t.handing.pk, "key": t.key.pk},
    "field:handover-meter-read": lambda t: {"pk": t.handing.pk, "meter": 1},
    "field:handover-sign": lambda t: {"pk": t.handing.pk},
    "field:handover-pdf": lambda t: {"pk": t.handing.pk},
    "field:handover-photo": lambda t: {"pk": t.proof.pk},
    "field:handover-photo-small": lambda t: {"pk": t.proof.pk},
    "field:entry": lambda t: {"pk": t.entering.pk},
    "field:entry-begin": lambda t: {"pk": t.entering.pk},
    "field:entry-thing-add": lambda t: {"pk": t.entering.pk},
    "field:entry-thing-photo": lambda t: {"pk": t.entering.pk, "thing": t.left_thing.pk},
    "field:entry-thing-remove": lambda t: {"pk": t.entering.pk, "thing": t.left_thing.pk},
    "field:entry-sign": lambda t: {"pk": t.entering.pk},
    "field:entry-photo": lambda t: {"pk": t.left_photo.pk},
    "field:entry-photo-small": lambda t: {"pk": t.left_photo.pk},
    "console:handover-begin": lambda t: {"pk": t.handover.tenure_id, "kind": "in"},
    "console:handover-photo": lambda t: {"pk": t.handover.pk, "photo": t.proof.pk},
    "portal:handover-pdf": lambda t: {"pk": t.handover.pk},
    "console:task-photo": lambda t: {"pk": t["tasks"].pk, "photo": t.shot.pk},
    "console:activity-came": lambda t: {"pk": t["activities"].pk, "person": t.sign_up.pk},
    "console:activity-cover": lambda t: {"pk": t["activities"].pk},
    "portal:activity-picture": lambda t: {"pk": t["activities"].pk},
    "portal:activity-picture-small": lambda t: {"pk": t["activities"].pk},
    "portal:activity": lambda t: {"pk": t["activities"].pk},
    "portal:activity-sign-up": lambda t: {"pk": t["activities"].pk},
    "portal:activity-withdraw": lambda t: {"pk": t["activities"].pk},
    "portal:activity-feedback": lambda t: {"pk": t["activities"].pk},
    "portal:operator-sign-in": lambda t: {"code": t.operator.code},
    "portal:operator-code": lambda t: {"code": t.operator.code},
    "portal:bill": lambda t: {"pk": t["bills"].pk},
    "portal:bill-pdf": lambda t: {"pk": t["bills"].pk},
    "portal:stay": lambda t: {"pk": t.account.tenure_id},
    "portal:notice": lambda t: {"pk": t.account.tenure_id},
    "portal:settlement": lambda t: {"pk": t.settlement.pk},
    "portal:settlement-pdf": lambda t: {"pk": t.settlement.pk},
    "portal:objection": lambda t: {"pk": t.settlement.pk, "line": t.line.pk},
    "portal:receipt-pdf": lambda t: {"pk": t["receipts"].pk},
}
"""How the arguments of an address are made, where they are no row of the console it begins with."""

OF_EVERY_LIST: dict[str, Callable[[Things, str], Arguments]] = {
    "bulk": lambda t, slug: {"name": "nothing"},
    "bulk-done": lambda t, slug: {"pk": t.bulk(slug).pk},
    "bulk-undo": lambda t, slug: {"pk": t.bulk(slug).pk},
    "export-job": lambda t, slug: {"pk": t.job.pk},
    "export-file": lambda t, slug: {"pk": t.job.pk},
    "view": lambda t, slug: {"key": t.view(slug).pk},
}
"""The same for what every list has besides the pages of its rows: what a user made or asked for is theirs alone."""

PUBLIC: dict[str, str] = {
    "health-live": "a load balancer asks; says nothing but that it lives",
    "health-ready": "a load balancer asks; details are for this machine, the monitors and the bearer of the token",
    "metrics": "not there but for this machine, the monitors and the bearer of the token",
    "console:sign-in": "where one signs in",
    "console:operator-sign-in": "where one signs in",
    "console:sign-in-factor": "the second step of signing in",
    "console:sign-in-another": "forgets a sign-in that was begun",
    "console:sign-in-passkey": "where one signs in",
    "console:sign-in-passkey-ask": "where one signs in",
    "console:operator-sign-in-passkey": "where one signs in",
    "console:operator-sign-in-passkey-ask": "where one signs in",
    "console:join": "whoever holds the link; the token cannot be guessed",
    "console:password-judge": "says nothing without a session or a link",
    "console:sign-out": "ends a session, if there is one",
    "console:language": "the language of this browser",
    "console:public-receipt": "whoever holds the paper; the token cannot be guessed",
    "field:manifest": "knows nobody",
    "field:worker": "knows nobody",
    "field:offline": "knows nobody",
    "portal:sign-in": "where residents sign in",
    "portal:operator-sign-in": "where residents sign in",
    "portal:code": "where residents sign in",
    "portal:operator-code": "where residents sign in",
    "portal:language": "the language of this browser",
    "portal:manifest": "knows nobody",
    "portal:worker": "knows nobody",
    "portal:offline": "knows nobody",
}
"""Addresses that anybody may ask, with the reason."""

OWN: dict[str, str] = {
    "console:home": "figures are asked for by the user's own rights",
    "console:account": "one's own account",
    "console:account-name": "one's own account",
    "console:account-session-end": "one's own sessions",
    "console:account-sessions-end": "one's own sessions",
    "console:confirm": "proves who one is",
    "console:confirm-passkey": "proves who one is",
    "console:confirm-passkey-ask": "proves who one is",
    "console:factor-choice": "one's own second factor",
    "console:factor-app": "one's own second factor",
    "console:factor-app-remove": "one's own second factor",
    "console:recovery-codes": "one's own second factor",
    "console:passkey-ask": "one's own second factor",
    "console:passkey-add": "one's own second factor",
    "console:passkey-rename": "one's own second factor",
    "console:passkey-remove": "one's own second factor",
    "console:property": "chooses among one's own properties",
    "console:notices": "one's own notices",
    "console:unread": "one's own notices",
    "console:list-density": "how high the rows of one's own lists are",
    "console:settings": "leads to what one's own rights show",
    "console:search": "finds what one's own rights show",
}
"""Addresses for whoever of the staff is signed in, that name nobody's things, with the reason."""

WHOLE: dict[str, str] = {
    "console:staff-role": "roles hold at all properties; who sees staff sees them",
}
"""Addresses of what belongs to the operator as a whole and is rightly seen from every property, with the reason.
Consoles say so themselves: `property_path = None`."""


@dataclass(frozen=True)
class Address:
    """One address of the site."""

    name: str
    route: str
    view: Any

    @property
    def permission(self) -> str | None:
        """The permission its page asks for; None where it asks for none."""
        return getattr(self.view, "permission", None)

    @property
    def for_person(self) -> bool:
        """Whether it is a page of the residents' portal."""
        return bool(getattr(self.view, "for_person", False))

    @property
    def slug(self) -> str:
        return self.route.partition("/")[0]

    @property
    def parameters(self) -> list[str]:
        return re.findall(r"<(?:\w+:)?(\w+)>", self.route)

    @property
    def is_whole(self) -> bool:
        """Whether it shows what belongs to the operator as a whole."""
        console = console_site.consoles.get(self.slug)
        of_console = console is not None and console.property_path is None and self.slug != "staff"
        return self.name in WHOLE or (of_console and self.name not in ARGUMENTS and not self.of_list)

    def missing(self) -> str:
        """What has to be added for the matrix to know this address; empty when it does."""
        if self.permission is None and not self.for_person and self.name not in PUBLIC and self.name not in OWN:
            return (
                f"{self.name} (/{self.route}) asks for no permission. Guard it with `console_site.page(…, permission=…)` or "
                "`for_person`; or say in tests/walls/addresses.py, in PUBLIC or OWN, why it needs none."
            )
        if self.parameters and self.name not in ARGUMENTS and not self._derived:
            return (
                f"{self.name} (/{self.route}): add a line to ARGUMENTS in tests/walls/addresses.py that makes "
                f"{', '.join(self.parameters)}: "
                f'"{self.name}": lambda t: {{"pk": t["{self.slug}"].pk}}'
            )
        return ""

    @property
    def _derived(self) -> bool:
        return self.of_list or (self.slug in console_site.consoles and set(self.parameters) <= {"pk", "name"})

    @property
    def of_list(self) -> bool:
        """Whether it is one of the addresses in `OF_EVERY_LIST`."""
        return self.slug in console_site.consoles and self._word in OF_EVERY_LIST

    @property
    def _word(self) -> str:
        return self.name.removeprefix(f"console:{self.slug}-")

    def url(self, things: Things, name: str = "") -> str:
        """The address of something that is there; `name` is that of a covered value, for `reveal`."""
        arguments: Arguments = {}
        if self.name in ARGUMENTS:
            arguments = ARGUMENTS[self.name](things)
        elif self.of_list:
            arguments = OF_EVERY_LIST[self._word](things, self.slug)
        elif self.parameters:
            arguments = {"pk": things[self.slug].pk}
            if "name" in self.parameters:
                arguments["name"] = name or next(iter(console_site.consoles[self.slug].masked_columns), "nothing")
        return reverse(self.name, kwargs=arguments)


def addresses(resolver: URLResolver, prefix: str = "", namespace: str = "") -> Iterator[Address]:
    """Every address of the site, the portal's and the public ones too."""
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern).removeprefix("^/")
        if isinstance(pattern, URLPattern):
            yield Address(f"{namespace}{pattern.name}", route, pattern.callback)
        else:
            yield from addresses(pattern, route, f"{pattern.namespace}:" if pattern.namespace else namespace)
