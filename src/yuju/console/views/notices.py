"""A user's notices: the latest under the bell, read once it is opened; all of them on a page; how many are unread."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from yuju.console.context import Shell
from yuju.console.pages.premises import user_of
from yuju.kit.console.pages import signed_in
from yuju.messaging.models import Notice
from yuju.messaging.services.notices import notices_mark_read

SHOWN = 12
ON_PAGE = 25


@require_http_methods(["GET", "POST"])
@signed_in
def notices_page(request: HttpRequest) -> HttpResponseBase:
    """GET is the page of all notices. POST marks all of them read, and answers with the list under the bell."""
    user = user_of(request)
    rows = Notice.objects.filter(recipient=user).order_by("-at", "-pk")
    if request.method == "GET":
        page = Paginator(rows, ON_PAGE).get_page(request.GET.get("page"))
        return render(request, "console/notices.html", {"page": page})
    notices = list(rows[:SHOWN])
    notices_mark_read(user=user, at=timezone.now())
    if not request.headers.get("HX-Request"):
        return redirect("console:notices")
    return render(request, "console/shell/notices.html", {"notices": notices})


@never_cache
@require_GET
@signed_in
def unread_page(request: HttpRequest) -> HttpResponseBase:
    """How many notices are unread, as plain text, for the bell of an open page; 100 stands for more than 99."""
    return HttpResponse(str(Shell(request).unread), content_type="text/plain")
