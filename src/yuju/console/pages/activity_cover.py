"""The picture of an activity: handed in at the desk, shown there and to those who are invited."""

from __future__ import annotations

from django import forms
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from yuju.care import services
from yuju.care.models import Activity
from yuju.console.pages.premises import user_of
from yuju.console.pages.segments import EDIT, VIEW
from yuju.kit.console import ConsoleForm, console_site
from yuju.kit.errors import Refused
from yuju.kit.pictures import LARGEST, picture_answer
from yuju.kit.toasts import toast_add


class CoverForm(ConsoleForm):
    """A picture that makes people want to come."""

    photo = forms.FileField(
        label=gettext_lazy("Picture"),
        widget=forms.FileInput(
            attrs={
                "accept": ".jpg,.jpeg,.png",
                "class": "form-control",
                "data-largest": LARGEST,
                "data-too-large": gettext_lazy("The picture has {size} MB; at most 15 MB are taken."),
            }
        ),
        help_text=gettext_lazy("JPEG or PNG. Wide pictures look best; residents see it with the invitation."),
    )


@console_site.page("activity-cover", title="", permission=EDIT, route="activities/<int:pk>/cover/", in_navigation=False)
@require_http_methods(["GET", "POST"])
def cover_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Takes the picture in."""
    activity: Activity = get_object_or_404(Activity.objects.visible_to(user_of(request), EDIT), pk=pk)
    back = reverse("console:activities-detail", args=[pk])
    form = CoverForm(request.POST or None, request.FILES or None, request=request)
    if request.method == "POST" and form.is_valid():
        try:
            services.activity_cover_set(
                activity=activity, photo=form.cleaned_data["photo"], by=user_of(request), at=timezone.now()
            )
        except Refused as refusal:
            form.add_error("photo", str(refusal))
        else:
            toast_add(request, _("Saved"))
            return redirect(back)
    context = {
        "form": form,
        "heading": _("Picture"),
        "sub": activity.name,
        "crumbs": [(_("Activities"), reverse("console:activities-list")), (activity.name, back), (_("Picture"), "")],
        "back_url": back,
    }
    return render(request, "console/residency/small_form.html", context, status=422 if form.errors else 200)


@console_site.page(
    "activity-picture", title="", permission=VIEW, route="activities/<int:pk>/picture", in_navigation=False
)
@require_GET
def picture_file(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The picture as a file."""
    activity: Activity = get_object_or_404(Activity.objects.visible_to(user_of(request), VIEW), pk=pk)
    if not activity.cover:
        raise Http404
    return picture_answer(activity.cover, str(activity.pk), request)
