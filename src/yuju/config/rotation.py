"""Changing the key of personal data while everything runs.

`rotate` adds a key, which every process uses from then on, and puts all values under it; `retire` takes a key away that
nothing is under any more. Transactions that were open when the key was added may still write under the one before, so both
wait for those to end.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
from django.db import connections

from yuju.config import key_files
from yuju.config.home import CannotStart
from yuju.identity.operators import all_operators
from yuju.kit.crypto import key_ring
from yuju.kit.sealed_columns import Moved, move_to_newest, values_by_key
from yuju.kit.tenancy import operator_context

LOCK = 0x79756B79  # "yuky", for pg_advisory_lock
_WAIT_SECONDS = 60.0
_PAUSE = 0.2

Say = Callable[[str], None]


def counts() -> Counter[int]:
    """How many values of all operators are under each key; 0 stands for what is no encrypted value."""
    total: Counter[int] = Counter()
    for operator in all_operators():
        with operator_context(operator.id):
            total.update(values_by_key())
    return total


def rotate(say: Say) -> tuple[int, Moved]:
    """Adds a key, unless a rotation is to be finished first, and puts every value under it.

    Returns the number of the key, and what was moved.

    Raises:
        CannotStart: another rotation runs.
    """
    with _alone():
        ring = key_ring()
        if left := sum(count for number, count in counts().items() if number != ring.newest):
            number = ring.newest
            say(f"Going on with the rotation to key {number}: {left:,} values are under older keys.")
        else:
            number = ring.add_key()
            say(f"Key {number} was made; everything written from now on is under it.")
        if not _older_ended(_WAIT_SECONDS, say):
            say("A transaction that began before is still open; what it writes is found when the older key is retired.")
        moved = Moved()
        for operator in all_operators():
            with operator_context(operator.id):
                one = move_to_newest(number, _progress(operator.code, say))
            moved.values += one.values
            moved.unreadable |= one.unreadable
        return number, moved


def retire(number: int, *, destroy: bool, say: Say) -> str:
    """Takes a key away, once nothing is under it. Returns its fingerprint.

    Args:
        destroy: also when the key is in no export: backups that need it can't be read again.

    Raises:
        CannotStart: it is the key in use, there is none of that number, values are under it, it is in no export, or a
            transaction that may still use it does not end.
    """
    with _alone():
        ring = key_ring()
        key = next((key for key in ring.all() if key.number == number), None)
        if key is None:
            raise CannotStart(f"There is no key {number}.")
        if number == ring.newest:
            raise CannotStart(f"Key {number} is in use. Make another one first: yuju keys rotate.")
        if not destroy and key_files.exported_at(key.fingerprint) is None:
            raise CannotStart(
                f"Key {number} is in no export. Backups made until now need it: without it telephone and document numbers in "
                "them can never be read again. Export it first (yuju keys export FILE), or say --destroy when no such backup "
                "is to be restored."
            )
        if not _older_ended(_WAIT_SECONDS, say):
            raise CannotStart(
                f"A transaction has been open for more than {_WAIT_SECONDS:.0f} seconds and may still write under key "
                f"{number}, a backup perhaps. Try again when it has ended."
            )
        if left := counts()[number]:
            raise CannotStart(f"{left:,} values are still under key {number}. Move them first: yuju keys rotate.")
        mark = key.fingerprint
        key.path.unlink()
        return mark


@contextmanager
def _alone() -> Iterator[None]:
    owner = connections["owner"]
    with psycopg.connect(**owner.get_connection_params(), autocommit=True) as connection:
        row = connection.execute("SELECT pg_try_advisory_lock(%s)", (LOCK,)).fetchone()
        if row is None or not row[0]:
            raise CannotStart("Another change of keys is going on. Wait for its end.")
        try:
            yield
        finally:
            # The server learns of a connection that closes a moment later: whoever comes next would be refused until then.
            connection.execute("SELECT pg_advisory_unlock(%s)", (LOCK,))


def _older_ended(seconds: float, say: Say) -> bool:
    """Waits until every transaction that is open now has ended; tells whether they all have."""
    deadline = time.monotonic() + seconds
    with psycopg.connect(**connections["owner"].get_connection_params(), autocommit=True) as connection:
        # Each transaction holds its virtual id as long as it lasts, and everybody may see that. Autovacuum is nobody.
        open_now = (
            "SELECT l.virtualtransaction FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid "
            "JOIN pg_database d ON d.oid = a.datid WHERE l.locktype = 'virtualxid' AND l.pid <> pg_backend_pid() "
            "AND d.datname = current_database() AND a.usesysid IS NOT NULL"
        )
        waited_for = {row[0] for row in connection.execute(open_now)}
        told = False
        while waited_for:
            waited_for &= {row[0] for row in connection.execute(open_now)}
            if time.monotonic() > deadline:
                return not waited_for
            if waited_for and not told and time.monotonic() > deadline - seconds + 2:
                say(f"Waiting for {len(waited_for)} open transactions to end …")
                told = True
            if waited_for:
                time.sleep(_PAUSE)
    return True


def _progress(operator: str, say: Say) -> Callable[[str, int], None]:
    """Says how far it is, once a second at most."""
    last = time.monotonic()

    def tell(table: str, values: int) -> None:
        nonlocal last
        if time.monotonic() - last >= 1:
            last = time.monotonic()
            say(f"  {operator}: {table}, {values:,} values")

    return tell
