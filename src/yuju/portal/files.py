"""Files that a person fetches: made for each, so not too many at a time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from yuju.identity.services.attempts import attempt_key, attempts_note, attempts_used_up
from yuju.kit.errors import Refused
from yuju.kit.toasts import toast_add
from yuju.residency.selectors import Person

PDFS = 30
"""PDFs that one person may have made in 15 minutes."""


def pdf_answer(
    request: HttpRequest,
    person: Person,
    make: Callable[[datetime], bytes],
    *,
    name: str,
    back: str,
    inline: bool = False,
) -> HttpResponseBase:
    """A PDF made now; where it cannot be, the page to go back to says why.

    Args:
        make: gives the file, told the moment; what it notes is undone where it refuses.
        name: of the file, without its ending.
        back: the address of the page it is fetched from.
        inline: shown by the browser instead of kept as a file.
    """
    now = timezone.now()
    limit = {attempt_key("portal pdf", person.phone_hash): PDFS}
    if attempts_used_up(limit, at=now):
        toast_add(request, _("That was many files at once. Wait 15 minutes and try again."), kind="bad")
        return redirect(back)
    attempts_note(limit, at=now)
    try:
        with transaction.atomic():
            made = make(now)
    except Refused as refused:
        toast_add(request, refused, kind="bad")
        return redirect(back)
    response = HttpResponse(made, content_type="application/pdf")
    response["Content-Disposition"] = f'{"inline" if inline else "attachment"}; filename="{name}.pdf"'
    return response
