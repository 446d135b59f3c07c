"""The page of a resident's death."""

from __future__ import annotations

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse

from tests.support.console_world import ConsoleWorld
from tests.support.stays import bind, make_lease, make_resident, make_tariff, make_unit
from yuju.residency.models import Freeze

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4 a certificate"


def test_the_page_records_shows_and_releases(world: ConsoleWorld) -> None:
    # Given a manager and somebody who lives at the property
    tenure = make_lease(make_unit(world.here), make_resident(world.here))
    bind(tenure, make_tariff(world.here))
    client = world.client("manager")
    url = reverse("console:resident-death", args=[tenure.resident_id])

    # When the death is recorded
    page = client.post(
        url, {"died_on": "2026-07-01", "document": "police", "scan": ContentFile(PDF, "a.pdf"), "note": "邻居报警"}
    )

    # Then the page of the resident, the lease and the death say so, and releasing frees it
    assert page.status_code == 302
    for name, pk in (("residents-detail", tenure.resident_id), ("leases-detail", tenure.pk)):
        assert "2026-07-01" in client.get(reverse(f"console:{name}", args=[pk])).content.decode()
    freeze = Freeze.objects.get(tenure=tenure)
    assert f"release/{freeze.pk}" in client.get(url).content.decode()
    client.post(reverse("console:resident-death-release", args=[tenure.resident_id, freeze.pk]), {})
    freeze.refresh_from_db()
    assert freeze.released_at is not None
    document = client.get(reverse("console:resident-death-document", args=[tenure.resident_id]))
    assert b"".join(document.streaming_content) == PDF  # type: ignore[attr-defined]
