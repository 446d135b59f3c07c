"""Several people at the same moment, each over a connection of their own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from django.db import connections

from yuju.kit.tenancy import current_operator_id, operator_context

PATIENCE = 30


class Others:
    """Work in threads that began together; `results` has what each came to, an exception where it failed."""

    def __init__(self, *works: Callable[[], Any]) -> None:
        self.results: list[Any] = [None] * len(works)
        self._operator, self._start = current_operator_id(), threading.Barrier(len(works))
        self._threads = [threading.Thread(target=self._do, args=(place, work)) for place, work in enumerate(works)]
        for thread in self._threads:
            thread.start()

    def _do(self, place: int, work: Callable[[], Any]) -> None:
        try:
            with operator_context(self._operator):
                self._start.wait(PATIENCE)
                self.results[place] = work()
        except Exception as error:
            self.results[place] = error
        finally:
            connections.close_all()

    def end(self) -> list[Any]:
        for thread in self._threads:
            thread.join(PATIENCE)
            assert not thread.is_alive(), "still waiting: a deadlock, or a lock held too long"
        return self.results


def at_once(*works: Callable[[], Any]) -> list[Any]:
    return Others(*works).end()
