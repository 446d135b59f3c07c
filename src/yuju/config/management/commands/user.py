"""`yuju user link`: a one-time link for a user, for when nobody can sign in to make one."""

from __future__ import annotations

import os
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.urls import reverse
from django.utils import timezone

from yuju.identity.models import Operator, User
from yuju.identity.services.invitations import VALID_FOR, invitation_make
from yuju.identity.services.second_factor import factors_reset
from yuju.kit.commands import OperatorCommand


class Command(OperatorCommand):
    """Prints where a user sets a new password; with `--reset-two-step` app, passkeys and recovery codes are forgotten."""

    help = "Makes a one-time link with which a user sets a new password."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="link")
        link = verbs.add_parser("link", help="print a link for a new password")
        super().add_arguments(link)
        link.add_argument("--user", metavar="NAME", default="admin", help="the user (default: admin)")
        link.add_argument(
            "--reset-two-step", action="store_true", help="also forget the user's app, passkeys and recovery codes"
        )

    def handle_operator(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["user"]).first()
        if user is None:
            raise CommandError(f"There is no user “{options['user']}”.")
        if options["reset_two_step"]:
            factors_reset(user=user, by=None, at=timezone.now())
        token = invitation_make(user=user, by=None, at=timezone.now())
        path = reverse("console:join", args=[Operator.objects.get().code, token])
        self.stdout.write(f"{settings.YUJU_PUBLIC_URL or _here()}{path}")
        self.stdout.write(f"It works once, within {int(VALID_FOR.total_seconds() // 3600)} hours.")


def _here() -> str:
    """Where `yuju up` answers on this machine, for whoever set no address."""
    return f"http://127.0.0.1:{os.environ.get('YUJU_PORT') or 8000}"
