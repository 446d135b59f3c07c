"""What somebody opened last, to come back to it."""

from __future__ import annotations

from typing import Any

from django.db import models

from yuju.identity.models.people import User
from yuju.kit.models import Walled, WalledForeignKey


class RecentlyOpened(Walled):
    """The things a user opened last, latest first.

    Attributes:
        things: pairs of a page's word and a row's id, such as `["residents", 7]`. Names are not kept: who may not see a
            thing any more is not told what it was called.
    """

    user = WalledForeignKey(User, on_delete=models.CASCADE, related_name="+")
    things: Any = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["operator_id", "user"], name="recently_opened_once_a_user")]
