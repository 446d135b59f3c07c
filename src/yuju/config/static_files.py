"""Gathers the static files for serving, with names that carry their hash and compressed copies, when any has changed."""

from __future__ import annotations

import hashlib
import importlib.metadata
import shutil
from pathlib import Path

from yuju.config import home

PACKAGE = Path(__file__).resolve().parent.parent
PACKAGES_WITH_FILES = ("django", "django-htmx", "whitenoise")


def collect() -> bool:
    """Gathers them into `$YUJU_HOME/static` unless they are what they were. True when there was something to do.

    Looking for changes does not load Django, because it happens at every start.
    """
    stamp, target = home.path("static.stamp"), home.folder("static")
    now = _state()
    if stamp.exists() and stamp.read_text() == now and (target / "staticfiles.json").exists():
        return False
    import django
    from django.core.management import call_command

    django.setup()
    # First the stamp: killed half-way, it must not say of what is left that it is whole.
    stamp.unlink(missing_ok=True)
    shutil.rmtree(target, ignore_errors=True)
    home.folder("static")
    call_command("collectstatic", interactive=False, verbosity=0)
    home.write_private(stamp, now)
    return True


def _state() -> str:
    digest = hashlib.sha256()
    for package in PACKAGES_WITH_FILES:
        digest.update(f"{package} {importlib.metadata.version(package)}\n".encode())
    for file in sorted(PACKAGE.glob("*/static/**/*")):
        if file.is_file():
            facts = file.stat()
            digest.update(f"{file.relative_to(PACKAGE)} {facts.st_size} {facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()
