"""Proving a restore after its database was brought up to this Yuju: rows, sums of money, keys, books."""

from __future__ import annotations

from typing import Any

import psycopg

from yuju.config import database, prepare
from yuju.config.backup import tables as rows
from yuju.config.backup.progress import Say
from yuju.config.home import CannotStart


def prove(end: dict[str, Any], draft: str, say: Say) -> bool:
    """Brings the draft up to this Yuju, and says line by line what was proved. Tells whether the books hold.

    Raises:
        CannotStart: rows or money were lost on the way.
    """
    migrated = _migrations(draft)
    prepare.migrate()
    prepare.write_stamp(draft)
    forward = sorted(_migrations(draft) - migrated)
    if forward:
        say(f"     brought forward by {len(forward)} migrations, to {forward[-1]}")
    with psycopg.connect(**database.owner().conninfo(draft), autocommit=True) as connection:
        rows.settle(connection)
        tables = rows.tables(connection)
        _compare_figures(end, rows.figures_of(connection, tables), tables, say, strict=not forward)
        connection.execute("ANALYZE")
    return _books_hold(say)


def _migrations(name: str) -> set[str]:
    with psycopg.connect(**database.owner().conninfo(name)) as connection:
        return {f"{app}.{one}" for app, one in connection.execute("SELECT app, name FROM django_migrations")}


def _compare_figures(
    end: dict[str, Any], now: dict[str, Any], tables: list[rows.Table], say: Say, *, strict: bool
) -> None:
    """Every operator's rows and sums of money, as far as this Yuju still keeps them in the same columns.

    A migration may have its reasons to add or take away rows: then the difference is told, and is none otherwise.
    """
    columns = {table.name: set(table.money) for table in tables}
    for operator, figures in sorted(end["figures"].items()):
        code = end["operators"].get(operator, operator)
        astray, compared, sums = [], 0, 0
        for table, said in figures.items():
            if table not in columns:
                continue
            found = now.get(operator, {}).get(table, {"rows": 0, "sums": {}})
            compared += said["rows"]
            if found["rows"] != said["rows"]:
                astray.append(f"{table} has {found['rows']} rows instead of {said['rows']}")
            for column, total in said["sums"].items():
                if column in columns[table]:
                    sums += 1
                    if found["sums"].get(column, "0") != total:
                        astray.append(f"{table}.{column} comes to {found['sums'].get(column)} instead of {total} yuan")
        if astray:
            raise CannotStart(
                f"Of the operator {code} something was lost: {'; '.join(astray[:5])}. Nothing was changed."
            )
        say(f"ok   operator {code}: {compared:,} rows and {sums} sums of money compared with those of the backup")


def _books_hold(say: Say) -> bool:
    from django.db import transaction

    from yuju.books.verification import verify
    from yuju.identity.operators import all_operators
    from yuju.kit.tenancy import operator_context

    hold = True
    for operator in all_operators():
        with operator_context(operator.id), transaction.atomic():
            broken = [finding.check.name for finding in verify() if finding.astray_count]
        hold = hold and not broken
        if broken:
            say(
                f"BAD  books of {operator.code}: {', '.join(broken)} – as when the backup was made, for every row is the same"
            )
        else:
            say(f"ok   books of {operator.code}: every invariant holds")
    return hold
