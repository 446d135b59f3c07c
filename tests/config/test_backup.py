"""A property with bills is backed up while somebody works, and restored elsewhere: all of it, or nothing and a sentence."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction
from django.db.migrations.executor import MigrationExecutor
from django.urls import reverse
from psycopg import sql

from tests.support.console_world import ConsoleWorld
from tests.support.installation import YUJU
from tests.support.operators import make_operator
from tests.support.property_sheets import DATA
from tests.support.stays import make_property, make_resident
from yuju.billing.models import Bill, Charge
from yuju.config import database, home, key_files, prepare
from yuju.config.backup import checking, mark, migrations, restoring
from yuju.config.backup import folder as folders
from yuju.config.backup import tables as rows
from yuju.config.backup.checking import backup_check
from yuju.config.backup.making import backup_make
from yuju.config.home import CannotStart, checkout
from yuju.config.key_files import backup_key
from yuju.identity.models import User
from yuju.identity.operators import OperatorRef, all_operators
from yuju.kit.backups import note_good
from yuju.kit.crypto import KeyRing
from yuju.kit.sealed_stream import Passphrase, SecretKey, Unopenable
from yuju.kit.tenancy import operator_context
from yuju.residency.models import Resident

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True, databases=["default", "owner"])]
AT = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
PASSPHRASE = Passphrase("correct horse battery")
PDF = b"%PDF-1.7 a lease that was signed"


@dataclass
class Place:
    """A home with a database, as the environment names them."""

    home: Path
    database: str


@pytest.fixture
def source(transactional_db: None, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Place:
    """The test's own database and a home beside it, empty but for an operator."""
    place = Place(tmp_path / "home", connection.settings_dict["NAME"])
    settings.YUJU_KEYS_DIR = str(place.home / "keys" / "data")
    settings.YUJU_BACKUP_STATUS = place.home / "backup.json"
    go_to(place, monkeypatch)
    return place


