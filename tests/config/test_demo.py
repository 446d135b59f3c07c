"""Where the demo is not made, and where it is not served."""

import pytest
from django.core.management import CommandError, call_command

from tests.support.installation import Installation, open_folder
from yuju.config import home, supervisor
from yuju.identity.models import Operator


@pytest.mark.django_db
def test_no_demo_under_production_settings(settings: object) -> None:
    settings.PRODUCTION = True  # type: ignore[attr-defined]
    with pytest.raises(CommandError, match="not made under production settings"):
        call_command("demo")


def test_no_demo_beside_another_operator(operator: Operator) -> None:
    with pytest.raises(CommandError, match=f"in use \\({operator.code}\\)"):
        call_command("demo")


@pytest.fixture
def demo_home(monkeypatch: pytest.MonkeyPatch) -> object:
    with open_folder() as folder:
        monkeypatch.setenv("YUJU_HOME", str(folder / "home"))
        home.write_private(home.path(home.DEMO_SIGN_INS), "manager\n")
        yield folder / "home"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.org"])
def test_a_demo_is_not_served_to_other_machines(demo_home: object, host: str) -> None:
    with pytest.raises(home.CannotStart, match="stays on this machine"):
        supervisor.command(["--host", host])


def test_a_demo_is_not_served_under_production_settings(demo_home: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YUJU_PRODUCTION", "1")
    with pytest.raises(home.CannotStart, match="stays out of production"):
        supervisor.command([])


@pytest.mark.slow
@pytest.mark.embedded
def test_an_empty_home_is_filled_once_and_the_passwords_are_kept() -> None:
    with open_folder() as folder:
        made = Installation(folder / "home")
        try:
            # When
            first = made.run("demo")
            kept = folder / "home" / home.DEMO_SIGN_INS
            before = kept.read_text()
            second = made.run("demo")

            # Then
            assert "runs issued, one in draft" in first
            assert kept.stat().st_mode & 0o777 == 0o600
            assert "there already" in second
            assert kept.read_text() == before
        finally:
            made.stop()
