"""Files that people hand in."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from yuju.kit.errors import Refused
from yuju.kit.files import (
    CSV,
    DOCX,
    IMAGES,
    JPEG,
    KINDS,
    PASSING,
    PDF,
    PNG,
    XLSX,
    Kind,
    answer,
    check,
    forget,
    forget_passing,
    is_kept,
    keep,
    open_kept,
)
from yuju.kit.tenancy import operator_context

NOW = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
CONTENT = {
    XLSX: b"PK\x03\x04" + b"x" * 1000,
    DOCX: b"PK\x03\x04" + b"y" * 1000,
    PNG: b"\x89PNG\r\n\x1a\n" + b"x" * 1000,
    JPEG: b"\xff\xd8\xff\xe0" + b"x" * 1000,
    PDF: b"%PDF-1.7" + b"x" * 1000,
    CSV: b"\xef\xbb\xbfa,b\r\n",
}


@pytest.fixture(autouse=True)
def storage(settings: Any, tmp_path: Path) -> Path:
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}},
    }
    return tmp_path


def handed_in(content: bytes, name: str = "a.xlsx") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_a_file_is_known_by_its_content(kind: Kind) -> None:
    # Both of Office's are ZIP archives: which one it is shows when it is opened
    offered = [one for one in KINDS if one is kind or one.beginnings != kind.beginnings]
    assert check(handed_in(CONTENT[kind], "../../etc/passwd"), offered) is kind


@pytest.mark.parametrize(
    "content",
    [b"", b"a,b\n1,2\n", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"<html>", CONTENT[PNG], b"PK"],
    ids=["empty", "csv", "xls", "html", "image", "short"],
)
def test_what_is_called_xlsx_and_is_not_is_refused(content: bytes) -> None:
    with pytest.raises(Refused) as refusal:
        check(handed_in(content), [XLSX], field="file")
    assert (refusal.value.code, refusal.value.field) == ("kind", "file")


def test_too_large_a_file_is_refused_before_it_is_read() -> None:
    upload = handed_in(CONTENT[XLSX])
    upload.size = 200 * 1024 * 1024
    with pytest.raises(Refused) as refusal:
        check(upload, [XLSX])
    assert refusal.value.code == "size"
    with pytest.raises(Refused):
        check(handed_in(CONTENT[PNG]), IMAGES, largest=100)


def test_a_kept_file_comes_back_to_its_operator_alone(storage: Path) -> None:
    with operator_context(7):
        kept = keep(handed_in(CONTENT[PDF], "合同.pdf"), [PDF], folder="contracts")
        with open_kept(kept.path) as file:
            assert file.read() == CONTENT[PDF]
    assert kept.path.startswith("7/contracts/")
    assert (storage / kept.path).is_file()
    assert (kept.size, kept.sha256) == (len(CONTENT[PDF]), hashlib.sha256(CONTENT[PDF]).hexdigest())
    with operator_context(8):
        for reach in (open_kept, forget):
            with pytest.raises(PermissionError):
                reach(kept.path)
    with operator_context(7):
        forget(kept.path)
        forget(kept.path)
        with pytest.raises(FileNotFoundError):
            open_kept(kept.path)


@pytest.mark.parametrize(
    "path", ["", "7/../8/x/" + "0" * 32 + ".pdf", "/etc/passwd", "7/x/../../etc/passwd", "7/x/y.pdf"]
)
def test_strange_paths_are_refused(path: str) -> None:
    with operator_context(7), pytest.raises(PermissionError):
        open_kept(path)


@pytest.mark.django_db  # closing a response looks after the connection that another test may have left open
def test_a_file_is_sent_as_a_download_unless_it_is_safe_to_show() -> None:
    with operator_context(7):
        image = keep(handed_in(CONTENT[PNG]), [PNG], folder="photos")
        sheet = keep(handed_in(CONTENT[XLSX]), [XLSX], folder="imports")
        shown, loaded = answer(image.path, "门牌.png", inline=True), answer(sheet.path, "导入.xlsx", inline=True)
    assert shown["Content-Disposition"].startswith("inline")
    assert loaded["Content-Disposition"].startswith("attachment")
    assert loaded["X-Content-Type-Options"] == "nosniff"
    assert b"".join(shown.streaming_content) == CONTENT[PNG]
    shown.close()
    loaded.close()


def test_the_same_file_twice_is_kept_twice() -> None:
    with operator_context(7):
        first, second = (keep(handed_in(CONTENT[PNG]), [PNG], folder="photos").path for _ in range(2))
    assert first != second
    assert default_storage.exists(first)


def test_what_is_needed_for_a_while_only_goes_away_and_the_rest_stays(storage: Path) -> None:
    # Given files of two operators: old and new, of folders that pass and of one that does not
    kept = {}
    for operator_id in (7, 8):
        with operator_context(operator_id):
            for folder in (*PASSING, "photos"):
                for age in (40, 20):
                    path = keep(handed_in(CONTENT[XLSX]), [XLSX], folder=folder).path
                    then = (NOW - timedelta(days=age)).timestamp()
                    os.utime(storage / path, (then, then))
                    kept[operator_id, folder, age] = path

    # When one of them forgets what is older than thirty days
    with operator_context(7):
        assert forget_passing(NOW - timedelta(days=30)) == len(PASSING)
        assert forget_passing(NOW - timedelta(days=30)) == 0
        assert not is_kept(kept[7, "imports", 40])
        assert is_kept(kept[7, "imports", 20])
        with pytest.raises(PermissionError):
            is_kept(kept[8, "imports", 20])

    # Then nothing else is gone, and an operator that never kept a file is fine
    gone = {key for key, path in kept.items() if not (storage / path).exists()}
    assert gone == {(7, folder, 40) for folder in PASSING}
    with operator_context(9):
        assert forget_passing(NOW) == 0