@pytest.fixture
def elsewhere(source: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """Another home and a database that is not there yet. What is made on the way goes away, and the tests' database is back."""
    place = Place(tmp_path / "elsewhere", f"{source.database}_else")
    yield place
    monkeypatch.undo()
    restoring.point_at(source.database)
    with prepare.maintenance_connection() as server:
        for (name,) in server.execute(
            "SELECT datname FROM pg_database WHERE datname LIKE %s", (f"{place.database}%",)
        ).fetchall():
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def go_to(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names a home and a database in the environment, on the server and with the roles of the tests."""
    owner, application = (connections[alias].settings_dict for alias in ("owner", "default"))
    monkeypatch.setenv("YUJU_HOME", str(place.home))
    for variable, one in (("DATABASE_URL", owner), ("YUJU_APP_DATABASE_URL", application)):
        where = f"{one['HOST'] or '127.0.0.1'}:{one['PORT'] or 5432}"
        monkeypatch.setenv(variable, f"postgresql://{one['USER']}:{one['PASSWORD']}@{where}/{place.database}")


def bring_keys(source: Place, place: Place, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """Takes the keys from one home to the other, as a person would."""
    go_to(source, monkeypatch)
    exported = source.home.parent / "keys.export"
    exported.unlink(missing_ok=True)
    key_files.export(exported, PASSPHRASE, AT)
    go_to(place, monkeypatch)
    key_files.bring_in(exported, PASSPHRASE, replace=False, say=quiet)
    settings.YUJU_KEYS_DIR = str(place.home / "keys" / "data")


def quiet(line: str) -> None:
    """Says nothing."""


def small(source: Place) -> Path:
    """A backup of an operator with a few people and a file."""
    with operator_context(make_operator("small").pk), transaction.atomic():
        make_resident(make_property(), phone="13800006021")
    kept = home.folder("files") / "1" / "papers" / "a.pdf"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(PDF)
    return backup_make(to=source.home / "backups", secret=backup_key(), at=AT, say=quiet)


def only_operator() -> OperatorRef:
    """The one operator there is."""
    return all_operators()[0]


@contextmanager
def somebody_at_work(operator_id: int) -> Iterator[list[str]]:
    """Residents' numbers are changed and people added without a pause, each in a transaction of its own."""
    stop, done = threading.Event(), []

    def work() -> None:
        with operator_context(operator_id):
            while not stop.is_set():
                with transaction.atomic():
                    one = Resident.objects.order_by("?")[0]
                    one.phone = f"138{len(done):08d}"
                    one.save(update_fields=["phone"])
                    User.objects.create(username=f"busy{len(done)}", name="忙")
                done.append(one.phone)
        connections.close_all()

    worker = threading.Thread(target=work)
    worker.start()
    try:
        yield done
    finally:
        stop.set()
        worker.join()


def test_a_property_is_backed_up_at_work_and_whole_elsewhere(
    source: Place, elsewhere: Place, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    # Given a property with issued bills, a file, and somebody at work
    operator = make_operator("sunshine")
    with operator_context(operator.pk), transaction.atomic():
        ConsoleWorld(operator).user("manager")
    call_command("import", str(DATA / "sunshine.xlsx"), verbosity=0)
    call_command("bill", "run", "--property", "P01", "--as-of", "2025-09-01", "--issue", verbosity=0)
    kept = home.folder("files") / str(operator.pk) / "papers" / "a.pdf"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(PDF)

    # When it is backed up meanwhile
    with somebody_at_work(operator.pk) as done:
        while len(done) < 3:
            pass
        path = backup_make(to=source.home / "backups", secret=backup_key(), at=AT, say=quiet)
    with operator_context(operator.pk), transaction.atomic():
        charges = Charge.objects.count()
        people = Resident.objects.count()

    # Then the file is for its owner alone, shows nothing, and holds no key
    assert path.stat().st_mode & 0o777 == 0o600
    content = path.read_bytes()
    assert b"identity_operator" not in content
    assert not any(key.content in content for key in key_files.key_files())
    assert backup_check(path, [backup_key()]).files == 1

    # When it is restored elsewhere
    bring_keys(source, elsewhere, monkeypatch, settings)
    said: list[str] = []
    restored = restoring.restore(path, [backup_key()], replace=False, without_keys=False, say=said.append)

    # Then it says what it proved
    proof = "\n".join(line for line in said if line.startswith("ok"))
    for words in ("the content of each is that of the backup", "1 files", "operator sunshine", "books of sunshine"):
        assert words in proof
    assert (restored.in_order, restored.keys_missing, restored.before_database) == (True, [], "")
    assert mark.standing() is None

    # And everything is there: bills and people, numbers in the clear, files, sequences that go on
    assert (elsewhere.home / "files" / str(operator.pk) / "papers" / "a.pdf").read_bytes() == PDF
    assert connection.settings_dict["NAME"] == elsewhere.database
    with operator_context(operator.pk), transaction.atomic():
        assert Charge.objects.count() == charges > 500
        phones = list(Resident.objects.values_list("phone", flat=True))
        assert len(phones) == people
        assert any(phone.startswith("13800000") for phone in phones)
        manager = User.objects.filter(postings__role="manager")[0]
        assert User.objects.create(username="new", name="新").pk > manager.pk

        # And its pages open, with the wall in force
        client = ConsoleWorld.client_of(ConsoleWorld, manager)  # type: ignore[arg-type]
        bill = Bill.objects.order_by("pk")[0]
    for address in (
        reverse("console:home"),
        reverse("console:residents-list"),
        reverse("console:bill-pdf", args=[bill.pk]),
    ):
        assert client.get(address).status_code == 200
    with operator_context(operator.pk + 1), transaction.atomic():
        assert not Resident.objects.exists()


@pytest.mark.usefixtures("elsewhere")
def test_what_is_there_is_replaced_by_an_older_one_only_when_told_so_and_kept(
    source: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a backup from before a migration, an installation that went on, and keys that were lost
    with before_a_migration():
        path, secret = small(source), backup_key()
    with operator_context(only_operator().id), transaction.atomic():
        Resident.objects.update(name="后来")
    (home.folder("files") / "later.pdf").write_bytes(PDF)
    (source.home / "keys" / "data").rename(source.home / "lost")
    connections.close_all()

    # When it is not told so, or the backup proves unreadable on the way
    with pytest.raises(CannotStart, match="lacks the keys of personal data"):
        restoring.restore(path, [secret], replace=True, without_keys=False, say=quiet)
    with pytest.raises(CannotStart, match="operators small, 2 files"):
        restoring.restore(path, [secret], replace=False, without_keys=True, say=quiet)
    with monkeypatch.context() as patched, pytest.raises(Unopenable, match="damaged"):  # noqa: PT012
        patched.setattr(restoring, "_load", lambda *_: (_ for _ in ()).throw(Unopenable("damaged")))
        restoring.restore(path, [secret], replace=True, without_keys=True, say=quiet)

    # Then nothing has changed
    assert mark.standing() is None
    assert (source.home / "files" / "later.pdf").exists()
    assert names() == ["后来"]
    connections.close_all()

    # When it is told so
    said: list[str] = []
    restored = restoring.restore(path, [secret], replace=True, without_keys=True, say=said.append)

    # Then the backup is in force, brought forward, and what was there before is kept
    assert re.search(r"brought forward by \d+ migrations?, to metering\.", "\n".join(said))
    assert names() == ["林晓彤"]
    assert not (source.home / "files" / "later.pdf").exists()
    assert (Path(restored.before_files) / "later.pdf").exists()
    with psycopg.connect(**database.owner().conninfo(restored.before_database)) as before:
        assert before.execute("SELECT name FROM residency_resident").fetchone() == ("后来",)
        # Whose planner was told what the migrations brought, too
        known = "SELECT last_analyze FROM pg_stat_user_tables WHERE relname = 'residency_resident'"
        assert before.execute(known).fetchone() != (None,)

    # And the numbers of the missing keys stay free for them
    assert restored.keys_missing == ["1", "hash"]
    assert KeyRing(source.home / "keys" / "data").newest == 2


@contextmanager
def before_a_migration() -> Iterator[None]:
    """The database as it was before metering's second migration, within: a table less, to which nothing points."""
    executor = MigrationExecutor(connections["owner"])
    try:
        executor.migrate([("metering", "0001_initial")])
        yield
    finally:
        prepare.migrate()


def test_without_its_keys_or_on_an_older_yuju_nothing_is_begun(
    source: Place, elsewhere: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a home with the key of backups, and another key of personal data
    path, secret = small(source), backup_key()
    go_to(elsewhere, monkeypatch)
    KeyRing(home.folder("keys", "data"))

    # When, then
    with pytest.raises(CannotStart, match="lacks the keys of personal data .* key 1 and the key of the hashes"):
        restoring.restore(path, [secret], replace=False, without_keys=False, say=quiet)
    with pytest.raises(Unopenable, match="backup key that is not here"):
        restoring.restore(path, [SecretKey(b"o" * 32)], replace=False, without_keys=True, say=quiet)
    monkeypatch.setattr(migrations, "_known", lambda: {("identity", "0001_initial")})
    with pytest.raises(
        CannotStart, match=r"made by a newer Yuju .* does not know its migrations billing\.0001_initial"
    ):
        restoring.restore(path, [secret], replace=False, without_keys=True, say=quiet)
    assert mark.standing() is None
    assert not restoring._exists(elsewhere.database)


def test_a_restore_that_is_killed_does_not_start_and_can_be_given_up(
    source: Place, elsewhere: Place, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    # Given
    path = small(source)
    bring_keys(source, elsewhere, monkeypatch, settings)
    process = subprocess.Popen([*YUJU, "restore", str(path)], cwd=checkout(), env=environment(), stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline().startswith(b"Restoring")

    # When
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()

    # Then
    with pytest.raises(CannotStart, match="has not ended: what is here is not whole"):
        prepare.prepare(say=quiet)
    assert not restoring._exists(elsewhere.database)

    # And
    restoring.give_up()
    assert mark.standing() is None
    assert not restoring._exists(f"{elsewhere.database}_restoring")


def test_a_backup_that_is_killed_leaves_nothing_that_looks_whole(source: Place) -> None:
    # Given one that stops in the middle of the tables
    small(source).unlink()
    script = (
        "import time, yuju.config.backup.making as making; made = making._through\n"
        "def slowly(digest, pieces, progress, where):\n"
        "    print(where, flush=True); yield from made(digest, pieces, progress, where); time.sleep(0.05)\n"
        "making._through = slowly; from yuju.config.main import run; run(['yuju', 'backup'])"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script], cwd=checkout(), env=environment(), stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    while not process.stdout.readline().startswith(b"table 5 "):
        assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    folder = source.home / "backups"
    left = [path.name for path in folder.iterdir() if path.name != ".lock"]

    # Then it has no backup's name, and the next one clears it away
    assert len(left) == 1
    assert left[0].endswith(".partial")
    assert folders.backups_in(folder) == []
    path = backup_make(to=folder, secret=PASSPHRASE, at=AT, say=quiet)
    assert sorted(one.name for one in folder.iterdir()) == [".lock", path.name]


def test_what_is_wrong_with_a_backup_is_named(source: Place, tmp_path: Path) -> None:
    path, key = small(source), backup_key()
    assert checking.keys_missing(backup_check(path, [key]).beginning) == []
    altered = tmp_path / "altered"
    content = bytearray(path.read_bytes())
    content[-1000] ^= 1
    altered.write_bytes(content)
    with pytest.raises(Unopenable, match="damaged"):
        backup_check(altered, [key])
    with pytest.raises(Unopenable, match="cut short"):
        backup_check(cut_short(path), [key])
    with pytest.raises(Unopenable, match="cannot be read: No such file"):
        backup_check(tmp_path / "none", [key])
    sealed = backup_make(to=tmp_path / "other", secret=PASSPHRASE, at=AT, say=quiet)
    with pytest.raises(Unopenable, match="passphrase is not the right one"):
        backup_check(sealed, [key, Passphrase("another passphrase")])
    with pytest.raises(Unopenable, match="--passphrase-file"):
        backup_check(sealed, [key])


def test_the_command_makes_checks_and_lists(
    source: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def said(*words: str) -> str:
        call_command("backup", *words)
        return capsys.readouterr().out

    small(source).unlink()
    passphrase = tmp_path / "passphrase"
    passphrase.write_text(PASSPHRASE.text)
    assert "There is no backup in" in said("--list")
    assert re.search(r"was read back and is whole:\n  .* 1 files; operators: small\n.*needs the keys 1, hash", said())
    monkeypatch.setenv("YUJU_BACKUP_DIR", str(tmp_path / "other"))
    assert "backup.key" not in said("--passphrase-file", str(passphrase))
    (path,) = (tmp_path / "other").glob("*.backup")
    assert str(path) in said("--list")
    assert f"{path} is whole" in said("--check", str(path), "--passphrase-file", str(passphrase))
    with pytest.raises(CommandError, match="--passphrase-file"):
        said("--check", str(path))
    with pytest.raises(CommandError, match="does not say what to keep"):
        said("--keep", "all")
    note_good(begun=AT - timedelta(days=300), file=path)
    with pytest.raises(CommandError, match="no good backup of the last two days"):
        said("--list")


def test_a_row_that_came_back_otherwise_is_noticed(source: Place) -> None:
    # Given a database that differs from its backup in one row
    end = backup_check(small(source), [backup_key()]).end
    end["files"] = {}
    with psycopg.connect(**database.owner().conninfo(), autocommit=True) as connection:
        rows.settle(connection)
        restoring._compare(connection, end, source.home / "files", quiet)
        connection.execute("UPDATE residency_resident SET name = '林晓丹'")

        # When, then
        with pytest.raises(CannotStart, match="is not what was backed up: .*residency_resident"):
            restoring._compare(connection, end, source.home / "files", quiet)


def test_a_second_backup_waits_its_turn_and_nothing_stays_of_one_that_fails(source: Place) -> None:
    small(source)
    folder = source.home / "backups"
    later = AT.replace(hour=4)
    with folders.new_backup(folder, later), pytest.raises(CannotStart, match="Another backup is being made"):
        backup_make(to=folder, secret=backup_key(), at=later, say=quiet)
    before = set(folder.iterdir())
    with pytest.raises(RuntimeError), folders.new_backup(folder, AT.replace(hour=5)) as (out, _target):  # noqa: PT012
        out.write(b"half")
        raise RuntimeError
    assert set(folder.iterdir()) == before
    with pytest.raises(CannotStart, match="cannot be kept in"):
        backup_make(to=Path("/proc/backups"), secret=backup_key(), at=AT, say=quiet)


def environment() -> dict[str, str]:
    """The environment at hand, with the settings of the product and the apps of the tests' databases."""
    return {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.workbench.settings"}


def names() -> list[str]:
    """The residents of the only operator, in the database that is in force."""
    restoring.point_at(database.owner().name)
    with operator_context(only_operator().id), transaction.atomic():
        return list(Resident.objects.values_list("name", flat=True))


def cut_short(path: Path) -> Path:
    """The same file without its last bytes."""
    shorter = path.parent.parent / "short"
    shorter.write_bytes(path.read_bytes()[:-100])
    return shorter
