"""Where the drafts of the console's forms are kept: with the user who types them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from django.http import HttpRequest
from django.utils import timezone

from yuju.identity.models import User
from yuju.identity.selectors import drafts_of
from yuju.identity.services import draft_drop, draft_keep
from yuju.kit.console import Draft, console_site


class UserDrafts:
    """Keeps drafts by user, encrypted."""

    keeps = True

    def keep(
        self, request: HttpRequest, form: str, row_id: int | None, key: str, contents: Mapping[str, Any]
    ) -> datetime:
        at = timezone.now()
        draft_keep(user=cast(User, request.user), form=form, row_id=row_id, key=key, contents=contents, at=at)
        return at

    def kept(self, request: HttpRequest, form: str, row_id: int | None) -> list[Draft]:
        kept = drafts_of(cast(User, request.user), form, row_id)
        return [Draft(one.key, one.at, json.loads(one.contents)) for one in kept]

    def drop(self, request: HttpRequest, form: str, row_id: int | None, key: str) -> None:
        draft_drop(user=cast(User, request.user), form=form, row_id=row_id, key=key)


console_site.drafts = UserDrafts()
