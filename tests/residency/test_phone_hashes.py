"""Residents on file from before there was a portal are found by their number too."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connections, transaction

from tests.support.operators import make_operator
from tests.support.stays import make_property, make_resident
from yuju.kit.tenancy import operator_context
from yuju.residency.models import Resident
from yuju.residency.selectors import person_of


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_the_migration_fills_the_hashes_of_every_operator() -> None:
    # Given residents of two operators without a hash, one without a number
    migration = import_module("yuju.residency.migrations.0002_portal")
    hashes = []
    operators = [make_operator(), make_operator()]
    for operator in operators:
        with operator_context(operator.pk), transaction.atomic():
            place = make_property()
            hashes.append(make_resident(place, phone="13800006021").phone_hash)
            make_resident(place, "王建国")
            Resident.objects.update(phone_hash="")

    # When the migration runs, as the tables' owner
    with transaction.atomic(using="owner"), connections["owner"].schema_editor() as editor:
        migration.hash_phones(apps, editor)

    # Then each is found, within its own operator
    assert hashes[0] != hashes[1]
    for operator, hashed in zip(operators, hashes, strict=True):
        with operator_context(operator.pk), transaction.atomic():
            found = person_of(hashed)
            assert found is not None
            assert [one.name for one in found.residents] == ["林晓彤"]
            assert Resident.objects.filter(phone_hash="").count() == 1
