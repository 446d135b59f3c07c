"""What production settings promise."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from yuju.config.home import CannotStart
from yuju.config.main import language
from yuju.config.production import command

ASKED = (
    "SESSION_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY", "SESSION_COOKIE_SAMESITE", "SESSION_COOKIE_AGE", "CSRF_COOKIE_SECURE",
    "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS", "X_FRAME_OPTIONS", "DEBUG", "ALLOWED_HOSTS",
)  # fmt: skip
SCRIPT = """
import json, sys
from django.conf import settings
print(json.dumps({name: getattr(settings, name) for name in sys.argv[1:]}))
"""


def test_cookies_are_for_https_alone_and_debugging_stays_off(tmp_path: Path) -> None:
    # Given production, and somebody who asks for debugging all the same
    environment = {**os.environ, "YUJU_HOME": str(tmp_path), "YUJU_PRODUCTION": "1", "YUJU_DEBUG": "1"}
    environment |= {"YUJU_HOSTS": "yuju.example.com"}

    # When
    said = subprocess.run(
        [sys.executable, "-c", SCRIPT, *ASKED],
        env={**environment, "DJANGO_SETTINGS_MODULE": "yuju.config.settings"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    # Then
    assert json.loads(said) == {
        "SESSION_COOKIE_SECURE": True,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_AGE": 12 * 3600,
        "CSRF_COOKIE_SECURE": True,
        "SECURE_SSL_REDIRECT": True,
        "SECURE_HSTS_SECONDS": 365 * 24 * 3600,
        "X_FRAME_OPTIONS": "DENY",
        "DEBUG": False,
        "ALLOWED_HOSTS": ["yuju.example.com"],
    }


@pytest.mark.parametrize("kind", ["web", "live", "worker"])
def test_processes_of_one_kind_start_no_database_of_their_own(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("YUJU_APP_DATABASE_URL", raising=False)
    with pytest.raises(CannotStart, match="YUJU_APP_DATABASE_URL"):
        command([kind])


@pytest.mark.parametrize(
    ("environment", "spoken"),
    [
        ({}, "zh-hans"),
        ({"LANG": "C.UTF-8"}, "zh-hans"),
        ({"LANG": "en_US.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "zh_CN.UTF-8"}, "zh-hans"),
        ({"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "en_GB"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_ALL": ""}, "en"),
    ],
)
def test_commands_speak_the_language_of_the_terminal(environment: dict[str, str], spoken: str) -> None:
    assert language(environment) == spoken
