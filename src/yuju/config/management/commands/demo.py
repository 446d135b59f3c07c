"""`yuju demo`: an invented operator with a property, months of bills and a draft run, to look around in."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone, translation

from yuju.config import home
from yuju.identity.choices import Role
from yuju.identity.operators import all_operators
from yuju.journeys.demo import OPERATOR_CODE, Made, demo_make
from yuju.kit.errors import Refused


class Command(BaseCommand):
    """Everything or nothing; run again, it says that the demo is there and leaves it alone."""

    requires_system_checks: list[str] = []
    help = "Makes the demo: an invented operator with one property, its bills and its staff. Only on an empty installation."

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError(
                "The demo is not made under production settings (YUJU_PRODUCTION=1): its people are invented and its "
                "passwords lie in a file. Make your own operator with `yuju init`."
            )
        kept = home.path(home.DEMO_SIGN_INS)
        codes = [operator.code for operator in all_operators()]
        if OPERATOR_CODE in codes:
            self.stdout.write(f"The demo is there already. Its sign-ins are in {kept}")
            return
        if codes:
            raise CommandError(
                f"This installation is in use ({', '.join(codes)}); the demo is only made in an empty one. "
                "Set YUJU_HOME to another folder and run it there."
            )
        try:
            with translation.override(settings.LANGUAGE_CODE), transaction.atomic():
                made = demo_make(at=timezone.now(), say=lambda line: self.stdout.write(f"Demo: {line} …"))
                # Kept before the commit: passwords that nobody knows would lock everybody out.
                home.write_private(kept, sign_ins(made))
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(
            f"Demo: {made.property_name}, {made.runs_issued} runs issued, one in draft, {made.charges} charges, "
            f"{made.payments} payments at the desk, {made.open_exceptions} exceptions to decide."
        )
        self.stdout.write(f"Its sign-ins are in {kept}")


def sign_ins(made: Made) -> str:
    """The demo's users with their passwords, as lines to print."""
    lines = ["Demo sign-ins (演示账号), for this machine only:"]
    for member, password in made.passwords:
        with translation.override("zh-hans"):
            role = str(Role(member.role).label)
        lines.append(f"  {member.username:<12}{password:<14}{role} {member.name}")
    return "\n".join(lines) + "\n"
