"""Where results are kept: on a shelf that all visitors share or on a visitor's own, all of bounded size.

A visitor's shelf goes with the visitor. All of them together are bounded too: when they are full, those that have not
been used for longest are cleared.
"""

from __future__ import annotations

import contextlib
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from typing import Any

from cachetools import LRUCache

Size = Callable[[Any], int]
Block = Callable[[], AbstractContextManager[object]]


class Shelf:
    """Values by key, at most ``limit`` bytes of them; what has not been used for longest goes first.

    Parameters
    ----------
    resting : the block within which somebody waits for what another is making
    """

    def __init__(
        self, limit: int, size: Size, room: Room | None = None, resting: Block = contextlib.nullcontext
    ) -> None:
        self.kept: LRUCache[str, Any] = LRUCache(limit, size)
        self.large: dict[str, Any] = {}
        self.size = size
        self.lock = threading.Lock()
        self.used = time.monotonic()
        self.room = room
        self.resting = resting
        self.making: dict[str, threading.Event] = {}
        if room is not None:
            room.shelves.add(self)

    @property
    def nbytes(self) -> int:
        return int(self.kept.currsize) + sum(map(self.size, list(self.large.values())))

    def get(self, key: str) -> Any:
        """What is kept under ``key``, or None."""
        with self.lock:
            self.used = time.monotonic()
            return self.large[key] if key in self.large else self.kept.get(key)

    def once(
        self,
        key: str,
        make: Callable[[], Any],
        turn: Block = contextlib.nullcontext,
        wanted: Iterable[str] | None = None,
        waits: bool = False,
    ) -> Any:
        """Return what is kept under ``key``, or make and keep it.

        Parameters
        ----------
        turn : a block within which it is made; if somebody else has made it until the block is entered, all is well
        wanted : given for what is too large to be kept beside others: it is held in place of whatever large things
            have none of these keys
        waits : while somebody makes it, others wait for that and make nothing
        """
        found = self.get(key)
        if found is not None:
            return found
        if waits:
            with self._making(key):
                return self.once(key, make, turn, wanted)
        with turn():
            found = self.get(key)
            value = make() if found is None else found
        with self.lock:
            if wanted is None:
                with contextlib.suppress(ValueError):  # larger than the whole shelf
                    self.kept[key] = value
            else:
                held = self.large.keys() & set(wanted)
                self.large = {k: self.large[k] for k in held} | {key: value}
        if self.room is not None:
            self.room.make(self)
        return value

    @contextlib.contextmanager
    def _making(self, key: str) -> Iterator[None]:
        """Be the only one who makes what belongs to a key, after waiting for those before."""
        mine = threading.Event()
        while (other := self._begun(key, mine)) is not mine:
            with self.resting():
                other.wait()
        try:
            yield
        finally:
            with self.lock:
                del self.making[key]
            mine.set()

    def _begun(self, key: str, mine: threading.Event) -> threading.Event:
        with self.lock:
            return self.making.setdefault(key, mine)

    def clear(self) -> None:
        with self.lock:
            self.kept.clear()
            self.large.clear()


class Room:
    """All shelves that visitors have, with at most ``limit`` bytes on them together."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.shelves: weakref.WeakSet[Shelf] = weakref.WeakSet()

    @property
    def nbytes(self) -> int:
        return sum(shelf.nbytes for shelf in list(self.shelves))

    def make(self, by: Shelf) -> None:
        """Clear other visitors' shelves, longest unused first, and at last this one, until all fit."""
        if self.nbytes <= self.limit:
            return
        for shelf in [*sorted(set(self.shelves) - {by}, key=lambda shelf: shelf.used), by]:
            shelf.clear()
            if self.nbytes <= self.limit:
                return


class Ledger:
    """How many bytes things take that are held elsewhere, as long as they are held; at most ``limit`` together."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.entries: weakref.WeakKeyDictionary[Any, int] = weakref.WeakKeyDictionary()

    def room(self, nbytes: int, instead: Any = None) -> bool:
        """Whether there is room for so many bytes in the place of ``instead``."""
        left = self.entries.get(instead, 0) if instead is not None else 0
        return sum(list(self.entries.values())) - left + nbytes <= self.limit

    def enter(self, thing: Any, nbytes: int) -> None:
        self.entries[thing] = nbytes
