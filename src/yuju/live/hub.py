"""One listener a process, fanned out to the open pages."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

import psycopg

from yuju.kit.live import CHANNEL, RIGHTS, Event, connection_parameters

log = logging.getLogger("yuju.live")

# Seconds between tries to reach the database again, doubling.
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0

# Seconds of silence after which the listening connection is tried.
_SILENCE = 15.0

# What may wait for one page; a page that takes no more is told to load itself anew instead.
_WAITING = 200


@dataclass(eq=False)
class Listener:
    """One open page: the topics it follows and what waits to be sent to it. `None` in the queue means: load anew."""

    operator_id: int
    topics: frozenset[str]
    properties: frozenset[int] | None
    """Where the user has a role; None is everywhere."""
    waiting: asyncio.Queue[Event | None] = field(default_factory=lambda: asyncio.Queue(_WAITING))
    doubted: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when rights have changed: whether the page may still follow is asked before it is told anything more."""
    unsure: bool = False
    """Until that is known everything is kept for the page, and sorted then."""
    ends_with: str = ""
    """The topic and id of an event with which the visitor may no longer be signed in."""

    def doubt(self) -> None:
        """Rights have changed, or the visitor's session has."""
        self.unsure = True
        self.doubted.set()

    def wants(self, event: Event) -> bool:
        """Whether the event is for somebody at this property."""
        at = event.ids.get("property_id")
        return at is None or self.properties is None or at in self.properties

    def tell(self, event: Event | None) -> None:
        """Queues an event; where too many wait already they become one order to load anew."""
        if self.waiting.full() or event is None:
            while not self.waiting.empty():
                self.waiting.get_nowait()
            event = None
        self.waiting.put_nowait(event)


class Hub:
    """Listens while somebody follows, and passes events on to those whose operator and topics they concern."""

    def __init__(self) -> None:
        self._following: dict[tuple[int, str], set[Listener]] = defaultdict(set)
        self._all: set[Listener] = set()
        self._task: asyncio.Task[None] | None = None
        self.listening = asyncio.Event()

    def __len__(self) -> int:
        return len(self._all)

    def add(self, listener: Listener) -> None:
        """Passes events on to a page from now on."""
        self._all.add(listener)
        for topic in _followed(listener):
            self._following[listener.operator_id, topic].add(listener)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._listen(), name="live listener")

    def remove(self, listener: Listener) -> None:
        """Forgets a page. The listening connection stays for the next one."""
        self._all.discard(listener)
        for topic in _followed(listener):
            followers = self._following.get((listener.operator_id, topic))
            if followers is not None:
                followers.discard(listener)
                if not followers:
                    del self._following[listener.operator_id, topic]

    async def close(self) -> None:
        """Stops listening."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    def pass_on(self, event: Event) -> None:
        """Hands an event to everybody who follows its topic, or its topic and id. Changed rights concern every page."""
        if event.topic == RIGHTS:
            for listener in self._all:
                if listener.operator_id == event.operator_id:
                    listener.doubt()
            return
        followers: set[Listener] = set()
        for topic in (event.topic, f"{event.topic}:{event.ids.get('id')}"):
            followers |= self._following.get((event.operator_id, topic), set())
        for listener in followers:
            if listener.ends_with == f"{event.topic}:{event.ids.get('id')}":
                listener.doubt()
        _tell((listener for listener in followers if listener.unsure or listener.wants(event)), event)

    async def _listen(self) -> None:
        pause = FIRST_PAUSE
        lost = False
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    **{**connection_parameters(), "application_name": "yuju live"}, autocommit=True
                ) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    self.listening.set()
                    if lost:
                        log.info("listening again; open pages load anew")
                        _tell(self._all, None)
                    pause, lost = FIRST_PAUSE, True
                    await self._follow(connection)
            except (psycopg.Error, OSError) as error:
                log.warning("the connection for live events is lost (%s); trying again in %g s", error, pause)
            self.listening.clear()
            lost = True
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _follow(self, connection: psycopg.AsyncConnection[tuple[object, ...]]) -> None:
        while True:
            async for notification in connection.notifies(timeout=_SILENCE):
                try:
                    self.pass_on(Event.decode(notification.payload))
                except ValueError:
                    log.warning("a notification that is no event: %.80s", notification.payload)
            # Nothing for a while: a connection that died quietly is noticed here.
            await connection.execute("SELECT 1")


def _followed(listener: Listener) -> frozenset[str]:
    return listener.topics | {listener.ends_with} if listener.ends_with else listener.topics


def _tell(listeners: Iterable[Listener], event: Event | None) -> None:
    for listener in listeners:
        listener.tell(event)
