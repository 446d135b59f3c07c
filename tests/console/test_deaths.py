"""The page of a resident's death."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse

from tests.support.console_world import AT, ConsoleWorld
from tests.support.stays import bind, make_lease, make_resident, make_tariff, make_unit
from yuju.identity.models import AuditEntry
from yuju.journeys.stay_moves import tenant_change
from yuju.residency.choices import IdType
from yuju.residency.models import Freeze, Heir

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


def test_the_heirs_document_opens_and_the_lease_goes_on_with_them(world: ConsoleWorld) -> None:
    # Given somebody who died, and an heir who is a resident
    tenure = make_lease(make_unit(world.here), make_resident(world.here))
    heir = make_resident(world.here, "林一", id_type=IdType.PASSPORT, id_number="E11111111")
    client, resident = world.client("manager"), tenure.resident_id
    url = reverse("console:resident-death", args=[resident])
    client.post(url, {"died_on": "2026-07-01", "document": "police", "scan": ContentFile(PDF, "a.pdf")})
    given = {"name": "林一", "relation": "女儿", "id_type": "passport", "id_number": "E11111111", "basis": "notary"}
    client.post(reverse("console:resident-heir", args=[resident]), {**given, "scan": ContentFile(PDF + b"b", "b.pdf")})

    # Then the document of the heir opens for the manager, which is written down, and not for the front desk
    shown = reverse("console:resident-heir-document", args=[resident, Heir.objects.get().pk])
    assert b"".join(client.get(shown).streaming_content) == PDF + b"b"  # type: ignore[attr-defined]
    assert AuditEntry.objects.filter(action="revealed", object_id=resident, detail__field="document").count() == 1
    assert world.client("front_desk").get(shown).status_code == 403

    # And once reviewed the page leads to the change of tenant, with the heir in it
    goes_on = f"{reverse('console:lease-change', args=[tenure.pk, 'tenant'])}?resident={heir.pk}"
    assert goes_on not in client.get(url).content.decode()
    client.post(reverse("console:resident-death-release", args=[resident, Freeze.objects.get().pk]))
    assert goes_on in client.get(url).content.decode()
    form = client.get(goes_on).content.decode()
    assert "林一" in form
    assert "继承人" in form
    after = tenant_change(
        tenure=tenure,
        resident=heir,
        on=date(2026, 7, 10),
        deposit_moves=False,
        reason="由继承人续住",
        key=uuid4(),
        by=None,
        at=AT,
    ).after
    assert after.number in client.get(url).content.decode()


def test_nothing_is_offered_to_who_died(world: ConsoleWorld) -> None:
    # Given somebody with a telephone who died
    tenure = make_lease(make_unit(world.here), make_resident(world.here, phone="13800006021"))
    client, page = world.client("manager"), reverse("console:residents-detail", args=[tenure.resident_id])
    offered = (f"/check-ins/new/?resident={tenure.resident_id}", f"/residents/{tenure.resident_id}/portal-code")
    assert all(one in client.get(page).content.decode() for one in offered)
    url = reverse("console:resident-death", args=[tenure.resident_id])
    client.post(url, {"died_on": "2026-07-01", "document": "police", "scan": ContentFile(PDF, "a.pdf")})

    # Then their page and the list say so, and offer neither a check-in nor a code
    shown = client.get(page).content.decode()
    assert not any(one in shown for one in offered)
    assert "已故" in shown
    assert "已故" in client.get(reverse("console:residents-list") + "?tab=all").content.decode()
