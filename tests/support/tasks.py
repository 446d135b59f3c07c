"""Tasks and photos for tests."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from tests.support.stays import AT
from yuju.premises.models import Property
from yuju.workforce.choices import TaskKind
from yuju.workforce.models import Task
from yuju.workforce.services import Step, task_add

DUE = AT + timedelta(hours=4)


def make_task(
    property: Property, title: str = "消防泵房月检", *steps: str | Step, due: datetime = DUE, **given: Any
) -> Task:
    """A task, due four hours after `AT`; steps are texts where no photo is needed."""
    made = [Step(one) if isinstance(one, str) else one for one in steps]
    values: dict[str, Any] = {"kind": TaskKind.INSPECTION, "by": None, "at": AT, **given}
    return task_add(property=property, title=title, due_at=due, steps=made, **values)


def photo(width: int = 1200, height: int = 800, *, orientation: int = 1, name: str = "photo.jpg") -> SimpleUploadedFile:
    """A photo as a camera makes it, with the place and the way it was held noted in it."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif.get_ifd(0x8825)[2] = (31.0, 13.0, 49.0)
    written = io.BytesIO()
    Image.new("RGB", (width, height), "#7a8288").save(written, "JPEG", exif=exif)
    return SimpleUploadedFile(name, written.getvalue(), "image/jpeg")
