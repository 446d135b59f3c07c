"""An operator with two properties, and browsers signed in as anybody, for tests of pages."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.support.operators import make_operator
from yuju.identity.choices import Role, SignInMeans
from yuju.identity.models import Change, Operator, User
from yuju.identity.services import user_create
from yuju.identity.services.session import session_begin
from yuju.kit.tenancy import operator_context
from yuju.premises.models import Property
from yuju.premises.services import property_create

AT = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
_numbers = itertools.count(1)


class ConsoleWorld:
    """What `yuju.kit.testing.console.World` asks for."""

    def __init__(self, operator: Operator) -> None:
        self.operator = operator
        self.here = property_create(code="here", name="青岚里公寓", by=None, at=AT)
        self.elsewhere = property_create(code="elsewhere", name="阳光公寓", by=None, at=AT)

    def user(self, role: str, *, at: Property | None = None) -> User:
        """Somebody with a role, at one property or at all."""
        return user_create(
            username=f"user{next(_numbers)}",
            name="周明",
            password="long enough to do",
            postings=[(Role(role), at.pk if at is not None else None)],
            by=None,
            at=AT,
        )

    def client(self, role: str, *, at: Property | None = None) -> Client:
        return self.client_of(self.user(role, at=at))

    def client_of(self, user: User) -> Client:
        """A browser signed in as a user."""
        client = Client()
        session = client.session
        session_begin(store=session, user=user, means=SignInMeans.PASSWORD, at=timezone.now())
        session.save()
        return client

    def choose(self, client: Client, property: Property) -> None:
        assert client.post(reverse("console:property"), {"property": property.pk}).status_code == 302

    def told(self, row: Model) -> list[Change]:
        """What the history has of a row and its parts, in order."""
        return list(Change.objects.filter(subject=row._meta.db_table, subject_id=row.pk).order_by("pk"))

    @contextmanager
    def other_operator(self) -> Iterator[ConsoleWorld]:
        other = make_operator()
        with operator_context(other.pk):
            yield ConsoleWorld(other)
