"""Keeping what is typed into forms until it is saved."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from yuju.identity.models import FormDraft, User
from yuju.kit.errors import Refused

KEPT_DAYS = 30
MOST_OF_A_FORM = 10
LARGEST = 64 * 1024
"""The most a draft may hold, in characters: no form has as much."""


def draft_keep(
    *, user: User, form: str, row_id: int | None, key: str, contents: Mapping[str, Any], at: datetime
) -> FormDraft:
    """Keeps a draft in place of the one under the same key; of a form and row only the latest ten stay.

    Args:
        form: the word the form has in addresses.
        row_id: what is edited; None for something new.
        contents: what JSON can hold.

    Raises:
        Refused: it is larger than any form.
    """
    text = json.dumps(contents, ensure_ascii=False)
    if len(text) > LARGEST:
        raise Refused(_("This is too much to keep as a draft: save the form instead."), code="draft_too_large")
    mine = FormDraft.objects.filter(user=user, form=form, row_id=row_id)
    draft, _made = FormDraft.objects.update_or_create(
        user=user, form=form, row_id=row_id, key=key, defaults={"contents": text, "at": at}
    )
    mine.filter(pk__in=list(mine.order_by("-at", "-pk").values_list("pk", flat=True)[MOST_OF_A_FORM:])).delete()
    return draft


def draft_drop(*, user: User, form: str, row_id: int | None, key: str) -> None:
    """Deletes a draft, if there is one: it was saved or discarded."""
    FormDraft.objects.filter(user=user, form=form, row_id=row_id, key=key).delete()


def drafts_forget(*, at: datetime) -> int:
    """Deletes the drafts nobody has gone on with for thirty days; returns how many."""
    return FormDraft.objects.filter(at__lt=at - timedelta(days=KEPT_DAYS)).delete()[0]
