"""The schema of a backup: the migrations that it names, neither more nor fewer."""

from __future__ import annotations

from typing import Any

from yuju.config.home import CannotStart


def refuse_newer(beginning: dict[str, Any]) -> None:
    """Refuses a backup of a Yuju that is newer than this one.

    Raises:
        CannotStart: with the migrations that this Yuju does not know.
    """
    unknown = sorted(_applied(beginning["migrations"]) - _known())
    if unknown:
        names = ", ".join(f"{app}.{name}" for app, name in unknown[:5])
        raise CannotStart(
            f"The backup was made by a newer Yuju ({beginning['yuju']}): this one does not know its migrations {names}. "
            "Update Yuju, then restore it."
        )


def migrate_to(migrations: list[list[str]]) -> None:
    """Runs those migrations, as the owner, in the empty database that the alias `owner` points at."""
    from django.db import connections
    from django.db.migrations.executor import MigrationExecutor

    applied = _applied(migrations)
    executor = MigrationExecutor(connections["owner"])
    graph = executor.loader.graph
    # The last of each line: asking for one that is applied already would mean going back to it.
    last = [
        node
        for node in sorted(applied)
        if node in graph.nodes
        and not any(child.key[0] == node[0] and child.key in applied for child in graph.node_map[node].children)
    ]
    executor.migrate(last)
    connections["owner"].close()


def _applied(migrations: list[list[str]]) -> set[tuple[str, str]]:
    return {(app, name) for app, name in migrations}


def _known() -> set[tuple[str, str]]:
    from django.db.migrations.loader import MigrationLoader

    loader = MigrationLoader(None, ignore_no_migrations=True)
    return {*loader.disk_migrations, *(old for one in loader.disk_migrations.values() for old in one.replaces)}
