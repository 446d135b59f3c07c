"""Processes beside a rotation: `python -m tests.config.rotation_process write|rotate DATABASE KEYS OPERATOR FOLDER`."""

from __future__ import annotations

import json
import os
import random
import sys
import time
from pathlib import Path


def main(role: str, database: str, keys: str, operator_id: int, folder: Path) -> None:
    """Edits residents' phones until the file `stop` is there, or rotates slowly."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.support.settings")
    django.setup()
    from django.conf import settings
    from django.db import connections

    settings.YUJU_KEYS_DIR = keys
    for alias in ("default", "owner"):
        connections[alias].settings_dict["NAME"] = database
    if role == "write":
        write(operator_id, folder)
    else:
        rotate(folder)


def write(operator_id: int, folder: Path) -> None:
    """Gives residents new numbers; `written.json` says at the end which each was given last."""
    from django.db import transaction

    from yuju.kit.tenancy import operator_context
    from yuju.residency.models import Resident

    last: dict[int, str] = {}
    rng = random.Random(1)
    with operator_context(operator_id):
        with transaction.atomic():
            ids = list(Resident.objects.values_list("pk", flat=True))
        while not (folder / "stop").exists():
            pk, number = rng.choice(ids), f"138{rng.randrange(10**8):08d}"
            with transaction.atomic():
                resident = Resident.objects.get(pk=pk)
                resident.phone = number
                resident.save(update_fields=["phone"])
                time.sleep(rng.choice([0, 0, 0.02]))  # some hold the row for a while
            last[pk] = number
            (folder / "writing").touch()
    (folder / "written.json").write_text(json.dumps(last))


def rotate(folder: Path) -> None:
    """Rotates in batches of five, with a pause after each, so that there is time to kill it."""
    from yuju.config import rotation
    from yuju.kit import sealed_columns

    sealed_columns.BATCH = 5
    told = rotation._progress

    def slow(operator: str, say: rotation.Say):
        def tell(table: str, values: int) -> None:
            (folder / "moving").touch()
            time.sleep(0.05)

        return tell

    rotation._progress = slow
    assert told is not slow
    rotation.rotate(lambda line: None)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), Path(sys.argv[5]))
