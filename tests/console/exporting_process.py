"""A worker that stalls in the middle of an export: `python -m tests.console.exporting_process DATABASE FOLDER [stay]`.

The first time it stalls between two portions of `rows`, the second time half-way through the `file`; each time it leaves a file
of that name in the folder, and does not stall there again.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.kit import worker_process


def main(database: str, folder: Path, *, stay: bool) -> None:
    """Works the queue of a test's database until it is empty, or until it is killed."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.support.settings")
    import django
    from django.core.files.base import File

    django.setup()
    from yuju.kit.console import export

    portions, pieces = export.chunks, File.chunks
    export.CHUNK = 2

    def stall(place: str) -> None:
        if not (folder / place).exists():
            (folder / place).touch()
            time.sleep(60)

    def slow_portions(ids: Sequence[int]) -> Iterator[list[int]]:
        for portion in portions(ids):
            yield portion
            stall("rows")

    def slow_pieces(file: File[bytes], chunk_size: int | None = None) -> Iterator[bytes]:
        for piece in pieces(file, chunk_size or 64):
            yield piece
            if chunk_size is None:  # as the storage asks for them
                stall("file")

    export.chunks = slow_portions
    File.chunks = slow_pieces  # type: ignore[method-assign]
    worker_process.main(database, stay=stay)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), stay="stay" in sys.argv)
