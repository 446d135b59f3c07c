"""Which database is used, and by which roles."""

import socket
import threading
from pathlib import Path

import psycopg
import pytest

from yuju.config import database
from yuju.config.home import CannotStart


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YUJU_HOME", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)


def test_without_an_address_the_embedded_database_is_used() -> None:
    assert database.embedded()
    made = database.databases()
    assert (made["owner"]["USER"], made["default"]["USER"]) == ("yuju", "yuju_app")
    assert made["owner"]["PASSWORD"] != made["default"]["PASSWORD"]


def test_who_serves_need_not_know_the_owner(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YUJU_APP_DATABASE_URL", "postgresql://app:x@db/yuju")
    assert not database.embedded()
    assert set(database.databases()) == {"default"}
    with pytest.raises(CannotStart, match="DATABASE_URL"):
        database.owner()


def test_the_passwords_of_the_embedded_database_are_not_given_to_whoever_listens_at_its_port() -> None:
    # Given a program at the port that speaks the protocol and asks for the password in the clear
    def deceive(listening: socket.socket) -> None:
        connection, _address = listening.accept()
        with connection:
            connection.recv(8)  # asks for encryption, as it may
            connection.sendall(b"N")
            connection.recv(1000)
            connection.sendall(b"R" + (8).to_bytes(4, "big") + (3).to_bytes(4, "big"))
            heard.append(connection.recv(1000))

    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        stranger = threading.Thread(target=deceive, args=(listening,))
        stranger.start()
        address = {**database.owner().conninfo(), "port": listening.getsockname()[1], "gssencmode": "disable"}

        # When it is taken for the database, then it hears no password
        with pytest.raises(psycopg.OperationalError, match="scram-sha-256"):
            psycopg.connect(**address)
        stranger.join()
    assert heard == [b""]


def test_an_address_gives_both_roles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://boss:a%40b@db.example:6543/homes?sslmode=require")

    made = database.databases()

    owner, default = made["owner"], made["default"]
    assert not database.embedded()
    assert (owner["HOST"], owner["PORT"], owner["USER"], owner["PASSWORD"]) == ("db.example", "6543", "boss", "a@b")
    assert (owner["NAME"], default["NAME"], default["USER"]) == ("homes", "homes", "homes_app")
    assert owner["OPTIONS"]["sslmode"] == default["OPTIONS"]["sslmode"] == "require"


def test_the_application_can_have_an_address_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://boss:x@db/homes")
    monkeypatch.setenv("YUJU_APP_DATABASE_URL", "postgresql://clerk:y@pooler:6432/homes")

    default = database.databases()["default"]

    assert (default["HOST"], default["PORT"], default["USER"], default["PASSWORD"]) == ("pooler", "6432", "clerk", "y")


@pytest.mark.parametrize("address", ["postgresql://db.example", "postgresql://%zz@db/homes", "nonsense"])
def test_an_address_that_is_none_is_named(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", address)

    with pytest.raises(CannotStart, match="DATABASE_URL"):
        database.owner()


def test_only_the_application_is_pooled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YUJU_POOL", "10")

    made = database.databases()

    assert made["default"]["OPTIONS"]["pool"]["max_size"] == 10
    assert "pool" not in made["owner"]["OPTIONS"]
