"""Gathers the static files for serving, with names that carry their hash and compressed copies, when any has changed."""

from __future__ import annotations

import hashlib
import shutil

from yuju.config import home


def collect() -> bool:
    """Gathers them into `$YUJU_HOME/static` unless they are what they were. True when there was something to do."""
    from django.contrib.staticfiles.finders import get_finders
    from django.core.management import call_command

    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list(None):
            changed = storage.get_modified_time(name).timestamp()
            digest.update(f"{name}\0{storage.size(name)}\0{changed}\n".encode())
    stamp, target = home.path("static.stamp"), home.path("static")
    if target.is_dir() and stamp.exists() and stamp.read_text() == digest.hexdigest():
        return False
    shutil.rmtree(target, ignore_errors=True)
    call_command("collectstatic", interactive=False, verbosity=0)
    home.write_private(stamp, digest.hexdigest())
    return True
