"""What the shell around every page needs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import get_language

from yuju.console.navigation import Item, Section, sections, settings_item
from yuju.identity.models import User
from yuju.messaging.models import Notice
from yuju.premises.models import Property
from yuju.workforce.selectors import DO

THEME_COOKIE = "yuju_theme"


@dataclass
class Shell:
    """The shell of one page; each part is worked out when the template asks for it, so plain pages cost nothing."""

    request: HttpRequest

    @property
    def theme(self) -> str:
        """`dark` or `light`, as this browser was last told."""
        return "dark" if self.request.COOKIES.get(THEME_COOKIE) == "dark" else "light"

    @property
    def demo(self) -> bool:
        """Whether this installation holds the demo, whose people are invented."""
        return bool(settings.YUJU_DEMO)

    @property
    def html_language(self) -> str:
        """The language as the page's root element names it, which also chooses the shapes of Chinese characters."""
        return "zh-CN" if (get_language() or "").startswith("zh") else "en"

    @property
    def languages(self) -> list[tuple[str, str]]:
        return list(settings.LANGUAGES)

    @property
    def language(self) -> str:
        return get_language() or settings.LANGUAGE_CODE

    @property
    def user(self) -> User | None:
        user = getattr(self.request, "user", None)
        return user if isinstance(user, User) else None

    @cached_property
    def navigation(self) -> list[Section]:
        return sections(self.request) if self.user else []

    @property
    def settings(self) -> Item | None:
        return settings_item(self.request) if self.user else None

    @property
    def properties(self) -> list[Property]:
        return list(getattr(self.request, "properties", ()))

    @cached_property
    def unread(self) -> int:
        """How many of the user's notices are unread; 100 stands for more than 99."""
        if self.user is None:
            return 0
        return Notice.objects.filter(recipient=self.user, read_at=None)[:100].count()

    @property
    def does_tasks(self) -> bool:
        """Whether the user has pages for the phone."""
        return self.user is not None and self.user.may(DO)

    @property
    def search_url(self) -> str:
        """The address of the one search box, or empty while there is none."""
        try:
            return reverse("console:search")
        except NoReverseMatch:
            return ""

    # Last: below it the name no longer means the decorator.
    @property
    def property(self) -> Property | None:
        """The property the pages are about; None means all the user may see."""
        chosen: Property | None = getattr(self.request, "property", None)
        return chosen


def shell(request: HttpRequest) -> dict[str, Any]:
    """The context processor: `shell` in every template."""
    return {"shell": Shell(request)}
