"""The key of personal data is changed while people work: nothing is lost, and the old key can be taken away."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction

from tests.support.installation import wait_for
from tests.support.operators import make_operator
from tests.support.stays import make_property, make_resident
from yuju.config import key_files, rotation
from yuju.config.home import CannotStart, checkout
from yuju.kit import sealed_columns
from yuju.kit.crypto import key_number, key_ring
from yuju.kit.fields import EncryptedTextField
from yuju.kit.sealed_stream import Passphrase
from yuju.kit.tenancy import operator_context
from yuju.residency.models import Resident

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])
PASSPHRASE = Passphrase("correct horse battery")


@pytest.fixture(autouse=True)
def home(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("YUJU_HOME", str(tmp_path))
    settings.YUJU_KEYS_DIR = str(tmp_path / "keys" / "data")
    return tmp_path


@pytest.fixture
def operators() -> list[Any]:
    """Two operators with twelve residents each."""
    made = [make_operator(), make_operator()]
    for operator in made:
        with operator_context(operator.pk), transaction.atomic():
            place = make_property()
            for number in range(12):
                make_resident(place, phone=f"138000060{number:02d}", emergency_phone=f"139000060{number:02d}")
    return made


@pytest.fixture
def process(home: Path) -> Iterator[Any]:
    started: list[subprocess.Popen[bytes]] = []

    def start(role: str, operator: Any) -> subprocess.Popen[bytes]:
        name, keys = connection.settings_dict["NAME"], str(home / "keys" / "data")
        command = [sys.executable, "-m", "tests.config.rotation_process", role, name, keys, str(operator.pk), str(home)]
        started.append(subprocess.Popen(command, cwd=checkout(), env={**os.environ, "YUJU_HOME": ""}))
        return started[-1]

    yield start
    for one in started:
        one.kill()
        one.wait()


def quiet(line: str) -> None:
    """Says nothing."""


def numbers(operator: Any) -> dict[int, str]:
    with operator_context(operator.pk), transaction.atomic():
        return dict(Resident.objects.values_list("pk", "phone"))


def test_every_value_of_every_operator_is_moved_and_reads_the_same(operators: list[Any]) -> None:
    # Given
    before = [numbers(operator) for operator in operators]

    # When
    number, moved = rotation.rotate(quiet)

    # Then two numbers of each of 24 residents are under the new key
    assert (number, moved.values, moved.unreadable) == (2, 48, {})
    assert dict(rotation.counts()) == {2: 48}
    assert [numbers(operator) for operator in operators] == before


@pytest.mark.slow
def test_beside_a_writer_nothing_is_lost_and_the_old_key_can_go(operators: list[Any], process: Any, home: Path) -> None:
    # Given somebody in another process who changes numbers without a pause
    writer = process("write", operators[0])
    wait_for(lambda: (home / "writing").exists(), "the first number written")

    # When
    rotation.rotate(quiet)
    key_files.export(home / "export", PASSPHRASE, at=operators[0].created_at)
    rotation.retire(1, destroy=False, say=quiet)
    (home / "writing").unlink()
    wait_for(lambda: (home / "writing").exists(), "a number written after the old key went")
    (home / "stop").touch()
    assert writer.wait(20) == 0

    # Then every number is the one that was written last, under the new key
    written = {int(pk): number for pk, number in json.loads((home / "written.json").read_text()).items()}
    assert len(written) > 5
    assert {pk: numbers(operators[0])[pk] for pk in written} == written
    assert set(rotation.counts()) == {2}


@pytest.mark.slow
def test_a_killed_rotation_goes_on_under_the_same_key(operators: list[Any], process: Any, home: Path) -> None:
    # Given one that was killed on its way
    first = process("rotate", operators[0])
    wait_for(lambda: (home / "moving").exists(), "the first batch")
    first.send_signal(signal.SIGKILL)
    first.wait()
    halfway = rotation.counts()
    assert halfway[1] > 0
    assert halfway[2] > 0

    # When
    said: list[str] = []
    number, moved = rotation.rotate(said.append)

    # Then
    assert (number, moved.values) == (2, halfway[1])
    assert said[0].startswith("Going on with the rotation to key 2")
    assert dict(rotation.counts()) == {2: 48}


def test_a_row_that_somebody_holds_is_waited_for_and_keeps_what_they_write(operators: list[Any]) -> None:
    # Given somebody who holds a row, read under the old key, and will write it under the new one
    operator, held, go = operators[0], threading.Event(), threading.Event()

    def edit() -> None:
        with operator_context(operator.pk), transaction.atomic():
            one = Resident.objects.select_for_update().order_by("pk")[0]
            held.set()
            go.wait(10)
            one.phone = "13911112222"
            one.save(update_fields=["phone"])
        connections.close_all()

    editor = threading.Thread(target=edit)
    editor.start()
    held.wait(10)
    key_ring().add_key()
    threading.Timer(0.3, go.set).start()

    # When
    with operator_context(operator.pk):
        moved = sealed_columns.move_to_newest(2)
        left = sealed_columns.values_by_key()
    editor.join()

    # Then
    assert (moved.values, dict(left)) == (24, {2: 26})
    assert min(numbers(operator).items())[1] == "13911112222"


def test_what_cannot_be_opened_is_named_stays_and_keeps_the_key(operators: list[Any]) -> None:
    # Given
    with operator_context(operators[0].pk), transaction.atomic(), connection.cursor() as cursor:
        pk = min(Resident.objects.values_list("pk", flat=True))
        cursor.execute("UPDATE residency_resident SET phone = '1.' || repeat('A', 60) WHERE id = %s", [pk])

    # When
    _number, moved = rotation.rotate(quiet)

    # Then
    assert moved.unreadable[("residency_resident", pk)] == 1
    with pytest.raises(CannotStart, match="3 values are still under key 1"):
        rotation.retire(1, destroy=True, say=quiet)


def test_a_key_in_use_or_in_no_export_is_not_taken_away(operators: list[Any], home: Path) -> None:
    with pytest.raises(CannotStart, match="is in use"):
        rotation.retire(1, destroy=True, say=quiet)
    rotation.rotate(quiet)
    with pytest.raises(CannotStart, match="in no export"):
        rotation.retire(1, destroy=False, say=quiet)
    with pytest.raises(CannotStart, match="no key 7"):
        rotation.retire(7, destroy=False, say=quiet)

    path, mark = key_ring().all()[0].path, key_ring().all()[0].fingerprint
    assert rotation.retire(1, destroy=True, say=quiet) == mark

    assert not path.exists()
    assert len(numbers(operators[0])) == 12


def test_an_open_transaction_keeps_the_older_key(operators: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotation, "_WAIT_SECONDS", 0.3)
    rotation.rotate(quiet)
    with operator_context(operators[0].pk), transaction.atomic():
        Resident.objects.count()
        with pytest.raises(CannotStart, match="has been open"):
            rotation.retire(1, destroy=True, say=quiet)


def test_the_next_change_of_keys_may_begin_before_the_server_learns_that_the_last_one_went(
    operators: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    gone: list[psycopg.Connection[Any]] = []
    with monkeypatch.context() as patch:
        patch.setattr(psycopg.Connection, "close", lambda connection: gone.append(connection))
        with rotation._alone():
            pass
        with rotation._alone():
            pass
    for one in gone:
        one.close()


def test_two_rotations_are_not_at_it_at_once(operators: list[Any]) -> None:
    with rotation._alone(), pytest.raises(CannotStart, match="Another change of keys"):
        rotation.rotate(quiet)


def test_the_commands_say_what_there_is_and_what_is_next(
    operators: list[Any], home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def said(*words: str) -> str:
        call_command("keys", *words)
        return capsys.readouterr().out

    passphrase = home / "passphrase"
    passphrase.write_text(PASSPHRASE.text)
    key_ring()
    assert re.search(r"1  .*48  never       in use\nIn no export: data/1\.key, data/hash\.key", said())
    assert said("rotate").startswith("Key 2 was made")
    assert re.search(r"1  .* 0  never       can be retired\n    2  .*48  never       in use", said())
    assert "4 keys are in" in said("export", str(home / "export"), f"--passphrase-file={passphrase}")
    assert re.search(r"^Key 1 \(fingerprint [0-9a-f]{16}\) is gone", said("retire"))
    assert said("retire") == "There is no older key.\n"
    assert "In no export" not in said()

    # And what was lost is told
    assert "1 keys were brought in" in said("import", str(home / "export"), f"--passphrase-file={passphrase}")
    (home / "keys" / "data" / "2.key").unlink()
    assert re.search(r"2  –  .* 48  –  .*MISSING", said())
    with pytest.raises(CommandError, match="24 rows hold values that can't be opened"):
        said("rotate")


def test_the_walk_finds_every_encrypted_column_there_is() -> None:
    declared = {
        model._meta.db_table
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, EncryptedTextField)
    }
    assert declared
    assert declared <= {place.name for place in sealed_columns.sealed_places()}


def test_values_tell_their_key() -> None:
    with operator_context(1):
        assert key_number(key_ring().encrypt("x", "y")) == 1
    assert key_number("no token") is None
