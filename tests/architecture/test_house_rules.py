"""What docs/guide/house-rules.md says of files and folders, held by the suite. Imports are import-linter's business."""

import re
import tomllib
from pathlib import Path

import pytest
from django.apps import apps

from yuju.config.home import checkout

ROOT = checkout()
assert ROOT is not None
SOURCE = ROOT / "src" / "yuju"
LONGEST = 600
FORBIDDEN = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "misc", "signals"}


def python_files() -> list[Path]:
    return sorted(
        file
        for folder in (SOURCE, ROOT / "tests", ROOT / "bench")
        for file in folder.rglob("*.py")
        if "migrations" not in file.parts
    )


def rank_of_rooms() -> dict[str, int]:
    """Room → place in the order of layers, 0 for the highest; neighbours share one."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    return {room.strip(): rank for rank, layer in enumerate(contracts[0]["layers"]) for room in layer.split("|")}


def test_no_file_is_too_long() -> None:
    lengths = {str(file.relative_to(ROOT)): len(file.read_text().splitlines()) for file in python_files()}
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_no_room_is_a_lumber_room() -> None:
    names = {
        str(file.relative_to(ROOT)): {part.removesuffix(".py") for part in file.relative_to(ROOT).parts}
        for file in python_files()
    }
    assert [name for name, parts in names.items() if parts & FORBIDDEN and "management" not in parts] == []


def test_every_folder_of_the_source_is_a_room_with_its_place() -> None:
    rooms = {folder.name for folder in SOURCE.iterdir() if folder.is_dir() and (folder / "__init__.py").exists()}
    assert rooms == set(rank_of_rooms())


def test_foreign_keys_point_the_way_imports_go() -> None:
    ranks = rank_of_rooms()
    wrong = [
        f"{model._meta.label}.{field.name} → {target._meta.label}"
        for model in apps.get_models()
        if model._meta.app_label in ranks
        for field in model._meta.get_fields()
        if field.is_relation and field.concrete
        for target in [field.related_model]
        if target is not None and target._meta.app_label in ranks
        if ranks[target._meta.app_label] < ranks[model._meta.app_label]
        or (
            ranks[target._meta.app_label] == ranks[model._meta.app_label]
            and target._meta.app_label != model._meta.app_label
        )
    ]
    assert wrong == []


def test_no_domain_reads_the_clock() -> None:
    """Services and bulk work take time as an argument; faces, jobs, commands and the kit's infrastructure may look."""
    clock = re.compile(r"timezone\.now\(\)|datetime\.now\(|date\.today\(|time\.time\(\)")
    ruled = [
        *SOURCE.glob("*/services/**/*.py"),
        *SOURCE.glob("*/services.py"),
        *SOURCE.glob("*/bulk.py"),
        *SOURCE.glob("*/selectors.py"),
        *SOURCE.glob("billing/pricing/**/*.py"),
    ]
    assert [str(file.relative_to(ROOT)) for file in ruled if clock.search(file.read_text())] == []


@pytest.mark.parametrize("name", ["requirements.lock", "assets/package-lock.json"])
def test_lock_files_name_no_place_to_download_from(name: str) -> None:
    text = (ROOT / name).read_text()
    assert "http://" not in text
    assert '"resolved"' not in text
    assert "--index-url" not in text
    assert "file://" not in text


def test_no_signals() -> None:
    use = re.compile(
        r"from django\.(db\.models|core|dispatch|contrib\.auth)[.\w]* import .*\b(receiver|signals|post_save|pre_save|Signal)\b"
    )
    found = [str(file.relative_to(ROOT)) for file in SOURCE.rglob("*.py") if use.search(file.read_text())]
    assert found == []
