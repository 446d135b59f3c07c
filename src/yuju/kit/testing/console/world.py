"""What the inherited tests ask of the application's fixture `world`."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

from django.test import Client


class Told(Protocol):
    """An entry of the history of a row or its parts: the table and row, what differs by column, who, from where."""

    kind: str
    row_id: int
    changes: Mapping[str, Any]
    user_id: int | None
    origin: Mapping[str, str]


class World(Protocol):
    """What the fixture `world` offers: an operator with two properties, and users on demand."""

    here: Any
    elsewhere: Any

    def client(self, role: str, *, at: Any = None) -> Client:
        """A browser signed in as somebody with this role, at one property or (None) at all."""

    def choose(self, client: Client, property: Any) -> None:
        """Sets the property switcher."""

    def told(self, row: Any) -> list[Told]:
        """What the history has of a row and its parts, in order."""

    def other_operator(self) -> AbstractContextManager[World]:
        """Another operator in force, with a world of its own."""
